import assert from "node:assert/strict";
import { capacityText } from "../../../sdk/adopt/capacityText";
import { parseCapacity } from "../../../sdk/garage/capacity";

const ROWS: [number, string | undefined][] = [
    [1e12, "1T"],
    [1024 ** 4, "1TiB"],
    [1024 ** 3, "1GiB"],
    [2 * 1024 ** 3, "2GiB"],
    [1024 ** 2, "1MiB"],
    [1_234_567_000, "1234567k"],
    [1_234_567_891, "1234567.891k"],
    [500e9, "500G"],
    [1000 * 1024 ** 3, "1000GiB"],
    [0, "0k"],
    [1.5, undefined],
];

describe("a number of bytes as an option says it", () => {
    for (const [bytes, text] of ROWS) it(`${bytes} is ${text}`, () => assert.equal(capacityText(bytes), text));

    it("is always exact, or none", () => {
        for (let bytes = 1; bytes < Number.MAX_SAFE_INTEGER; bytes = Math.ceil(bytes * 1.37)) {
            const text = capacityText(bytes);
            if (text !== undefined) assert.equal(parseCapacity(text), bytes);
            if (bytes < 1e15) assert.ok(text, String(bytes));
        }
    });
});

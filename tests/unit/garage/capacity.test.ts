import { strictEqual } from "node:assert";
import { parseCapacity } from "../../../sdk/garage/capacity";

describe("parseCapacity", () => {
    const rows: [string, number | undefined][] = [
        ["1T", 1e12],
        ["1TB", 1e12],
        ["1 TB", 1e12],
        ["1Ti", 2 ** 40],
        ["1TiB", 2 ** 40],
        ["1.5T", 1.5e12],
        ["0.1T", 1e11],
        ["1.1T", 1.1e12],
        ["500G", 5e11],
        ["500gb", 5e11],
        ["10M", 1e7],
        ["1k", 1000],
        ["1KiB", 1024],
        ["2P", 2e15],
        ["0G", 0],
        ["9P", 9e15],
        // Above what can be counted exactly.
        ["10P", undefined],
        ["1", undefined],
        ["1000000", undefined],
        ["1B", undefined],
        ["", undefined],
        ["T", undefined],
        ["-1T", undefined],
        ["+1T", undefined],
        ["1e3G", undefined],
        ["1,5T", undefined],
        ["1.T", undefined],
        [".5T", undefined],
        ["1TT", undefined],
        ["1T ", undefined],
        ["1  T", undefined],
        ["１T", undefined],
        [`${"9".repeat(40)}G`, undefined],
    ];
    for (const [text, bytes] of rows)
        it(`${JSON.stringify(text)} → ${bytes ?? "no capacity"}`, () => strictEqual(parseCapacity(text), bytes));
});

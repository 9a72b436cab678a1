import assert from "node:assert/strict";
import { readMessagePack } from "../../../sdk/adopt/messagePack";

const ROWS: [hex: string, value: unknown][] = [
    ["00", 0],
    ["7f", 127],
    ["ff", -1],
    ["e0", -32],
    ["c0", null],
    ["c2", false],
    ["c3", true],
    ["cc80", 128],
    ["cd0100", 256],
    ["ce00010000", 65536],
    ["cf0000000100000000", 2 ** 32],
    ["d0ff", -1],
    ["d1ff00", -256],
    ["d2ffffff00", -256],
    ["d3ffffffffffffff00", -256],
    ["ca3fc00000", 1.5],
    ["cb3ff8000000000000", 1.5],
    ["a161", "a"],
    ["d90161", "a"],
    ["da000161", "a"],
    ["db0000000161", "a"],
    ["c401ff", Buffer.from([255])],
    ["c50001ff", Buffer.from([255])],
    ["c600000001ff", Buffer.from([255])],
    ["92017f", [1, 127]],
    ["dc000101", [1]],
    ["dd0000000101", [1]],
    ["81a16101", { a: 1 }],
    ["de0001a16101", { a: 1 }],
    ["df00000001a16101", { a: 1 }],
];

describe("MessagePack", () => {
    for (const [hex, value] of ROWS)
        it(`${hex} is ${JSON.stringify(value)}`, () =>
            assert.deepEqual(readMessagePack(Buffer.from(hex, "hex")), value));

    for (const hex of ["", "c1", "c7", "a2", "92", "81a1", "cfffffffffffffffff", "0000"])
        it(`"${hex}" is refused`, () => assert.throws(() => readMessagePack(Buffer.from(hex, "hex"))));
});

import assert from "node:assert/strict";
import { progressLine, run } from "../../toolchain/shell";
import { cargoProgress } from "../../toolchain/tools/garage";

describe("what takes long", () => {
    it("says for how long it has run, how far it is, and how long the rest takes at this pace", () => {
        assert.equal(progressLine("building", 40), "building … 40 s");
        assert.equal(progressLine("building", 40, 100, 400), "building … 40 s, 100 of 400, about 120 s to go");
        assert.equal(progressLine("building", 40, 400, 400), "building … 40 s, 400 of 400, about 0 s to go");
    });

    it("says no more than that where more is done than was known of", () => {
        assert.equal(progressLine("building", 40, 401, 400), "building … 40 s");
    });

    it("is followed while the program runs", async () => {
        const heard: string[] = [];
        const said = await run("sh", ["-c", "echo one; echo two >&2"], { heard: (text) => heard.push(text.trim()) });
        assert.deepEqual([said, heard.sort()], ["one", ["one", "two"]]);
    });

    it("is counted in crates where cargo builds: the last count of what it has printed", () => {
        const lines =
            "   Compiling clap v2\r\n    Building [====>  ] 46/49: clap, names\r    Building [=====> ] 47/49: clap   ";
        assert.deepEqual(cargoProgress(lines), [47, 49]);
        assert.equal(cargoProgress("   Compiling tokio v1.2.3"), undefined);
    });
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ownFile } from "../../sdk/ownFiles";
import { root } from "../../toolchain/shell";

describe("a file of the package", () => {
    it("has LF line ends, also where Git has checked it out with those of Windows", () => {
        const dir = mkdtempSync(join(tmpdir(), "own-file-"));
        try {
            writeFileSync(join(dir, "script.sh"), "one\r\ntwo\r\n");
            assert.equal(ownFile(relative(join(root, "sdk"), join(dir, "script.sh"))), "one\ntwo\n");
        } finally {
            rmSync(dir, { recursive: true });
        }
    });

    it("that isn't there is told of with what to do", () => {
        assert.throws(() => ownFile("host/nothing.sh"), /nothing\.sh can't be read \(ENOENT\).*out of the bundle/);
    });
});

import assert from "node:assert/strict";
import fs, { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { graphOf, threeNodes } from "./support";

describe("binaries that are uploaded", () => {
    it("are read once for the cluster, not once a node: they are large", async () => {
        const dir = mkdtempSync(join(tmpdir(), "garage-upload-"));
        const file = join(dir, "garage");
        const head = Buffer.alloc(64);
        Buffer.from("7f454c46020101", "hex").copy(head);
        head.writeUInt16LE(0x3e, 18);
        writeFileSync(file, head);
        const read = fs.readFileSync;
        let times = 0;
        fs.readFileSync = ((path: string, ...more: []) => {
            if (path === file) times++;
            return read(path, ...more);
        }) as typeof read;
        try {
            const { names } = await graphOf(threeNodes({ binary: { path: { x86_64: file } } }));
            assert.equal(names(/-upload-/).length, 3);
            assert.equal(times, 1);
        } finally {
            fs.readFileSync = read;
            rmSync(dir, { recursive: true });
        }
    });
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schemaText } from "../../toolchain/schema";
import { root } from "../../toolchain/shell";

const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("schema.json", function () {
    this.timeout(120_000);

    it("is what the sources say: made by npm run schema", () => {
        assert.deepEqual(JSON.parse(read("schema.json")), JSON.parse(schemaText()));
    });
});

describe("a plugin installed without what development needs", () => {
    it("still gets the TypeScript and the ts-node by which Pulumi's run-plugin reads the tsconfig.json of whoever uses it", () => {
        // Pulumi's own old ones refuse what they don't know there, before the plugin has said a word.
        const { packages } = JSON.parse(read("package-lock.json"));
        for (const name of ["typescript", "ts-node"])
            assert.equal(packages[`node_modules/${name}`].dev, undefined, name);
    });
});

import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeEmptyAttributes } from "../../toolchain/stateFiles";
import { PulumiProject } from "../support/pulumiProject";

describe("the files of Pulumi's local state", function () {
    this.timeout(60_000);

    it("can be loaded again after Pulumi was killed while it wrote their attributes", async () => {
        const project = await PulumiProject.create({ yaml: "" });
        try {
            const state = join(project.dir, ".state");
            const attributes = join(state, ".pulumi", "stacks", project.name, "dev.json.attrs");
            assert.deepEqual(removeEmptyAttributes(state), []);
            writeFileSync(attributes, "");
            assert.match((await project.pulumi("stack", "export")).stderr, /failed to load checkpoint: EOF/);
            assert.deepEqual(removeEmptyAttributes(state), [attributes]);
            assert.equal((await project.pulumi("stack", "export")).code, 0);
        } finally {
            project.remove();
        }
        assert.deepEqual(removeEmptyAttributes(project.dir), []);
    });
});

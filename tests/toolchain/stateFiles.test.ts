import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { containersIn, hasPendingOperations, removeEmptyAttributes } from "../../toolchain/local/stateFiles";
import { PulumiProject } from "../support/pulumiProject";
import { Sandbox } from "./support";

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

    it("tell which containers a stack made, and whether it was stopped in the middle", () => {
        const box = new Sandbox();
        const command = (name: string, line: string) => ({
            urn: `urn:pulumi:local::garage-local::garage-cluster:index:GarageCluster$command:local:Command::store-${name}`,
            type: "command:local:Command",
            inputs: { create: "secret", delete: line },
        });
        const resources = [
            command("ssh-key", ""),
            command("container-rome", "bash -s -- down garage-local-local-store-rome garage-local/local"),
            command("container-a", "bash -s -- down 'garage-local-local-store-a' 'garage-local/local'"),
        ];
        const file = (latest: object) => box.write("local.json", JSON.stringify({ checkpoint: { latest } }));
        try {
            assert.deepEqual(containersIn(file({ resources })), [
                { name: "rome", container: "garage-local-local-store-rome" },
                { name: "a", container: "garage-local-local-store-a" },
            ]);
            assert.equal(hasPendingOperations(file({ resources })), false);
            assert.equal(hasPendingOperations(file({ resources, pending_operations: [{}] })), true);
            for (const unread of [file({}), box.write("cut.json", '{"checkp'), box.path("missing")]) {
                assert.deepEqual([containersIn(unread), hasPendingOperations(unread)], [[], false]);
            }
        } finally {
            box.end();
        }
    });
});

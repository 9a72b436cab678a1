import assert from "node:assert/strict";
import { PulumiProject, repo } from "../../support/pulumiProject";

interface Described {
    description?: string;
}

interface Schema {
    name: string;
    resources: Record<
        string,
        { isComponent: boolean; inputProperties: Record<string, Described>; requiredInputs: string[] }
    >;
    types: Record<string, { properties?: Record<string, Described> }>;
}

// By `pulumi package get-schema`, as other languages see the component. From another directory: the CLI refuses one that
// holds a project and a plugin, as the root of this repository does.
describe("the component's schema", function () {
    this.timeout(300_000);

    it("has the component under its own package name, every option documented", async () => {
        const project = await PulumiProject.create({ files: { "index.js": "" } });
        try {
            const run = await project.pulumi("package", "get-schema", repo);
            assert.equal(run.code, 0, run.stdout + run.stderr);
            const schema: Schema = JSON.parse(run.stdout);
            assert.equal(schema.name, "garage-cluster");
            const component = schema.resources["garage-cluster:index:GarageCluster"]!;
            assert.equal(component.isComponent, true);
            assert.deepEqual(component.requiredInputs.sort(), ["nodes", "stateVersion"]);
            const types = Object.entries(schema.types).map(([name, type]) => [name, type.properties ?? {}] as const);
            const silent = [["args", component.inputProperties] as const, ...types].flatMap(([name, properties]) =>
                Object.entries(properties)
                    .filter(([, { description }]) => !description)
                    .map(([property]) => `${name}.${property}`),
            );
            assert.deepEqual(silent, []);
        } finally {
            project.remove();
        }
    });
});

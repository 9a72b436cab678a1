import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Bed, MIRROR } from "../../support/bed";
import { PulumiProject, repo } from "../../support/pulumiProject";

// The component through Pulumi's plugin protocol, as every language but TypeScript reaches it.
describe("the example in YAML", function () {
    this.timeout(600_000);
    let bed: Bed;
    let project: PulumiProject;
    let launcher: string;
    const example = readFileSync(join(repo, "examples", "yaml", "Pulumi.yaml"), "utf8");
    const body = example.slice(example.indexOf("resources:"));

    before(async () => {
        bed = await Bed.make("yaml", ["london", "paris", "rome"]);
        // In a folder of its own: Pulumi keeps the schema beside it.
        launcher = bed.file(
            "pulumi-resource-garage-cluster",
            `#!/bin/sh\nexec ${repo}/toolchain/offline/plugin/pulumi-resource-garage-cluster "$@"\n`,
        );
        chmodSync(launcher, 0o755);
    });
    after(async () => {
        project?.remove();
        await bed?.purge();
    });

    /** The example's nodes on the hosts of the bed, its releases from the bed's mirror. */
    const onBed = (yaml: string) => {
        let text = yaml.replace(/^( {6})nodes:/m, `$1binary: { baseUrl: "file://${MIRROR}" }\n$1nodes:`);
        for (const name of Object.keys(bed.hosts)) {
            const line = new RegExp(`^( {8}${name}: .*)container: \\{\\}`, "m");
            assert.match(text, line);
            text = text.replace(line, (_, head) => `${head}ssh: ${JSON.stringify(bed.ssh(name))}`);
        }
        return text;
    };

    it("brings up three nodes, and a second up changes nothing", async () => {
        project = await PulumiProject.create({
            yaml: onBed(body),
            env: { PATH: `${dirname(launcher)}:${process.env.PATH}` },
        });
        const up = await project.update();
        assert.equal(up.code, 0, up.stdout + up.stderr);
        const outputs = await project.outputs();
        assert.equal(outputs.version, "2.5.0");
        assert.equal(outputs.layoutVersion, 1);
        const again = await project.update("--expect-no-changes");
        assert.equal(again.code, 0, again.stdout);
    });

    it("is told that a number isn't a release, and to quote it", async () => {
        for (const [from, to] of [
            ['stateVersion: "2"', "stateVersion: 2"],
            ['version: "2.5.0"', "version: 0.10"],
        ] as const) {
            project.write("Pulumi.yaml", `name: test\nruntime: yaml\n${onBed(body).replace(from, to)}`);
            const preview = await project.preview();
            assert.notEqual(preview.code, 0, to);
            assert.match(preview.stdout + preview.stderr, /quote/i, to);
        }
    });
});

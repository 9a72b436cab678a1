import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MIRROR } from "../../support/bed";
import { pluginFolder } from "../../support/builtPackage";
import { PulumiProject, repo } from "../../support/pulumiProject";

// The component through Pulumi's plugin protocol, as every language but TypeScript reaches it; on containers that it makes itself.
describe("the example in YAML", function () {
    this.timeout(600_000);
    let project: PulumiProject;
    // A name of its own: containers and volumes are named after the project.
    const name = `yaml-${process.pid}`;
    const example = readFileSync(join(repo, "examples", "yaml", "Pulumi.yaml"), "utf8");
    const mirror = process.env.GARAGE_MIRROR;

    /** As it is, but for where Garage comes from: the README beside it says how. */
    const body = example
        .slice(example.indexOf("resources:"))
        .replace(/^( {6})nodes:/m, `$1binary: { baseUrl: "file://${MIRROR}" }\n$1nodes:`)
        .replace(/container: \{\}/g, `container: { volumes: ["${mirror}:${MIRROR}:ro"] }`);
    const container = (...words: string[]) =>
        execFileSync("bash", [join(repo, "sdk", "container", "container.sh"), ...words], { encoding: "utf8" });
    const ours = (kind: string) => container("list").match(new RegExp(`^${kind} ${name}/dev$`, "gm"))?.length ?? 0;

    before(async () => {
        assert.ok(mirror, "GARAGE_MIRROR names no mirror of Garage: run these tests by npm test");
        const env = { PATH: `${pluginFolder()}:${process.env.PATH}` };
        project = await PulumiProject.create({ name, yaml: body, env });
    });
    after(() => {
        container("purge", `${name}/dev`);
        project?.remove();
    });

    it("brings up three nodes in containers, and a second up changes nothing", async () => {
        assert.equal(body.match(/container: \{ volumes/g)?.length, 3);
        const up = await project.update();
        assert.equal(up.code, 0, up.stdout + up.stderr);
        assert.equal(ours("container"), 3);
        const outputs = await project.outputs();
        assert.equal(outputs.version, "2.5.0");
        assert.equal(outputs.layoutVersion, 1);
        const endpoints = outputs.s3Endpoints as Record<string, string>;
        assert.deepEqual(Object.keys(endpoints).sort(), ["london", "paris", "rome"]);
        // Nobody is let in without a signature.
        for (const [node, url] of Object.entries(endpoints)) assert.equal((await fetch(url)).status, 403, node);
        const again = await project.update("--expect-no-changes");
        assert.equal(again.code, 0, again.stdout + again.stderr);
    });

    it("is told that a number isn't a release, and to quote it", async () => {
        for (const [from, to] of [
            ['stateVersion: "2"', "stateVersion: 2"],
            ['version: "2.5.0"', "version: 0.10"],
        ] as const) {
            project.write("Pulumi.yaml", `name: ${name}\nruntime: yaml\n${body.replace(from, to)}`);
            const preview = await project.preview();
            const said = preview.stdout + preview.stderr;
            assert.notEqual(preview.code, 0, `${to}: ${said}`);
            assert.match(said, /quote/i, `${to}: ${said}`);
        }
        project.write("Pulumi.yaml", `name: ${name}\nruntime: yaml\n${body}`);
    });

    it("goes by destroy: its containers, and none of its volumes", async () => {
        const volumes = ours("volume");
        assert.ok(volumes >= 3);
        const destroy = await project.destroy();
        assert.equal(destroy.code, 0, destroy.stdout);
        assert.equal(ours("container"), 0);
        assert.equal(ours("volume"), volumes);
    });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { builtPackage, pluginFolder } from "../support/builtPackage";
import { PulumiProject, repo } from "../support/pulumiProject";

// What `pulumi new` lays down, previewed with the package as it is built here. Doesn't prove that a registry has it.
describe("a project from a template", function () {
    this.timeout(180_000);
    const hosts = { londonHost: "192.0.2.1", parisHost: "192.0.2.2", romeHost: "192.0.2.3" };
    let project: PulumiProject;
    beforeEach(async () => {
        // Types are checked too, as at the user's.
        const env = { PATH: `${pluginFolder()}:${process.env.PATH}`, PULUMI_NODEJS_TRANSPILE_ONLY: "false" };
        project = await PulumiProject.create({ name: "my-store", yaml: "", env });
        for (const file of ["Pulumi.yaml", "package.json", "tsconfig.json", "node_modules"])
            rmSync(join(project.dir, file));
    });
    afterEach(() => project?.remove());

    const laidDown = async (template: string) => {
        const named = ["--name", project.name, "--description", "Objects of ours"];
        const words = ["new", join(repo, "templates", template), "--generate-only", "--yes", "--force", ...named];
        const { dir: cwd, env } = project;
        execFileSync(process.env.PULUMI ?? "pulumi", words, { cwd, env, stdio: "pipe" });
        for (const [key, value] of Object.entries(hosts)) await project.pulumi("config", "set", key, value);
    };
    /** What `npm install` would put there. */
    const installed = () => {
        project.write("node_modules/.installed", "");
        for (const name of ["@pulumi", "@types", "typescript"])
            symlinkSync(join(repo, "node_modules", name), join(project.dir, "node_modules", name));
        symlinkSync(builtPackage(), join(project.dir, "node_modules", "pulumi-garage-cluster"));
    };

    for (const template of readdirSync(join(repo, "templates")))
        it(`${template} previews a cluster on the hosts that it was told`, async () => {
            await laidDown(template);
            if (template === "garage-typescript") installed();
            const { code, stdout, stderr } = await project.preview();
            assert.equal(code, 0, stdout + stderr);
            assert.match(stdout, /pulumi:pulumi:Stack +my-store-dev/);
            for (const node of ["london", "paris", "rome"]) assert.match(stdout, new RegExp(`store-start-${node} `));
            for (const host of Object.values(hosts)) assert.ok(stdout.includes(`http://${host}:3900`), stdout);
        });

    it("in YAML asks for a host that it wasn't told, and makes none up", async () => {
        await laidDown("garage-yaml");
        await project.pulumi("config", "rm", "parisHost");
        const { code, stdout, stderr } = await project.preview();
        assert.notEqual(code, 0, stdout);
        assert.match(stdout + stderr, /parisHost/);
    });

    it("in TypeScript takes this release of the package, and what else it needs as the package does", () => {
        const read = (...path: string[]) => JSON.parse(readFileSync(join(repo, ...path, "package.json"), "utf8"));
        const ours = read();
        const { dependencies, devDependencies } = read("templates", "garage-typescript");
        const wanted = { ...ours.dependencies, ...ours.devDependencies, [ours.name]: `^${ours.version}` };
        for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies }))
            assert.equal(range, wanted[name], name);
    });
});

import assert from "node:assert/strict";
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { builtPackage } from "../support/builtPackage";
import { PulumiProject, repo } from "../support/pulumiProject";

/** A program that reaches the component as a generated SDK does: by the plugin, in another process. */
const PROGRAM = `import * as pulumi from "@pulumi/pulumi";

class Store extends pulumi.ComponentResource {
    public readonly s3Endpoints!: pulumi.Output<Record<string, string>>;
    constructor(name: string, args: pulumi.Inputs) {
        super("garage-cluster:index:GarageCluster", name, { ...args, s3Endpoints: undefined }, {}, true);
    }
}

const node = (n: number) => ({ zone: \`z\${n}\`, capacity: "1G", ssh: { host: \`192.0.2.\${n}\` } });
const nodes = { a: node(1), b: node(2), c: node(3) };
export const endpoints = new Store("store", { stateVersion: "2", version: "2.5.0", nodes }).s3Endpoints;
`;

// By the plugin's language host, which loads ts-node with the consumer's own TypeScript and tsconfig.json. Doesn't prove how Pulumi's official
// host finds and installs a package: where it can't be had, the stand-in does it.
describe("the component as a plugin", function () {
    this.timeout(300_000);
    let project: PulumiProject;
    before(async () => {
        project = await PulumiProject.create({ files: { "index.ts": PROGRAM } });
        const providers = `plugins:\n  providers:\n    - { name: garage-cluster, path: ${JSON.stringify(builtPackage())} }\n`;
        project.write("Pulumi.yaml", `${readFileSync(join(project.dir, "Pulumi.yaml"), "utf8")}${providers}`);
        // What each generated SDK brings along.
        rmSync(join(project.dir, "node_modules"));
        project.write("node_modules/readme", "");
        for (const [name, of] of [
            ["@pulumi", "@pulumi"],
            ["typescript", "typescript-4.9"],
        ])
            symlinkSync(join(repo, "node_modules", of!), join(project.dir, "node_modules", name!));
    });
    after(() => project?.remove());

    for (const [what, flags] of Object.entries({
        "that knows less than ours": {},
        "that minds what ours lets pass": {
            exactOptionalPropertyTypes: true,
            noPropertyAccessFromIndexSignature: true,
            noUncheckedIndexedAccess: true,
            noUnusedLocals: true,
            noUnusedParameters: true,
            noImplicitReturns: true,
        },
        "that looks at JavaScript too": { allowJs: true, checkJs: true, noImplicitAny: true },
    }))
        it(`runs below a program whose TypeScript is 4.9, with a tsconfig ${what}`, async () => {
            const compilerOptions = {
                target: "es2020",
                module: "commonjs",
                strict: true,
                ...flags,
                skipLibCheck: true,
            };
            project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["index.ts"] }));
            const { code, stdout, stderr } = await project.preview();
            assert.equal(code, 0, stdout + stderr);
            assert.match(stdout, /a: "http:\/\/192\.0\.2\.1:3900"/);
            assert.match(stdout, /store-release/);
        });
});

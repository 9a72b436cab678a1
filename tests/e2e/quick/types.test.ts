import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import * as ts from "typescript";
import { builtPackage } from "../../support/builtPackage";

const PROGRAM = `import { GarageCluster, type GarageClusterArgs } from "pulumi-garage-cluster";
const args: GarageClusterArgs = { stateVersion: "2", nodes: {} };
export const endpoints = new GarageCluster("store", args).s3Endpoints;
`;

// A compiler takes a package's .ts before its .d.ts where both lie in one folder, and checks them by the user's own rules.
describe("the package's types", function () {
    this.timeout(120_000);

    for (const [module, moduleResolution] of [
        [ts.ModuleKind.CommonJS, ts.ModuleResolutionKind.Node10],
        [ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
    ] as const) {
        it(`are declarations only, to a strict program with module resolution ${ts.ModuleResolutionKind[moduleResolution]}`, () => {
            const dir = join(builtPackage(), `user-${moduleResolution}`);
            mkdirSync(join(dir, "node_modules"), { recursive: true });
            symlinkSync(builtPackage(), join(dir, "node_modules", "pulumi-garage-cluster"));
            const file = join(dir, "index.ts");
            writeFileSync(file, PROGRAM);
            const strict = { strict: true, noUnusedLocals: true, noUnusedParameters: true, noImplicitReturns: true };
            const stricter = { exactOptionalPropertyTypes: true, noPropertyAccessFromIndexSignature: true };
            const options = { module, moduleResolution, ...strict, ...stricter, skipLibCheck: true, noEmit: true };
            const program = ts.createProgram([file], { ...options, target: ts.ScriptTarget.ES2022, types: ["node"] });
            const complaints = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
            assert.deepEqual(complaints, []);
            const ours = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(builtPackage()));
            const sources = ours.map(({ fileName }) => fileName).filter((name) => !name.endsWith(".d.ts"));
            assert.deepEqual(sources, [file]);
        });
    }

    it("are in the tarball, where package.json says", () => {
        const words = ["pack", "--dry-run", "--json", "--ignore-scripts"];
        const [packed] = JSON.parse(execFileSync("npm", words, { cwd: builtPackage(), encoding: "utf8" }));
        const files: string[] = packed.files.map(({ path }: { path: string }) => path);
        const needed = ["index.d.ts", "args.d.ts", "index.js", "host/stage.sh", "container/container.sh"];
        for (const file of [...needed.map((each) => `dist/${each}`), "schema.json", "toolchain/build.mjs"])
            assert.ok(files.includes(file), file);
        assert.deepEqual(
            files.filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file)),
            [],
        );
    });
});

describe("a program that was bundled", function () {
    this.timeout(120_000);

    it("is told to leave the package, whose files a bundler doesn't take along, out of the bundle", () => {
        const outfile = join(builtPackage(), "bundled", "program.js");
        const contents = `import { GarageCluster } from ${JSON.stringify(builtPackage())};
            const args = { stateVersion: "2", replicationFactor: 1, nodes: { a: { zone: "z", capacity: "1G", ssh: { host: "a" } } } };
            new GarageCluster("store", args);`;
        const stdin = { contents, resolveDir: builtPackage() };
        buildSync({ stdin, outfile, bundle: true, platform: "node", external: ["@pulumi/*"] });
        const { stderr } = spawnSync(process.execPath, [outfile], {
            encoding: "utf8",
            env: { ...process.env, PULUMI_TEST_MODE: "true" },
        });
        assert.match(
            stderr,
            /can't be read \(ENOENT\).*has to stay out of the bundle.*--external:pulumi-garage-cluster/,
        );
    });
});

// The stand-in for the Node language host: programs and components in TypeScript, hooks, config, output, errors.
import { strict as assert } from "node:assert";
import { rmSync } from "node:fs";
import { PulumiProject, type PulumiRun, standIns } from "../support/pulumiProject";

const env = { PATH: `${standIns}:${process.env.PATH}` };

const program = `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";

const config = new pulumi.Config();
const line = config.require("line");
console.log("printed by the program");
console.error("complained by the program");
const hook = new pulumi.ResourceHook(
    "guard",
    (args) => {
        const [news, olds] = [args.newInputs as any, args.oldInputs as any];
        if (news.create === "echo forbidden") {
            throw new Error(\`the hook says no: \${olds?.create} => \${news.create}\`);
        }
    },
    { onDryRun: true },
);
const hooks = { beforeCreate: [hook], beforeUpdate: [hook] };
const command = new local.Command("guarded", { create: \`echo \${line}\` }, { hooks });
if (config.getBoolean("throw")) {
    throw new Error("thrown by the program");
}
export const answer: pulumi.Output<string> = command.stdout;
export const secret = config.requireSecret("password");
export const facts = { stack: pulumi.getStack(), project: pulumi.getProject(), preview: pulumi.runtime.isDryRun() };
`;

describe("language host stand-in", function () {
    this.timeout(120_000);

    describe("a program in TypeScript", () => {
        let project: PulumiProject;
        let run: PulumiRun;

        before(async () => {
            project = await PulumiProject.create({ files: { "index.ts": program }, env, name: "hosted" });
            await project.pulumi("config", "set", "line", "allowed");
            await project.pulumi("config", "set", "--secret", "password", "geheim-0815");
            run = await project.update();
        });

        after(() => project?.remove());

        it("gets its config, stack and project, and gives its outputs", async () => {
            assert.equal(run.code, 0, run.stdout + run.stderr);
            const facts = { stack: "dev", project: "hosted", preview: false };
            assert.deepEqual(await project.outputs(), { answer: "allowed", secret: "geheim-0815", facts });
        });

        it("keeps a secret of the config a secret", () => {
            assert.match(run.stdout, /secret\s*: \[secret\]/);
            assert.equal((run.stdout + run.stderr).includes("geheim-0815"), false);
        });

        it("shows the user what it prints", () => {
            assert.match(run.stdout, /printed by the program/);
            assert.match(run.stdout, /complained by the program/);
        });

        it("fails its preview when a hook with onDryRun throws, with old and new inputs at hand", async () => {
            await project.pulumi("config", "set", "line", "forbidden");
            const preview = await project.preview();
            assert.equal(preview.code !== 0, true);
            assert.match(preview.stdout + preview.stderr, /the hook says no: echo allowed => echo forbidden/);
            assert.equal((await project.resources()).guarded!.inputs.create, "echo allowed");
        });

        it("reports an error that it throws once, with its message", async () => {
            await project.pulumi("config", "set", "line", "allowed");
            await project.pulumi("config", "set", "throw", "true");
            const failed = await project.preview();
            assert.equal(failed.code !== 0, true);
            const diagnostics = failed.stdout.slice(failed.stdout.indexOf("Diagnostics:"));
            assert.equal(diagnostics.split("Error: thrown by the program").length - 1, 1, diagnostics);
        });
    });

    it("says that a program's dependencies aren't installed", async () => {
        // Nor is it within reach by NODE_PATH, as other tests' packages are.
        const project = await PulumiProject.create({
            files: { "index.js": "" },
            env: { ...env, NODE_PATH: undefined },
        });
        try {
            rmSync(`${project.dir}/node_modules`);
            const run = await project.preview();
            assert.equal(run.code !== 0, true);
            assert.match(run.stdout + run.stderr, /@pulumi\/pulumi isn't installed for .*: run npm install there/);
        } finally {
            project.remove();
        }
    });

    it("serves a component of another directory: get-schema shows its arguments with their docs", async () => {
        const component = `
            import * as pulumi from "@pulumi/pulumi";
            export interface PairArgs {
                /** How many there are. */
                count: pulumi.Input<number>;
            }
            export class Pair extends pulumi.ComponentResource {
                constructor(name: string, args: PairArgs, opts?: pulumi.ComponentResourceOptions) {
                    super("pair:index:Pair", name, args, opts);
                }
            }`;
        const project = await PulumiProject.create({
            files: {
                "index.js": "",
                "pair/index.ts": component,
                "pair/package.json": JSON.stringify({ name: "pair" }),
                "pair/PulumiPlugin.yaml": "runtime: nodejs\n",
            },
            env,
        });
        try {
            const run = await project.pulumi("package", "get-schema", "./pair");
            assert.equal(run.code, 0, run.stdout + run.stderr);
            const { count } = JSON.parse(run.stdout).resources["pair:index:Pair"].inputProperties;
            assert.deepEqual(count, { type: "number", description: "How many there are." });
        } finally {
            project.remove();
        }
    });
});

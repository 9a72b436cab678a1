// What runs when, and what is kept: pulumi-command's rules, seen through the real engine. One story in five runs of
// the CLI, because each costs seconds. It doesn't prove that the official provider does the same.
import { strict as assert } from "node:assert";
import type { PulumiRun, ResourceState } from "../support/pulumiProject";
import { type CommandSpec, CommandsProject } from "./commandsProject";
import { answer, ScriptedSshd } from "./scriptedSshd";

const secretStdin = "geheim-4711";

describe("command stand-in: what runs when", function () {
    this.timeout(120_000);

    const sshd = new ScriptedSshd();
    let project: CommandsProject;
    let run: PulumiRun;
    let state: Record<string, ResourceState>;

    function commands(step: { line: string; broken: boolean; trigger: string }): Record<string, CommandSpec> {
        const connection = sshd.connection;
        const base = { connection, addPreviousOutputInEnv: false };
        return {
            changing: { args: { ...base, create: `say ${step.line}`, delete: "undo changing" } },
            dependent: { args: { ...base, create: "read" }, stdinFrom: "changing" },
            updating: { args: { ...base, create: `make ${step.line}`, update: `remake ${step.line}` } },
            failing: { args: { ...base, create: step.broken ? `fail ${step.line}` : `pass ${step.line}` } },
            replaced: { args: { ...base, create: "new", delete: "old", triggers: [step.trigger] }, secretStdin },
            ignoring: { args: { ...base, create: `ignore ${step.line}` }, options: { ignoreChanges: ["*"] } },
            bare: { args: { ...base, delete: "undo bare" }, secretStdin },
            remembering: { args: { connection, create: `recall ${step.line}` } },
            unchanged: { args: { ...base, create: "stay" } },
        };
    }

    async function update(step: Parameters<typeof commands>[0]): Promise<void> {
        sshd.forget();
        run = await project.update(commands(step), "--continue-on-error");
        state = await project.project.resources();
    }

    before(async () => {
        sshd.scripts.fail = answer("it says\n", "it complains\n", 7);
        sshd.scripts.say = answer("say one\n\n");
        sshd.acceptEnvironment = true;
        await sshd.listen();
        project = await CommandsProject.create();
    });

    after(async () => {
        project?.project.remove();
        await sshd.close();
    });

    describe("the first up", () => {
        before(() => update({ line: "one", broken: true, trigger: "a" }));

        it("runs each create once, and dials nobody for a Command that has none", () => {
            assert.deepEqual(sshd.commands().sort(), [
                "fail one",
                "ignore one",
                "make one",
                "new",
                "read",
                "recall one",
                "say one",
                "stay",
            ]);
            assert.equal(sshd.connections, 8);
        });

        it("keeps a failed create out of the state", () => {
            assert.equal(run.code !== 0, true);
            assert.equal("failing" in state, false);
        });

        it("tells the whole command, its exit status and all its output when it fails", () => {
            const text = run.stdout + run.stderr;
            assert.match(text, /Process exited with status 7: running "fail one":/);
            assert.match(text, /it says/);
            assert.match(text, /it complains/);
        });

        it("cuts one trailing newline, not two, from stdout", () => {
            assert.equal(state.changing!.outputs.stdout, "say one\n");
            assert.equal(state.updating!.outputs.stdout, "make one");
        });

        it("hands the stdin over, and shows it nowhere", async () => {
            assert.equal(sshd.ran.find((each) => each.command === "new")!.stdin, secretStdin);
            assert.equal((run.stdout + run.stderr).includes(secretStdin), false);
            assert.equal((await project.project.exported()).includes(secretStdin), false);
        });

        it("keeps the connection encrypted in the state, defaults filled in", async () => {
            assert.equal((await project.project.exported()).includes("PRIVATE KEY"), false);
            const plain = JSON.parse(await project.project.exported("--show-secrets")).deployment.resources;
            const { plaintext } = plain.find((each: ResourceState) => each.urn.endsWith("changing")).inputs.connection;
            const { dialErrorLimit, perDialTimeout, user } = JSON.parse(plaintext);
            assert.deepEqual(
                { dialErrorLimit, perDialTimeout, user },
                { dialErrorLimit: 10, perDialTimeout: 15, user: "tester" },
            );
        });
    });

    describe("a preview of changes", () => {
        before(async () => {
            sshd.forget();
            run = await project.preview(commands({ line: "two", broken: true, trigger: "b" }), "--diff");
        });

        it("dials nobody", () => {
            assert.equal(sshd.connections, 0);
        });

        it("shows the line that changes, and the stdout that it will have as unknown", () => {
            assert.match(run.stdout, /~ create: "say one" => "say two"/);
            assert.match(run.stdout, /~ stdin: "say one\\n" => \[unknown\]/);
        });

        it("shows triggers as a replacement, and nothing for ignored changes", () => {
            assert.match(run.stdout, /\+-command:remote:Command: \(replace\)\s+\[id=replaced/);
            assert.doesNotMatch(run.stdout, /id=ignoring|id=unchanged/);
        });

        it("doesn't show a secret stdin", () => {
            assert.equal((run.stdout + run.stderr).includes(secretStdin), false);
        });
    });

    describe("the up that changes lines and triggers", () => {
        before(async () => {
            sshd.scripts.say = answer("no\n", "", 1);
            await update({ line: "two", broken: false, trigger: "b" });
        });

        it("runs create again where there is no update, and update where there is one", () => {
            assert.equal(sshd.commands().includes("say two"), true);
            assert.equal(sshd.commands().includes("remake two"), true);
            assert.equal(sshd.commands().includes("make two"), false);
        });

        it("gives an update the last stdout in its environment, unless told not to", () => {
            const environment = (line: string) => sshd.ran.find(({ command }) => command === line)!.environment;
            assert.deepEqual(environment("recall two"), { PULUMI_COMMAND_STDOUT: "recall one" });
            assert.deepEqual(environment("remake two"), {});
        });

        it("runs the create again that failed before", () => {
            assert.equal(sshd.commands().includes("pass two"), true);
            assert.equal(state.failing!.outputs.stdout, "pass two");
        });

        it("runs the new create before the old delete when triggers change", () => {
            const both = sshd.commands().filter((each) => each === "new" || each === "old");
            assert.deepEqual(both, ["new", "old"]);
        });

        it("neither dials an unchanged Command nor one that ignores all changes", () => {
            assert.equal(sshd.commands().includes("ignore two"), false);
            assert.equal(sshd.commands().includes("stay"), false);
        });

        it("keeps the old inputs of an update that failed", () => {
            assert.equal(run.code !== 0, true);
            assert.equal(state.changing!.inputs.create, "say one");
            assert.equal(state.changing!.outputs.stdout, "say one\n");
        });
    });

    describe("the up after that", () => {
        before(async () => {
            delete sshd.scripts.say;
            await update({ line: "two", broken: false, trigger: "b" });
        });

        it("runs only the update that failed, and what reads its output", () => {
            assert.equal(run.code, 0, run.stdout + run.stderr);
            assert.deepEqual(sshd.commands(), ["say two", "read"]);
            assert.equal(sshd.ran[1]!.stdin, "say two");
        });
    });

    describe("destroy", () => {
        before(async () => {
            sshd.forget();
            run = await project.project.destroy();
        });

        it("runs each delete with the stored connection and the stored stdin", () => {
            assert.equal(run.code, 0, run.stdout + run.stderr);
            const ran = sshd.ran.map(({ command, stdin }) => `${command} <${stdin}>`).sort();
            assert.deepEqual(ran, [`old <${secretStdin}>`, "undo bare <geheim-4711>", "undo changing <>"]);
        });
    });
});

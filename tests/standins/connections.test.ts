// How the command stand-in dials, streams and ends: against an sshd in this process that does as it is told.
import { strict as assert } from "node:assert";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type CommandSpec, CommandsProject } from "./commandsProject";
import { answer, otherHostKey, rsaHostKey, ScriptedSshd } from "./scriptedSshd";

async function closedPort(): Promise<number> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}

async function until(what: string, condition: () => boolean): Promise<void> {
    for (const end = Date.now() + 30_000; !condition(); await sleep(20)) {
        assert.equal(Date.now() < end, true, `waited 30 s for ${what}`);
    }
}

describe("command stand-in: connections", function () {
    this.timeout(120_000);

    const sshd = new ScriptedSshd();
    const strict = new ScriptedSshd();
    const bastion = new ScriptedSshd();
    const closedDoor = new ScriptedSshd();
    let project: CommandsProject;

    before(async () => {
        await Promise.all([sshd, strict, bastion, closedDoor].map((each) => each.listen()));
        sshd.acceptEnvironment = true;
        project = await CommandsProject.create();
    });

    after(async () => {
        project?.project.remove();
        await Promise.all([sshd, strict, bastion, closedDoor].map((each) => each.close()));
    });

    describe("one up of Commands that can't be, and some that can", () => {
        let text: string;
        const commands: Record<string, CommandSpec> = {};

        /** What the diagnostics say about one Command. */
        function said(name: string): string {
            const after = text.slice(text.indexOf(`command:remote:Command (${name}):`));
            return after.slice(0, after.indexOf("\n\n") + 1 || undefined);
        }

        before(async () => {
            sshd.scripts.hangUp = (channel, _ran, client) => {
                channel.write("so far\n");
                setTimeout(() => client.end(), 50);
            };
            sshd.scripts.long = answer("x".repeat(70_000));
            const to = (connection: object, args: object = {}): CommandSpec => ({
                args: { connection: { ...sshd.connection, ...connection }, create: "reach", ...args },
            });
            Object.assign(commands, {
                wrongHostKey: to({ hostKey: otherHostKey, dialErrorLimit: 1 }),
                rsaHostKey: to({ hostKey: rsaHostKey, dialErrorLimit: 0 }),
                ecdsaHostKey: to({ hostKey: sshd.ecdsaHostKey }, { create: "known by ECDSA" }),
                noHostKey: to({ hostKey: undefined }, { create: "not checked" }),
                refusedPort: to({ port: await closedPort(), dialErrorLimit: 2 }),
                noLimit: to({ port: await closedPort(), dialErrorLimit: 0 }),
                stranger: to({ ...closedDoor.connection, user: "stranger", dialErrorLimit: 3 }),
                badKeyFile: to({ privateKey: "no key" }),
                deadAgent: to({ agentSocketPath: "/nonexistent/agent" }),
                hangUp: to({}, { create: "hangUp now" }),
                refusedVariable: to({ ...strict.connection }, { environment: { COLOUR: "red" }, create: "never" }),
                longLine: to({}, { create: "long line" }),
                variable: to({}, { environment: { COLOUR: "red" }, create: "paint" }),
                quietLongLine: to({}, { create: "long line", logging: "none" }),
                throughBastion: to({ proxy: bastion.connection }, { create: "pass through" }),
                wrongBastion: to({ proxy: { ...bastion.connection, hostKey: otherHostKey, dialErrorLimit: 0 } }),
            });
            const run = await project.update(commands, "--continue-on-error");
            text = run.stdout + run.stderr;
            assert.equal(run.code !== 0, true);
        });

        it("refuses a host whose key isn't the hostKey", () => {
            assert.match(
                said("wrongHostKey"),
                /after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch/,
            );
        });

        it("asks a host for the type of the hostKey, whatever else it has; ssh-rsa never connects", () => {
            for (const command of ["known by ECDSA", "not checked", "paint"])
                assert.equal(sshd.commands().includes(command), true, command);
            assert.match(said("rsaHostKey"), /ssh: no common algorithm for host key; we offered: \["ssh-rsa"\]/);
        });

        it("gives a refused port up after dialErrorLimit more tries, and says each in the live view", () => {
            assert.match(said("refusedPort"), /after 2 failed attempts: dial tcp: .*ECONNREFUSED/);
            assert.match(text, /refusedPort.*Dial 2\/2 failed: retrying/);
            assert.match(said("noLimit"), /after 0 failed attempts: dial tcp/);
        });

        it("retries a key that the host doesn't take, slower each time", () => {
            assert.match(said("stranger"), /after 3 failed attempts: ssh: handshake failed/);
            const waits = closedDoor.arrivals.slice(1).map((time, i) => time - closedDoor.arrivals[i]!);
            assert.equal(waits.length, 3);
            for (const [i, least] of [100, 150, 225].entries()) {
                assert.equal(waits[i]! >= least, true, `waited ${waits.join(", ")} ms`);
            }
        });

        it("doesn't retry what can't get better: a bad key file, a dead agent", () => {
            assert.match(said("badKeyFile"), /failed to parse private key/);
            assert.match(said("deadAgent"), /dial unix \/nonexistent\/agent: connect: no such file/);
        });

        it("fails when the host hangs up, and shows what was printed until then", () => {
            assert.match(
                said("hangUp"),
                /remote command exited without exit status or exit signal: running "hangUp now"/,
            );
            assert.match(said("hangUp"), /so far/);
        });

        it("sets the environment, and runs nothing if the host refuses a variable", () => {
            assert.deepEqual(sshd.ran.find(({ command }) => command === "paint")?.environment, { COLOUR: "red" });
            assert.match(said("refusedVariable"), /could not set environment variable "COLOUR"/);
            assert.deepEqual(strict.commands(), []);
        });

        it("reaches a host through a bastion, whose key is checked as well", () => {
            assert.equal(sshd.commands().includes("pass through"), true);
            assert.equal(bastion.forwarded, 1);
            assert.match(said("wrongBastion"), /proxy: after 0 failed attempts: .*host key mismatch/);
        });

        it("makes an error of a logged line of more than 64 KiB, which would hang the official provider", async () => {
            assert.match(said("longLine"), /a line of more than 64 KiB/);
            const { quietLongLine } = await project.project.resources();
            assert.equal((quietLongLine!.outputs.stdout as string).length, 70_000);
        });
    });

    describe("an up that is watched while it runs", () => {
        let finish: () => void;
        let seen: string;
        let open: number;

        before(async () => {
            sshd.scripts.stream = (channel, ran, client) => {
                channel.write("line one\npart of ");
                channel.stderr.write("a complaint\n");
                finish = () => answer("line two\n")(channel, ran, client);
            };
            sshd.scripts.silent = answer("hidden out\n", "hidden err\n");
            const connection = sshd.connection;
            project.project.write(
                "commands.json",
                JSON.stringify({
                    stream: { args: { connection, create: "stream" } },
                    onlyErrors: { args: { connection, create: "stream2", logging: "stderr" } },
                    silent: { args: { connection, create: "silent", logging: "none" } },
                    here: {
                        local: true,
                        args: { create: 'cat; echo " $COLOUR"', stdin: "local", environment: { COLOUR: "blue" } },
                    },
                }),
            );
            sshd.scripts.stream2 = answer("muted out\n", "loud err\n");
            const run = project.project.start("up", "--yes", "--skip-preview");
            await until("a line of a running command", () => run.output().includes("line one"));
            await until(
                "the other commands",
                () => sshd.commands().includes("silent") && sshd.commands().includes("stream2"),
            );
            await sleep(300);
            seen = run.output();
            open = sshd.open;
            finish();
            const { code, stdout, stderr } = await run.ended;
            assert.equal(code, 0, stdout + stderr);
        });

        it("shows a line as soon as it is printed", () => {
            assert.match(seen, /line one/);
            assert.doesNotMatch(seen, /line two/);
        });

        it("shows of a Command what its logging says", () => {
            assert.match(seen, /loud err/);
            assert.doesNotMatch(seen, /muted out|hidden/);
        });

        it("keeps all output in the state, whatever the logging", async () => {
            const { stream, silent, here } = await project.project.resources();
            assert.equal(stream!.outputs.stdout, "line one\npart of line two");
            assert.deepEqual([silent!.outputs.stdout, silent!.outputs.stderr], ["hidden out", "hidden err"]);
            assert.equal(here!.outputs.stdout, "local blue");
        });

        it("keeps each connection open until the plugin ends", async () => {
            assert.equal(open, 3);
            await until("the connections to close", () => sshd.open === 0);
        });
    });

    describe("an engine that is killed", () => {
        // Last: it leaves the state locked, as a killed engine does.
        it("lets a command run on when the engine is killed, and ends after it", async () => {
            sshd.forget();
            let finish: () => void = () => undefined;
            sshd.scripts.outlive = (channel, ran, client) => {
                channel.write("begun\n");
                finish = () => answer("done\n")(channel, ran, client);
            };
            const commands = { outliving: { args: { connection: sshd.connection, create: "outlive" } } };
            project.project.write("commands.json", JSON.stringify(commands));
            const run = project.project.start("up", "--yes", "--skip-preview");
            await until("the command to begin", () => run.output().includes("begun"));
            run.process.kill("SIGKILL");
            await run.ended;
            await sleep(2500);
            assert.equal(sshd.open, 1);
            finish();
            await until("the plugin to end", () => sshd.open === 0);
        });
    });
});

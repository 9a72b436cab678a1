import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, tryRun } from "../../toolchain/shell";

// A stack of its own: the user's stays as it is.
const STACK = `npm-start-test-${process.pid}`;
const LABEL = `garage-local/${STACK}`;
const local = (name: string) => join(root, ".local", name);

/** The whole way on real containers. Stopped containers stand for a machine that was rebooted. */
describe("npm start, status and stop", function () {
    this.timeout(600_000);
    const engine = spawnSync("sh", ["-c", "command -v podman || command -v docker"], {
        encoding: "utf8",
    }).stdout.trim();
    const filter = ["--filter", `label=pulumi-garage=${LABEL}`];
    const containers = () => spawnSync(engine, ["ps", "-aq", "--no-trunc", ...filter], { encoding: "utf8" }).stdout;
    const volumes = () => spawnSync(engine, ["volume", "ls", "-q", ...filter], { encoding: "utf8" }).stdout;
    // Until it ends, not until its output is closed: what a killed Pulumi leaves running would hold that open.
    const run = (command: string) =>
        new Promise<{ code: number | null; said: string }>((resolve) => {
            const env = { ...process.env, GARAGE_LOCAL_STACK: STACK };
            const child = spawn("bash", ["toolchain/run.sh", command], {
                cwd: root,
                env,
                stdio: ["ignore", "pipe", "pipe"],
            });
            let said = "";
            for (const stream of [child.stdout, child.stderr]) {
                stream.on("data", (chunk) => {
                    said += chunk;
                });
            }
            child.on("exit", (code) => setTimeout(() => resolve({ code, said }), 200));
        });
    const endpoints = (said: string) => said.match(/http:\/\/[0-9.]+:3900$/gm) ?? [];

    after(async () => {
        await run("stop");
        for (const file of [`${STACK}.lock`, `Pulumi.${STACK}.yaml`]) rmSync(local(file), { force: true });
    });

    let before: string;
    let printed: string;

    it("goes on after Pulumi was killed in the middle, whose lock stays behind", async () => {
        const started = run("start");
        const locks = local(`state/.pulumi/locks/organization/garage-local/${STACK}`);
        const lockFile = () =>
            existsSync(locks) ? readdirSync(locks).find((file) => file.endsWith(".json")) : undefined;
        while (!lockFile() || containers() === "") await new Promise((resolve) => setTimeout(resolve, 100));
        const { pid } = JSON.parse(readFileSync(join(locks, lockFile()!), "utf8"));
        process.kill(pid, "SIGKILL");
        const { code, said } = await started;
        assert.equal(code, 1);
        assert.match(said, /not finished.*`npm start` goes on from here/);
        assert.notEqual(lockFile(), undefined);
    });

    it("brings up three nodes and prints how to use them", async () => {
        const { code, said } = await run("start");
        assert.equal(code, 0, said);
        assert.equal(endpoints(said).length, 3, said);
        assert.match(said, /Garage 2\.\d+\.\d+ is running/);
        assert.doesNotMatch(said, /pending operations/);
        assert.doesNotMatch(said, /Nothing changed/);
        // Whoever has no key is told so by every node: S3 answers.
        for (const endpoint of endpoints(said)) assert.equal((await fetch(endpoint)).status, 403);
        printed = said;
        before = containers();
        assert.equal(before.trim().split("\n").length, 3);
    });

    it("prints lines that work as they stand: by them an object is put, and read back through another node", async () => {
        const line = (start: string) => printed.split("\n").find((each) => each.trim().startsWith(start))!;
        const put = line("curl");
        const [first, second] = endpoints(printed);
        const get = put.replace("-T README.md", "").replace(`${first}/photos/`, `${second}/photos/README.md`);
        const { code, stdout, stderr } = await tryRun("sh", ["-ec", `${line(". .local/env;")}\n${put}\n${get}`]);
        assert.equal(code, 0, stderr);
        assert.equal(stdout, `HTTP 200\n${readFileSync(join(root, "README.md"), "utf8")}HTTP 200\n`);
    });

    it("keeps the passphrase and the way to the stack for the owner alone, and the secret key out of sight", async () => {
        assert.equal(statSync(local("passphrase")).mode & 0o777, 0o600);
        assert.equal(statSync(local("env")).mode & 0o777, 0o600);
        assert.equal(statSync(join(root, ".local")).mode & 0o777, 0o700);
        assert.match(readFileSync(local("env"), "utf8"), /^export PATH='[^:]*'(:'[^:]*')*:"\$PATH"(:'[^:]*')?$/m);
        const show = `. .local/env && pulumi stack output --stack ${STACK} secretAccessKey`;
        assert.equal((await tryRun("sh", ["-c", show])).stdout.trim(), "[secret]");
        assert.match((await tryRun("sh", ["-c", `${show} --show-secrets`])).stdout.trim(), /^[0-9a-f]{64}$/);
    });

    it("changes nothing the second time, and says so", async () => {
        const { code, said } = await run("start");
        assert.equal(code, 0, said);
        assert.match(said, /^toolchain: Nothing changed\.$/m);
        assert.equal(containers(), before);
    });

    it("starts its own stopped containers", async () => {
        spawnSync(engine, ["stop", ...before.trim().split("\n")]);
        const { code, said } = await run("start");
        assert.equal(code, 0, said);
        assert.match(said, /store-paris: starting/);
        assert.match(said, /^toolchain: Nothing changed\.$/m);
        assert.equal(containers(), before);
    });

    it("shows what every node says of itself", async () => {
        const { code, said } = await run("status");
        assert.equal(code, 0, said);
        assert.equal(said.match(/^series 2$/gm)?.length, 3, said);
        assert.match(said, /^3 of 3 nodes answer$/m);
    });

    it("tells of a container that is gone, and makes it anew with its data", async () => {
        const rome = `garage-local-${STACK}-store-rome`;
        const id = () => spawnSync(engine, ["volume", "inspect", `${rome}-garage`], { encoding: "utf8" }).stdout;
        const volume = id();
        spawnSync(engine, ["rm", "-f", rome]);
        const shown = await run("status");
        assert.equal(shown.code, 1, shown.said);
        assert.match(shown.said, new RegExp(`== ${rome} ==\\nmissing:`));
        assert.match(shown.said, /^2 of 3 nodes answer$/m);
        const { code, said } = await run("start");
        assert.equal(code, 0, said);
        assert.match(said, new RegExp(`toolchain: ${rome} is gone: it is made anew; its data are still there`));
        assert.match((await run("status")).said, /^3 of 3 nodes answer$/m);
        assert.equal(id(), volume);
        before = containers();
    });

    it("doesn't start while another one is at work", async () => {
        const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)", "main.ts"]);
        writeFileSync(local(`${STACK}.lock`), `${other.pid}`);
        const { code, said } = await run("start");
        other.kill();
        writeFileSync(local(`${STACK}.lock`), "");
        assert.equal(code, 1);
        assert.match(said, new RegExp(`another npm start or npm stop \\(process ${other.pid}\\) is at work here`));
    });

    it("starts no node without its data", async () => {
        const rome = `garage-local-${STACK}-store-rome`;
        spawnSync(engine, ["rm", "-f", rome]);
        spawnSync(engine, ["volume", "rm", `${rome}-garage`]);
        const { code, said } = await run("start");
        assert.equal(code, 1);
        assert.match(said, new RegExp(`${rome} is gone, and so are its data: npm run stop removes the rest`));
    });

    it("stops with nothing left, also when a container is gone already, and names what others have left", async () => {
        const other = `npm-start-test-other-${process.pid}`;
        spawnSync(engine, ["volume", "create", "--label", `pulumi-garage=${other}/dev`, other]);
        const { code, said } = await run("stop");
        assert.equal(code, 0, said);
        assert.equal(spawnSync(engine, ["volume", "rm", other]).status, 0);
        assert.match(said, new RegExp(`stopped: no container, no volume and no stack of ${LABEL} is left`));
        assert.match(said, new RegExp(`of ${other}/dev there is: 0 containers, 1 volumes; .*purge ${other}/dev`));
        assert.equal(containers() + volumes(), "");
        assert.equal(existsSync(local(`state/.pulumi/stacks/garage-local/${STACK}.json`)), false);
    });
});

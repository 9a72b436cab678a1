import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bed, MIRROR, type Ran } from "../../support/bed";
import { builtPackage } from "../../support/builtPackage";
import { AS_ROOT, CGROUPS, COMMANDS, garage, removeByHand, setUpByHand, type Way } from "../../support/byHand";
import { Load } from "../../support/load";
import { PulumiProject } from "../../support/pulumiProject";
import { Store } from "../../support/store";

const STORAGE = ["london", "paris", "rome"];
const GATEWAY = "oslo";
const HOSTS = [...STORAGE, GATEWAY];
const WAYS: Way[] = ["dynamic", "root", "own"];

/** What of a host is the old service's: its unit, its files with owners and modes, what runs. */
const OLD = `cat /etc/systemd/system/garage.service; systemctl is-enabled garage; systemctl is-active garage
for link in /etc/systemd/system/*/garage.service /var/lib/garage; do echo $link; readlink $link || true; done
stat -L -c '%n %a %u:%g' /var/lib/garage /var/lib/garage/meta /var/lib/garage/data /var/lib/garage/meta/node_key* /var/lib/garage/meta/db*
! command -v podman >/dev/null || podman inspect -f '{{.Name}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}' garaged
find /var/lib/garage/ -name 'garage-node.data'; pgrep -ax garage | cut -d' ' -f2-`;

const SPOIL = "for f in /opt/garage/generations/*/garage.toml; do echo '# x' >>$f; done";

// Doesn't prove: hosts of another distribution, data on volumes of their own.
describe("a Garage that runs already is taken over", function () {
    this.timeout(900_000);
    let bed: Bed;
    let project: PulumiProject;
    let keyFile: string;
    /** Of the cluster that is there now. */
    let nodes: string[] = STORAGE;
    /** Those of them whose daemons neither systemd nor an engine keeps. */
    let byHand: string[] = [];

    before(async () => {
        bed = await Bed.make("adopt", HOSTS);
        keyFile = bed.file("key.ssh", bed.privateKey);
        await new Promise<void>((done) => execFile("chmod", ["600", keyFile], () => done()));
    });
    after(async () => {
        await bed?.purge();
    });
    afterEach(async function () {
        if (this.currentTest?.state === "failed") await tellHosts();
        if (project) {
            const { code, stdout, stderr } = await project.destroy();
            if (code !== 0) console.log(stdout, stderr);
            project.remove();
        }
        await Promise.all(
            HOSTS.map((host) =>
                bed.try(host, "userdel garage; groupdel garage; rm -rf /etc/garage-node /opt/garage /opt/garage-node"),
            ),
        );
        await removeByHand(bed, HOSTS);
    });

    const tellHosts = async () => {
        for (const host of nodes) {
            const line = `garage-node status; tail -n 20 /var/lib/garage/meta/garage-node.history; systemctl status garage --no-pager -n 30; ls -la /var/lib/garage /var/lib/garage/ /var/lib/garage/meta /etc/garage-node /etc/garage-node/adopted; cat /etc/garage-node/adopted/*.adopted`;
            const { stdout, stderr } = await bed.try(host, line);
            console.log(`--- ${host}\n${stdout}\n${stderr}`);
        }
    };

    const inspect = (words: string[], env = process.env): Promise<Ran> => {
        const ssh = [`IdentityFile=${keyFile}`, "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
        const hosts = nodes.map((host) => `root@${bed.hosts[host]!.address}:${bed.hosts[host]!.port}`);
        const all = [join(builtPackage(), "dist", "cli.js"), "inspect", ...hosts, ...words];
        const given = ssh.flatMap((option) => ["--ssh-option", option]);
        return new Promise((done) =>
            execFile(process.execPath, [...all, ...given], { env }, (error, stdout, stderr) =>
                done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
            ),
        );
    };

    /** The program that `inspect` writes, with the cluster's secrets in its stack; more options go with `options`. */
    let program: (options?: string) => void;
    const inspected = async () => {
        project = await PulumiProject.create({ files: { "index.ts": "" } });
        const out = join(project.dir, "seen");
        const ran = await inspect(["--out", out]);
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        const bin = join(project.dir, "bin");
        mkdirSync(bin);
        symlinkSync(process.env.PULUMI ?? "/usr/bin/pulumi", join(bin, "pulumi"));
        const env = { ...project.env, PATH: `${bin}:${project.env.PATH}` };
        const set = await inspect(["--out", project.dir, "--set-config"], env);
        assert.match(set.stdout, /rpcSecret/, set.stdout + set.stderr);
        writeFileSync(join(project.dir, "adopt.json"), readFileSync(join(out, "adopt.json")));
        const text = readFileSync(join(out, "index.ts"), "utf8")
            .replace('"pulumi-garage-cluster"', JSON.stringify(builtPackage()))
            .replace(/ssh: \{/g, `ssh: { privateKey: ${JSON.stringify(bed.privateKey)},`);
        program = (options = "") => {
            const adopt = text.includes("adopt:")
                ? ""
                : 'adopt: { seen: require("node:fs").readFileSync("adopt.json", "utf8") },';
            const commands = byHand.reduce(
                (all, name) => all.replace(`${name}: {`, `${name}: { adopt: ${JSON.stringify(COMMANDS)},`),
                text,
            );
            project.write(
                "index.ts",
                commands.replace(
                    /(new GarageCluster\([^{]*\{)/,
                    `$1 binary: { baseUrl: "file://${MIRROR}" }, ${options} ${adopt}`,
                ),
            );
        };
        program();
        assert.ok(existsSync(join(project.dir, "adopt.json")));
    };
    const must = (ran: { code: number; stdout: string; stderr: string }) => {
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        return ran;
    };
    const olds = async () =>
        Object.fromEntries(await Promise.all(nodes.map(async (host) => [host, await bed.sh(host, OLD)])));
    const layout = () => garage(bed, "london", "layout show");

    /** A cluster by hand, with objects in it. */
    const madeByHand = async (release: string, ways: Way[]) => {
        nodes = HOSTS.slice(0, ways.length);
        byHand = nodes.filter((_, at) => ways[at] === "hand");
        await setUpByHand(bed, { release, hosts: nodes, ways, gateways: nodes.filter((each) => each === GATEWAY) });
        const store = await Store.make(bed, "london", "test", 3900, `${AS_ROOT} garage`);
        await store.fill("london");
        for (let i = 0; i < 500; i++) await store.put(STORAGE[i % 3]!, `many/${i}`, 50 + i);
        return store;
    };
    const updateUnderLoad = async (store: Store) => {
        const load = Load.start(store, nodes);
        const ran = await project.update();
        const { requests, lost, mismatches, longestGapMs } = await load.stop();
        must(ran);
        console.log(`      ${requests} requests, ${lost.length} lost, longest time without success ${longestGapMs} ms`);
        assert.deepEqual(lost, []);
        assert.deepEqual(mismatches, []);
    };
    const isTakenUnderLoad = async (store: Store) => {
        await updateUnderLoad(store);
        for (const host of nodes) {
            const unit = await bed.sh(host, "head -n 1 /etc/systemd/system/garage.service");
            assert.match(unit, /Installed by garage-node/);
            assert.match(await bed.sh(host, "garage-node status"), /^adopted taken$/m);
            assert.equal((await bed.sh(host, "systemctl is-enabled garage")).trim(), "enabled");
            assert.equal((await bed.sh(host, "pgrep -xc garage")).trim(), "1");
        }
    };
    const isQuietAfterwards = async () => {
        const daemons = await bed.daemons();
        must(await project.up());
        const text = readFileSync(join(project.dir, "index.ts"), "utf8");
        const without = text.replace(/adopt: \{\s*(seen: |"stopCommand")[^}]*\},?/g, "");
        assert.notEqual(without, text);
        project.write("index.ts", without);
        must(await project.update());
        assert.deepEqual(await bed.daemons(), daemons);
    };

    /** It can't start: its garage.toml isn't what was staged. Leaves the program without what spoils it. */
    const canaryGoesBack = async (store: Store, says: RegExp) => {
        const seen = await olds();
        program(`beforeStop: ${JSON.stringify(SPOIL)},`);
        const failed = await project.update();
        assert.notEqual(failed.code, 0);
        assert.match(failed.stdout + failed.stderr, says);
        assert.deepEqual(await olds(), seen);
        await store.intact(nodes);
        program();
    };

    /** As in any program: another release, and with it the series of the data, once they are of the new one. */
    const runs = async (version: string, store: Store) => {
        const text = readFileSync(join(project.dir, "index.ts"), "utf8");
        const asked = text.replace(/(\n\s*version: ")[^"]*/, `$1${version}`);
        assert.notEqual(asked, text);
        project.write("index.ts", asked);
        must(await project.update());
        for (const host of nodes) assert.equal(await bed.release(host), version, host);
        await store.intact(nodes);
    };
    const hops = async (version: string, series: string, store: Store) => {
        await runs(version, store);
        const text = readFileSync(join(project.dir, "index.ts"), "utf8");
        project.write("index.ts", text.replace(/stateVersion: "[^"]*/, `stateVersion: "${series}`));
        must(await project.update());
        must(await project.up());
        await store.intact(nodes);
    };

    it("1.2.0: upstream's unit, root, a user of its own: the canary goes back by itself, then all are taken over, data and layout as they were; and goes on to 1.3.0 and 2.5.0", async () => {
        const store = await madeByHand("1.2.0", WAYS);
        const before = await layout();
        const seen = await olds();
        await inspected();
        must(await project.preview());
        assert.deepEqual(await olds(), seen);

        await canaryGoesBack(store, /\[adopt-failed\]/);
        await isTakenUnderLoad(store);
        assert.equal(await layout(), before);
        await isQuietAfterwards();
        await bed.power("paris", "restart");
        await bed.until("paris", "garage-manage status >/dev/null 2>&1", 60);
        await store.intact(nodes);
        await runs("1.3.0", store);
        await hops("2.5.0", "2", store);
    });

    it("0.9.3: goes on to 0.9.4 and 1.3.0", async () => {
        const store = await madeByHand("0.9.3", ["root", "own", "dynamic"]);
        await inspected();
        await isTakenUnderLoad(store);
        await isQuietAfterwards();
        await runs("0.9.4", store);
        await hops("1.3.0", "1", store);
    });

    it("2.4.0, with a gateway: goes on to 2.5.0", async () => {
        const store = await madeByHand("2.4.0", ["own", "dynamic", "root", "own"]);
        await inspected();
        await isTakenUnderLoad(store);
        await isQuietAfterwards();
        await runs("2.5.0", store);
    });

    it("1.3.0: half-way, and whole, it is set back, each time all as it was, with nothing left; between the two it is taken over", async () => {
        const store = await madeByHand("1.3.0", WAYS);
        const before = await layout();
        const seen = await olds();
        await inspected();
        const setBack = async () => {
            const text = readFileSync(join(project.dir, "index.ts"), "utf8");
            project.write("index.ts", text.replace(/(adopt: \{\s*seen: [^}]*?),?\s*\}/, "$1, back: true }"));
            await updateUnderLoad(store);
            assert.deepEqual(await olds(), seen);
            assert.equal(await layout(), before);
            for (const host of nodes)
                await bed.sh(
                    host,
                    "! ls -d /etc/garage-node /opt/garage* /usr/bin/garage-node /var/lib/garage/*/garage-node*",
                );
            must(await project.update("--expect-no-changes"));
            await store.intact(nodes);
        };

        await bed.sh("paris", "touch /etc/breaks");
        const hook = `[ ! -e /etc/breaks ] || ${SPOIL}`;
        program(`beforeStop: ${JSON.stringify(hook)},`);
        const failed = await project.update();
        assert.match(failed.stdout + failed.stderr, /\[adopt-failed\]/);
        assert.match(await bed.sh("london", "garage-node status"), /^adopted taken$/m);
        await setBack();

        program();
        await isTakenUnderLoad(store);
        await isQuietAfterwards();
        program();
        await setBack();
        const daemons = await bed.daemons();
        must(await project.destroy());
        assert.deepEqual(await bed.daemons(), daemons);
        assert.deepEqual(await olds(), seen);
    });

    it("1.3.0: a container of podman, a daemon by hand, a unit: the container goes back by itself as canary, then all are taken over, a boot starts ours alone, and they come back by the scripts that are left", async () => {
        const store = await madeByHand("1.3.0", ["podman", "hand", "own"]);
        const before = await layout();
        const seen = await olds();
        await inspected();
        const preview = must(await project.preview()).stdout;
        assert.match(preview, /stops: the container garaged of podman, which stays as garaged-before-garage-node/);
        assert.match(preview, /stops: what runs there by hand, by: pkill -INT -x garage;/);

        await canaryGoesBack(store, /the container garaged of podman.*\[adopt-failed\]/);
        await isTakenUnderLoad(store);
        assert.equal(await layout(), before);
        await isQuietAfterwards();
        await store.intact(nodes);

        await bed.power("london", "restart");
        await bed.until("london", "garage-manage status >/dev/null 2>&1", 60);
        assert.equal((await bed.sh("london", "pgrep -xc garage")).trim(), "1");
        await store.intact(nodes);
        // Somebody starts the old one by hand: ours doesn't start beside it, and says so. What it writes then is root's.
        await bed.sh("london", `systemctl stop garage; ${CGROUPS}; podman start garaged-before-garage-node`);
        assert.notEqual((await bed.try("london", "garage-node admit")).code, 0);
        assert.match(await bed.sh("london", "garage-node status"), /^trouble another Garage runs here/m);
        await bed.sh("london", "podman stop -t 20 garaged-before-garage-node");

        must(await project.destroy());
        for (const host of nodes) await bed.sh(host, "sh /etc/garage-node/adopted/back.sh");
        assert.deepEqual(await olds(), seen);
        await bed.until("london", `${AS_ROOT} garage status >/dev/null 2>&1`, 60);
    });

    it("0.8.7: taken over with the secret that runs, and on to 0.9.4 with one of its own", async function () {
        this.timeout(1_800_000);
        const store = await madeByHand("0.8.7", WAYS);
        const before = await layout();
        const secret = (await bed.sh("rome", "cat /etc/garage/rpc_secret")).trim();
        await inspected();
        const changed = (...changes: [string | RegExp, string][]) => {
            let text = readFileSync(join(project.dir, "index.ts"), "utf8");
            for (const [from, to] of changes) {
                assert.notEqual(text.replace(from, to), text, String(from));
                text = text.replace(from, to);
            }
            project.write("index.ts", text);
        };
        changed(["rpcSecret08:", `rpcSecret: "${secret}", rpcSecret08:`]);
        const refused = await project.preview();
        assert.match(refused.stdout + refused.stderr, /rpcSecret08 is the same as rpcSecret/);
        program();
        await isTakenUnderLoad(store);
        assert.equal(await layout(), before);
        const runs = (name: string) => `cat /etc/garage-node/secrets/${name}`;
        assert.equal((await bed.sh("rome", runs("rpc_secret_0.8"))).trim(), secret);
        assert.notEqual((await bed.sh("rome", runs("rpc_secret"))).trim(), secret);
        await isQuietAfterwards();

        changed(['version: "0.8.7"', 'version: "0.9.4"']);
        must(await project.update());
        changed(['stateVersion: "0.8"', 'stateVersion: "0.9"'], [/\s*rpcSecret08:[^,]*,/, ""]);
        const daemons = await bed.daemons();
        must(await project.up());
        assert.deepEqual(await bed.daemons(), daemons);
        assert.notEqual((await bed.sh("rome", runs("rpc_secret_0.8"))).trim(), secret);
        await store.intact(nodes);
    });

    for (const [release, ways] of [
        ["2.5.0", ["own", "dynamic", "root", "own"]],
        ["0.7.0", ["dynamic", "root", "own"]],
    ] as const)
        it(`${release}: ${ways.join(", ")}, under load, and removed: the old service comes back by the script that is left`, async () => {
            const store = await madeByHand(release, [...ways]);
            const before = await layout();
            const seen = await olds();
            await inspected();
            await isTakenUnderLoad(store);
            assert.equal(await layout(), before);
            await isQuietAfterwards();
            await store.intact(nodes);
            must(await project.destroy());
            for (const host of nodes) await bed.sh(host, "sh /etc/garage-node/adopted/back.sh");
            assert.deepEqual(await olds(), seen);
            await bed.until("london", `${AS_ROOT} garage status >/dev/null 2>&1`, 60);
        });
});

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bed, MIRROR, type Ran } from "./bed";
import { builtPackage } from "./builtPackage";
import { AS_ROOT, COMMANDS, garage, removeByHand, setUpByHand, type Way } from "./byHand";
import { Load } from "./load";
import { PulumiProject, succeeded } from "./pulumiProject";
import { Store } from "./store";

export const STORAGE = ["london", "paris", "rome"];
export const GATEWAY = "oslo";
export const WAYS: Way[] = ["dynamic", "root", "own"];

/** What of a host is the old service's: its unit, its files with owners and modes, what runs. */
const OLD = `cat /etc/systemd/system/garage.service; systemctl is-enabled garage; systemctl is-active garage
for link in /etc/systemd/system/*/garage.service /var/lib/garage; do echo $link; readlink $link || true; done
stat -L -c '%n %a %u:%g' /var/lib/garage /var/lib/garage/meta /var/lib/garage/data /var/lib/garage/meta/node_key* /var/lib/garage/meta/db*
! command -v podman >/dev/null || podman inspect -f '{{.Name}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}' garaged
find /var/lib/garage/ -name 'garage-node.data'; pgrep -ax garage | cut -d' ' -f2-`;

/** A hook by which what is to be started isn't what was staged, so that it doesn't start. */
export const SPOIL = "for f in /opt/garage/generations/*/garage.toml; do echo '# x' >>$f; done";

/** A Garage on hosts of a bed that was set up by hand, and the program by which it is taken over, from what `inspect` writes. */
export class Takeover {
    project!: PulumiProject;
    /** Of the cluster that is there now. */
    nodes: string[] = STORAGE;
    /** Those of them whose daemons neither systemd nor an engine keeps. */
    private byHand: string[] = [];
    /** As `inspect` wrote it. */
    private text = "";

    private constructor(
        readonly bed: Bed,
        private readonly hosts: string[],
        private readonly keyFile: string,
    ) {}

    static async make(purpose: string, hosts: string[]): Promise<Takeover> {
        const bed = await Bed.make(purpose, hosts);
        const keyFile = bed.file("key.ssh", bed.privateKey);
        await new Promise<void>((done) => execFile("chmod", ["600", keyFile], () => done()));
        return new Takeover(bed, hosts, keyFile);
    }

    /** Back to hosts without Garage. */
    async clear(failed: boolean): Promise<void> {
        if (failed) await this.tellHosts();
        if (this.project) {
            const { code, stdout, stderr } = await this.project.destroy();
            if (code !== 0) console.log(stdout, stderr);
            this.project.remove();
        }
        const line = "userdel garage; groupdel garage; rm -rf /etc/garage-node /opt/garage /opt/garage-node";
        await Promise.all(this.hosts.map((host) => this.bed.try(host, line)));
        await removeByHand(this.bed, this.hosts);
    }

    private async tellHosts(): Promise<void> {
        for (const host of this.nodes) {
            const line = `garage-node status; tail -n 20 /var/lib/garage/meta/garage-node.history; systemctl status garage --no-pager -n 30; ls -la /var/lib/garage /var/lib/garage/ /var/lib/garage/meta /etc/garage-node /etc/garage-node/adopted; cat /etc/garage-node/adopted/*.adopted`;
            const { stdout, stderr } = await this.bed.try(host, line);
            console.log(`--- ${host}\n${stdout}\n${stderr}`);
        }
    }

    /** A cluster by hand, with objects in it. */
    async madeByHand(release: string, ways: Way[]): Promise<Store> {
        this.nodes = this.hosts.slice(0, ways.length);
        this.byHand = this.nodes.filter((_, at) => ways[at] === "hand");
        const gateways = this.nodes.filter((each) => each === GATEWAY);
        await setUpByHand(this.bed, { release, hosts: this.nodes, ways, gateways });
        const store = await Store.make(this.bed, "london", "test", 3900, `${AS_ROOT} garage`);
        await store.fill("london");
        for (let i = 0; i < 500; i++) await store.put(STORAGE[i % 3]!, `many/${i}`, 50 + i);
        return store;
    }

    /** Has `inspect` write the program, with the cluster's secrets in its stack. */
    async inspected(): Promise<void> {
        this.project = await PulumiProject.create({ files: { "index.ts": "" } });
        const { dir, env } = this.project;
        const out = join(dir, "seen");
        succeeded(await this.inspect(["--out", out]));
        const bin = join(dir, "bin");
        mkdirSync(bin);
        symlinkSync(process.env.PULUMI ?? "/usr/bin/pulumi", join(bin, "pulumi"));
        const set = await this.inspect(["--out", dir, "--set-config"], { ...env, PATH: `${bin}:${env.PATH}` });
        assert.match(set.stdout, /rpcSecret/, set.stdout + set.stderr);
        writeFileSync(join(dir, "adopt.json"), readFileSync(join(out, "adopt.json")));
        this.text = readFileSync(join(out, "index.ts"), "utf8")
            .replace('"pulumi-garage-cluster"', JSON.stringify(builtPackage()))
            .replace(/ssh: \{/g, `ssh: { privateKey: ${JSON.stringify(this.bed.privateKey)},`);
        this.program();
        assert.ok(existsSync(join(dir, "adopt.json")));
    }

    private inspect(words: string[], env = process.env): Promise<Ran> {
        const ssh = [`IdentityFile=${this.keyFile}`, "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
        const hosts = this.nodes.map((host) => `root@${this.bed.hosts[host]!.address}:${this.bed.hosts[host]!.port}`);
        const all = [join(builtPackage(), "dist", "cli.js"), "inspect", ...hosts, ...words];
        const given = ssh.flatMap((option) => ["--ssh-option", option]);
        return new Promise((done) =>
            execFile(process.execPath, [...all, ...given], { env }, (error, stdout, stderr) =>
                done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
            ),
        );
    }

    /** The program as it was written; more options go with `options`. */
    program(options = ""): void {
        const adopt = this.text.includes("adopt:")
            ? ""
            : 'adopt: { seen: require("node:fs").readFileSync("adopt.json", "utf8") },';
        const commands = this.byHand.reduce(
            (all, name) => all.replace(`${name}: {`, `${name}: { adopt: ${JSON.stringify(COMMANDS)},`),
            this.text,
        );
        const more = `$1 binary: { baseUrl: "file://${MIRROR}" }, ${options} ${adopt}`;
        this.project.write("index.ts", commands.replace(/(new GarageCluster\([^{]*\{)/, more));
    }

    /** What the program says now, changed; each change has to change something. */
    changed(...changes: [string | RegExp, string][]): void {
        let text = readFileSync(join(this.project.dir, "index.ts"), "utf8");
        for (const [from, to] of changes) {
            assert.notEqual(text.replace(from, to), text, String(from));
            text = text.replace(from, to);
        }
        this.project.write("index.ts", text);
    }

    /** One more of the options of `adopt`. */
    adopts(option: string): void {
        this.changed([/(adopt: \{\s*seen: [^}]*?),?\s*\}/, `$1, ${option} }`]);
    }

    /** What of each host is the old service's. */
    async olds(): Promise<Record<string, string>> {
        const all = this.nodes.map(async (host) => [host, await this.bed.sh(host, OLD)]);
        return Object.fromEntries(await Promise.all(all));
    }

    layout(): Promise<string> {
        return garage(this.bed, "london", "layout show");
    }

    /** What `act` does costs no client a request. */
    async underLoad(store: Store, act: () => Promise<void>): Promise<void> {
        const load = Load.start(store, this.nodes);
        try {
            await act();
        } finally {
            await load.pause();
        }
        const { requests, lost, mismatches, longestGapMs } = await load.stop();
        console.log(`      ${requests} requests, ${lost.length} lost, longest time without success ${longestGapMs} ms`);
        assert.deepEqual(lost, []);
        assert.deepEqual(mismatches, []);
    }

    async isTakenUnderLoad(store: Store): Promise<void> {
        await this.underLoad(store, async () => void succeeded(await this.project.update()));
        await this.isTaken();
    }

    async isTaken(): Promise<void> {
        for (const host of this.nodes) {
            const unit = await this.bed.sh(host, "head -n 1 /etc/systemd/system/garage.service");
            assert.match(unit, /Installed by garage-node/);
            assert.match(await this.bed.sh(host, "garage-node status"), /^adopted taken$/m);
            assert.equal((await this.bed.sh(host, "systemctl is-enabled garage")).trim(), "enabled");
            assert.equal((await this.bed.sh(host, "pgrep -xc garage")).trim(), "1");
        }
    }

    /** Another `up`, and `adopt` taken out: no daemon notices. */
    async isQuietAfterwards(): Promise<void> {
        const daemons = await this.bed.daemons();
        succeeded(await this.project.up());
        this.changed([/adopt: \{\s*(seen: |"stopCommand")[^}]*\},?/g, ""]);
        succeeded(await this.project.update());
        assert.deepEqual(await this.bed.daemons(), daemons);
    }
}

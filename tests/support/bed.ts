import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const REPO = resolve(__dirname, "..", "..");
const CONTAINER = join(REPO, "sdk", "container", "container.sh");

/** Where the containers see the mirror of Garage binaries. */
export const MIRROR = "/srv/garage-mirror";

export interface BedHost {
    name: string;
    container: string;
    address: string;
    port: number;
    hostKey: string;
}

/** What a test has to do with hosts, wherever they come from. */
export interface Hosts {
    readonly hosts: Record<string, Pick<BedHost, "name" | "address">>;
    /** Runs a shell line on a host as root; throws unless it ends well. */
    sh(name: string, line: string): Promise<string>;
}

/** Something on a host that waits, once it is reached, until it is let go: a test can't come too late for it. */
export interface Hold {
    reached(): Promise<boolean>;
    letGo(): Promise<void>;
}

/** In front of the tool's own launcher in PATH. What runs as a unit doesn't go by PATH: a verb waits as it begins, before all else. */
const HOLDING = `#!/bin/sh
if [ -e "/run/hold-$1" ]; then touch "/run/held-$1"; while [ -e "/run/hold-$1" ]; do sleep 0.05; done; fi
exec /usr/bin/garage-node "$@"
`;

/** A line for a hook (beforeStop, afterStart) that waits as a verb does. */
export const holdingLine = (point: string) =>
    `[ ! -e /run/hold-${point} ] || { touch /run/held-${point}; while [ -e /run/hold-${point} ]; do sleep 0.05; done; }`;

export interface Ran {
    code: number;
    stdout: string;
    stderr: string;
}

/** Real hosts for tests: containers with systemd and sshd, the mirror of Garage releases mounted. Purge it at the end. */
export class Bed {
    private engine: string[] = [];
    private constructor(
        readonly label: string,
        readonly hosts: Record<string, BedHost>,
        public privateKey: string,
        private readonly keyFile: string,
        private readonly dir: string,
        private readonly mirrorDir: string,
    ) {}

    /** The mirror is a folder laid out as Garage's official site; `npm test` makes it and names it in GARAGE_MIRROR. */
    static async make(purpose: string, names: string[], mirrorDir = process.env.GARAGE_MIRROR): Promise<Bed> {
        if (!mirrorDir) throw new Error("GARAGE_MIRROR names no mirror of Garage: run these tests by npm test");
        const dir = mkdtempSync(join(tmpdir(), `bed-${purpose}-`));
        const keyFile = join(dir, "key");
        await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", keyFile]);
        const label = `e2e/${purpose}-${process.pid}`;
        const bed = new Bed(label, {}, readFileSync(keyFile, "utf8"), keyFile, dir, mirrorDir);
        bed.engine = (await run("bash", [CONTAINER, "engine"])).stdout.trim().split(/\s+/);
        await bed.add(...names);
        return bed;
    }

    /** More hosts; a name that exists already is brought up anew if it is down. */
    async add(...names: string[]): Promise<void> {
        const publicKey = Buffer.from(readFileSync(`${this.keyFile}.pub`)).toString("base64");
        await Promise.all(
            names.map(async (name) => {
                const container = `${this.label.replace("/", "-")}-${name}`;
                const words = ["up", container, "default", publicKey, this.label, "--hostname", name];
                const volume = ["--volume", `${this.mirrorDir}:${MIRROR}:ro`];
                const { stdout } = await run("bash", [CONTAINER, ...words, ...volume]);
                const [address, port, ...hostKey] = stdout.trim().split(" ");
                this.hosts[name] = {
                    name,
                    container,
                    address: address!,
                    port: Number(port),
                    hostKey: hostKey.join(" "),
                };
            }),
        );
    }

    /** Another key pair in place of the one so far, on all hosts. */
    async rotateKey(): Promise<void> {
        rmSync(this.keyFile);
        rmSync(`${this.keyFile}.pub`);
        await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.keyFile]);
        this.privateKey = readFileSync(this.keyFile, "utf8");
        await this.add(...Object.keys(this.hosts));
    }

    /** The `ssh` placement of a host. */
    ssh(name: string): { host: string; port: number; hostKey: string; privateKey: string } {
        const { address, port, hostKey } = this.hosts[name]!;
        return { host: address, port, hostKey, privateKey: this.privateKey };
    }

    /** Runs a shell line on a host by OpenSSH's client, as people do by hand; throws unless it ends well. */
    async bySsh(name: string, line: string): Promise<void> {
        const { address, port } = this.hosts[name]!;
        const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
        const words = options.flatMap((option) => ["-o", option]);
        await run("ssh", ["-i", this.keyFile, "-p", String(port), ...words, `root@${address}`, line]);
    }

    /** Runs a shell line on a host as root; throws unless it ends well. */
    async sh(name: string, line: string): Promise<string> {
        const ran = await this.try(name, line);
        if (ran.code !== 0) throw new Error(`${name}: ${line}\nexit ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
        return ran.stdout;
    }

    /** Runs a shell line on a host as root, however it ends. */
    try(name: string, line: string, stdin = ""): Promise<Ran> {
        return this.container(["exec", "-i", this.hosts[name]!.container, "bash", "-c", line], stdin);
    }

    /** Waits until a shell line ends well on a host. */
    async until(name: string, line: string, seconds: number): Promise<void> {
        const ran = await this.try(
            name,
            `timeout ${seconds} bash -c 'until ${line.replace(/'/g, `'\\''`)}; do sleep 0.2; done'`,
        );
        if (ran.code !== 0) throw new Error(`${name}: not within ${seconds} s: ${line}`);
    }

    /** The next call of a verb by Pulumi on a host, or a hook made of `holdingLine`, waits there. */
    async hold(name: string, point: string): Promise<Hold> {
        const launcher = "/usr/local/bin/garage-node";
        await this.container(
            ["exec", "-i", this.hosts[name]!.container, "bash", "-c", `cat >${launcher}.new`],
            HOLDING,
        );
        await this.sh(name, `chmod 755 ${launcher}.new && mv ${launcher}.new ${launcher} && touch /run/hold-${point}`);
        return {
            reached: async () => (await this.try(name, `test -e /run/held-${point}`)).code === 0,
            letGo: async () => void (await this.sh(name, `rm -f /run/hold-${point} /run/held-${point}`)),
        };
    }

    /** `kill` (the daemon dies at once), `start`, `restart`, `stop` of the container: a killed one isn't a power loss. */
    async power(name: string, act: "kill" | "start" | "restart" | "stop"): Promise<void> {
        await this.container([act, this.hosts[name]!.container]);
        if (act === "start" || act === "restart") await this.add(name);
    }

    /** The host dies for good, its disks with it; another one, empty, takes its name. */
    async loseAndRemake(name: string): Promise<void> {
        const { container } = this.hosts[name]!;
        await this.container(["rm", "-f", container]);
        await this.container(["volume", "rm", `${container}-garage`, `${container}-backups`]);
        await this.add(name);
    }

    /** Process ids of the daemons, by node; 0 where none runs. */
    async daemons(): Promise<Record<string, string>> {
        const pids: Record<string, string> = {};
        for (const name of Object.keys(this.hosts))
            pids[name] = (await this.sh(name, "systemctl show -p MainPID --value garage.service")).trim();
        return pids;
    }

    /** The release that a node runs, `1.3.0`. */
    async release(name: string): Promise<string> {
        const said = await this.sh(name, "garage-manage --version");
        const release = /\d+\.\d+\.\d+/.exec(said)?.[0];
        if (!release) throw new Error(`${name}: no release in "${said}"`);
        return release;
    }

    /** Removes this bed's containers and volumes. */
    async purge(): Promise<void> {
        await run("bash", [CONTAINER, "purge", this.label]);
        rmSync(this.dir, { recursive: true, force: true });
    }

    /** A file beside the bed's key, gone with the bed. */
    file(name: string, content: string): string {
        const path = join(this.dir, name);
        writeFileSync(path, content);
        return path;
    }

    private container(words: string[], stdin = ""): Promise<Ran> {
        return new Promise((done, failed) => {
            const [command, ...rest] = [...this.engine, ...words];
            const child = spawn(command!, rest, { stdio: ["pipe", "pipe", "pipe"] });
            let stdout = "";
            let stderr = "";
            child.stdout.on("data", (data) => {
                stdout += data;
            });
            child.stderr.on("data", (data) => {
                stderr += data;
            });
            child.on("error", failed);
            child.on("close", (code) => done({ code: code ?? -1, stdout, stderr }));
            // A command that reads no stdin may have ended before it is written; its code and words tell how.
            child.stdin.on("error", () => {});
            child.stdin.end(stdin);
        });
    }
}

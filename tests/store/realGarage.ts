import { strict as assert } from "node:assert";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
    chmodSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { garage } from "../../toolchain/tools/garage";
import { inMemory, systemPath } from "../host/machine";
import { counted } from "../host/sheet";

const TOOL = resolve(__dirname, "../../sdk/host");
const METADATA = "/var/lib/garage/meta";

export interface Ran {
    code: number;
    stdout: string;
    stderr: string;
}

export interface Want {
    aliases?: string[];
    quotas?: { maxSizeBytes: number | null; maxObjects: number | null } | null;
    website?: { indexDocument: string; errorDocument: string | null } | null;
    keys?: { accessKeyId: string; read: boolean; write: boolean; owner: boolean }[];
    lifecycle?: unknown[] | null;
    cors?: unknown[] | null;
    exclusive?: boolean;
    takeOver?: boolean;
    bucketId?: string;
}

async function freePorts(count: number): Promise<number[]> {
    const servers = await Promise.all(
        Array.from({ length: count }, async () => {
            const server = createServer();
            await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
            return server;
        }),
    );
    const ports = servers.map((server) => (server.address() as { port: number }).port);
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    return ports;
}

/** A real daemon of one release, alone on loopback, on a host below a root of its own: the real scripts run against it. */
export class RealGarage {
    readonly root = mkdtempSync(join(inMemory, "store-"));
    readonly series: string;
    private daemon?: ChildProcess;
    s3 = 0;
    web = 0;
    admin = 0;

    private constructor(readonly release: string) {
        this.series = release.startsWith("0.") ? release.slice(0, 3) : release[0]!;
    }

    static async start(release: string): Promise<RealGarage> {
        const host = new RealGarage(release);
        const { path } = await garage(release);
        const [rpc, s3, web, admin] = (await freePorts(4)) as [number, number, number, number];
        Object.assign(host, { s3, web, admin });
        const engine = release.startsWith("0.7") ? "sled" : "lmdb";
        const copies = release.startsWith("0.") ? 'replication_mode = "none"' : "replication_factor = 1";
        const secret = "1799bccfd7411eddcf9ebd316bc1f5287ad12a68094e1c6ac6abde7e6feae1ec";
        const toml = `metadata_dir = "${host.path(METADATA)}"
data_dir = "${host.path("/var/lib/garage/data")}"
db_engine = "${engine}"
${copies}
rpc_bind_addr = "127.0.0.1:${rpc}"
rpc_public_addr = "127.0.0.1:${rpc}"
rpc_secret = "${secret}"
bootstrap_peers = []
[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:${s3}"
root_domain = ".s3.garage"
[s3_web]
bind_addr = "127.0.0.1:${web}"
root_domain = ".web.garage"
index = "index.html"
[admin]
api_bind_addr = "127.0.0.1:${admin}"
admin_token = "the-token"
`;
        host.write(`${METADATA}/.keep`, "");
        const generation = `/opt/garage/generations/${release}-aaaa`;
        host.write(`${generation}/garage.toml`, toml);
        const ports = `rpcport ${rpc}\ns3port ${s3}\nwebport ${web}\nadminport ${admin}\n`;
        const binds = ["rpc", "s3", "web", "admin"].map((each) => `${each}bind 127.0.0.1\n`).join("");
        host.write(
            `${generation}/info`,
            `release ${release}\nseries ${host.series}\nengine ${engine}\nmetadata ${METADATA}\n${ports}${binds}`,
        );
        symlinkSync(path, host.path(`${generation}/garage`));
        symlinkSync(`generations/${release}-aaaa`, host.path("/opt/garage/current"));
        const config = host.path(`${generation}/garage.toml`);
        host.daemon = spawn(path, ["-c", config, "server"], { stdio: "ignore", env: { RUST_LOG: "error" } });
        symlinkSync("/proc", host.path("/proc"));
        host.isDaemon(host.daemon.pid!);
        const id = await host.cli("node", "id", "-q").then((said) => said.trim().split("@")[0]!);
        host.write("/etc/garage-node/secrets/admin_token", "the-token");
        host.write("/etc/garage-node/secrets/rpc_secret_0.8", secret);
        host.write("/etc/garage-node/claim", `cluster c1\nnode paris\nid ${id}\nmetadata ${METADATA}\n`);
        host.ledger();
        await host.cli("layout", "assign", "-z", "z", "-c", /^0\.[78]/.test(release) ? "1" : "1G", id);
        await host.cli("layout", "apply", "--version", "1");
        return host;
    }

    stop(): void {
        this.daemon?.kill("SIGKILL");
        rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
    }

    path(path: string): string {
        return join(this.root, path);
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(this.path(path)), { recursive: true });
        writeFileSync(this.path(path), text);
    }

    read(path: string): string {
        return readFileSync(this.path(path), "utf8");
    }

    /** What systemd has for the daemon. */
    isDaemon(process: number): void {
        this.write("/daemon.pid", `${process}\n`);
    }

    /** The ledger anew, with more than every node has. */
    ledger(more: Record<string, string> = {}): void {
        const id = readFileSync(this.path(`${METADATA}/node_key.pub`)).toString("hex");
        const { release, series } = this;
        const engine = series === "0.7" ? "sled" : "lmdb";
        const all = { cluster: "c1", node: "paris", id, metadata: METADATA, born: "yes", series, release, engine };
        const lines = Object.entries({ ...all, generation: `${release}-aaaa`, ...more });
        this.write(
            `${METADATA}/garage-node.ledger`,
            `ledger 1\n${lines.map(([key, value]) => `${key} ${value}\n`).join("")}`,
        );
    }

    /** As a major upgrade has it while S3 is off: the same release, as a generation of its own. */
    quiet(off: boolean): void {
        const generation = `${this.release}-aaaa${off ? ".quiet" : ""}`;
        if (off) symlinkSync(`${this.release}-aaaa`, this.path(`/opt/garage/generations/${generation}`));
        rmSync(this.path("/opt/garage/current"));
        symlinkSync(`generations/${generation}`, this.path("/opt/garage/current"));
        if (!off) rmSync(this.path(`/opt/garage/generations/${generation}.quiet`));
        this.ledger({ generation });
    }

    /** Another node looks after buckets and keys from now on: one without records. */
    forgetRecords(): void {
        rmSync(this.path(`${METADATA}/garage-node.owned`), { recursive: true, force: true });
    }

    /** All that the verbs have written down. */
    records(): string {
        const dir = this.path(`${METADATA}/garage-node.owned`);
        return readdirSync(dir)
            .map((file) => readFileSync(join(dir, file), "utf8"))
            .join("\n");
    }

    /** From here on the verbs get this in place of a program: lines of sh; without any that itself, its words written down as `ps` would show them. */
    program(name: string, lines?: string): void {
        const itself = `printf '%s\\n' "${name} $*" >>${this.path("/argv")}\nPATH=${systemPath} exec ${name} "$@"`;
        this.write(`/spy/${name}`, `#!/bin/sh\n${lines ?? itself}\n`);
        chmodSync(this.path(`/spy/${name}`), 0o755);
    }

    /** From here on the words of each program that might be given a secret are written down. */
    spy(): void {
        for (const program of ["curl", "jq", "sha256sum", "awk"]) this.program(program);
    }

    /** From here on what was made isn't told for two looks, as by a node whose own copy is written after those of others. */
    late(): void {
        const [left, before] = [this.path("/late"), this.path("/before")];
        this.write("/late", "0");
        const lines = `asked="$(cat)" left="$(cat ${left})" PATH=${systemPath}
case "$asked" in
    */v[01]/key'"'* | */v[01]/bucket'"'* | */CreateKey'"'* | */CreateBucket'"'*) echo 2 >${left}; printf %s "$asked" | curl "$@" ;;
    *"request = GET"*) if [ "$left" -gt 0 ]; then echo "$((left - 1))" >${left}; cat ${before}; else printf %s "$asked" | curl "$@" | tee ${before}; fi ;;
    *) printf %s "$asked" | curl "$@" ;;
esac`;
        this.program("curl", lines);
    }

    /** Garage's own CLI, as somebody at the host would use it; asked again while the daemon comes up. */
    async cli(...words: string[]): Promise<string> {
        const config = this.path(`/opt/garage/generations/${this.release}-aaaa/garage.toml`);
        for (let tries = 1; ; tries++) {
            const ran = spawnSync(this.path("/opt/garage/current/garage"), ["-c", config, ...words], {
                encoding: "utf8",
            });
            if (ran.status === 0) return ran.stdout;
            if (tries === 100) throw new Error(`garage ${words.join(" ")}: ${ran.stdout}${ran.stderr}`);
            await sleep(50);
        }
    }

    /** A verb, as its transient unit runs it, in a group of its own. */
    async job(args: string[], lines: string[], started: (group: number) => void = () => {}): Promise<Ran> {
        mkdirSync(this.path("/run/garage-node/jobs"), { recursive: true });
        const dir = mkdtempSync(this.path("/run/garage-node/jobs/test-"));
        writeFileSync(join(dir, "stdin"), counted(["cluster c1", "node paris", ...lines]));
        const env = {
            GARAGE_NODE_ROOT: this.root,
            PATH: `${this.path("/spy")}:${join(__dirname, "bin")}:${systemPath}`,
        };
        const words = [join(TOOL, "garage-node"), "--job", dir, ...args];
        const child = spawn("bash", words, { stdio: ["ignore", "ignore", "pipe"], env, detached: true });
        let stderr = "";
        child.stderr.on("data", (data) => {
            stderr += data;
        });
        started(child.pid!);
        const [status] = (await once(child, "close")) as [number | null];
        if (status !== 0) return { code: -1, stdout: "", stderr };
        const said = (file: string) => readFileSync(join(dir, file), "utf8");
        return { code: Number(said("rc")), stdout: said("answer"), stderr: said("log") };
    }

    bucket(name: string, want: Want = {}, more: string[] = [], started?: (group: number) => void): Promise<Ran> {
        const all = { aliases: [name], quotas: null, website: null, keys: [], lifecycle: null, cors: null, ...want };
        const lines = [...owner("Bucket", name, more), `want ${JSON.stringify(all)}`];
        return this.job(["bucket", name, "0123456789ab"], lines, started);
    }

    bucketDelete(name: string, more: string[] = [], started?: (group: number) => void): Promise<Ran> {
        return this.job(["bucket-delete", name], [...owner("Bucket", name, more), "want {}"], started);
    }

    key(name: string, want: object = {}, more: string[] = [], started?: (group: number) => void): Promise<Ran> {
        const all = { name, allowCreateBucket: false, rotate: null, retire: [], exclusive: false, ...want };
        const lines = [...owner("Key", name, more), `want ${JSON.stringify(all)}`];
        return this.job(["key", name, "0123456789ab"], lines, started);
    }

    keyDelete(name: string, more: string[] = [], started?: (group: number) => void): Promise<Ran> {
        return this.job(["key-delete", name], [...owner("Key", name, more), "want {}"], started);
    }

    /** What a client sees with that key. */
    client(key: { accessKeyId: string; secretAccessKey: string }): S3Client {
        return new S3Client({
            endpoint: `http://127.0.0.1:${this.s3}`,
            region: "garage",
            forcePathStyle: true,
            // The SDK writes into what it is given.
            credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
            maxAttempts: 1,
            requestChecksumCalculation: "WHEN_REQUIRED",
            responseChecksumValidation: "WHEN_REQUIRED",
        });
    }

    /** A page, or whatever else is asked for, by Host header. */
    get(port: number, path: string, headers: string[] = [], more: string[] = []): string {
        const words = [...more, ...headers.flatMap((header) => ["-H", header])];
        return execFileSync("curl", ["-s", "-i", ...words, `http://127.0.0.1:${port}${path}`], { encoding: "utf8" });
    }
}

export const urn = (kind: "Bucket" | "Key", name: string) =>
    `urn:pulumi:dev::shop::garage-cluster:index:Garage${kind}::${name}`;
const owner = (kind: "Bucket" | "Key", name: string, more: string[]) =>
    more.some((line) => line.startsWith("owner ")) ? more : [`owner ${urn(kind, name)}`, ...more];

/** What a verb answered; it went well. */
export function answered<Answer>(ran: Ran): Answer {
    assert.equal(ran.code, 0, ran.stderr);
    return JSON.parse(ran.stdout) as Answer;
}

export interface BucketAnswer {
    bucketId: string;
    changed: string[];
    warnings: string[];
}

export interface KeyAnswer {
    accessKeyId: string;
    secretAccessKey: string;
    previousAccessKeyIds: string[];
    changed: string[];
}

export function refused(ran: Ran, id: string, says?: RegExp): void {
    assert.equal(ran.code, 1, `${ran.stdout}${ran.stderr}`);
    const last = ran.stderr.trimEnd().split("\n").at(-1)!;
    assert.ok(last.endsWith(`[${id}]`), `${id} expected: ${ran.stderr}`);
    if (says) assert.match(last, says);
}

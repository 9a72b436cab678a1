import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
    appendFileSync,
    chmodSync,
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { inMemory, systemPath } from "../machine";
import { counted } from "../sheet";

export const TOOL = resolve(__dirname, "..", "..", "..", "sdk", "host");
const FAKES = join(__dirname, "fakes");
export const METADATA = "/var/lib/garage/meta";
export const DATA = "/var/lib/garage/data";
export const CLUSTER = "c1";

export interface Run {
    code: number;
    stdout: string;
    stderr: string;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A script that stands for Garage's binary of one release. */
export function fakeBinary(
    release: string,
    says = `garage cargo:${release} [features: k2v, sled, lmdb, sqlite]`,
): string {
    return `#!/bin/sh
case "$*" in
    --version) echo "${says}" ;;
    *"/garage.toml node id -q") ;;
    "-c $GARAGE_NODE_ROOT/opt/garage/current/garage.toml status") read -r state <"$FAKE/active"; [ "$state" = active ] && [ ! -e "$FAKE/hangs" ] ;;
    *) echo "garage $*" >>"$FAKE/unknown" && exit 97 ;;
esac
`;
}

export function toml(engine: string, extra = ""): string {
    return [
        `metadata_dir = "${METADATA}"`,
        `data_dir = "${DATA}"`,
        `db_engine = "${engine}"`,
        "replication_factor = 3",
        'rpc_public_addr = "@RPC_PUBLIC_ADDR@"',
        "bootstrap_peers = [@BOOTSTRAP_PEERS@]",
        extra,
        "[s3_api]",
        's3_region = "garage"',
        "",
    ].join("\n");
}

export const peerId = (name: string) => sha256(name);

/** One host under a fake root, with fakes for all that reaches beyond it; they fail on a call that they don't know. */
export class FakeHost {
    readonly root = mkdtempSync(join(inMemory, "garage-host-base-"));
    readonly fake = join(this.root, "fake");
    private static readonly templates = new Map<string, FakeHost>();

    /** A node that is set up and, with a release, runs it; made once, then copied. */
    static like(release?: string): FakeHost {
        const key = release ?? "bare";
        let template = FakeHost.templates.get(key);
        if (!template) {
            template = new FakeHost();
            FakeHost.templates.set(key, template);
            if (release) template.bringUp(release);
            else assert.equal(template.host().code, 0);
            process.once("exit", () => template?.remove());
        }
        const host = new FakeHost();
        cpSync(template.root, host.root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
        return host;
    }

    constructor() {
        for (const path of [
            "run/systemd/system",
            "run/garage-node/jobs",
            "opt/garage-node/t1",
            "etc/systemd/system",
            "usr/bin",
            "fake/mirror",
            "root",
            "var/lib",
        ])
            mkdirSync(join(this.root, path), { recursive: true });
        for (const release of ["2.4.0", "2.5.0", "0.7.0", "0.8.7", "0.9.4"])
            this.mirror(`garage-${release}`, fakeBinary(release));
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }

    mirror(name: string, content: string): void {
        writeFileSync(join(this.fake, "mirror", name), content);
    }

    path(path: string): string {
        return join(this.root, path);
    }

    has(path: string): boolean {
        return existsSync(this.path(path));
    }

    read(path: string): string {
        return readFileSync(this.path(path), "utf8");
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(this.path(path)), { recursive: true });
        if (existsSync(this.path(path))) chmodSync(this.path(path), 0o600);
        writeFileSync(this.path(path), text);
        // A daemon that is gone holds no port.
        if (path === "fake/active" && text !== "active") rmSync(this.path("proc/net/tcp6"), { force: true });
    }

    append(path: string, text: string): void {
        appendFileSync(this.path(path), text);
    }

    calls(): string[] {
        return this.has("fake/calls") ? this.read("fake/calls").trim().split("\n") : [];
    }

    /** From here on this machine's programs are there but for some. */
    lacks(...names: string[]): void {
        this.programs = this.path("programs");
        mkdirSync(this.programs, { recursive: true });
        for (const directory of systemPath.split(":").filter(existsSync))
            for (const name of readdirSync(directory).filter((each) => !names.includes(each)))
                if (!existsSync(join(this.programs, name)))
                    symlinkSync(join(directory, name), join(this.programs, name));
    }
    private programs = systemPath;

    env(): NodeJS.ProcessEnv {
        return { GARAGE_NODE_ROOT: this.root, FAKE: this.fake, TOOL, PATH: `${FAKES}:${this.programs}` };
    }

    bash(args: string[], input = ""): Run {
        const done = spawnSync("bash", ["--norc", ...args], {
            // The home of the login, as over SSH.
            cwd: this.path("root"),
            env: this.env(),
            input,
            encoding: "utf8",
            timeout: 60_000,
        });
        assert.ok(
            !this.has("fake/unknown"),
            `an unknown call: ${this.has("fake/unknown") && this.read("fake/unknown")}`,
        );
        return { code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr };
    }

    node(args: string[], sheet = ""): Run {
        return this.bash([join(TOOL, "garage-node"), ...args], sheet);
    }

    /** Runs a verb as its transient unit does: half the processes of a call. The way there is tested by itself ("garage-node"). */
    job(args: string[], sheet: string): Run {
        const dir = mkdtempSync(join(this.root, "run/garage-node/jobs/test-"));
        writeFileSync(join(dir, "stdin"), sheet);
        const done = this.bash([join(TOOL, "garage-node"), "--job", dir, ...args]);
        assert.equal(done.code, 0, done.stderr);
        const said = (file: string) => readFileSync(join(dir, file), "utf8");
        const code = Number(said("rc"));
        return { code, stdout: code === 0 ? said("answer") : "", stderr: said("log") };
    }

    /** Runs a line of bash with all libraries loaded, as a verb would have them. */
    lib(line: string, sheet = ""): Run {
        const load = `set -euo pipefail; HERE="$TOOL"; for f in "$TOOL"/lib/*.sh; do source "$f"; done; set_paths; sheet_read;`;
        return this.bash(["-c", `${load} ${line}`], sheet);
    }

    ledger(): string[] {
        return this.read(`${METADATA}/garage-node.ledger`).trimEnd().split("\n");
    }

    ledgerValue(key: string): string | undefined {
        const found = this.ledger().filter((line) => line.startsWith(`${key} `));
        return found.at(-1)?.slice(key.length + 1);
    }

    id(): string {
        return readFileSync(this.path(`${METADATA}/node_key.pub`)).toString("hex");
    }

    hostSheet(change: (lines: string[]) => string[] = (lines) => lines): string {
        const secret = (name: string) => `secret ${name} ${sha256(name)}`;
        const lines = [
            `cluster ${CLUSTER}`,
            "node paris",
            "stack proj/dev",
            "package 0.1.0",
            `metadata ${METADATA}`,
            `data ${DATA}`,
            "backups /var/lib/garage-backups",
            ...["rpc_secret", "rpc_secret_0.8", "admin_token", "metrics_token"].map(secret),
            "rpcport 3901",
        ];
        return counted(change(lines));
    }

    host(change?: (lines: string[]) => string[]): Run {
        return this.job(["host", "paris", "tool=t1"], this.hostSheet(change));
    }

    stageSheet(release: string, change: (lines: string[]) => string[] = (lines) => lines, engine = "lmdb"): string {
        const series = release.startsWith("0.") ? release.split(".").slice(0, 2).join(".") : release.split(".")[0];
        const lines = [
            `cluster ${CLUSTER}`,
            "node paris",
            "stack proj/dev",
            "package 0.1.0",
            `peer paris ${this.id()} paris.example:3901 storage in`,
            `peer rome ${peerId("rome")} 192.0.2.3:3901 storage in`,
            `release ${release}`,
            `series ${series}`,
            `engine ${engine}`,
            "replicationfactor 3",
            "rpctimeout 300000",
            `metadata ${METADATA}`,
            `data ${DATA}`,
            "ports rpc=3901 s3=3900 web=3902 admin=3903",
            "binds rpc=[::] s3=[::] web=[::] admin=[::]",
            "public paris.example:3901",
            `toml ${base64(toml(engine))}`,
            `quiet ${base64(toml(engine, "# quiet"))}`,
            `download x86_64 https://mirror.example/garage-${release} -`,
        ];
        return counted(change(lines));
    }

    stage(release: string, words: string[], change?: (lines: string[]) => string[], engine?: string): Run {
        return this.job(["stage", `${release}-aa`, ...words], this.stageSheet(release, change, engine));
    }

    startSheet(lines: string[]): string {
        return counted([
            `cluster ${CLUSTER}`,
            "node paris",
            "stack proj/dev",
            "package 0.1.0",
            `peer paris ${this.id()} paris.example:3901 storage in`,
            `peer rome ${peerId("rome")} 192.0.2.3:3901 storage in`,
            ...lines,
        ]);
    }

    /** `e1` stands for what this node's stage has drawn. */
    start(line: string, others = [`line rome e1 ${line.split(" ").slice(1).join(" ")}`]): Run {
        const own = line.replace(/^e1 /, `${this.ledgerValue("epoch")} `);
        return this.job(["start"], this.startSheet([`line paris ${own}`, ...others]));
    }

    /** From here on the user garage is a user of its own, with that number; only root can make it one. */
    garageIs(number: number): this {
        chmodSync(this.root, 0o711);
        this.write("fake/number", `${number}:${number}\n`);
        return this;
    }

    /** A line of shell in the metadata directory, as the user garage would run it who has taken over the daemon. */
    asGarage(line: string): void {
        const number = this.read("fake/number").split(":")[0]!;
        const as = ["--reuid", number, "--regid", number, "--clear-groups", "--", "sh", "-ec", line];
        const ran = spawnSync("setpriv", as, { cwd: this.path(METADATA), encoding: "utf8" });
        assert.equal(ran.status, 0, ran.stderr);
    }

    /** Host, stage, start; then a database as a daemon leaves it. */
    bringUp(release: string): void {
        const sv = `sv=${release.startsWith("0.") ? release.slice(0, 3) : release[0]}`;
        for (const step of [
            () => this.host(),
            () => this.stage(release, [sv]),
            () => this.start(`e1 ${release} x86_64:aaaabbbbcccc`),
        ]) {
            const run = step();
            assert.equal(run.code, 0, run.stderr);
        }
        this.write(`${METADATA}/db.lmdb/data.mdb`, "data");
    }

    link(target: string, path: string): void {
        rmSync(this.path(path), { force: true });
        symlinkSync(target, this.path(path));
    }
}

/** What to do, where a host's words would otherwise only say what is wrong. */
const WAY_ON: Record<string, RegExp> = {
    architecture: /: (take another host|set binary\.url or binary\.path for x86_64; nothing was stopped) \[/,
    checksum: /\. Find out who changed it; for a build of your own set binary\.sha256; nothing was stopped \[/,
    "disk-space": /: make room, then run pulumi up again/,
    "no-systemd": /: take a (host with systemd|newer host, or upgrade it) \[/,
};

/** A refusal: exit code 1, nothing on stdout, the stable id at the end of the last line. */
export function assertRefused(run: Run, id: string, says?: RegExp): void {
    assert.equal(run.code, 1, run.stderr);
    assert.equal(run.stdout, "");
    const last = run.stderr.trimEnd().split("\n").at(-1)!;
    assert.ok(last.endsWith(`[${id}]`), `${id} expected: ${run.stderr}`);
    const way = says ?? WAY_ON[id];
    if (way) assert.match(last, way);
}

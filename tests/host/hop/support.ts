import { spawn } from "node:child_process";
import {
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { HOPS, seriesOf } from "../../../sdk/policy";
import { HOP_STEPS } from "../../../sdk/procedures/hop";
import { inMemory, systemPath } from "../machine";
import { counted } from "../sheet";
import { healthyCluster, IDS, NODES } from "./tables";

const HOST = join(__dirname, "..", "..", "..", "sdk", "host");
const FAKES = join(__dirname, "fakes");

export { IDS, NODES } from "./tables";

export interface Ran {
    code: number;
    stdout: string;
    log: string;
}

export type Ledger = Record<string, string | string[]>;

/** The host of node `paris` in a directory of its own: real scripts, real files, fakes for all that a machine would be asked. */
export class FakeHost {
    readonly root = mkdtempSync(join(inMemory, "hop-"));
    readonly meta = join(this.root, "var/lib/garage/meta");
    /** RPC addresses of the peers; port 1 is closed everywhere. */
    addresses: Record<string, string> = { paris: "127.0.0.1:1", london: "127.0.0.1:1", rome: "127.0.0.1:1" };

    /** A new host of that release, or one just like another host. */
    constructor(
        readonly release = "0.8.7",
        like?: FakeHost,
    ) {
        if (like) {
            cpSync(like.root, this.root, { recursive: true, verbatimSymlinks: true });
            const ledger = readFileSync(join(like.meta, "garage-node.ledger"), "utf8");
            this.write("var/lib/garage/meta/garage-node.ledger", ledger.split(like.root).join(this.root));
            return;
        }
        this.write(
            "etc/garage-node/claim",
            `cluster c1\nnode paris\nid ${IDS.paris}\nmetadata /var/lib/garage/meta\nbackups /var/lib/garage-backups\n`,
        );
        this.write("etc/garage-node/secrets/rpc_secret_0.8", "s\n");
        this.write("etc/garage-node/secrets/admin_token", "t\n");
        mkdirSync(join(this.root, "proc/net"), { recursive: true });
        mkdirSync(join(this.root, "state/777/fd"), { recursive: true });
        for (const inode of [1000, 1001, 1002, 1003])
            symlinkSync(`socket:[${inode}]`, join(this.root, `state/777/fd/${inode}`));
        this.generation(`${release}-old`, release);
        this.write("var/lib/garage/meta/node_key.pub", "key");
        this.write("var/lib/garage/meta/cluster_layout", "layout");
        this.database("sled");
        for (const [file, text] of Object.entries(healthyCluster())) this.tell(file, text);
        this.activate(`${release}-old`);
        this.ledger({});
    }

    /** The ledger anew: what every node has, and what the test adds. */
    ledger(more: Ledger): void {
        const all: Ledger = {
            cluster: "c1",
            node: "paris",
            id: IDS.paris!,
            metadata: "/var/lib/garage/meta",
            born: "yes",
            series: this.release.split(".").slice(0, 2).join("."),
            release: this.release,
            engine: "sled",
            generation: `${this.release}-old`,
            ...more,
        };
        const lines = Object.entries(all).flatMap(([key, value]) => [value].flat().map((each) => `${key} ${each}`));
        this.write("var/lib/garage/meta/garage-node.ledger", `ledger 1\n${lines.join("\n")}\n`);
    }

    /** All values of a key of the ledger. */
    recorded(key: string): string[] {
        const lines = readFileSync(join(this.meta, "garage-node.ledger"), "utf8").split("\n");
        return lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
    }

    generation(id: string, release: string, engine = "sled", toml = ""): void {
        const series = release.startsWith("0.") ? release.split(".").slice(0, 2).join(".") : release.split(".")[0]!;
        for (const dir of [id, `${id}.quiet`]) {
            const at = join(this.root, "opt/garage/generations", dir);
            mkdirSync(at, { recursive: true });
            cpSync(join(FAKES, "garage"), join(at, "garage"));
            writeFileSync(join(at, "version"), release);
            writeFileSync(join(at, "garage.toml"), `db_engine = "${engine}"\n${toml}`);
            const ports = "rpcport 3901\ns3port 3900\nwebport 3902\nadminport 3903\nrpcbind [::]\nadminbind [::]";
            writeFileSync(
                join(at, "info"),
                `release ${release}\nseries ${series}\nengine ${engine}\nmetadata /var/lib/garage/meta\n${ports}\n`,
            );
        }
    }

    activate(id: string): void {
        rmSync(join(this.root, "opt/garage/current"), { force: true });
        symlinkSync(`generations/${id}`, join(this.root, "opt/garage/current"));
    }

    database(engine: "sled" | "lmdb", content = "rows"): void {
        rmSync(join(this.meta, "db"), { recursive: true, force: true });
        rmSync(join(this.meta, "db.lmdb"), { recursive: true, force: true });
        if (engine === "sled") this.write("var/lib/garage/meta/db/db", `${content}\n`);
        else this.write("var/lib/garage/meta/db.lmdb/data.mdb", `${content}\n`);
    }

    /** What a fake is to answer, or how it is to behave. */
    tell(file: string, text: string): void {
        this.write(`state/${file}`, text);
    }

    option(...lines: string[]): void {
        this.write("opt/garage/options", `${lines.join("\n")}\n`);
    }

    /** Lines that the fakes were called with. */
    seen(file: "acts" | "calls" | "launched"): string[] {
        const at = join(this.root, "state", file);
        return existsSync(at) ? readFileSync(at, "utf8").trim().split("\n") : [];
    }

    forget(...files: string[]): void {
        for (const file of files) rmSync(join(this.root, "state", file), { force: true });
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    /** The daemon runs, with the sockets of the active generation. */
    async started(): Promise<this> {
        await this.spawn(join(FAKES, "systemctl"), ["start", "garage.service"], "");
        this.forget("acts", "calls");
        return this;
    }

    get runs(): boolean {
        return existsSync(join(this.root, "proc/777"));
    }

    /** What a step's call brings; each step before it has passed on each node in attempt beef0001, unless it `brings` none of that. */
    sheet(release: string, more: string[] = [], brings: "answers" | "no answers" = "answers"): string {
        const hop = HOPS.find(({ to }) => to === seriesOf(release));
        return counted([
            "cluster c1",
            "node paris",
            "stack p/s",
            "package 0.0.0",
            "replicationfactor 3",
            "ports rpc=3901 s3=2 web=3 admin=3903",
            `offlinerepair ${hop?.offlineRepair.join(" ") || "none"}`,
            `capacityunits ${hop?.capacityUnitsChange ? "change" : "same"}`,
            ...(more.some((line) => line.startsWith("steps ")) ? [] : [stepsLine()]),
            ...(brings === "answers" ? ["attempt x-to-y attempt beef0001", ...answers()] : []),
            ...NODES.map((name) => `peer ${name} ${IDS[name]} ${this.addresses[name]} storage in`),
            ...NODES.map((name) => `line ${name} 0a0a0a0a ${release} x86_64:abc`),
            ...more,
        ]);
    }

    /** Runs a verb as its unit would; fails the test if a fake was asked what it doesn't know. */
    async verb(words: string, sheet = ""): Promise<Ran> {
        const ran = await this.spawn("bash", [join(FAKES, "run"), HOST, ...words.split(" ")], sheet);
        const unknown = join(this.root, "state/unknown");
        if (existsSync(unknown)) throw new Error(`${readFileSync(unknown, "utf8")}\n${ran.log}`);
        return ran;
    }

    /** Everything below a directory as one text, but for the history of the ledger. */
    snapshot(dir = this.root): string {
        const lines = (at: string): string[] =>
            readdirSync(at, { withFileTypes: true })
                .sort((a, b) => (a.name < b.name ? -1 : 1))
                .flatMap((entry) => {
                    const path = join(at, entry.name);
                    if (path === join(this.root, "state") || path === join(this.root, "run")) return [];
                    if (entry.isDirectory()) return lines(path);
                    return [`${path} ${entry.isFile() && statSync(path).size < 1e6 ? readFileSync(path, "utf8") : ""}`];
                });
        return lines(dir).join("\n");
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }

    private spawn(command: string, args: string[], stdin: string): Promise<Ran> {
        const env = {
            ...process.env,
            LC_ALL: "C",
            PATH: `${FAKES}:${systemPath}`,
            FAKE_STATE: join(this.root, "state"),
            GARAGE_NODE_ROOT: this.root,
        };
        return new Promise((done, failed) => {
            const child = spawn(command, args, { env });
            let stdout = "";
            let log = "";
            child.stdout.on("data", (data) => {
                stdout += data;
            });
            child.stderr.on("data", (data) => {
                log += data;
            });
            child.on("error", failed);
            child.on("close", (code) => done({ code: code ?? -1, stdout: stdout.trim(), log }));
            // Whoever reads no stdin may have ended before it is written; its code and words tell how.
            child.stdin.on("error", () => {});
            child.stdin.end(stdin);
        });
    }
}

/** Ledger lines of an attempt that has come as far as `passed`. */
export function attempt(hop: string, passed: string[], more: Ledger = {}): Ledger {
    return { hop, attempt: "1", attemptid: "beef0001", hopstate: "open", passed, ...more };
}

export const PHASES = HOP_STEPS.full.map(({ verb }) => verb);

/** The order of the steps, as the program says it. */
export function stepsLine(way: "full" | "short" = "full"): string {
    return `steps ${HOP_STEPS[way].map(({ verb, scope }) => `${verb}:${scope}`).join(" ")}`;
}

/** What all nodes, or the leader, have answered to each step of an attempt. */
export function answers(attemptId = "beef0001", steps: readonly string[] = PHASES): string[] {
    const said = (step: string, node: string) => `passed ${step} ${node} ${node} /b/0.8-to-0.9-1-x ${attemptId}`;
    return HOP_STEPS.full
        .filter(({ verb }) => steps.includes(verb))
        .flatMap(({ verb, scope }) => (scope === "node" ? NODES : NODES.slice(0, 1)).map((node) => said(verb, node)));
}

/** The phases before one. */
export function phasesBefore(phase: string): string[] {
    return PHASES.slice(0, PHASES.indexOf(phase));
}

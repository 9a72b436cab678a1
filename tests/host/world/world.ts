import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { inMemory, systemPath } from "../machine";
import { FakeCluster } from "./cluster";

const HOST = resolve(__dirname, "../../../sdk/host");
const BIN = join(__dirname, "bin");
const METADATA = "/var/lib/garage/meta";

export interface Ran {
    code: number;
    stdout: string;
    stderr: string;
}

/** Time goes by the verb's naps only, so many seconds each; what is asked in the background naps as ever. */
export const napping = (seconds: number) => `
NOW=1000
clock() { give "$NOW" "$1"; }
eval "real_$(declare -f nap)"
nap() { if [ "$BASHPID" = $$ ]; then NOW=$((NOW + ${seconds})); else real_nap "$1"; fi; }
sleep() { :; }
`;

/** A host, its daemon, and the other nodes of its cluster: real scripts, real files below a root of its own, and fakes that fail on a call that they don't know. */
export class World {
    readonly root = mkdtempSync(join(inMemory, "world-"));
    readonly fake = join(this.root, "fake");
    readonly cluster: FakeCluster;
    readonly self: string;

    constructor(
        readonly release = "1.3.0",
        names: readonly string[] = ["london", "paris", "rome"],
    ) {
        const series = release.startsWith("0.") ? release.slice(0, 3) : release[0]!;
        this.cluster = new FakeCluster(series as FakeCluster["series"], release, names);
        this.self = names[0]!;
        const { id, engine } = this.cluster.nodes[0]!;
        mkdirSync(this.fake, { recursive: true });
        this.write("fake/self", `${id}@10.0.0.1:3901\n`);
        this.write("fake/unit", "inactive\n");
        this.write("etc/garage-node/claim", `cluster c1\nnode ${this.self}\nid ${id}\nmetadata ${METADATA}\n`);
        this.write("etc/garage-node/secrets/admin_token", "the-token");
        this.write("etc/garage-node/secrets/rpc_secret_0.8", "the-secret");
        const half = Buffer.from(id, "hex");
        this.write(`${METADATA}/node_key.pub`, half);
        this.write(`${METADATA}/node_key`, Buffer.concat([Buffer.alloc(32, 7), half]));
        this.generation(`${release}-aaaa`, release, engine);
        this.activate(`${release}-aaaa`);
        this.ledger({ series, release, engine, generation: `${release}-aaaa` });
    }

    /** The ledger anew: what every node has, and more. */
    ledger(more: Record<string, string>): void {
        const all = {
            cluster: "c1",
            node: this.self,
            id: this.cluster.nodes[0]!.id,
            metadata: METADATA,
            born: "yes",
            data: "/var/lib/garage/data",
            ...more,
        };
        const lines = Object.entries(all).map(([key, value]) => `${key} ${value}`);
        this.write(`${METADATA}/garage-node.ledger`, `${["ledger 1", ...lines].join("\n")}\n`);
    }

    generation(id: string, release: string, engine: string): void {
        const series = release.startsWith("0.") ? release.slice(0, 3) : release[0]!;
        const ports =
            "rpcport 3901\ns3port 3900\nwebport 3902\nadminport 3903\nrpcbind [::]\ns3bind [::]\nadminbind [::]\n";
        const info = `release ${release}\nseries ${series}\nengine ${engine}\nmetadata ${METADATA}\n${ports}`;
        for (const each of [id, `${id}.quiet`]) {
            const at = `opt/garage/generations/${each}`;
            this.write(`${at}/info`, info);
            this.write(`${at}/garage.toml`, `db_engine = "${engine}"\n`);
            this.write(`${at}/garage`, `#!/bin/sh\nRELEASE=${release} exec ${BIN}/garage "$@"\n`, 0o755);
        }
    }

    activate(id: string): void {
        mkdirSync(join(this.root, "opt/garage"), { recursive: true });
        rmSync(join(this.root, "opt/garage/current"), { force: true });
        symlinkSync(`generations/${id}`, join(this.root, "opt/garage/current"));
    }

    write(path: string, content: string | Buffer, mode = 0o644): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), content, { mode });
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    remove(path: string): void {
        rmSync(join(this.root, path), { recursive: true, force: true });
    }

    has(path: string): boolean {
        return existsSync(join(this.root, path));
    }

    options(...lines: string[]): void {
        this.write("opt/garage/options", `${lines.join("\n")}\n`);
    }

    /** What a node answers to a question instead, word for word. */
    says(node: string, question: string, text: string): void {
        this.write(`fake/says/${this.cluster.node(node).id.slice(0, 16)}.${question.replace(/[ /]/g, "-")}`, text);
    }

    /** What the daemons were asked: "<first digit of the id> <words>". */
    calls(): string[] {
        return this.has("fake/calls") ? this.read("fake/calls").trim().split("\n") : [];
    }

    /** What was done to them: starts, stops, and whatever changes something. */
    acts(): string[] {
        return this.has("fake/acts") ? this.read("fake/acts").trim().split("\n") : [];
    }

    /** Values of a key of the ledger. */
    recorded(key: string): string[] {
        const lines = this.read(`${METADATA}/garage-node.ledger`).split("\n");
        return lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
    }

    /** What was done to the node, one line an act. */
    history(): string[] {
        const file = `${METADATA}/garage-node.history`;
        return this.has(file) ? this.read(file).trim().split("\n") : [];
    }

    /** The cluster as it stands now in `cluster`; and this node's daemon runs. */
    started(): this {
        return this.tell().start();
    }

    start(): this {
        return this.systemctl("start");
    }

    stop(): this {
        return this.systemctl("stop");
    }

    private systemctl(word: string): this {
        const ran = this.spawn(join(BIN, "systemctl"), [word, "garage.service"]);
        assert.equal(ran.code, 0, ran.stderr);
        return this;
    }

    /** The cluster as it stands now in `cluster`. */
    tell(): this {
        if (this.cluster.hangs.length > 0) this.write("fake/slow", "");
        this.cluster.write(join(this.fake, "cluster"));
        return this;
    }

    sheet(more: string[] = [], without: string[] = []): string[] {
        return [
            "cluster c1",
            `node ${this.self}`,
            ...this.cluster.nodes.map(
                ({ name, id, address }) =>
                    `peer ${name} ${id} ${address} storage ${without.includes(name) ? "without" : "in"}`,
            ),
            ...more,
        ];
    }

    /** Runs a line of bash with all libraries loaded, as a verb would have them. */
    lib(line: string, sheet = this.sheet(), env: Record<string, string> = {}): Ran {
        const load = `set -euo pipefail
HERE=${HOST}
for file in ${HOST}/lib/*.sh; do source "$file"; done
set_paths
mapfile -t SHEET_LINES <<'SHEET'
${sheet.join("\n")}
SHEET
set -eE
current_find
trap 'echo "unknown call: $BASH_COMMAND failed (\${FUNCNAME[0]:-}, line $LINENO)" >&2' ERR
${line}`;
        return this.spawn("bash", ["--norc", "-c", load], env);
    }

    /** Runs a verb, with fakes of the test's own. */
    verb(line: string, sheet: string[], fakes = ""): Ran {
        const [verb, ...words] = line.split(" ");
        return this.lib(
            `source ${HOST}/${verb}.sh\n${fakes}\nverb_${verb} ${words.map((word) => `'${word}'`).join(" ")}`,
            sheet,
        );
    }

    /** Runs garage-node, as people do. */
    node(...args: string[]): Ran {
        return this.spawn("bash", [join(HOST, "garage-node"), ...args]);
    }

    done(): void {
        rmSync(this.root, { recursive: true, force: true });
    }

    private spawn(command: string, args: string[], env: Record<string, string> = {}): Ran {
        const ran = spawnSync(command, args, {
            encoding: "utf8",
            input: "",
            env: { PATH: `${BIN}:${systemPath}`, LC_ALL: "C", GARAGE_NODE_ROOT: this.root, FAKE: this.fake, ...env },
            timeout: 60_000,
        });
        const unknown = this.has("fake/unknown")
            ? this.read("fake/unknown")
            : /^unknown call: .*$/m.exec(ran.stderr)?.[0];
        assert.equal(unknown, undefined, `${unknown}\n${ran.stderr}`);
        return { code: ran.status ?? -1, stdout: ran.stdout, stderr: ran.stderr };
    }
}

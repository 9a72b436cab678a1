import { strict as assert } from "node:assert";
import type { FakeRole } from "../world/cluster";
import { napping, type Ran, World } from "../world/world";

const NAMES = ["london", "paris", "rome", "amsterdam", "berlin", "cairo"];
const [A, B, C, D, E, F] = NAMES.map((_, i) => String(i + 1).repeat(64)) as [
    string,
    string,
    string,
    string,
    string,
    string,
];

export { A, B, C, D, E, F };

/** Repairs are seen to their end elsewhere (tests/host/hop/repairs.test.ts). */
const FAKES = `${napping(100)}
waits_only() { "$@"; }
repair_tables() { echo "repair tables" >>"$FAKE/acts"; [ ! -e "$ROOT/cut" ] || fail repair-unfinished "cut short"; }
repair_rows() { echo "repair $*\${REPAIR_RESYNC:+ and copy}" >>"$FAKE/acts"; }
`;

const peer = (name: string, id: string, part = "in", role = "storage") =>
    `peer ${name} ${id} 10.0.0.${id[0]}:3901 ${role} ${part}`;
export const SIX = NAMES.map((name, i) => peer(name, String(i + 1).repeat(64)));
export const PEERS = SIX.slice(0, 3);
export const THREE = "london=lon:1000000000000 paris=par:1000000000000 rome=rom:1000000000000";

export const applied = (capacity = "1000000000000") => [
    `${A} lon ${capacity} node=london`,
    `${B} par ${capacity} node=paris`,
    `${C} rom ${capacity} node=rome`,
];

interface Layout {
    series?: string;
    release?: string;
    version?: number;
    roles?: string[];
    changes?: string[];
    ledger?: Record<string, string>;
    down?: boolean;
}

const RELEASES: Record<string, string> = { "0.8": "0.8.7", "0.9": "0.9.4", 1: "1.3.0", 2: "2.4.0" };
const role = (line: string): FakeRole => {
    const [id, zone, capacity, tags] = line.split(" ") as [string, string, string, string?];
    return { id, zone, capacity: capacity === "gateway" ? "gateway" : Number(capacity), tags: tags?.split(",") ?? [] };
};

/** Node london of six, three of which have a place in the layout, as it finds it. */
export class LayoutHost {
    private readonly world: World;

    constructor(w: Layout) {
        const release = w.release ?? RELEASES[w.series ?? "2"]!;
        this.world = new World(release, NAMES);
        const { cluster } = this.world;
        cluster.layout = {
            version: w.version ?? 0,
            roles: (w.roles ?? []).map(role),
            changes: (w.changes ?? []).map(role),
        };
        this.record(w.ledger ?? {});
        if (w.down) this.world.tell();
        else this.world.started();
        this.forget();
    }

    /** The ledger anew. */
    record(more: Record<string, string>, release = this.world.release): void {
        const { series, nodes } = this.world.cluster;
        this.world.ledger({ series, release, engine: nodes[0]!.engine, generation: `${release}-aaaa`, ...more });
    }

    /** The daemons, and the layout as it is now, go over to another series. */
    series(series: "0.9", roles: string[]): void {
        const release = RELEASES[series]!;
        const version = Number(/^layout (\d+)$/m.exec(this.world.read("fake/cluster"))![1]);
        this.world.generation(`${release}-aaaa`, release, "sled");
        this.world.activate(`${release}-aaaa`);
        Object.assign(this.world.cluster, { series });
        this.record(
            Object.fromEntries(["layout", "moving"].flatMap((key) => this.ledger(key).map((value) => [key, value]))),
            release,
        );
        for (const node of this.world.cluster.nodes) node.release = release;
        this.world.cluster.layout = { version, roles: roles.map(role), changes: [] };
        this.world.started();
        this.forget();
    }

    /** Another hand has changed the layout. */
    roles(lines: string[], version?: number): void {
        this.lines((line) => !line.startsWith("role "), ...lines.map((line) => `role ${line}`));
        if (version) this.lines((line) => !line.startsWith("layout "), `layout ${version}`);
    }

    /** Lines of the cluster, beside those that are kept. */
    lines(keep: (line: string) => boolean, ...more: string[]): void {
        const kept = this.world.read("fake/cluster").trimEnd().split("\n").filter(keep);
        this.world.write("fake/cluster", `${[...kept, ...more].join("\n")}\n`);
    }

    /** More lines of the cluster. */
    tell(...lines: string[]): void {
        this.lines(() => true, ...lines);
    }

    /** Blocks that a node waits for, and can't get. */
    waits(id: string, resync: number, errors = 0): void {
        const blocks = Array.from({ length: errors }, (_, i) => `block ${id} ${`b${i}`.repeat(32)} 1`);
        this.tell(`queue ${id} resync ${resync}`, `queue ${id} errors ${errors}`, ...blocks);
    }

    says(name: string, question: string, text: string): void {
        this.world.says(name, question, text);
    }

    options(...lines: string[]): void {
        this.world.options(...lines);
    }

    file(path: string, content = ""): void {
        this.world.write(path, content);
    }

    remove(path: string): void {
        this.world.remove(path);
    }

    /** What was done so far doesn't count. */
    forget(): void {
        this.world.remove("fake/acts");
    }

    layout(words: string, more: string[] = [], peers = PEERS, fakes = ""): Ran {
        return this.world.verb(
            `layout ${words}`,
            ["cluster c1", "node london", "stack s", ...peers, ...more],
            FAKES + fakes,
        );
    }

    calls(): string[] {
        return this.world.acts();
    }

    ledger(key: string): string[] {
        return this.world.recorded(key);
    }

    history(): string[] {
        return this.world.history();
    }

    /** Refused with that id and in these words, before anything was touched. */
    refused(ran: Ran, id: string, words: RegExp): void {
        assert.equal(ran.code, 1, ran.stderr);
        assert.match(ran.stderr, new RegExp(`\\[${id}\\]`));
        assert.match(ran.stderr, words);
        assert.match(ran.stderr, /nothing was touched/i);
        assert.deepEqual(this.calls(), []);
    }

    done(): void {
        this.world.done();
    }
}

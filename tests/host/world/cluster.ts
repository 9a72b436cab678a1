import { writeFileSync } from "node:fs";

export const TABLES = ["bucket", "key", "object", "version", "block_ref"] as const;
export type Table = (typeof TABLES)[number];

interface Counts {
    items?: number;
    merkle?: number;
    insert?: number;
    gc?: number;
}

export interface FakeNode {
    name: string;
    /** 64 hex digits. */
    id: string;
    address: string;
    release: string;
    engine: "sled" | "lmdb" | "sqlite";
    up: boolean;
    tables: Partial<Record<Table, Counts>>;
    queue: { resync?: number; errors?: number; corruptions?: number };
    /** Rows of the list of workers that aren't idle; those of repairs are further rows. As Garage has it: "Busy", "Busy*", "Done". */
    workers: { name: string; state: string; queue?: number; errors?: number; consecutive?: number }[];
    /** Blocks with errors, and how often they are referred to. */
    blocks: { hash: string; references: number }[];
}

export interface FakeRole {
    id: string;
    zone: string;
    /** Bytes; units up to 0.8. */
    capacity: number | "gateway";
    tags: string[];
}

/** A cluster of some lines, which the fake binary (bin/garage) reads, and changes when it is told to. */
export class FakeCluster {
    nodes: FakeNode[];
    layout: {
        version: number;
        roles: FakeRole[];
        changes: (FakeRole | { id: string; removed: true })[];
        parameters?: boolean;
    };
    partitions = { all: 256, ok: 256, quorum: 256 };
    /** Versions of the layout; by default the current one. */
    history: { version: number; status: "current" | "draining" | "historical"; storage: number; gateways: number }[] =
        [];
    trackers: { id: string; ack: number; sync: number; syncAck: number }[] = [];
    buckets = [
        { id: "b0".repeat(32), alias: "bone" },
        { id: "b1".repeat(32), alias: "btwo" },
    ];
    keys = [{ id: `GK${"1a".repeat(12)}`, name: "k" }];
    /** Who isn't connected to whom; who is, over a dead connection; who hangs when asked (that question, or anything). By name. */
    unseen: [string, string][] = [];
    dead: [string, string][] = [];
    hangs: [string, string?][] = [];

    constructor(
        readonly series: "0.7" | "0.8" | "0.9" | "1" | "2",
        release: string,
        names: readonly string[],
    ) {
        this.nodes = names.map((name, i) => ({
            name,
            id: (i + 1).toString(16).repeat(64),
            address: `10.0.0.${i + 1}:3901`,
            release,
            engine: series < "1" ? "sled" : "lmdb",
            up: true,
            tables: Object.fromEntries(TABLES.map((table) => [table, { items: 5 }])),
            queue: {},
            workers: [],
            blocks: [],
        }));
        this.layout = {
            version: 1,
            roles: this.nodes.map(({ name, id }, i) => ({
                id,
                zone: `z${i}`,
                capacity: series < "0.9" ? 1 : 1000000000,
                tags: [`node=${name}`],
            })),
            changes: [],
        };
    }

    node(name: string): FakeNode {
        return this.nodes.find((node) => node.name === name)!;
    }

    /** The lines that bin/garage.awk reads. */
    toString(): string {
        const idOf = (name: string) => this.node(name).id;
        const role = (kind: string, each: FakeRole | { id: string; removed: true }) =>
            "removed" in each
                ? `${kind} ${each.id} removed`
                : `${kind} ${each.id} ${each.zone} ${each.capacity} ${each.tags.join(",")}`;
        const lines = [
            `series ${this.series}`,
            `layout ${this.layout.version}`,
            ...(this.layout.parameters ? ["parameters"] : []),
            ...this.layout.roles.map((each) => role("role", each)),
            ...this.layout.changes.map((each) => role("change", each)),
            `partitions ${this.partitions.all} ${this.partitions.ok} ${this.partitions.quorum}`,
            ...this.history.map((each) => `history ${each.version} ${each.status} ${each.storage} ${each.gateways}`),
            ...this.trackers.map((each) => `tracker ${each.id} ${each.ack} ${each.sync} ${each.syncAck}`),
            ...this.buckets.map((each) => `bucket ${each.id} ${each.alias}`),
            ...this.keys.map((each) => `key ${each.id} ${each.name}`),
            ...this.unseen.map(([by, whom]) => `unseen ${idOf(by)} ${idOf(whom)}`),
            ...this.dead.map(([by, whom]) => `dead ${idOf(by)} ${idOf(whom)}`),
            ...this.hangs.map(([name, question]) => `hangs ${idOf(name)} ${question ?? ""}`),
            ...this.nodes.flatMap((node) => [
                `node ${node.id} ${node.name} ${node.address} ${node.release} ${node.engine} ${node.up ? "up" : "down"}`,
                ...Object.entries(node.tables).flatMap(([table, counts]) =>
                    Object.entries(counts).map(([what, n]) => `table ${node.id} ${table} ${what} ${n}`),
                ),
                ...Object.entries(node.queue).map(([what, n]) => `queue ${node.id} ${what} ${n}`),
                ...node.workers.map(
                    ({ name, state, queue, errors, consecutive }) =>
                        `worker ${node.id} ${state} ${queue ?? "-"} ${errors ?? "-"} ${consecutive ?? "-"} ${name}`,
                ),
                ...node.blocks.map(({ hash, references }) => `block ${node.id} ${hash} ${references}`),
            ]),
        ];
        return `${lines.join("\n")}\n`;
    }

    write(file: string): void {
        writeFileSync(file, this.toString());
    }
}

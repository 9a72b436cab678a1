// What Garage says, as the fake binary repeats it.

export const NODES = ["paris", "london", "rome"] as const;
export const IDS: Record<string, string> = {
    paris: "1111".repeat(16),
    london: "2222".repeat(16),
    rome: "3333".repeat(16),
};

/** Rows of each table in `garage stats`, by table. */
export type Items = Partial<Record<"bucket_v2" | "key" | "object" | "version" | "block_ref", number>>;

/** `garage stats` of 0.8 and 0.9 (captured from 0.8.7). */
export function stats(
    queue: { resync?: number; errors?: number; merkle?: number } = {},
    items: Items = {},
    release = "0.8.7",
    engine = "Sled",
): string {
    const rows = (["bucket_v2", "key", "object", "version", "block_ref"] as const).map(
        (table) => `  ${table}  ${items[table] ?? 5}  6  ${table === "object" ? (queue.merkle ?? 0) : 0}  0`,
    );
    return [
        `Garage version: cargo:${release} [features: k2v, sled, lmdb, sqlite, metrics, bundled-libs]`,
        "Rust compiler version: 1.95.0",
        "",
        `Database engine: ${engine}`,
        "",
        "Table stats:",
        "  Table      Items  MklItems  MklTodo  GcTodo",
        ...rows,
        "",
        "Block manager stats:",
        "  number of RC entries (~= number of blocks): 4",
        `  resync queue length: ${queue.resync ?? 0}`,
        `  blocks with resync errors: ${queue.errors ?? 0}`,
        "",
    ].join("\n");
}

/** `garage worker list` of 0.8 (captured from 0.8.7, cut). */
export function workers(resync = "Idle", sync = "Idle"): string {
    const row = (id: number, state: string, name: string, queue: string) =>
        `${String(id).padEnd(3)}  ${state.padEnd(5)}  ${name.padEnd(28)}  -      -        ${queue}      -       -       `;
    return [
        "TID  State  Name                          Tranq  Done     Queue  Errors  Consec  Last",
        row(1, resync, "Block resync worker #1", "0"),
        row(7, sync, "bucket_v2 sync", sync === "Idle" ? "0" : "4"),
        row(8, "Idle", "object Merkle", "0"),
        row(9, "Idle", "object queue", "0"),
        "",
    ].join("\n");
}

export function layout(capacities = ["1", "1", "1"], version = 3): string {
    const rows = Object.entries(IDS).map(
        ([name, id], at) => `${id.slice(0, 16)}  node=${name}  z${at}    ${capacities[at]}`,
    );
    return [
        "==== CURRENT CLUSTER LAYOUT ====",
        "ID                Tags         Zone  Capacity",
        ...rows.map((row) =>
            row.replace(/^(\S+ {2})(\S+)\s+(\S+)\s+/, (_, a, b, c) => `${a}${b.padEnd(13)}${c.padEnd(6)}`),
        ),
        "",
        `Current cluster layout version: ${version}`,
        "",
    ].join("\n");
}

export function layoutJson(version = 3): string {
    const roles = Object.entries(IDS).map(([name, id], at) => ({
        id,
        zone: `z${at}`,
        capacity: 1073741824,
        tags: [`node=${name}`],
    }));
    return JSON.stringify({ version, roles, stagedRoleChanges: [] });
}

/** `garage status` of a node that is connected to these. */
export function status(names: readonly string[] = NODES): string {
    const rows = names.map((name) => `${IDS[name]!.slice(0, 16)}  host      127.0.0.1:1  [node=${name}]  z1    1`);
    return [
        "==== HEALTHY NODES ====",
        "ID                Hostname  Address      Tags          Zone  Capacity",
        ...rows,
        "",
    ].join("\n");
}

/** A healthy, idle cluster of three. */
export function healthyCluster(): Record<string, string> {
    return {
        status: status(),
        stats: stats(),
        workers: workers(),
        layout: layout(),
        "layout.json": layoutJson(),
        health: JSON.stringify({ partitions: 256, partitions_quorum: 256, partitions_all_ok: 256 }),
        buckets: `List of buckets:\n  b1    ${"ab".repeat(32)}\n`,
        keys: "List of keys:\n  GK0123456789abcdef01234567 k1\n",
        snapshot: "Snapshot has been saved.\n",
        journal: " INFO garage::server: all is well\n",
    };
}

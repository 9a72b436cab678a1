import { strict as assert } from "node:assert";
import { jqEach } from "../jq";

export type Series = "0.7" | "0.8" | "0.9" | "1" | "2";
export const SERIES: Series[] = ["0.7", "0.8", "0.9", "1", "2"];

interface Role {
    id: string;
    zone: string;
    capacity: number | null;
    tags: string[];
}

interface Worker {
    id: number;
    state: "busy" | "idle" | "done";
    name: string;
    queue: number;
    errors: number;
    consecutive: number;
}

/** A daemon's document, as docs/report.md has it. */
export interface Daemon {
    series: Series;
    errors: { question: string; why: string }[];
    sees?: { id: string; role: boolean }[];
    answersThrough?: string[];
    release?: string;
    engine?: string;
    queues?: { resync: number; resyncErrors: number; merkle: number; insert?: number; gc: Record<string, number> };
    items?: Record<string, number>;
    workers?: Worker[];
    blockErrors?: { needed: number; unneeded: number };
    layout?: {
        version?: number;
        staged?: boolean;
        roles?: Role[];
        changes?: Role[];
        live?: { version: number; status: string; storage: number; gateways: number }[];
        trackers?: { id: string; ack: number; sync: number; syncAck: number }[];
    };
    partitions?: { all: number; ok: number; quorum: number };
    buckets?: string[];
    keys?: string[];
    scrub?: { corruptions: number };
}

/** All that a judge knows. */
export interface World {
    self: string;
    series: Series;
    peers: { name: string; id: string; role: "storage" | "gateway"; part: "in" | "without" }[];
    nodes: Record<string, Daemon | null>;
    facts: Record<string, string>;
    kept: Record<string, string>;
}

export const NAMES = ["london", "paris", "rome"];
export const idOf = (name: string) =>
    name[0]!.repeat(64).replace(/[^0-9a-f]/g, (char) => (char.charCodeAt(0) % 10).toString());
const TABLES = { bucket: 2, key: 3, object: 1000, version: 900, block_ref: 5000 };

const worker = (name: string, more: Partial<Worker> = {}): Worker => ({
    id: 1,
    state: "idle",
    name,
    queue: 0,
    errors: 0,
    consecutive: 0,
    ...more,
});

/** Three nodes of a series, with nothing to do; london is the one that judges. */
export function healthy(series: Series = "1", names = NAMES): World {
    const daemon = (own: boolean): Daemon => ({
        series,
        errors: [],
        sees: names.map((name) => ({ id: idOf(name).slice(0, 16), role: true })),
        answersThrough: names.map((name) => idOf(name).slice(0, 16)),
        release: { "0.7": "0.7.3", "0.8": "0.8.7", "0.9": "0.9.4", "1": "1.3.0", "2": "2.5.0" }[series],
        engine: series < "1" ? "sled" : "lmdb",
        queues: {
            resync: 0,
            resyncErrors: 0,
            merkle: 0,
            ...(series === "0.7" ? {} : { insert: 0 }),
            gc: Object.fromEntries(Object.keys(TABLES).map((table) => [table, 0])),
        },
        items: { ...TABLES },
        ...(series === "0.7"
            ? {}
            : {
                  workers: [
                      worker("Block resync worker #1"),
                      worker("object sync"),
                      worker("object Merkle"),
                      worker("object queue"),
                  ],
                  blockErrors: { needed: 0, unneeded: 0 },
              }),
        layout: {
            version: 4,
            staged: false,
            ...(own
                ? {
                      roles: names.map((name) => ({
                          id: series < "0.9" ? idOf(name).slice(0, 16) : idOf(name),
                          zone: name.slice(0, 3),
                          capacity: series < "0.9" ? 1 : 1000000000,
                          tags: [`node=${name}`],
                      })),
                      changes: [],
                  }
                : {}),
            ...(own && series >= "1"
                ? { live: [{ version: 4, status: "current", storage: names.length, gateways: 0 }], trackers: [] }
                : {}),
        },
        ...(own && series !== "0.7" ? { partitions: { all: 256, ok: 256, quorum: 256 } } : {}),
        ...(own ? { buckets: ["a".repeat(64), "b".repeat(64)], keys: ["GK01", "GK02"] } : {}),
    });
    return {
        self: names[0]!,
        series,
        peers: names.map((name) => ({ name, id: idOf(name), role: "storage", part: "in" })),
        nodes: Object.fromEntries(names.map((name, i) => [name, daemon(i === 0)])),
        facts: { passed: "0", health: "120" },
        kept: {},
    };
}

/** A change of a healthy world. */
export type Change = (world: World) => void;

export const node =
    (name: string, change: (daemon: Daemon) => void): Change =>
    (world) =>
        change(world.nodes[name]!);
export const own = (change: (daemon: Daemon) => void) => node("london", change);
export const facts =
    (more: Record<string, string>): Change =>
    (world) =>
        Object.assign(world.facts, more);
export const kept =
    (more: Record<string, string>): Change =>
    (world) =>
        Object.assign(world.kept, more);
export const all =
    (...changes: Change[]): Change =>
    (world) => {
        for (const change of changes) change(world);
    };
export const left =
    (name: string, role: "storage" | "gateway" = "storage"): Change =>
    (world) => {
        Object.assign(world.peers.find((peer) => peer.name === name)!, { part: "without", role });
        delete world.nodes[name];
    };
export const atWork =
    (names: string[], what: string, more: Partial<Worker>): Change =>
    (world) => {
        for (const name of names)
            for (const each of world.nodes[name]!.workers!) if (each.name === what) Object.assign(each, more);
    };
/** What a node was asked and didn't answer: the parts of its document, and why. */
export const silent = (name: string, question: string, parts: (keyof Daemon)[], why = "no answer"): Change =>
    node(name, (daemon) => {
        for (const part of parts) delete daemon[part];
        daemon.errors.push({ question, why });
    });

interface Said {
    id: string;
    text: string;
    final?: boolean;
    waivable?: boolean;
    node?: string;
}

export interface Verdict {
    reasons: Said[];
    waived: Said[];
    seen: string;
    keep: Record<string, string | number>;
    note?: string[];
}

export const verdicts = (judge: string, worlds: World[]): Verdict[] =>
    jqEach(`judged(judge_${judge.replace(/-/g, "_")})`, worlds);

/** What it is, the world, and the reasons: "id: text", with "!" where no waiting mends it. */
export type Row = [what: string, world: World, ...reasons: string[]];

export const changed = (series: Series, ...changes: Change[]): World => {
    const world = healthy(series);
    all(...changes)(world);
    return world;
};

const spelt = ({ id, text, final }: Said) => `${id}${final ? "!" : ""}: ${text}`;

/** One test a row; all rows of a judge in one process. */
export function judges(judge: string, rows: Row[]): void {
    describe(judge, () => {
        let found: Verdict[];
        before(() => {
            found = verdicts(
                judge,
                rows.map(([, world]) => world),
            );
        });
        for (const [i, [what, , ...reasons]] of rows.entries())
            it(what, () => {
                assert.deepEqual(found[i]!.reasons.map(spelt), reasons);
            });
    });
}

/** The same change in each series. */
export const inEach = (what: string, series: Series[], changes: Change[], ...reasons: string[]): Row[] =>
    series.map((each) => [`${each}: ${what}`, changed(each, ...changes), ...reasons]);

import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { idsOf } from "../cluster/support";
import { jqEach } from "../jq";

// Garage's answers as they were captured from real clusters, read by garage.jq. What later releases of a series print isn't proven here.

const FIXTURES = join(__dirname, "..", "cluster", "fixtures");
const SERIES = { "0.7.0": "0.7", "0.8.7": "0.8", "0.9.4": "0.9", "1.3.0": "1", "2.5.0": "2" } as const;
type Release = keyof typeof SERIES;
const RELEASES = Object.keys(SERIES) as Release[];

interface Read {
    question: string;
    series: string;
    text: string;
}

const captured = (release: Release, file: string) => readFileSync(join(FIXTURES, release, file), "utf8");
const has = (release: Release, file: string) => existsSync(join(FIXTURES, release, file));
const of = (release: Release, question: string, file: string): Read => ({
    question,
    series: SERIES[release],
    text: captured(release, file),
});

/** A part of a document, or null where the answer isn't understood. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, looked at by exact values.
const read = (rows: Read[]): any[] => jqEach(". as $row | .text | part_of($row.question; $row.series)", rows);

const FILES: Record<Release, Record<string, string>> = {
    "0.7.0": { status: "status", through: "stats-a", stats: "stats", items: "stats-d", layout: "layout-show" },
    "0.8.7": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats-detailed",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "layout-show",
        health: "v0-health",
    },
    "0.9.4": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats-detailed",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "layout-show",
        roles: "v1-layout",
        health: "v1-health",
    },
    "1.3.0": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "layout-show",
        roles: "v1-layout",
        health: "v1-health",
        history: "layout-history",
    },
    "2.5.0": {
        status: "status",
        through: "stats-a",
        stats: "stats",
        items: "stats",
        workers: "worker-list",
        errors: "block-list-errors",
        layout: "json-api-GetClusterLayout",
        health: "json-api-GetClusterHealth",
        history: "layout-history",
    },
};
for (const release of RELEASES) {
    FILES[release].buckets = release === "2.5.0" ? "json-api-ListBuckets" : "bucket-list";
    FILES[release].keys = "key-list";
}

interface Answer {
    text: string;
    code: number;
}

/** Whole documents, with an exit code for each question. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
const documents = (rows: { series: string; answers: Record<string, Answer> }[]): any[] =>
    jqEach('daemon(.answers; .series; {cli: "20", count: "600"})', rows);

const said = (text: string, code = 0): Answer => ({ text, code });

describe("what Garage says, as one document", () => {
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    let docs: any;

    before(() => {
        const all = RELEASES.map((release) => ({
            series: SERIES[release],
            answers: Object.fromEntries(
                Object.entries(FILES[release]).map(([question, file]) => [question, said(captured(release, file))]),
            ),
        }));
        docs = Object.fromEntries(documents(all).map((doc, i) => [RELEASES[i], doc]));
    });

    for (const release of RELEASES) {
        const short = idsOf(release).map((id) => id.slice(0, 16));
        const full = release < "0.9" ? short : idsOf(release);
        const capacities = release < "0.9" ? [1, 2, 3] : [1000000000, 1000000001, 1073741824];
        const engine = release < "1" ? "sled" : "lmdb";
        const counts = release === "1.3.0" ? [2, 4, 5, 6, 6] : [2, 3, 5, 5, 5];

        describe(release, () => {
            it("is understood, all of it", () => {
                assert.deepEqual(docs[release].errors, []);
            });

            it("names release and engine", () => {
                assert.deepEqual([docs[release].release, docs[release].engine], [release, engine]);
            });

            it("says whom the node sees, and who answers through it", () => {
                const { sees, down, answersThrough } = docs[release];
                assert.deepEqual(sees.map((each: { id: string }) => each.id).sort(), [...short].sort());
                assert.ok(sees.every((each: { role: boolean }) => each.role));
                assert.deepEqual(down, []);
                assert.deepEqual([...answersThrough].sort(), [...short].sort());
            });

            it("has the layout, with numbers for capacities", () => {
                const { version, staged, roles, changes } = docs[release].layout;
                assert.deepEqual([version, staged, changes], [release === "0.9.4" ? 2 : 1, false, []]);
                const wanted = full.map((id, i) => ({
                    id,
                    zone: `z${i}`,
                    capacity: capacities[i],
                    tags: [`node=n${i}`, "extra"],
                }));
                assert.deepEqual(
                    roles,
                    wanted.sort((a, b) => (a.id < b.id ? -1 : 1)),
                );
            });

            it("has the queues, and the entries where they were asked for", () => {
                const { queues, items } = docs[release];
                assert.equal(queues.merkle, 0);
                assert.equal(queues.resyncErrors, 0);
                assert.equal(typeof queues.resync, "number");
                assert.deepEqual(Object.keys(queues.gc), ["bucket", "key", "object", "version", "block_ref"]);
                assert.equal(queues.insert, release === "0.7.0" ? undefined : 0);
                assert.deepEqual(Object.values(items), counts);
            });

            it("has partitions and workers, where the series tells them", () => {
                const { partitions, workers } = docs[release];
                if (release === "0.7.0") {
                    assert.deepEqual([partitions, workers], [undefined, undefined]);
                    return;
                }
                assert.deepEqual(partitions, { all: 256, ok: 256, quorum: 256 });
                assert.ok(workers.length > 40);
                assert.deepEqual(
                    workers.find((each: { name: string }) => each.name === "Block resync worker #1").queue,
                    1,
                );
            });

            it("has the full ids of buckets, and the keys", () => {
                assert.equal(docs[release].buckets.length, 2);
                for (const id of docs[release].buckets) assert.match(id, /^[0-9a-f]{64}$/);
                assert.equal(docs[release].keys.length, counts[1]);
            });
        });
    }
});

describe("Garage in trouble", () => {
    const rows = {
        staged: RELEASES.map((release) =>
            of(
                release,
                release < "0.9" ? "layout" : release < "2" ? "roles" : "layout",
                release < "0.9"
                    ? "layout-show-staged"
                    : release < "2"
                      ? "v1-layout-staged"
                      : "json-api-GetClusterLayout-staged",
            ),
        ),
        gateway: RELEASES.map((release) =>
            of(
                release,
                release < "0.9" ? "layout" : release < "2" ? "roles" : "layout",
                release < "0.9"
                    ? "layout-show-gateway"
                    : release < "2"
                      ? "v1-layout-gateway"
                      : "json-api-GetClusterLayout-gateway",
            ),
        ),
    };

    it("is seen: a change of the layout and a removal", () => {
        for (const [i, part] of read(rows.staged).entries()) {
            const release = RELEASES[i]!;
            const ids = release < "0.9" ? idsOf(release).map((id) => id.slice(0, 16)) : idsOf(release);
            assert.equal(part.layout.staged, true, release);
            const wanted = [
                { id: ids[1]!, zone: "zz", capacity: release < "0.9" ? 7 : 2000000000, tags: ["node=n2", "a", "b"] },
                { id: ids[2]!, removed: true },
            ].sort((a, b) => (a.id < b.id ? -1 : 1));
            assert.deepEqual(part.layout.changes, wanted, release);
        }
    });

    it("is seen: a gateway has no capacity", () => {
        for (const [i, part] of read(rows.gateway).entries())
            assert.equal(part.layout.changes[0].capacity, null, RELEASES[i]);
    });

    it("is seen: staged changes in the text that 0.9 and 1 need beside the admin API", () => {
        const parts = read([of("0.9.4", "layout", "layout-show-staged"), of("1.3.0", "layout", "layout-show-staged")]);
        assert.deepEqual(parts, [{ layout: { version: 2, staged: true } }, { layout: { version: 1, staged: true } }]);
    });

    it("is seen: a node that is down", () => {
        const parts = read(RELEASES.map((release) => of(release, "status", "status-failed")));
        for (const [i, part] of parts.entries()) {
            const third = idsOf(RELEASES[i]!)[2]!.slice(0, 16);
            assert.deepEqual(part.down, [third], RELEASES[i]);
            assert.equal(part.sees.length, 2);
        }
    });

    it("is seen: who doesn't answer through a node; of 0.7 nobody does", () => {
        const parts = read(RELEASES.map((release) => of(release, "through", "stats-a-failed")));
        assert.deepEqual(
            parts.map((part) => part.answersThrough.length),
            [0, 2, 2, 2, 2],
        );
    });

    it("is seen: nodes without a role, or with one that is only staged", () => {
        for (const suffix of ["new", "pending"]) {
            const parts = read(RELEASES.map((release) => of(release, "status", `status-${suffix}`)));
            for (const [i, part] of parts.entries()) {
                assert.equal(part.sees.length, 3, RELEASES[i]);
                assert.ok(part.sees.every((each: { role: boolean }) => !each.role));
            }
        }
    });

    it("is seen: partitions without any copy where there is no layout, whatever 1.3.0 calls well", () => {
        const rows = [
            of("0.8.7", "health", "v0-health-new"),
            of("1.3.0", "health", "v1-health-new"),
            of("2.5.0", "health", "json-api-GetClusterHealth-new"),
        ];
        assert.deepEqual(
            read(rows).map((part) => part.partitions),
            [
                { all: 0, ok: 0, quorum: 0 },
                { all: 256, ok: 256, quorum: 0 },
                { all: 0, ok: 0, quorum: 0 },
            ],
        );
    });

    it("is seen: two live layouts, and who is behind", () => {
        for (const part of read([
            of("1.3.0", "history", "layout-history-draining"),
            of("2.5.0", "history", "layout-history-draining"),
        ])) {
            const { live, trackers } = part.layout;
            assert.deepEqual(
                live.map((each: { version: number; storage: number }) => [each.version, each.storage]),
                [
                    [2, 3],
                    [1, 3],
                ],
            );
            assert.equal(trackers.length, 3);
            assert.ok(trackers.every((each: { syncAck: number }) => each.syncAck === 1));
        }
    });

    it("is seen: what is historical doesn't live any more", () => {
        for (const part of read([
            of("1.3.0", "history", "layout-history-historical"),
            of("2.5.0", "history", "layout-history-historical"),
            of("1.3.0", "history", "layout-history-new"),
        ]))
            assert.equal(part.layout.live.length, 1);
    });

    it("is seen: tables at work, workers that fail, a repair that is done", () => {
        const name = (
            part: { workers: { name: string; state: string; queue: number; consecutive: number }[] },
            n: string,
        ) => part.workers.find((each) => each.name === n)!;
        const [busy, failing, repaired] = read([
            of("1.3.0", "workers", "worker-list-busy"),
            of("2.5.0", "workers", "worker-list-failing"),
            of("0.9.4", "workers", "worker-list-repaired"),
        ]);
        assert.deepEqual([name(busy, "version sync").state, name(busy, "version sync").queue], ["busy", 67]);
        assert.ok(failing.workers.some((each: { consecutive: number }) => each.consecutive > 0));
        assert.equal(name(repaired, "Block repair worker").state, "done");
    });

    it("is seen: blocks that are lost", () => {
        const lost = (["0.8.7", "0.9.4", "1.3.0"] as const).map((release) =>
            of(release, "errors", "block-list-errors-lost"),
        );
        for (const part of read(lost)) assert.deepEqual(part.blockErrors, { needed: 1, unneeded: 0 });
        for (const part of read(lost.map((row) => ({ ...row, text: row.text.replace(/ {2}1 {3}1 /, "  0   1 ") }))))
            assert.deepEqual(part.blockErrors, { needed: 0, unneeded: 1 });
        assert.equal(read([of("0.9.4", "stats", "stats-lost")])[0].queues.resyncErrors, 1);
    });
});

describe("what isn't understood", () => {
    const evil = "EUID[$(id>/tmp/f)]";
    const forged = (release: Release, question: string, file: string, from: string | RegExp, to: string): Read => {
        const row = of(release, question, file);
        const text = row.text.replace(from, to);
        assert.notEqual(text, row.text, `${file} has no ${from}`);
        return { ...row, text };
    };
    const rows: Read[] = [
        ...RELEASES.flatMap((release) => [
            forged(release, "stats", "stats", /resync queue length: *\d+/, `resync queue length: ${evil}`),
            forged(release, "stats", "stats", /with resync errors: *\d+/, "with resync errors: -1"),
            forged(release, "stats", "stats", /with resync errors: *\d+/, "with resync errors: 1e3"),
            forged(release, "stats", "stats", /with resync errors: *\d+/, `with resync errors: ${"9".repeat(19)}`),
            forged(release, "stats", "stats", /Garage version: +cargo:/, "Garage version: ; rm -rf /"),
            forged(release, "stats", "stats", /block_ref/, "other"),
            forged(release, "layout", FILES[release].layout!, /(version"?: )\d/, "$1-4"),
            forged(release, "layout", FILES[release].layout!, /(version"?: )\d/, "$1a[0]"),
        ]),
        ...(["0.8.7", "0.9.4", "1.3.0", "2.5.0"] as const).flatMap((release) => [
            forged(release, "workers", "worker-list", /(object queue .*)0 /, "$1x "),
            forged(release, "workers", "worker-list", /Idle/, "Hurt"),
            forged(release, "workers", "worker-list", /Tranq/, "Trank"),
            forged(release, "health", FILES[release].health!, "256", '"256"'),
            forged(release, "health", FILES[release].health!, "256", "2.5"),
            forged(release, "health", FILES[release].health!, "256", "1e300"),
        ]),
        forged("0.7.0", "layout", "layout-show", /z0 {4}1\n/, "z0    a\n"),
        forged("0.9.4", "roles", "v1-layout", "1000000001", '"$(id)"'),
        forged("0.9.4", "roles", "v1-layout", /"id": "../, '"id": "GG'),
        forged("0.9.4", "roles", "v1-layout", '"z1"', '"z\\u0000"'),
        forged("1.3.0", "history", "layout-history-draining", "#1 ", "#x "),
        forged("1.3.0", "history", "layout-history", "#1 ", "1 "),
        forged("0.9.4", "errors", "block-list-errors-lost", / {2}1 {3}1 /, "  -   1 "),
        forged("0.9.4", "errors", "block-list-errors", "Hash", "Hush"),
        forged("1.3.0", "history", "layout-history-draining", "25d694c8eed71840", "25d694c8eed7184g"),
        forged("1.3.0", "status", "status", "161eae0b657c1d6c", "161eae0b657c1d6c6"),
        forged("0.8.7", "layout", "layout-show", "0ffd90e7014d18f4", "0ffd90e7014d18f"),
        forged("0.8.7", "buckets", "bucket-list", /..\n$/, "\n"),
        { question: "layout", series: "2", text: '{"version": 1' },
        { question: "health", series: "1", text: "" },
        { question: "status", series: "1", text: "" },
        { question: "workers", series: "1", text: "" },
        { question: "workers", series: "1", text: captured("1.3.0", "worker-list").split("\n")[0]! },
        { question: "items", series: "0.9", text: captured("0.9.4", "stats") },
        { question: "nonsense", series: "1", text: "" },
    ];

    it("is no part of a document, never a value", () => {
        for (const [i, part] of read(rows).entries()) assert.equal(part, null, JSON.stringify(rows[i]).slice(0, 300));
    });

    it("is named by its question, and so is what hit a limit or wasn't answered", () => {
        const fine = captured("1.3.0", "stats");
        const [doc] = documents([
            {
                series: "1",
                answers: {
                    stats: said(fine.replace("with resync errors: 0", "with resync errors: x")),
                    status: said("", 124),
                    items: said("", 137),
                    workers: said("Error: no", 1),
                    layout: said("", 1),
                },
            },
        ]);
        assert.deepEqual(doc, {
            series: "1",
            errors: [
                { question: "status", why: "does not answer within 20 s" },
                { question: "workers", why: "no answer" },
                { question: "stats", why: "answers what isn't understood" },
                { question: "items", why: "does not answer within 600 s" },
                { question: "layout", why: "no answer" },
            ],
        });
    });

    it("isn't what 2.5.0 prints before the first layout, where it fails behind the figures", () => {
        const [doc] = documents([{ series: "2", answers: { stats: said(captured("2.5.0", "stats-new"), 1) } }]);
        assert.deepEqual([doc.release, doc.queues.resync, doc.errors], ["2.5.0", 0, []]);
    });

    it("of a node that wasn't asked is no document", () => {
        assert.deepEqual(documents([{ series: "1", answers: {} }]), [null]);
    });

    it("says whether there are captured files for all questions of a series", () => {
        for (const release of RELEASES)
            for (const file of Object.values(FILES[release])) assert.ok(has(release, file), `${release} ${file}`);
    });
});

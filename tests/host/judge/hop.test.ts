import { strict as assert } from "node:assert";
import {
    type all,
    atWork,
    changed,
    facts,
    healthy,
    idOf,
    inEach,
    judges,
    kept,
    left,
    NAMES,
    node,
    own,
    type Row,
    SERIES,
    silent,
    verdicts,
} from "./world";

// The judges of a major upgrade.

const told = SERIES.slice(1);
const queues = (name: string, more: object) => node(name, (daemon) => Object.assign(daemon.queues!, more));
const RELEASES = { "0.7": "0.7.3", "0.8": "0.8.7", "0.9": "0.9.4", "1": "1.3.0", "2": "2.5.0" };
const asStaged = (rows: Row[]): Row[] => {
    for (const [, world] of rows) world.facts.release ??= RELEASES[world.series];
    return rows;
};

judges(
    "runs",
    asStaged([
        ...inEach("all run it", SERIES, []),
        ...inEach("one runs another", SERIES, [
            node("rome", (daemon) => Object.assign(daemon, { release: "9.9.9" })),
        ]).map(
            ([what, world]): Row => [what, world, `release-differs: rome: runs 9.9.9, not ${RELEASES[world.series]}`],
        ),
        ...inEach(
            "one has another engine",
            SERIES,
            [
                facts({ engine: "lmdb" }),
                ...NAMES.map((name) =>
                    node(name, (daemon) => Object.assign(daemon, { engine: name === "rome" ? "sqlite" : "lmdb" })),
                ),
            ],
            "release-differs: rome: has engine sqlite, not lmdb",
        ),
        ...inEach(
            "one doesn't answer in time",
            SERIES,
            [silent("rome", "stats", ["release", "engine"], "does not answer within 20 s")],
            "release-differs: rome: does not answer within 20 s",
        ),
    ]),
);

judges(
    "preflight",
    asStaged([
        ...inEach("all is well", SERIES, []),
        ...inEach("another release", SERIES, [
            node("rome", (daemon) => Object.assign(daemon, { release: "9.9.9" })),
        ]).map(
            ([what, world]): Row => [what, world, `releases-differ: rome: runs 9.9.9, not ${RELEASES[world.series]}`],
        ),
        ...(["1.2.10", "1.4.0", "2.0.0"] as const).map(
            (oldest): Row => [
                `1.2.9 is older than ${oldest}`,
                changed(
                    "1",
                    facts({ release: "1.2.9", oldest }),
                    ...NAMES.map((name) => node(name, (daemon) => Object.assign(daemon, { release: "1.2.9" }))),
                ),
                `min-from!: Garage 1.2.9 is older than ${oldest}, from which this was tried`,
            ],
        ),
        ...(["1.2.9", "1.2.0", "1.0.1", "0.9.9"] as const).map(
            (oldest): Row => [
                `1.2.9 isn't older than ${oldest}`,
                changed(
                    "1",
                    facts({ release: "1.2.9", oldest }),
                    ...NAMES.map((name) => node(name, (daemon) => Object.assign(daemon, { release: "1.2.9" }))),
                ),
            ],
        ),
        ["min-from may be waived", changed("1", facts({ release: "1.3.0", oldest: "1.4.0", skipChecks: "min-from" }))],
        ...inEach(
            "no layout",
            SERIES,
            [own((daemon) => Object.assign(daemon.layout!, { version: 0 }))],
            "layout-missing!: no layout is applied",
        ),
        ...inEach(
            "staged changes are never waived here",
            SERIES,
            [facts({ skipChecks: "layout-staged" }), own((daemon) => Object.assign(daemon.layout!, { staged: true }))],
            "layout-staged!: changes of the layout are staged and not applied",
        ),
        ...inEach(
            "a layout under way",
            SERIES.slice(3),
            [
                facts({ skipChecks: "layout-unsettled" }),
                own((daemon) => daemon.layout!.live!.push({ version: 3, status: "x", storage: 3, gateways: 0 })),
            ],
            "layout-unsettled: a change of the layout is still under way: versions 3 and 4 are live",
        ),
        ...inEach(
            "copies are missing",
            told,
            [own((daemon) => Object.assign(daemon.partitions!, { ok: 3 }))],
            "partitions-missing: not every partition has all its copies (partitions 3/256)",
        ),
    ]),
);

judges("synced", [
    ...inEach("nothing to compare", SERIES, []),
    ...inEach(
        "tables at work",
        told,
        [atWork(["rome"], "object sync", { state: "busy", queue: 4 })],
        "sync-busy: rome: object sync (busy, queue 4) at work",
    ),
    ["0.7: a Merkle queue", changed("0.7", queues("rome", { merkle: 1 })), "sync-busy: rome: Merkle queue 1"],
    ["0.7: no answer", changed("0.7", silent("rome", "stats", ["queues"])), "sync-busy: rome: no answer"],
]);

judges("well", [
    ...inEach("nothing fails", SERIES, []),
    ...inEach(
        "blocks with errors, needed or not",
        SERIES,
        [
            queues("rome", { resyncErrors: 2 }),
            node("rome", (daemon) => {
                if (daemon.blockErrors) daemon.blockErrors = { needed: 0, unneeded: 2 };
            }),
        ],
        "worker-errors: rome: 2 blocks with resync errors",
    ),
    ...inEach(
        "a worker that fails",
        told,
        [atWork(["rome"], "object sync", { consecutive: 3, errors: 9 })],
        "worker-errors: rome: object sync fails (3 times in a row)",
    ),
    ...inEach("a worker that failed before", told, [atWork(["rome"], "object sync", { consecutive: 0, errors: 9 })]),
    ...inEach(
        "no answer in time",
        told,
        [silent("rome", "workers", ["workers"], "does not answer within 20 s")],
        "worker-errors: rome: does not answer within 20 s about workers",
    ),
]);

const repair = (name: string, ...states: ("busy" | "done" | "idle")[]) =>
    node(name, (daemon) => {
        for (const state of states)
            daemon.workers!.push({ id: 99, state, name: "Block repair worker", queue: 0, errors: 0, consecutive: 0 });
    });
const rows = (n: number) => facts(Object.fromEntries(NAMES.map((name) => [`rows.${name}`, String(n)])));

judges("repaired", [
    ...inEach(
        "not begun",
        told,
        [rows(0)],
        `repair-unfinished: ${NAMES.map((name) => `${name}: not begun`).join(", ")}`,
    ),
    ...inEach("done", told, [rows(0), ...NAMES.map((name) => repair(name, "done"))]),
    ...inEach(
        "an old one is no end of the new one",
        told,
        [rows(1), ...NAMES.map((name) => repair(name, "done"))],
        `repair-unfinished: ${NAMES.map((name) => `${name}: not begun`).join(", ")}`,
    ),
    ...inEach("the second one is done", told, [rows(1), ...NAMES.map((name) => repair(name, "done", "done"))]),
    ...inEach(
        "at work",
        told,
        [rows(0), repair("london", "done"), repair("paris", "busy"), repair("rome", "idle")],
        "repair-unfinished: paris: Block repair worker (busy), rome: Block repair worker (idle)",
    ),
    ...inEach(
        "no answer",
        told,
        [rows(0), ...NAMES.map((name) => repair(name, "done")), silent("rome", "workers", ["workers"])],
        "repair-unfinished: rome: no answer about workers",
    ),
    ...inEach(
        "blocks that are being copied",
        told,
        [
            rows(0),
            facts({ resync: "yes" }),
            ...NAMES.map((name) => repair(name, "done")),
            atWork(["rome"], "Block resync worker #1", { state: "busy" }),
        ],
        "repair-unfinished: rome: Block resync worker #1 (busy)",
    ),
    ...inEach("blocks that are being copied count only where asked for", told, [
        rows(0),
        ...NAMES.map((name) => repair(name, "done")),
        atWork(["rome"], "Block resync worker #1", { state: "busy" }),
    ]),
]);

const empty = facts({ mode: "empty" });
const settled = facts({ mode: "settled" });
const busy = atWork(["rome"], "Block resync worker #1", { state: "busy" });
const good = (n: number, first = 0) => kept({ good: String(n), first: String(first) });
const once = "drain-timeout: 0 blocks wait for their time";

judges("drained", [
    ...inEach("empty, seen once", SERIES, [empty], once),
    ...inEach("empty, seen twice", SERIES, [empty, good(1)]),
    ...inEach("settled, seen twice", SERIES, [settled, good(1)], once),
    ...inEach("settled, seen three times", SERIES, [settled, good(2)]),
    ...inEach(
        "a queue",
        SERIES,
        [empty, good(1), queues("rome", { resync: 5 })],
        "drain-timeout: rome: 5 blocks in the resync queue",
    ),
    ...inEach("a queue that waits is settled", SERIES, [settled, good(2, 5), queues("rome", { resync: 5 })]),
    ...inEach("a queue that falls is settled", SERIES, [settled, good(2, 9), queues("rome", { resync: 5 })]),
    ...inEach(
        "a queue that grows isn't",
        SERIES,
        [settled, good(2, 4), queues("rome", { resync: 5 })],
        "drain-timeout: the resync queue grows, from 4 to 5",
    ),
    ...inEach("a queue that grows is no matter on the short way, with S3 on", SERIES, [
        settled,
        facts({ short: "yes" }),
        good(2, 4),
        queues("rome", { resync: 5 }),
    ]),
    ...inEach(
        "errors",
        SERIES,
        [settled, good(2), queues("rome", { resyncErrors: 1 })],
        "drain-timeout: rome: 1 blocks with resync errors",
    ),
    ...inEach(
        "a Merkle queue",
        SERIES,
        [settled, good(2), queues("rome", { merkle: 1 })],
        "drain-timeout: rome: 1 entries in Merkle queues, 0 to insert",
    ),
    ...inEach(
        "an insert queue",
        told,
        [empty, good(1), queues("rome", { insert: 2 })],
        "drain-timeout: rome: 0 entries in Merkle queues, 2 to insert",
    ),
    ...inEach("workers that copy", told, [settled, good(2), busy], "drain-timeout: rome: 1 resync workers at work"),
    ...inEach("workers that copy, on the short way", told, [settled, facts({ short: "yes" }), good(2), busy]),
    ...inEach("workers that copy, with an empty queue", told, [empty, good(1), busy]),
    ...inEach(
        "no answer",
        SERIES,
        [empty, good(1), silent("rome", "stats", ["queues"])],
        "drain-timeout: rome: no answer",
    ),
    ...inEach(
        "no answer in time",
        told,
        [empty, good(1), silent("rome", "workers", ["workers"], "does not answer within 20 s")],
        "drain-timeout: rome: does not answer within 20 s about workers",
    ),
    ...inEach(
        "two at once",
        SERIES,
        [empty, queues("rome", { resync: 5 }), queues("paris", { merkle: 2 })],
        "drain-timeout: paris: 2 entries in Merkle queues, 0 to insert, rome: 5 blocks in the resync queue",
    ),
    ...inEach(
        "the time that is left",
        SERIES,
        [empty, facts({ quietat: "1000", now: "1100" }), queues("rome", { resync: 5 })],
        "drain-timeout: rome: 5 blocks in the resync queue; about 513 s to go",
    ),
    ...inEach(
        "no time that is left",
        SERIES,
        [empty, facts({ quietat: "1000", now: "9999" }), queues("rome", { resync: 5 })],
        "drain-timeout: rome: 5 blocks in the resync queue",
    ),
]);

it("a drain keeps count from one look to the next", () => {
    const looks = [
        changed("1", settled, queues("rome", { resync: 5 })),
        changed("1", settled, good(1, 5), queues("rome", { resync: 7 })),
        changed("1", settled, good(2, 5), queues("rome", { resyncErrors: 1 })),
    ];
    assert.deepEqual(
        verdicts("drained", looks).map((each) => each.keep),
        [
            { good: 1, first: 5, again: 2 },
            { good: 1, first: 7, again: 2 },
            { good: 0, again: 2 },
        ],
    );
});

const backups = NAMES.map((name) => `${name} ${name} /var/lib/garage-backups/1-to-2-1-20261129`);
const down = NAMES.flatMap((name) => [`${name} 10.0.0.1 3901 closed`, `${name} 10.0.0.1 3900 silent`]);
const halt = (lines: string[], ports = down) =>
    facts({ hop: "1-to-2", halted: lines.join("\n"), ports: ports.join("\n") });

judges("halted", [
    ["all are down and backed up", changed("1", halt(backups))],
    [
        "one hasn't said where its backup is",
        changed("1", halt(backups.slice(1))),
        "halted-unproven!: london has not said where its backup of 1-to-2 is",
    ],
    [
        "one has none",
        changed("1", halt(["london london", ...backups.slice(1)])),
        "halted-unproven!: london has not said where its backup of 1-to-2 is",
    ],
    [
        "one has a backup of another hop",
        changed("1", halt([backups[0]!.replace("1-to-2", "0.9-to-1"), ...backups.slice(1)])),
        "halted-unproven!: london has not said where its backup of 1-to-2 is",
    ],
    [
        "one answered for another",
        changed("1", halt([backups[0]!.replace("london london", "london paris"), ...backups.slice(1)])),
        'halted-unproven!: the halt of london answered for "paris"',
    ],
    [
        "one still answers",
        changed("1", halt(backups, ["rome 10.0.0.3 3900 open", ...down])),
        "still-running: rome still answers on 10.0.0.3, port 3900",
    ],
    [
        "one can't be tried",
        changed("1", halt(backups, [...down, "rome nowhere 3900 unknown"])),
        "address-unknown: the address nowhere of rome can't be resolved, or tried, from here, so nobody can say whether it is down",
    ],
    [
        "one wasn't tried",
        changed("1", halt(backups, down.slice(2))),
        "address-unknown: whether london still answers was not tried",
    ],
    ["one that is left out needn't be down", changed("1", halt(backups.slice(0, 2), down.slice(0, 4)), left("rome"))],
]);

judges("noted", [
    ...inEach("all can be read", SERIES, []),
    ...inEach(
        "no buckets",
        SERIES,
        [silent("london", "buckets", ["buckets"])],
        "proof-failed: what the cluster holds can't be read (no answer about its buckets)",
    ),
    ...inEach(
        "no keys",
        SERIES,
        [silent("london", "keys", ["keys"], "answers what isn't understood")],
        "proof-failed: what the cluster holds can't be read (answers what isn't understood about its keys)",
    ),
    ...inEach(
        "one isn't counted",
        SERIES,
        [silent("rome", "items", ["items"], "does not answer within 600 s")],
        "proof-failed: rome: does not answer within 600 s about its tables",
    ),
    [
        "no layout",
        changed("2", silent("london", "layout", ["layout"])),
        "proof-failed: what the cluster holds can't be read (no answer about its layout)",
    ],
]);

describe("the note of what a cluster holds", () => {
    const noteOf = (world = healthy()) => verdicts("noted", [world])[0]!.note!;
    const found = (series: (typeof SERIES)[number], note: string[], ...changes: Parameters<typeof all>) =>
        verdicts("kept", [
            changed(series, facts({ note: `${note.join("\n")}\n`, hop: "1-to-2" }), ...changes),
        ])[0]!.reasons.map((each) => each.text);

    it("has the lines that every release of this package reads", () => {
        const note = noteOf(
            changed(
                "1",
                own((daemon) =>
                    Object.assign(daemon.layout!.roles![0]!, { capacity: null, tags: ["node=london", "x y"] }),
                ),
            ),
        );
        assert.equal(note[0], "layout 4");
        assert.ok(note.includes(`role ${idOf("london").slice(0, 16)} lon gateway node=london,x y`), note.join("\n"));
        for (const line of [`bucket ${"a".repeat(64)}`, "key GK01", "items rome object 1000", "gc paris block_ref 0"])
            assert.ok(note.includes(line), line);
        assert.equal(note.length, 1 + 3 + 2 + 2 + 30);
    });

    it("holds for what wrote it", () => {
        for (const series of SERIES) assert.deepEqual(found(series, noteOf(healthy(series))), [], series);
    });

    const gone: [string, Parameters<typeof all>[0], string][] = [
        [
            "a bucket",
            own((daemon) => daemon.buckets!.pop()),
            `1 of the buckets that were there are gone, the first is ${"b".repeat(64)}`,
        ],
        [
            "all keys",
            own((daemon) => Object.assign(daemon, { keys: [] })),
            "2 of the keys that were there are gone, the first is GK01",
        ],
        [
            "a role",
            own((daemon) => daemon.layout!.roles!.pop()),
            `the layout changed: < role ${idOf("rome").slice(0, 16)} rom 1000000000 node=rome`,
        ],
        [
            "entries",
            node("rome", (daemon) => Object.assign(daemon.items!, { object: 999 })),
            "rome has 999 entries in its table object, it had 1000",
        ],
        [
            "buckets that nobody can list",
            silent("london", "buckets", ["buckets"]),
            "what the cluster holds can't be read (no answer about its buckets)",
        ],
        ["entries that can't be counted", silent("rome", "items", ["items"]), "rome: no answer about its tables"],
    ];

    for (const [what, change, text] of gone)
        it(`tells of ${what}`, () => {
            assert.deepEqual(found("1", noteOf(), change), [text]);
        });

    it("tells of another layout", () => {
        assert.deepEqual(
            found(
                "1",
                noteOf(),
                own((daemon) => Object.assign(daemon.layout!, { version: 5 })),
            ),
            ["the layout changed: < layout 4 > layout 5"],
        );
    });

    it("lets garbage collection take what was due, and never the last entry", () => {
        const note = noteOf().map((line) =>
            line.replace("gc rome object 0", "gc rome object 7").replace("gc rome bucket 0", "gc rome bucket 7"),
        );
        const has = (more: Record<string, number>) => node("rome", (daemon) => Object.assign(daemon.items!, more));
        assert.deepEqual(found("1", note, has({ object: 993, bucket: 1 })), []);
        assert.deepEqual(found("1", note, has({ object: 992 })), [
            "rome has 992 entries in its table object, it had 1000",
        ]);
        assert.deepEqual(found("1", note, has({ bucket: 0 })), ["rome has 0 entries in its table bucket, it had 2"]);
    });

    it("takes more for fine", () => {
        assert.deepEqual(
            found(
                "1",
                noteOf(),
                own((daemon) => {
                    daemon.buckets!.push("c".repeat(64));
                    Object.assign(daemon.items!, { object: 5000 });
                }),
            ),
            [],
        );
    });

    it("doesn't ask those that are left out", () => {
        assert.deepEqual(found("1", noteOf(), left("rome")), []);
    });

    it("that is empty proves nothing", () => {
        assert.deepEqual(found("1", []), ["the layout changed: > layout 4"]);
        assert.deepEqual(
            found(
                "1",
                noteOf().filter((line) => !line.startsWith("items ")),
            ),
            ["the note has no table items"],
        );
    });

    it("from 0.8 to 0.9 doesn't compare capacities, which became bytes", () => {
        const note = noteOf(healthy("0.8"));
        const later = (hop: string) =>
            verdicts("kept", [changed("0.9", facts({ note: note.join("\n"), hop }))])[0]!.reasons;
        assert.deepEqual(later("0.8-to-0.9"), []);
        assert.equal(later("0.7-to-0.8").length, 1);
    });

    it("is no note where its numbers are none", () => {
        const world = changed(
            "1",
            facts({
                note: noteOf().join("\n").replace("items rome object 1000", "items rome object EUID[0]"),
                hop: "1-to-2",
            }),
        );
        assert.throws(() => verdicts("kept", [world]), /answers what isn't understood/);
    });
});

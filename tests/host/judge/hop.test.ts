import { strict as assert } from "node:assert";
import {
    all,
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
} from "./support";

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
            "layout-unsettled: the layout's history can't be read",
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
const rows = (n: number) =>
    facts({
        own: "yes",
        ...Object.fromEntries(
            NAMES.flatMap((name) => [
                [`rows.${name}`, String(n)],
                [`told.${name}`, "0"],
            ]),
        ),
    });
const allDone = NAMES.map((name) => repair(name, "done"));
const notBegun = `repair-unfinished: ${NAMES.map((name) => `${name}: not begun`).join(", ")}`;
const passed = (seconds: number) => facts({ passed: String(seconds) });
const mute = silent("rome", "workers", ["workers"]);
const anew = "repair-unfinished: rome: was away, or its daemon has started anew";

judges("repaired", [
    ...inEach("not begun", told, [rows(0)], notBegun),
    ...inEach("done", told, [rows(0), ...allDone]),
    ...inEach("an old one is no end of the new one", told, [rows(1), ...allDone], notBegun),
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
        [rows(0), ...allDone, mute, passed(7), kept({ "away.rome": "3" })],
        "repair-unfinished: rome: no answer for 4 s",
    ),
    ...inEach(
        "no answer for as long as a host takes to come back",
        told,
        [rows(0), ...allDone, mute, passed(310), kept({ "away.rome": "10" })],
        "repair-unfinished!: rome has not answered for 300 s. Bring that host back, and run pulumi up again; is it lost for good, leave it out (without)",
        "repair-unfinished: rome: no answer for 300 s",
    ),
    ...inEach(
        "patience is longer where health may take longer",
        told,
        [rows(0), ...allDone, mute, facts({ health: "600" }), passed(310), kept({ "away.rome": "10" })],
        "repair-unfinished: rome: no answer for 300 s",
    ),
    ...inEach(
        "rows that were there and are gone",
        told,
        [rows(0), repair("london", "done"), repair("paris", "done"), passed(5), kept({ "most.rome": "1" })],
        anew,
    ),
    ...inEach(
        "was away, and shows none of ours",
        told,
        [rows(0), repair("london", "done"), repair("paris", "done"), passed(5), kept({ "away.rome": "3" })],
        anew,
    ),
    ...inEach(
        "none of ours after half a minute",
        told,
        [rows(0), repair("london", "done"), repair("paris", "done"), passed(30)],
        anew,
    ),
    ...inEach("was away, and shows ours", told, [rows(0), ...allDone, passed(5), kept({ "away.rome": "3" })]),
    ...inEach(
        "blocks that are being copied",
        told,
        [rows(0), facts({ resync: "yes" }), ...allDone, atWork(["rome"], "Block resync worker #1", { state: "busy" })],
        "repair-unfinished: rome: Block resync worker #1 (busy)",
    ),
    ...inEach("blocks that are being copied count only where asked for", told, [
        rows(0),
        ...allDone,
        atWork(["rome"], "Block resync worker #1", { state: "busy" }),
    ]),
    ...inEach("tables are in sync", SERIES, []),
    ...inEach(
        "tables are being synced",
        told,
        [atWork(["rome"], "object sync", { queue: 3 })],
        "repair-unfinished: rome: object sync (idle, queue 3) at work",
    ),
    ...inEach("tables, and a node that was away", told, [passed(5), kept({ "away.rome": "3" })], anew),
    [
        "0.7: tables, by the Merkle queue",
        changed("0.7", queues("rome", { merkle: 3 })),
        "repair-unfinished: rome: Merkle queue 3",
    ],
    [
        "0.7: no answer",
        changed("0.7", silent("rome", "stats", ["queues"])),
        "repair-unfinished: rome: no answer for 0 s",
    ],
    [
        "of no nodes",
        changed("1", (world) => Object.assign(world, { peers: [] })),
        "repair-unfinished!: no nodes were named",
    ],
]);

it("a repair keeps in mind who was away, what was seen, and who is to be told again", () => {
    const world = changed(
        "1",
        rows(0),
        repair("london", "done", "done"),
        repair("paris", "busy"),
        mute,
        passed(9),
        kept({ "most.paris": "2", "away.rome": "4" }),
    );
    assert.deepEqual(verdicts("repaired", [world])[0]!.keep, {
        "away.rome": 4,
        "most.london": 2,
        "most.paris": 2,
        relaunch: "paris",
    });
});

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

judges("drained", [
    ...inEach(
        "one that stays away isn't waited for",
        SERIES,
        [empty, facts({ passed: "400" }), kept({ "away.rome": "100" }), silent("rome", "stats", ["queues"])],
        "drain-timeout!: rome has not answered for 300 s. Bring that host back, and run pulumi up again; is it lost for good, leave it out (without)",
        "drain-timeout: rome: no answer",
    ),
    ...inEach(
        "one that is away for a while is",
        SERIES,
        [empty, facts({ passed: "399" }), kept({ "away.rome": "100" }), silent("rome", "stats", ["queues"])],
        "drain-timeout: rome: no answer",
    ),
    ...inEach("one that has come back counts anew", SERIES, [
        empty,
        good(1),
        facts({ passed: "999" }),
        kept({ "away.rome": "100" }),
    ]),
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

const had = "engine=sled items.bucket=2 items.object=1000000 gone.object=1500 gone.bucket=0";
const counts = (object: number, bucket = 2) =>
    facts({ had, counts: `items.object=${object} items.bucket=${bucket} items.key=5` });
const short = (object: number) => `convert-failed: the table object has ${object} entries, it had 1000000`;

judges("converted", [
    ["all is there", changed("1", counts(1000000))],
    ["what came due in the moment of the stop", changed("1", counts(999999))],
    ["more is missing", changed("1", counts(999998)), short(999998)],
    [
        "nearly all is missing, however much garbage there was",
        changed("1", facts({ had: had.replace("1500", "2000000"), counts: "items.object=1 items.bucket=2" })),
        short(1),
    ],
    [
        "of a short queue nothing may be missing",
        changed("1", counts(1000000, 1)),
        "convert-failed: the table bucket has 1 entries, it had 2",
    ],
    [
        "where the user says so, what the queues held",
        changed("1", counts(998500), facts({ skipChecks: "items-fewer" })),
    ],
    [
        "where the user says so, no more",
        changed("1", counts(998499), facts({ skipChecks: "items-fewer" })),
        short(998499),
    ],
    ["nothing was said", changed("1", facts({ had, counts: "" })), "convert-failed: nothing was said of any table"],
    ["of a table nothing was said", changed("1", facts({ had, counts: "items.bucket=2" })), short(0)],
    ["without figures tables must be spoken of", changed("1", facts({ had: "", counts: "items.bucket=2" }))],
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

    describe("and garbage collection", () => {
        const due = (n: number, taken = "taken 1000") => [
            taken,
            ...noteOf().map((line) => line.replace(/^gc (london|paris|rome) object 0/, `gc $1 object ${n}`)),
        ];
        const has = (object: number, now = "1000", skipChecks = "") =>
            all(
                facts({ now, skipChecks }),
                node("rome", (daemon) => Object.assign(daemon.items!, { object })),
            );
        const says = (object: number, way = "") => [
            `rome has ${object} entries in its table object, it had 1000${way}`,
        ];
        const way = (n: number) =>
            `; garbage collection had ${n} to take away, if so much was deleted a day before, say so: skipChecks items-fewer`;
        const few: [string, string[], Parameters<typeof has>, string[]][] = [
            ["explains nothing where there is none", due(0), [999], says(999)],
            ["explains as much as all nodes' queues held", due(30), [910], []],
            ["explains no more than that", due(30), [909], says(909)],
            ["explains a burst, however long the queues", due(500), [900], []],
            ["explains no more than a burst at once", due(500), [899], says(899, way(1500))],
            ["explains what has come due in twelve hours", due(500), [500, String(1000 + 43200)], []],
            ["never explains more than half a table", due(500), [499, String(1000 + 86400)], says(499, way(1500))],
            [
                "of a note that doesn't say when it was taken explains a burst",
                due(500).slice(1),
                [899, "99999"],
                says(899, way(1500)),
            ],
            ["explains what the queues held where the user says so", due(300), [100, "1000", "items-fewer"], []],
            ["explains no more than that where the user says so", due(300), [99, "1000", "items-fewer"], says(99)],
            ["never explains an empty table", due(500), [0, "1000", "items-fewer"], says(0)],
        ];
        for (const [what, note, [object, now, skip], texts] of few)
            it(what, () => {
                assert.deepEqual(found("1", note, has(object, now, skip)), texts);
            });

        it("needs no explanation where a table was empty and is", () => {
            const note = due(0).map((line) => line.replace("items rome object 1000", "items rome object 0"));
            for (const skip of ["", "items-fewer"]) assert.deepEqual(found("1", note, has(0, "1000", skip)), []);
        });
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

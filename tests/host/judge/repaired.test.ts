import { strict as assert } from "node:assert";
import { atWork, changed, facts, inEach, judges, kept, NAMES, node, SERIES, silent, verdicts } from "./support";

// Repairs that were launched on all nodes.

const told = SERIES.slice(1);
const queues = (name: string, more: object) => node(name, (daemon) => Object.assign(daemon.queues!, more));

const repair = (name: string, ...states: ("busy" | "done" | "idle")[]) =>
    node(name, (daemon) => {
        for (const state of states)
            daemon.workers!.push({ id: 99, state, name: "Block repair worker", queue: 0, errors: 0, consecutive: 0 });
    });
const rows = (n: number) =>
    facts({
        own: "yes",
        ...Object.fromEntries(NAMES.map((name) => [`rows.${name}`, String(n)])),
    });
const scrub = (state: "busy" | "idle") => (name: string) =>
    node(name, (daemon) => {
        daemon.workers!.push({ id: 5, state, name: "Block scrub worker", queue: 0, errors: 0, consecutive: 0 });
    });
const falls = facts({ own: "falls" });
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
    ...inEach("tables are in sync, seen once", SERIES, [], "repair-unfinished: nothing is left, seen once"),
    ...inEach("tables are in sync, seen twice", SERIES, [kept({ good: "1" })]),
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
    ...inEach(
        "of tables others leave no row either: where older rows have gone, so has this one",
        told,
        [kept({ good: "1", "most.rome": "2" }), repair("rome", "done")],
        anew,
    ),
    ...inEach(
        "one that was told again a moment ago",
        told,
        [kept({ good: "1", "told.rome": "8", "rows.rome": "0" }), passed(9)],
        "repair-unfinished: rome: launched again a moment ago",
    ),
    ...inEach("one that was told again, a while ago", told, [
        kept({ good: "1", "told.rome": "7", "rows.rome": "0" }),
        passed(9),
    ]),
    ...inEach(
        "rows that it was told again with are old",
        told,
        [rows(0), ...allDone, kept({ "told.rome": "7", "rows.rome": "1" }), passed(9)],
        "repair-unfinished: rome: not begun",
    ),
    ...inEach(
        "a scrub at work",
        told,
        [
            facts({ own: "scrub" }),
            ...NAMES.map(scrub("idle")),
            atWork(["rome"], "Block scrub worker", { state: "busy" }),
        ],
        "repair-unfinished: rome: scrub at work",
    ),
    ...inEach("a scrub that is done", told, [facts({ own: "scrub" }), ...NAMES.map(scrub("idle"))]),
    ...inEach(
        "a scrub that nobody tells of",
        told,
        [facts({ own: "scrub" }), scrub("idle")("london"), scrub("idle")("paris")],
        "repair-unfinished: rome: doesn't tell about the scrub",
    ),
    [
        "0.7: blocks, seen once",
        changed("0.7", falls, queues("rome", { resync: 4 })),
        "repair-unfinished: 4 blocks wait, and may still be fewer",
    ],
    [
        "0.7: blocks, fewer than before",
        changed("0.7", falls, queues("rome", { resync: 4 }), kept({ sum: "5", good: "2" })),
        "repair-unfinished: 4 blocks wait, and may still be fewer",
    ],
    [
        "0.7: blocks, no fewer for the third time",
        changed("0.7", falls, queues("rome", { resync: 4 }), kept({ sum: "4", good: "2" })),
    ],
    [
        "0.7: blocks, and a node that doesn't tell its queue",
        changed("0.7", falls, kept({ sum: "0", good: "2" }), silent("rome", "stats", ["queues"])),
        "repair-unfinished: rome: no answer for 0 s",
    ],
    [
        "0.7: blocks, and a node that was away",
        changed("0.7", falls, kept({ sum: "0", good: "2", "away.rome": "3" }), passed(5)),
        anew,
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
        "most.paris": 1,
        "rows.paris": 1,
        "told.paris": 9,
        again: 1,
        good: 0,
        relaunch: "paris",
    });
});

it("a repair of tables keeps this node's figures where it has ended, and only where the node tells them", () => {
    const ended = [facts({ figures: "yes" }), kept({ good: "1" })];
    const kepts = verdicts("repaired", [
        changed("1", ...ended),
        changed("1", ...ended, silent("london", "items", ["items"])),
        changed("1", facts({ figures: "yes" })),
        changed("1", kept({ good: "1" })),
    ]).map(({ reasons, keep }) => [reasons.length, keep.figures !== undefined]);
    assert.deepEqual(kepts, [
        [0, true],
        [0, false],
        [1, false],
        [0, false],
    ]);
});

judges("rows", [
    ...inEach("all tell", told, []),
    ...inEach("one doesn't", told, [mute], "repair-not-launched: rome: no answer about workers"),
]);

const corrupt = (name: string, corruptions: number) =>
    node(name, (daemon) => Object.assign(daemon, { scrub: { corruptions } }));
const known = NAMES.map((name) => corrupt(name, 2));
const had = facts(Object.fromEntries(NAMES.map((name) => [`corrupt.${name}`, "2"])));

judges("scrubbed", [
    ...inEach("known of all", told, known),
    ...inEach("not known of one", told, known.slice(1), "scrub-corruptions: london: no answer about corrupt blocks"),
    ...inEach("no more than before", told, [had, ...known]),
    ...inEach(
        "more than before",
        told,
        [had, ...known, corrupt("rome", 3)],
        "scrub-corruptions: rome: 3 corrupt blocks, before 2",
    ),
]);

it("what was there before a repair is told", () => {
    assert.deepEqual(verdicts("rows", [changed("1", repair("paris", "done"))])[0]!.keep, {
        "rows.london": 0,
        "rows.paris": 1,
        "rows.rome": 0,
    });
    assert.deepEqual(verdicts("scrubbed", [changed("1", ...known)])[0]!.keep, {
        "corrupt.london": 2,
        "corrupt.paris": 2,
        "corrupt.rome": 2,
    });
});

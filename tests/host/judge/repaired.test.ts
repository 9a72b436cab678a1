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

import { strict as assert } from "node:assert";
import { changed, facts, inEach, judges, NAMES, node, type Row, SERIES, silent, verdicts, type World } from "./support";

// Blocks, where a node comes in place of another.

const queue = (name: string, resync: number, resyncErrors = 0, needed = resyncErrors) =>
    node(name, (daemon) => {
        Object.assign(daemon.queues!, { resync, resyncErrors });
        if (daemon.blockErrors) daemon.blockErrors = { needed, unneeded: resyncErrors - needed };
    });
const first = facts({ passed: "0", patience: "640" });
const later = facts({ passed: "640", patience: "640" });
const copies = (name: string) => node(name, (daemon) => Object.assign(daemon.workers![0]!, { state: "busy" }));
const told = SERIES.slice(1);
const twice = (worlds: Row[]): Row[] =>
    worlds.map(([what, world, ...reasons]) => [what, Object.assign(world, { kept: { good: "1" } }), ...reasons]);

judges("blocks", [
    ...inEach("no block waits, seen once", SERIES, [first], "blocks-missing: no block waits, seen once"),
    ...twice(inEach("no block waits, seen twice", SERIES, [first])),
    ...twice(
        inEach(
            "a block waits again",
            SERIES,
            [first, queue("rome", 1)],
            "blocks-missing: rome: 1 blocks wait, 0 with errors",
        ),
    ),
    ...inEach(
        "blocks wait",
        SERIES,
        [first, queue("paris", 4), queue("rome", 2, 1)],
        "blocks-missing: paris: 4 blocks wait, 0 with errors, rome: 2 blocks wait, 1 with errors",
    ),
    ...inEach("no answer", SERIES, [first, silent("rome", "stats", ["queues"])], "blocks-missing: rome: no answer"),
    ...inEach("blocks wait for their time, long enough looked at", told, [later, queue("rome", 9)]),
    ...inEach(
        "some are being copied",
        told,
        [later, queue("rome", 9), copies("paris")],
        "blocks-missing: paris: copies blocks",
    ),
    ...inEach(
        "some that are needed have failed",
        told,
        [later, queue("rome", 9, 2, 1)],
        "blocks-missing: rome: 1 blocks with resync errors",
    ),
    ...inEach("some that nobody needs have failed", told, [later, queue("rome", 9, 2, 0)]),
    ...inEach(
        "nothing told about workers",
        told,
        [later, queue("rome", 9), silent("rome", "workers", ["workers"])],
        "blocks-missing: rome: doesn't tell whether blocks are being copied",
    ),
    [
        "0.7 doesn't tell for what they wait",
        changed("0.7", later, queue("rome", 9)),
        `blocks-missing: ${NAMES.map((name) => `${name}: blocks wait, and 0.7 doesn't tell for what: keep clients off for two minutes, after a deletion eleven`).join(", ")}`,
    ],
]);

const gateway = (name: string) => (world: World) =>
    Object.assign(world.peers.find((peer) => peer.name === name)!, { role: "gateway" });

judges("blocks", [
    ...twice(
        inEach("a gateway holds no blocks, and isn't asked", SERIES, [
            first,
            gateway("rome"),
            silent("rome", "stats", ["queues"]),
        ]),
    ),
    ...inEach("nor is it waited for", told, [
        later,
        gateway("rome"),
        queue("paris", 1),
        silent("rome", "workers", ["workers"]),
    ]),
]);

const moved = facts({ boundaries: "2.5.0" });
const runs = (name: string, release: string) => node(name, (daemon) => Object.assign(daemon, { release }));
const repaired = (name: string, state: "done" | "busy") =>
    node(name, (daemon) =>
        daemon.workers!.push({ id: 9, state, name: "Block repair worker", queue: 0, errors: 0, consecutive: 0 }),
    );
const hides = (name: string, boundary = "2.5.0") =>
    `blocks-missing: ${name}: may not show which blocks it lacks, if it ever ran ${boundary}`;

judges("paid", [
    ["it is done", changed("2", repaired("london", "done"))],
    [
        "another node's is none of it",
        changed("2", repaired("rome", "done")),
        "blocks-missing: repair blocks has not begun",
    ],
    ["it is at work", changed("2", repaired("london", "busy")), "blocks-missing: repair blocks is at work"],
    ["it is done, and another one at work", changed("2", repaired("london", "done"), repaired("london", "busy"))],
    [
        "no list of workers",
        changed("2", silent("london", "workers", ["workers"])),
        "blocks-missing: no answer about workers",
    ],
    [
        "by metadata that nothing is known of: that would delete them all",
        changed(
            "2",
            node("london", (daemon) => Object.assign(daemon.items!, { block_ref: 0 })),
        ),
        "blocks-missing!: nothing was compared, and its table block_ref has 0 entries",
    ],
    [
        "by metadata that can't be counted",
        changed("2", silent("london", "items", ["items"])),
        "blocks-missing!: nothing was compared, and its table block_ref has no entries",
    ],
    [
        "by metadata that were compared",
        changed("2", facts({ compared: "yes" }), repaired("london", "done"), silent("london", "items", ["items"])),
    ],
]);

it("who isn't at its repair is to begin, but for one that nothing is known of", () => {
    const worlds = [
        changed("2"),
        changed("2", repaired("london", "busy")),
        changed("2", silent("london", "workers", ["workers"])),
        changed("2", silent("london", "items", ["items"])),
    ];
    assert.deepEqual(
        verdicts("paid", worlds).map(({ keep }) => keep.relaunch),
        ["london", "", "", ""],
    );
});

judges("shows-blocks", [
    [
        "one that is built by hand is below all the same",
        changed("2", moved, runs("rome", "2.4.9-mine.1")),
        hides("rome"),
    ],
    ["all are where the queue is", changed("2", moved)],
    ["one is below", changed("2", moved, runs("rome", "2.4.9")), hides("rome")],
    [
        "one is below by a number of two digits",
        changed(
            "2",
            facts({ boundaries: "2.10.0" }),
            runs("london", "2.10.0"),
            runs("paris", "2.11.0"),
            runs("rome", "2.9.9"),
        ),
        hides("rome", "2.10.0"),
    ],
    ["one is below and has repaired", changed("2", moved, runs("rome", "2.4.0"), repaired("rome", "done"))],
    ["one is below and is at it", changed("2", moved, runs("rome", "2.4.0"), repaired("rome", "busy")), hides("rome")],
    ["an older series never ran it", changed("1", moved)],
    ["no boundary is known", changed("2", runs("rome", "2.4.0"))],
    [
        "this node owes it by its ledger",
        changed("2", facts({ debt: "2.5.0" }), runs("london", "2.4.0")),
        hides("london"),
    ],
    ["another node's debts aren't this one's", changed("2", facts({ debt: "2.5.0" }), runs("rome", "2.4.0"))],
    [
        "one doesn't say what it runs",
        changed("2", moved, silent("rome", "stats", ["release"], "does not answer within 20 s")),
        "blocks-missing: rome: does not answer within 20 s",
    ],
]);

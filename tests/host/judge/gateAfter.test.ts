import { strict as assert } from "node:assert";
import { errors, told, VIEWS } from "./roll";
import {
    type Change,
    changed,
    facts,
    healthy,
    inEach,
    judges,
    node,
    own,
    type Row,
    SERIES,
    silent,
    verdicts,
} from "./support";

// What must hold when it has started again.

const figures =
    "engine=lmdb merkle=0 resync_errors=0 insert=0 items.bucket=2 items.key=3 items.object=1000 items.version=900 items.block_ref=5000 gone.object=10";
const runs =
    (more: Record<string, string> = {}): Change =>
    (world) =>
        Object.assign(world.facts, {
            release: world.nodes.london!.release,
            engine: world.nodes.london!.engine,
            ...more,
        });
const now = (more: Record<string, number>) => own((daemon) => Object.assign(daemon.items!, more));
const proven = runs({ before: figures, items: "yes" });

judges("gate-after", [
    ...VIEWS("gate-failed").map(([what, world, ...reasons]): Row => {
        runs()(world);
        return [what, world, ...reasons];
    }),
    ...inEach("all is as before", SERIES, [proven]),
    ...inEach("another release answers", SERIES, [proven, facts({ release: "9.9.9" })]).map(
        ([what, world]): Row => [what, world, `gate-failed: it says it is ${world.nodes.london!.release}, not 9.9.9`],
    ),
    ...inEach("another engine answers", SERIES, [proven, facts({ engine: "sqlite" })]).map(
        ([what, world]): Row => [what, world, `gate-failed: its engine is ${world.nodes.london!.engine}, not sqlite`],
    ),
    ...inEach(
        "it doesn't tell its figures",
        SERIES,
        [
            proven,
            facts({ items: "" }),
            silent("london", "stats", ["release", "engine", "queues"], "does not answer within 20 s"),
        ],
        "gate-failed: asked for its figures, the daemon says: does not answer within 20 s",
    ),
    ...inEach(
        "partitions lack copies",
        told,
        [proven, own((daemon) => Object.assign(daemon.partitions!, { ok: 9 }))],
        "gate-failed: not every partition has all its copies (partitions 9/256)",
    ),
    ...inEach(
        "fewer entries",
        SERIES,
        [proven, now({ object: 989 })],
        "gate-failed: table object has 989 entries, it had 1000",
    ),
    ...inEach("as many as garbage collection may take", SERIES, [proven, now({ object: 990 })]),
    ...inEach("more entries", SERIES, [proven, now({ object: 2000, key: 4 })]),
    ...inEach(
        "an empty table",
        SERIES,
        [proven, now({ bucket: 0 })],
        "gate-failed: table bucket has 0 entries, it had 2",
    ),
    ...inEach(
        "an empty table, however much garbage there was",
        SERIES,
        [runs({ before: `${figures} gone.bucket=100`, items: "yes" }), now({ bucket: 0 })],
        "gate-failed: table bucket has 0 entries, it had 2",
    ),
    ...inEach(
        "uncounted tables",
        SERIES,
        [proven, silent("london", "items", ["items"], "does not answer within 600 s")],
        "gate-failed: its tables can't be counted: does not answer within 600 s",
    ),
    ...inEach("tables that are compared elsewhere", SERIES, [proven, facts({ items: "" }), now({ object: 0 })]),
    ...inEach("a Merkle queue of some", SERIES, [
        proven,
        own((daemon) => Object.assign(daemon.queues!, { merkle: 100 })),
    ]),
    ...inEach(
        "a Merkle queue that grew",
        SERIES,
        [proven, own((daemon) => Object.assign(daemon.queues!, { merkle: 101 }))],
        "gate-failed: merkle is 101, before it was at most 100",
    ),
    ...inEach(
        "an insert queue that grew",
        told,
        [proven, own((daemon) => Object.assign(daemon.queues!, { insert: 333 }))],
        "gate-failed: insert is 333, before it was at most 100",
    ),
    ...inEach(
        "new errors of blocks",
        SERIES,
        [proven, errors("london", 1, 1)],
        "gate-failed: resync_errors is 1, before it was at most 0",
    ),
    ...inEach("new errors of blocks that nobody needs", told, [proven, errors("london", 1, 0)]),
    ...inEach("no more errors than before", SERIES, [
        runs({ before: figures.replace("errors=0", "errors=2") }),
        errors("london", 2, 2),
    ]),
    ...inEach("nothing to compare with", SERIES, [runs({ items: "yes" }), now({ object: 0 }), errors("london", 1, 1)]),
]);

judges("counted", [
    ...inEach("all is there", SERIES, [facts({ before: figures })]),
    ...inEach(
        "fewer",
        SERIES,
        [facts({ before: figures }), now({ version: 1 })],
        "gate-failed: table version has 1 entries, it had 900",
    ),
    ...inEach(
        "not told in time",
        SERIES,
        [facts({ before: figures }), silent("london", "items", ["items"], "does not answer within 600 s")],
        "gate-failed: its tables can't be counted: does not answer within 600 s",
    ),
    ...inEach("nothing to compare with", SERIES, [silent("london", "items", ["items"])]),
]);

describe("figures", () => {
    it("are words that a ledger keeps, with what garbage collection of all nodes may take", () => {
        const world = changed(
            "1",
            node("rome", (daemon) => Object.assign(daemon.queues!.gc, { object: 7 })),
            own((daemon) => Object.assign(daemon.queues!.gc, { object: 3 })),
        );
        const { reasons, keep } = verdicts("figures", [world])[0]!;
        assert.deepEqual(reasons, []);
        for (const word of [
            "engine=lmdb",
            "merkle=0",
            "insert=0",
            "resync_errors=0",
            "items.object=1000",
            "gone.object=10",
            "gone.key=0",
        ])
            assert.ok(String(keep.figures).split(" ").includes(word), `${word} in ${keep.figures}`);
    });

    it("that aren't told stop the roll", () => {
        const worlds = [
            changed("1", silent("london", "stats", ["queues"], "does not answer within 20 s")),
            changed("0.9", silent("london", "items", ["items"], "does not answer within 600 s")),
        ];
        assert.deepEqual(
            verdicts("figures", worlds).map((each) => each.reasons.map((reason) => reason.text)),
            [
                ["this node doesn't tell its figures (does not answer within 20 s)"],
                ["this node doesn't tell its figures (does not answer within 600 s)"],
            ],
        );
    });

    it("of one roll are what the next look is compared with", () => {
        const { keep } = verdicts("figures", [healthy()])[0]!;
        const again = changed("1", runs({ before: String(keep.figures), items: "yes" }));
        assert.deepEqual(verdicts("gate-after", [again])[0]!.reasons, []);
    });
});

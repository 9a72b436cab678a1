import { strict as assert } from "node:assert";
import {
    atWork,
    type Change,
    changed,
    facts,
    healthy,
    idOf,
    inEach,
    judges,
    left,
    NAMES,
    node,
    own,
    type Row,
    SERIES,
    silent,
    verdicts,
} from "./support";

// What must hold before a node is stopped, and after it has started again: by the document alone.

const told = SERIES.slice(1);
const late = SERIES.slice(3);
const unseen = (by: string, whom: string): Change =>
    node(by, (daemon) => {
        daemon.answersThrough = daemon.answersThrough!.filter((id) => id !== idOf(whom).slice(0, 16));
    });
const without = "without leaves out";

const VIEWS = (id: string): Row[] => [
    ...inEach("all see all", SERIES, []),
    ...inEach(
        "one doesn't reach another",
        SERIES,
        [unseen("rome", "paris")],
        `${id}: not every node sees every node (rome sees 2 of 3)`,
    ),
    ...inEach(
        "one that is HEALTHY in status and answers nobody isn't seen",
        SERIES,
        [unseen("paris", "rome"), unseen("london", "rome")],
        `${id}: not every node sees every node (london sees 2 of 3, paris sees 2 of 3)`,
    ),
    ...inEach(
        "one is silent",
        SERIES,
        [silent("rome", "status", ["sees"])],
        `${id}: not every node sees every node (rome doesn't answer)`,
    ),
    ...inEach(
        "one takes too long",
        SERIES,
        [silent("rome", "status", ["sees"], "does not answer within 20 s")],
        `${id}: not every node sees every node (rome does not answer within 20 s)`,
    ),
    ...inEach(
        "one talks nonsense",
        SERIES,
        [silent("rome", "status", ["sees"], "answers what isn't understood")],
        `${id}: not every node sees every node (rome answers what isn't understood)`,
    ),
    ...inEach(
        "one has no document",
        SERIES,
        [(world) => Object.assign(world.nodes, { rome: null })],
        `${id}: not every node sees every node (rome doesn't answer)`,
    ),
    ...inEach(
        "nobody answers through one: it reaches itself",
        SERIES,
        [node("rome", (daemon) => Object.assign(daemon, { answersThrough: [] }))],
        `${id}: not every node sees every node (rome sees 1 of 3)`,
    ),
    ...inEach("one without a role needn't answer", SERIES, [
        unseen("paris", "rome"),
        node("paris", (daemon) => Object.assign(daemon.sees![2]!, { role: false })),
    ]),
    ...inEach("one that is left out needn't be seen", SERIES, [unseen("paris", "rome"), left("rome")]),
];

judges("views", [
    ...VIEWS("views-incomplete"),
    [
        "0.7: with a node left out status has to do",
        changed(
            "0.7",
            left("rome"),
            node("paris", (daemon) => Object.assign(daemon, { answersThrough: [] })),
        ),
    ],
    [
        "0.8: with a node left out too each must answer",
        changed(
            "0.8",
            left("rome"),
            node("paris", (daemon) => Object.assign(daemon, { answersThrough: [] })),
        ),
        "views-incomplete: not every node sees every node (paris sees 1 of 2)",
    ],
    [
        "of no nodes nothing is true",
        changed("1", (world) => Object.assign(world, { peers: [] })),
        "views-incomplete!: no nodes were named",
    ],
    [
        "of nodes that are all left out nothing is true",
        changed("1", left("london"), left("paris"), left("rome")),
        "views-incomplete!: no nodes were named",
    ],
]);

const before = facts({ free: "1000" });
const staged = own((daemon) => Object.assign(daemon.layout!, { staged: true }));
const unsettled = own((daemon) =>
    daemon.layout!.live?.push({ version: 3, status: "draining", storage: 3, gateways: 0 }),
);
const errors = (name: string, resyncErrors: number, needed: number) =>
    node(name, (daemon) => {
        Object.assign(daemon.queues!, { resyncErrors });
        if (daemon.blockErrors) daemon.blockErrors = { needed, unneeded: resyncErrors - needed };
    });
const skip = (ids: string) => facts({ skipChecks: ids });
const UNSETTLED = "layout-unsettled: the layout's history can't be read";

judges("gate-before", [
    ...VIEWS("peers-unhealthy").map(([what, world, ...reasons]): Row => {
        before(world);
        // Reasons stand in the order of their weight: this one only follows.
        const follows =
            world.nodes.rome === null
                ? [`sync-busy: rome: no answer${world.series === "0.7" ? "" : " about workers"}`]
                : [];
        return [what, world, ...reasons, ...follows];
    }),
    ...inEach(
        "too many are left out",
        SERIES,
        [before, left("rome"), left("paris")],
        `without-quorum!: ${without} 2 storage nodes; with replicationFactor 3 only 1 may be missing, or partitions lose their write quorum`,
    ),
    ...inEach(
        "with two copies none may be left out",
        SERIES,
        [before, left("rome"), facts({ factor: "2" })],
        `without-quorum!: ${without} 1 storage nodes; with replicationFactor 2 only 0 may be missing, or partitions lose their write quorum`,
    ),
    ...inEach("a gateway may be left out", SERIES, [before, left("rome", "gateway"), facts({ factor: "1" })]),
    ...inEach(
        "no layout",
        SERIES,
        [before, own((daemon) => Object.assign(daemon.layout!, { version: 0 }))],
        "layout-missing!: no layout is applied",
    ),
    ...inEach(
        "an unreadable layout",
        SERIES,
        [before, silent("london", "layout", ["layout"], "answers what isn't understood")],
        "layout-unknown: the layout can't be read (answers what isn't understood)",
    ).map(
        ([what, world, ...reasons]): Row => [
            what,
            world,
            ...reasons,
            ...(world.series >= "1"
                ? ["layout-unsettled: whether a change of the layout is under way isn't told (no answer)"]
                : []),
        ],
    ),
    ...inEach(
        "staged changes",
        SERIES,
        [before, staged],
        "layout-staged!: changes of the layout are staged and not applied",
    ),
    ...inEach("staged changes, waived", SERIES, [before, staged, skip("layout-staged")]),
    ...inEach(
        "staged changes, with other waivers",
        SERIES,
        [before, staged, skip("layout-unsettled, free-disk")],
        "layout-staged!: changes of the layout are staged and not applied",
    ),
    ...inEach("a layout under way", late, [before, unsettled], UNSETTLED),
    ...inEach("a layout under way, waived", late, [before, unsettled, skip("journal-warnings layout-unsettled")]),
    ...inEach(
        "partitions without all copies",
        told,
        [before, own((daemon) => Object.assign(daemon.partitions!, { ok: 255 }))],
        "partitions: not every partition has all its copies (partitions 255/256)",
    ),
    ...inEach(
        "partitions are never waived",
        told,
        [
            before,
            own((daemon) => Object.assign(daemon.partitions!, { ok: 255 })),
            skip("partitions sync-busy resync-errors peers-unhealthy"),
        ],
        "partitions: not every partition has all its copies (partitions 255/256)",
    ),
    ...inEach(
        "a waiver hides nothing behind it",
        told,
        [before, staged, skip("layout-staged"), own((daemon) => Object.assign(daemon.partitions!, { ok: 255 }))],
        "partitions: not every partition has all its copies (partitions 255/256)",
    ),
    ...inEach(
        "partitions of a layout without a quorum",
        told,
        [before, own((daemon) => Object.assign(daemon.partitions!, { quorum: 0 }))],
        "partitions: not every partition has all its copies (partitions 256/256)",
    ),
    ...inEach(
        "no partitions at all",
        told,
        [before, own((daemon) => Object.assign(daemon, { partitions: { all: 0, ok: 0, quorum: 0 } }))],
        "partitions: not every partition has all its copies (partitions 0/0)",
    ),
    ...inEach(
        "no answer about partitions",
        told,
        [before, silent("london", "health", ["partitions"])],
        "partitions: not every partition has all its copies (no answer about partitions)",
    ),
    ...inEach("with a node left out the quorum counts", told, [
        before,
        left("rome"),
        own((daemon) => Object.assign(daemon.partitions!, { ok: 0 })),
    ]),
    ...inEach(
        "a gateway that is left out excuses no missing copy",
        told,
        [before, left("rome", "gateway"), own((daemon) => Object.assign(daemon.partitions!, { ok: 0 }))],
        "partitions: not every partition has all its copies (partitions 0/256)",
    ),
    ...inEach(
        "with a node left out the quorum must be whole",
        told,
        [before, left("rome"), own((daemon) => Object.assign(daemon.partitions!, { ok: 0, quorum: 250 }))],
        "partitions: not every partition has all its copies (partitions 250/256)",
    ),
    ...inEach(
        "tables at work",
        told,
        [before, atWork(["rome"], "object sync", { state: "busy" })],
        "sync-busy: rome: object sync (busy, queue 0) at work",
    ),
    ...inEach(
        "tables that wait",
        told,
        [before, atWork(["rome", "paris"], "object sync", { queue: 7 })],
        "sync-busy: paris: object sync (idle, queue 7) at work, rome: object sync (idle, queue 7) at work",
    ),
    ...inEach("other workers at work", told, [before, atWork(NAMES, "object Merkle", { state: "busy", queue: 9 })]),
    ...inEach(
        "no answer about workers",
        told,
        [before, silent("rome", "workers", ["workers"], "does not answer within 20 s")],
        "sync-busy: rome: does not answer within 20 s about workers",
    ),
    [
        "0.7: a Merkle queue",
        changed(
            "0.7",
            before,
            node("rome", (daemon) => Object.assign(daemon.queues!, { merkle: 3 })),
        ),
        "sync-busy: rome: Merkle queue 3",
    ],
    ...inEach("errors of blocks, on the way", SERIES, [before, errors("rome", 2, 2)]),
    ...inEach(
        "errors of blocks, before the first node",
        SERIES,
        [before, facts({ canary: "yes" }), errors("rome", 2, 2)],
        "resync-errors: rome: 2 blocks with resync errors",
    ),
    ...inEach("blocks that nobody needs", told, [before, facts({ canary: "yes" }), errors("rome", 2, 0)]),
    [
        "0.7: doesn't tell them apart",
        changed("0.7", before, facts({ canary: "yes" }), errors("rome", 2, 0)),
        "resync-errors: rome: 2 blocks with resync errors",
    ],
    ...inEach(
        "some are needed",
        told,
        [before, facts({ canary: "yes" }), errors("rome", 2, 1)],
        "resync-errors: rome: 1 blocks with resync errors",
    ),
    ...inEach(
        "a list of errors that isn't told counts them all",
        told,
        [before, facts({ canary: "yes" }), errors("rome", 2, 0), silent("rome", "errors", ["blockErrors"])],
        "resync-errors: rome: 2 blocks with resync errors",
    ),
    ...inEach(
        "little room",
        SERIES,
        [facts({ free: "63" })],
        "free-disk!: less than 64 MiB are free where the metadata lie",
    ),
    ...inEach("little room, waived", SERIES, [facts({ free: "0", skipChecks: "free-disk" })]),
    ...inEach("of a node that is down only the others count", SERIES, [
        before,
        facts({ except: "london" }),
        staged,
        unsettled,
        unseen("paris", "london"),
        unseen("rome", "london"),
        (world) => Object.assign(world.nodes, { london: null }),
    ]),
    ...inEach(
        "the others must see each other",
        SERIES.slice(1),
        [before, facts({ except: "london" }), unseen("paris", "rome")],
        "peers-unhealthy: not every node sees every node (paris sees 1 of 2)",
    ),
    [
        "0.7: while a node is down status has to do",
        changed(
            "0.7",
            before,
            facts({ except: "london" }),
            node("paris", (daemon) => Object.assign(daemon, { answersThrough: [] })),
        ),
    ],
]);

describe("gate-before of a single node", () => {
    const alone = healthy("1", ["london"]);
    before(alone);
    const down = structuredClone(alone);
    Object.assign(down, { facts: { free: "100", except: "london" }, nodes: { london: null } });

    it("needs nobody else", () => {
        assert.deepEqual(
            verdicts("gate-before", [alone, down]).map((each) => each.reasons),
            [[], []],
        );
    });
});

it("a reason that one node alone gives says which", () => {
    const worlds = [
        changed("1", before, unseen("rome", "paris")),
        changed("1", before, unseen("rome", "paris"), unseen("paris", "rome")),
        changed("1", before, atWork(["paris"], "object sync", { queue: 1 })),
        changed("1", before, atWork(NAMES, "object sync", { queue: 1 })),
    ];
    assert.deepEqual(
        verdicts("gate-before", worlds).map((each) => each.reasons.map((reason) => reason.node)),
        [["rome"], [undefined], ["paris"], [undefined]],
    );
});

it("gate-before says what was waived", () => {
    const [verdict] = verdicts("gate-before", [changed("1", before, staged, skip("layout-staged"))]);
    assert.deepEqual(
        verdict!.waived.map((each) => each.id),
        ["layout-staged"],
    );
    assert.equal(verdict!.seen, "seen by 3 of 3");
});

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

import { strict as assert } from "node:assert";
import { errors, late, told, unseen, VIEWS } from "./roll";
import {
    atWork,
    changed,
    facts,
    healthy,
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

// What must hold before a node is stopped.

const before = facts({ free: "1000" });
const staged = own((daemon) => Object.assign(daemon.layout!, { staged: true }));
const unsettled = own((daemon) =>
    daemon.layout!.live?.push({ version: 3, status: "draining", storage: 3, gateways: 0 }),
);
const skip = (ids: string) => facts({ skipChecks: ids });
const without = "without leaves out";
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
        "a layout of which half is told",
        SERIES,
        [before, own((daemon) => Object.assign(daemon.layout!, { staged: undefined }))],
        "layout-unknown: the layout can't be read (no answer)",
    ),
    ...inEach(
        "a layout of which the other half is told",
        SERIES,
        [before, own((daemon) => Object.assign(daemon.layout!, { version: undefined }))],
        "layout-unknown: the layout can't be read (no answer)",
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
    ...inEach(
        "several tables of one node",
        told,
        [
            before,
            node("rome", (daemon) =>
                daemon.workers!.push(
                    { ...daemon.workers![1]!, name: "key sync", queue: 2 },
                    { ...daemon.workers![1]!, name: "version sync", queue: 1 },
                ),
            ),
        ],
        "sync-busy: rome: key sync (idle, queue 2) and 1 more at work",
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
    ...inEach("a list of errors that is older than their number", told, [
        before,
        facts({ canary: "yes" }),
        node("rome", (daemon) => Object.assign(daemon, { blockErrors: { needed: 1, unneeded: 0 } })),
    ]),
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

judges("gate-before", [
    ...inEach(
        "a dead node isn't waited for",
        SERIES.slice(1),
        [before, facts({ passed: "15" }), kept({ blind: "0" }), unseen("rome", "paris")],
        "peers-unhealthy!: not every node sees every node (rome sees 2 of 3)",
    ),
    ...inEach(
        "an answer that is missed once, late, is waited for",
        SERIES.slice(1),
        [before, facts({ passed: "90" }), unseen("rome", "paris")],
        "peers-unhealthy: not every node sees every node (rome sees 2 of 3)",
    ),
    ...inEach(
        "and counts from there",
        SERIES.slice(1),
        [before, facts({ passed: "104" }), kept({ blind: "90" }), unseen("rome", "paris")],
        "peers-unhealthy: not every node sees every node (rome sees 2 of 3)",
    ),
    ...inEach("figures that are told", SERIES, [before, facts({ figures: "yes" })]),
    ...inEach(
        "figures that aren't",
        SERIES,
        [before, facts({ figures: "yes" }), silent("london", "items", ["items"], "does not answer within 600 s")],
        "facts-unknown: this node doesn't tell its figures (does not answer within 600 s)",
    ),
]);

describe("gate-before of a single node", () => {
    const alone = healthy("1", ["london"]);
    before(alone);
    const down = structuredClone(alone);
    Object.assign(down, { facts: { passed: "0", free: "100", except: "london" }, nodes: { london: null } });

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

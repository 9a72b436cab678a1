import { strict as assert } from "node:assert";
import {
    changed,
    type Daemon,
    facts,
    idOf,
    inEach,
    judges,
    NAMES,
    node,
    own,
    SERIES,
    silent,
    verdicts,
} from "./support";

// Layouts, and blocks where a node comes in place of another.

const late = SERIES.slice(3);
type Layout = NonNullable<Daemon["layout"]>;
const history = (live: [number, number, number?][], trackers: [string, number, number, number][]) =>
    own((daemon) =>
        Object.assign(daemon.layout!, {
            version: live[0]![0],
            live: live.map(([version, storage, gateways = 0]) => ({ version, status: "x", storage, gateways })),
            trackers: trackers.map(([name, ack, sync, syncAck]) => ({
                id: idOf(name).slice(0, 16),
                ack,
                sync,
                syncAck,
            })),
        } satisfies Partial<Layout>),
    );
const behind = (newest: number, name: string, ack: number, sync: number, more = 0) =>
    `layout-unsettled: layout ${newest} is not everywhere yet: ${idOf(name).slice(0, 16)} (ack ${ack}, sync ${sync})${more ? ` and ${more} more` : ""} behind`;

judges("layout-settled", [
    ...inEach("one live version", SERIES, []),
    ...inEach("up to 0.9 a layout has one version", SERIES.slice(0, 3), [silent("london", "history", [])]),
    ...inEach(
        "nothing told",
        late,
        [silent("london", "history", []), own((daemon) => Object.assign(daemon.layout!, { live: undefined }))],
        "layout-unsettled: whether a change of the layout is under way isn't told (no answer)",
    ),
    ...inEach(
        "nobody has synced",
        late,
        [
            history(
                [
                    [5, 3],
                    [4, 3],
                ],
                NAMES.map((name) => [name, 5, 4, 4]),
            ),
        ],
        behind(5, "london", 5, 4, 2),
    ),
    ...inEach(
        "one hasn't acknowledged",
        late,
        [
            history(
                [
                    [5, 3],
                    [4, 3],
                ],
                [
                    ["london", 5, 5, 4],
                    ["paris", 4, 4, 4],
                    ["rome", 5, 5, 4],
                ],
            ),
        ],
        behind(5, "paris", 4, 4),
    ),
    ...inEach(
        "one hasn't synced",
        late,
        [
            history(
                [
                    [5, 3],
                    [4, 3],
                ],
                [
                    ["london", 5, 5, 4],
                    ["paris", 5, 5, 4],
                    ["rome", 5, 4, 4],
                ],
            ),
        ],
        behind(5, "rome", 5, 4),
    ),
    ...inEach(
        "over three versions the newest counts",
        late,
        [
            history(
                [
                    [6, 3],
                    [5, 3],
                    [4, 3],
                ],
                NAMES.map((name) => [name, 6, 5, 4]),
            ),
        ],
        behind(6, "london", 6, 5, 2),
    ),
    ...inEach("all have sent what they hold: only bookkeeping trails", late, [
        history(
            [
                [5, 3],
                [4, 3],
            ],
            NAMES.map((name) => [name, 5, 5, 4]),
        ),
    ]),
    // Garage never ends the old version there (seen on 1.2.0, 1.3.0, 2.5.0).
    ...inEach("one node is all there is, and has synced", late, [
        history(
            [
                [4, 1],
                [3, 1],
                [2, 1],
                [1, 1],
            ],
            [["london", 4, 4, 1]],
        ),
    ]),
    ...inEach(
        "one node that still syncs",
        late,
        [
            history(
                [
                    [2, 1],
                    [1, 1],
                ],
                [["london", 2, 1, 1]],
            ),
        ],
        behind(2, "london", 2, 1),
    ),
    ...inEach(
        "one node that moves all data to another",
        late,
        [
            history(
                [
                    [2, 1],
                    [1, 1],
                ],
                [
                    ["london", 2, 1, 1],
                    ["paris", 2, 2, 1],
                ],
            ),
        ],
        behind(2, "london", 2, 1),
    ),
    ...inEach(
        "no trackers",
        late,
        [
            history(
                [
                    [2, 1],
                    [1, 1],
                ],
                [],
            ),
        ],
        "layout-unsettled: the layout's history can't be read",
    ),
]);

const version = (name: string, at: number | undefined) =>
    node(name, (daemon) => Object.assign(daemon.layout!, { version: at }));

judges("layout-spread", [
    ...inEach("all have this node's layout", SERIES, []),
    ...inEach("older ones are on the way", SERIES, [version("rome", 3)]),
    ...inEach("a newer one elsewhere", SERIES, [version("rome", 5)], "layout-unknown: rome: has layout 5, this node 4"),
    ...inEach(
        "no answer",
        SERIES,
        [silent("rome", "layout", ["layout"], "does not answer within 20 s")],
        "layout-unknown: rome: does not answer within 20 s",
    ),
    ...inEach(
        "this node doesn't know its own",
        SERIES,
        [silent("london", "layout", ["layout"])],
        "layout-unknown: the layout can't be read (no answer)",
    ),
    ...inEach("a new one is known everywhere", SERIES, [facts({ least: "4" })]),
    ...inEach(
        "a new one isn't known everywhere",
        SERIES,
        [facts({ least: "4" }), version("rome", 3), version("paris", 0)],
        "layout-not-spread: paris: still at layout 0, rome: still at layout 3",
    ),
    ...inEach(
        "who doesn't answer hasn't got it",
        SERIES,
        [facts({ least: "4" }), silent("rome", "layout", ["layout"])],
        "layout-not-spread: rome: no answer",
    ),
]);

const UNREAD = "layout-unknown: the layout can't be read (no answer)";
for (const judge of ["layout", "layout-spread"])
    judges(judge, [
        ...inEach("told in full", SERIES, []),
        ...inEach("no version", SERIES, [version("london", undefined)], UNREAD),
        ...inEach("no roles", SERIES, [own((daemon) => Object.assign(daemon.layout!, { roles: undefined }))], UNREAD),
        ...inEach(
            "whether anything is staged isn't told",
            SERIES,
            [own((daemon) => Object.assign(daemon.layout!, { staged: undefined }))],
            UNREAD,
        ),
    ]);

it("the layout is told as rows that can be compared", () => {
    const role = (id: string, capacity: number | null, tags: string[]) => ({
        id: id.repeat(64),
        zone: "z1",
        capacity,
        tags,
    });
    const world = changed(
        "1",
        own((daemon) =>
            Object.assign(daemon.layout!, {
                staged: true,
                roles: [
                    role("b", 1234567890123456, ["node=x", "a,c", "B"]),
                    role("a", null, []),
                    role("c", 1e16, ["node=y"]),
                ],
                changes: [{ id: "d".repeat(64), removed: true }, role("a", 1000000000000, ["node=z"])],
            }),
        ),
    );
    for (const judge of ["layout", "layout-spread"]) {
        const { keep, note } = verdicts(judge, [world])[0]!;
        assert.deepEqual(keep, { version: 4, staged: "yes" });
        assert.deepEqual(note, [
            "change aaaaaaaaaaaaaaaa z1 1000000000000 node=z",
            "change dddddddddddddddd removed",
            "role aaaaaaaaaaaaaaaa z1 gateway ",
            "role bbbbbbbbbbbbbbbb z1 1234567890123456 B,a,c,node=x",
            "role cccccccccccccccc z1 10000000000000000 node=y",
        ]);
    }
});

judges("layout-history", [
    ...inEach("one version", late, []),
    ...inEach(
        "nothing told",
        late,
        [own((daemon) => Object.assign(daemon.layout!, { live: undefined }))],
        "layout-unknown: the layout's history can't be read (no answer)",
    ),
    ...inEach(
        "two versions, and not how far the nodes are",
        late,
        [
            history(
                [
                    [2, 1],
                    [1, 1],
                ],
                [],
            ),
        ],
        "layout-unknown: the layout's history can't be read (no answer)",
    ),
]);

it("a layout that is under way is told by node", () => {
    const world = changed(
        "1",
        history(
            [
                [5, 3],
                [4, 3],
            ],
            [
                ["london", 5, 5, 4],
                ["rome", 4, 3, 3],
            ],
        ),
    );
    const { keep, note } = verdicts("layout-history", [world])[0]!;
    assert.deepEqual(keep, { newest: 5 });
    assert.deepEqual(note, [`tracker ${idOf("london").slice(0, 16)} 5 5`, `tracker ${idOf("rome").slice(0, 16)} 4 3`]);
    assert.deepEqual(verdicts("layout-history", [changed("1")])[0]!.note, undefined);
});

const queue = (name: string, resync: number, resyncErrors = 0) =>
    node(name, (daemon) => {
        Object.assign(daemon.queues!, { resync, resyncErrors });
        if (daemon.blockErrors) daemon.blockErrors = { needed: resyncErrors, unneeded: 0 };
    });
const copies = (name: string) => node(name, (daemon) => Object.assign(daemon.workers![0]!, { state: "busy" }));

judges("blocks-wait", [
    ...inEach("no block waits", SERIES, []),
    ...inEach("some wait", SERIES, [queue("rome", 2, 1)], "blocks-missing: rome: 2 blocks wait, 1 with errors"),
    ...inEach("no answer", SERIES, [silent("rome", "stats", ["queues"])], "blocks-missing: rome: no answer"),
]);
judges("blocks-due", [
    ...inEach("what waits isn't due", SERIES.slice(1), [queue("rome", 2)]),
    ...inEach("some are being copied", SERIES.slice(1), [copies("rome")], "blocks-missing: rome: copies blocks"),
    ...inEach(
        "some have failed",
        SERIES.slice(1),
        [queue("rome", 2, 1)],
        "blocks-missing: rome: 1 blocks with resync errors",
    ),
]);

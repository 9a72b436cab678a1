import { errors } from "./roll";
import { atWork, changed, facts, inEach, judges, left, NAMES, node, own, type Row, SERIES, silent } from "./support";

// What must hold before a major upgrade begins, and behind its repairs.

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
            ([what, world]): Row => [what, world, `releases-differ!: rome: runs 9.9.9, not ${RELEASES[world.series]}`],
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
    ...inEach("deleted blocks that only a lost node keeps", told, [left("paris"), errors("rome", 2, 0)]),
    ...inEach(
        "a needed block that only a lost node has",
        told,
        [left("paris"), errors("rome", 2, 1)],
        "worker-errors: rome: 1 blocks with resync errors",
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

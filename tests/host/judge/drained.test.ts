import { strict as assert } from "node:assert";
import { errors } from "./roll";
import { atWork, changed, facts, inEach, judges, kept, left, NAMES, node, SERIES, silent, verdicts } from "./support";

// Queues before the stop, and nodes behind it.

const told = SERIES.slice(1);
const queues = (name: string, more: object) => node(name, (daemon) => Object.assign(daemon.queues!, more));

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
    ...inEach("deleted blocks that only a lost node keeps, however they are drained", told, [
        empty,
        good(1),
        left("rome"),
        errors("paris", 3, 0),
        queues("paris", { resync: 3 }),
    ]),
    ...inEach(
        "a needed block among them",
        told,
        [empty, good(1), left("rome"), errors("paris", 3, 1), queues("paris", { resync: 3 })],
        "drain-timeout: paris: 1 blocks with resync errors",
    ),
    ...inEach(
        "a block besides them",
        told,
        [empty, good(1), left("rome"), errors("paris", 3, 0), queues("paris", { resync: 4 })],
        "drain-timeout: paris: 4 blocks in the resync queue",
    ),
    ...inEach(
        "deleted blocks, where nobody is lost",
        told,
        [empty, good(1), errors("paris", 3, 0)],
        "drain-timeout: paris: 3 blocks with resync errors",
    ),
    ...inEach(
        "deleted blocks, where a gateway is left out",
        told,
        [empty, good(1), left("rome", "gateway"), errors("paris", 3, 0)],
        "drain-timeout: paris: 3 blocks with resync errors",
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
        [empty, facts({ quietat: "1000", now: "1090", passed: "10" }), queues("rome", { resync: 5 })],
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
        "one that only tells its workers is away too",
        told,
        [
            empty,
            facts({ passed: "400" }),
            kept({ "away.rome": "100" }),
            silent("rome", "stats", ["queues"]),
            node("rome", (daemon) => Object.assign(daemon, { queues: { insert: 0 } })),
        ],
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

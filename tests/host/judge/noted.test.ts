import { strict as assert } from "node:assert";
import {
    type Change,
    changed,
    facts,
    healthy,
    idOf,
    inEach,
    judges,
    left,
    node,
    own,
    type Row,
    SERIES,
    type Series,
    silent,
    verdicts,
} from "./support";

// What a cluster holds: noted before a major upgrade, found again after it.

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

judges("stock", [
    ...inEach("its tables are counted", SERIES, [silent("rome", "items", ["items"])]),
    ...inEach(
        "they aren't",
        SERIES,
        [silent("london", "items", ["items"], "does not answer within 600 s")],
        "facts-unknown: this node doesn't tell how much is in its tables (does not answer within 600 s)",
    ),
    ...inEach(
        "its queues aren't told",
        SERIES,
        [silent("london", "stats", ["queues"])],
        "facts-unknown: this node doesn't tell how much is in its tables (no answer)",
    ),
]);

it("a node's stock has its items, and of each queue of garbage collection as much as all nodes may have", () => {
    const world = changed(
        "1",
        own((daemon) => Object.assign(daemon.queues!.gc, { object: 7 })),
        left("rome"),
    );
    const stock = verdicts("stock", [world])[0]!.note!;
    for (const line of ["items.object 1000", "gone.object 14", "gone.key 0"]) assert.ok(stock.includes(line), line);
    assert.equal(stock.length, 10);
});

const notes: Partial<Record<Series, string[]>> = {};
const noteOf = (series: Series = "1") => {
    notes[series] ??= verdicts("noted", [healthy(series)])[0]!.note!;
    return notes[series];
};
const has = (more: Record<string, number>) => node("rome", (daemon) => Object.assign(daemon.items!, more));
/** The note, and what is there now. */
const then = (note: string[], ...changes: Change[]) =>
    changed("1", facts({ note: `${note.join("\n")}\n`, units: "same" }), ...changes);
const missing = (text: string) => `data-missing: ${text}`;

it("a note has the lines that every release of this package reads", () => {
    const world = changed(
        "1",
        own((daemon) => Object.assign(daemon.layout!.roles![0]!, { capacity: null, tags: ["node=london", "x y"] })),
    );
    const note = verdicts("noted", [world])[0]!.note!;
    assert.equal(note[0], "layout 4");
    assert.ok(note.includes(`role ${idOf("london").slice(0, 16)} lon gateway node=london,x y`), note.join("\n"));
    for (const line of [`bucket ${"a".repeat(64)}`, "key GK01", "items rome object 1000", "gc paris block_ref 0"])
        assert.ok(note.includes(line), line);
    assert.equal(note.length, 1 + 3 + 2 + 2 + 30);
});

judges("kept", [
    ...SERIES.map(
        (series): Row => [
            `${series}: all that was noted`,
            changed(series, facts({ note: noteOf(series).join("\n"), units: "same" })),
        ],
    ),
    [
        "a bucket less",
        then(
            noteOf(),
            own((daemon) => daemon.buckets!.pop()),
        ),
        missing(`1 of the buckets that were there are gone, the first is ${"b".repeat(64)}`),
    ],
    [
        "no keys",
        then(
            noteOf(),
            own((daemon) => Object.assign(daemon, { keys: [] })),
        ),
        missing("2 of the keys that were there are gone, the first is GK01"),
    ],
    [
        "a role less",
        then(
            noteOf(),
            own((daemon) => daemon.layout!.roles!.pop()),
        ),
        missing(`the layout changed: < role ${idOf("rome").slice(0, 16)} rom 1000000000 node=rome`),
    ],
    [
        "another version of the layout",
        then(
            noteOf(),
            own((daemon) => Object.assign(daemon.layout!, { version: 5 })),
        ),
        missing("the layout changed: < layout 4 > layout 5"),
    ],
    [
        "fewer entries",
        then(noteOf(), has({ object: 999 })),
        missing("rome has 999 entries in its table object, it had 1000"),
    ],
    [
        "buckets that nobody can list",
        then(noteOf(), silent("london", "buckets", ["buckets"])),
        missing("what the cluster holds can't be read (no answer about its buckets)"),
    ],
    [
        "entries that can't be counted",
        then(noteOf(), silent("rome", "items", ["items"])),
        missing("rome: no answer about its tables"),
    ],
    [
        "more than was noted",
        then(
            noteOf(),
            own((daemon) => daemon.buckets!.push("c".repeat(64))),
            has({ object: 5000 }),
        ),
    ],
    ["those that are left out aren't asked", then(noteOf(), left("rome"))],
    ["an empty note proves nothing", then([]), missing("the layout changed: > layout 4")],
    [
        "a note without items proves nothing",
        then(noteOf().filter((line) => !line.startsWith("items "))),
        missing("the note has no table items"),
    ],
    [
        "a note of before a node came along",
        then(noteOf().filter((line) => !line.startsWith("items rome "))),
        missing("the note doesn't say what rome held"),
    ],
    [
        "a note that lacks a table of a node",
        then(noteOf().filter((line) => !line.startsWith("items rome block_ref "))),
        missing("the note doesn't say what rome held"),
    ],
    ["capacities, which became bytes", changed("0.9", facts({ note: noteOf("0.8").join("\n"), units: "change" }))],
    [
        "capacities, where they stay what they were",
        changed("0.9", facts({ note: noteOf("0.8").join("\n"), units: "same" })),
        missing(
            `the layout changed: < role ${idOf("paris").slice(0, 16)} par 1 node=paris > role ${idOf("paris").slice(0, 16)} par 1000000000 node=paris`,
        ),
    ],
]);

/** Each node's queue of garbage collection for objects has n entries; rome has so many objects now, where it had 1000. */
const due = (n: number, taken = "taken 1000") => [
    taken,
    ...noteOf().map((line) => line.replace(/^gc (london|paris|rome) object 0/, `gc $1 object ${n}`)),
];
const later = (note: string[], object: number, now = 1000, skipChecks = "") =>
    then(note, facts({ now: String(now), skipChecks }), has({ object }));
const says = (object: number, queue = 0) =>
    missing(
        `rome has ${object} entries in its table object, it had 1000${queue ? `; garbage collection had ${queue} to take away, if so much was deleted a day before, say so: skipChecks items-fewer` : ""}`,
    );
const empty = due(0).map((line) => line.replace("items rome object 1000", "items rome object 0"));

describe("garbage collection", () =>
    judges("kept", [
        ["explains nothing where there is none", later(due(0), 999), says(999)],
        ["explains as much as all nodes' queues held", later(due(30), 910)],
        ["explains no more than that", later(due(30), 909), says(909)],
        ["explains a burst, however long the queues", later(due(500), 900)],
        ["explains no more than a burst at once", later(due(500), 899), says(899, 1500)],
        ["explains what has come due in twelve hours", later(due(500), 500, 1000 + 43200)],
        ["never explains more than half a table", later(due(500), 499, 1000 + 86400), says(499, 1500)],
        [
            "of a note that doesn't say when it was taken explains a burst",
            later(due(500).slice(1), 899, 99999),
            says(899, 1500),
        ],
        ["explains what the queues held where the user says so", later(due(300), 100, 1000, "items-fewer")],
        ["explains no more than that where the user says so", later(due(300), 99, 1000, "items-fewer"), says(99)],
        ["never explains an empty table", later(due(500), 0, 1000, "items-fewer"), says(0)],
        ["needn't explain what was empty and is", later(empty, 0)],
        ["needn't explain that where the user says so either", later(empty, 0, 1000, "items-fewer")],
    ]));

it("a note is none where its numbers are none", () => {
    const forged = noteOf().map((line) => line.replace("items rome object 1000", "items rome object EUID[0]"));
    assert.throws(() => verdicts("kept", [then(forged)]), /answers what isn't understood/);
});

import { strict as assert } from "node:assert";
import { bash, captured, idsOf, sections } from "./support";

// Against output captured from real clusters of three nodes, n3 stopped in the `-failed` ones. What later releases of a series print
// isn't proven here.

interface Row {
    release: string;
    engine: string;
    items: Record<string, number>;
    layout: string[];
    layoutVersion: string;
    partitions: string;
}

const short = (release: string) => idsOf(release).map((id) => id.slice(0, 16));
const bytes = ["1000000000", "1000000001", "1073741824"];
const units = ["1", "2", "3"];

function roles(release: string, capacities: string[], full: boolean): string[] {
    const ids = full ? idsOf(release) : short(release);
    return ids.map((id, i) => `role ${id} z${i} ${capacities[i]} node=n${i},extra`).sort();
}

const ROWS: Row[] = [
    {
        release: "0.7.0",
        engine: "sled",
        items: { bucket: 2, key: 3, object: 5, version: 5, block_ref: 5 },
        layout: roles("0.7.0", units, false),
        layoutVersion: "1",
        partitions: "",
    },
    {
        release: "0.8.7",
        engine: "sled",
        items: { bucket: 2, key: 3, object: 5, version: 5, block_ref: 5 },
        layout: roles("0.8.7", units, false),
        layoutVersion: "1",
        partitions: "256 256",
    },
    {
        release: "0.9.4",
        engine: "sled",
        items: { bucket: 2, key: 3, object: 5, version: 5, block_ref: 5 },
        layout: roles("0.9.4", bytes, true),
        layoutVersion: "2",
        partitions: "256 256",
    },
    {
        release: "1.3.0",
        engine: "lmdb",
        items: { bucket: 2, key: 4, object: 5, version: 6, block_ref: 6 },
        layout: roles("1.3.0", bytes, true),
        layoutVersion: "1",
        partitions: "256 256",
    },
    {
        release: "2.5.0",
        engine: "lmdb",
        items: { bucket: 2, key: 3, object: 5, version: 5, block_ref: 5 },
        layout: roles("2.5.0", bytes, true),
        layoutVersion: "1",
        partitions: "256 256",
    },
];

const lines = (text: string) => text.split("\n").filter((line) => line !== "");

describe("what a running cluster says about itself", function () {
    this.timeout(60_000);
    for (const row of ROWS)
        describe(row.release, () => {
            let well: Record<
                "views" | "seen" | "facts" | "items" | "layout" | "partitions" | "fine" | "idle" | "buckets" | "keys",
                string[]
            >;
            let failed: Record<"views" | "seen", string[]>;
            let without: string[];
            let staged: string[];
            let facts: Record<string, string>;

            before(() => {
                well = sections(captured(row.release), {
                    views: "view_ids",
                    seen: 'views_complete; echo "$LAST_SEEN"',
                    facts: "node_facts",
                    items: "node_items",
                    layout: "layout_observed",
                    partitions: "partitions",
                    fine: "partitions_ok && echo fine",
                    idle: "sync_idle && echo idle",
                    buckets: "bucket_ids",
                    keys: "key_ids",
                });
                facts = Object.fromEntries(well.facts.map((line) => line.split(" ")));
                failed = sections(captured(row.release, "-failed"), {
                    views: "view_ids",
                    seen: '! views_complete; echo "$LAST_SEEN"',
                });
                const seen = { seen: 'views_complete; echo "$LAST_SEEN"' };
                without = sections(captured(row.release, "-failed"), seen, { PART3: "without" }).seen;
                staged = sections(captured(row.release, "-staged"), { staged: "layout_observed" }).staged;
            });

            it("names the nodes that a node reaches", () => {
                assert.deepEqual(well.views, short(row.release).sort());
            });

            it("leaves out a node that is down", () => {
                assert.ok(!failed.views.includes(short(row.release)[2]!));
            });

            it("tells complete views from incomplete ones, with what it saw", () => {
                assert.deepEqual(well.seen, ["seen by 3 of 3"]);
                assert.match(failed.seen[0]!, row.release === "0.7.0" ? /n1 sees \d of 3/ : /n1 sees 2 of 3/);
            });

            it("doesn't miss a node that is left out", () => {
                assert.deepEqual(without, ["seen by 2 of 2"]);
            });

            it("reads release and engine, and never counts what sled would have to read for it", () => {
                assert.equal(facts.release, row.release);
                assert.equal(facts.engine, row.engine);
                const counted = Object.keys(facts).filter((key) => key.startsWith("items."));
                assert.equal(counted.length, row.engine === "sled" ? 0 : 5);
            });

            it("counts the items of the tables where that is asked for", () => {
                const items = Object.fromEntries(well.items.map((line) => line.split(" ")));
                for (const [table, count] of Object.entries(row.items)) {
                    assert.equal(items[`items.${table}`], String(count), table);
                    assert.match(items[`gc.${table}`], /^\d+$/);
                }
            });

            it("reads the queues", () => {
                assert.equal(facts.merkle, "0");
                assert.equal(facts.resync_errors, "0");
                assert.match(facts.resync!, /^\d+$/);
                assert.match(facts["gc.object"]!, /^\d+$/);
                assert.equal(facts.insert, row.release === "0.7.0" ? undefined : "0");
            });

            it("reads the applied layout", () => {
                const isRole = (line: string) => line.startsWith("role ");
                assert.deepEqual(well.layout.filter(isRole).sort(), row.layout);
                const rest = well.layout.filter((line) => !isRole(line)).sort();
                assert.deepEqual(rest, ["staged no", `version ${row.layoutVersion}`]);
            });

            it("reads what is staged: a change and a removal", () => {
                const full = row.layout[0]!.split(" ")[1]!.length === 64;
                const [, second, third] = full ? idsOf(row.release) : short(row.release);
                const capacity = row.release < "0.9" ? "7" : "2000000000";
                const wanted = [`change ${second} zz ${capacity} node=n2,a,b`, `change ${third} removed`];
                assert.deepEqual(staged.filter((line) => line.startsWith("change ")).sort(), wanted.sort());
                assert.ok(staged.includes("staged yes"));
            });

            it("counts partitions", () => {
                assert.deepEqual(well.partitions, row.partitions ? [row.partitions] : []);
                assert.deepEqual(well.fine, ["fine"]);
            });

            it("sees idle tables", () => {
                assert.deepEqual(well.idle, ["idle"]);
            });

            it("lists the full ids of buckets, and the keys", () => {
                assert.equal(well.buckets.length, 2);
                for (const id of well.buckets) assert.match(id, /^[0-9a-f]{64}$/);
                assert.equal(well.keys.length, row.items.key);
            });
        });

    it("takes a gateway for what it is, whatever the series", () => {
        for (const release of ["0.7.0", "0.8.7", "0.9.4", "1.3.0", "2.5.0"]) {
            const change = lines(bash(`${captured(release, "-gateway")}layout_observed`).stdout).find((line) =>
                line.startsWith("change "),
            );
            assert.match(change!, /^change [0-9a-f]+ z1 gateway node=n1,extra$/, release);
        }
    });

    it("sees that tables are being synced, and which", () => {
        for (const release of ["0.8.7", "1.3.0"]) {
            const ran = bash(`${captured(release, "-busy")}! sync_idle; echo "$LAST_SEEN"`);
            assert.match(ran.stdout, /sync \(Busy, queue \d+\)( and \d+ more)? at work/, release);
        }
    });

    it("doesn't call partitions fine when a node is down, unless it is left out", () => {
        for (const release of ["0.8.7", "1.3.0", "2.5.0"]) {
            const script = `${captured(release, "-failed")}partitions_ok && echo fine || echo "$LAST_SEEN"`;
            assert.equal(bash(script).stdout, "partitions 0/256\n", release);
            assert.equal(bash(script, { PART3: "without" }).stdout, "fine\n", release);
            // A gateway holds no copy: leaving it out excuses none.
            const gateway = script.replace(
                "partitions_ok",
                `SHEET_LINES=("\${SHEET_LINES[@]/storage without/gateway without}"); partitions_ok`,
            );
            assert.equal(bash(gateway, { PART3: "without" }).stdout, "partitions 0/256\n", release);
        }
    });

    it("says what hit a limit, not that there is no answer", () => {
        const asked = `${captured("0.9.4")}garage_cli() { return 124; }\n`;
        const says = (call: string) => bash(`${asked}${call}`).stdout.trim();
        assert.equal(says("node_facts"), "does not answer within 20 s");
        assert.equal(says("node_items"), "does not answer within 600 s");
        assert.equal(says('sync_idle || echo "$LAST_SEEN"'), "does not answer within 20 s about workers");
        assert.equal(
            says('views_complete || echo "$LAST_SEEN"'),
            ["n1", "n2", "n3"].map((name) => `${name} does not answer within 20 s`).join(", "),
        );
    });

    it("takes nothing but a number for one", () => {
        const forged = (file: string, from: string, to: string, call: string) =>
            bash(`${captured("0.9.4")}eval "honest_$(declare -f replay)"
replay() { if [ "$1" = ${file} ]; then honest_replay "$1" | sed 's/${from}/${to}/'; else honest_replay "$1"; fi; }
${call} && echo passed`).stdout.trim();
        const evil = "EUID[$(echo ran >\\&2)]";
        for (const [file, from, to] of [
            ["stats", "resync queue length: .*", `resync queue length: ${evil}`],
            ["stats", "with resync errors: .*", "with resync errors: -1"],
            ["stats", "object     NC     NC        0", `object     NC     NC        a[$(id)]`],
            ["stats", "resync queue length: .*", "nothing"],
            [
                "worker-list",
                "object queue                  -      -     0",
                "object queue                  -      -     a[0]",
            ],
        ] as const)
            assert.match(
                forged(file, from, to, "node_facts"),
                /^answers what isn't understood( about workers)?$/,
                from,
            );
    });

    it("sees nodes whose role is staged and not applied yet, which `stats -a` leaves out up to 0.9", () => {
        for (const release of ["0.7.0", "0.8.7", "0.9.4", "1.3.0", "2.5.0"]) {
            const seen = bash(`${captured(release, "-pending")}view_ids`)
                .stdout.trim()
                .split("\n");
            assert.equal(seen.length, 3, release);
        }
    });

    it("doesn't take partitions without a layout for fine, which 1.3.0 calls all there", () => {
        for (const release of ["0.8.7", "0.9.4", "1.3.0", "2.5.0"])
            assert.equal(bash(`${captured(release, "-new")}partitions_ok && echo fine`).stdout, "", release);
    });

    // Captured while three nodes gave a part to a fourth one, beside a gateway: `begun` when only one knew of it, `moving` when all but one
    // had sent on what they had; `gateway` half a minute after that one had died and was taken out.
    for (const release of ["1.2.0", "1.3.0", "2.5.0"]) {
        const settled = (suffix: string, change = "") =>
            bash(
                `${captured(release, suffix)}${change}
                if layout_settled; then echo settled; else echo "$LAST_SEEN"; fi`,
            ).stdout.trim();

        it(`knows a settled layout of ${release}, also where a single node never ends its bookkeeping`, () => {
            assert.equal(settled("-settled"), "settled");
            assert.equal(settled("-one"), "settled");
        });

        it(`never takes a layout of ${release} for settled while a node may lack data`, () => {
            assert.match(
                settled("-begun"),
                /^layout #2 is not everywhere yet: [0-9a-f]{16} \(ack #1, sync #1\) and 4 more behind$/,
            );
            assert.match(
                settled("-moving"),
                /^layout #2 is not everywhere yet: [0-9a-f]{16} \(ack #2, sync #1\)( and \d more)? behind$/,
            );
            assert.match(
                settled("-gateway"),
                /^layout #3 is not everywhere yet: [0-9a-f]{16} \(ack #\d, sync #2\) and 4 more behind$/,
            );
        });

        it(`takes no answer of ${release}, and one that it can't read, for no settled layout`, () => {
            assert.equal(settled("", "_ask() { return 1; }"), "no answer about the layout's history");
            for (const text of ["", "#2 current 1 0", "Node Ack Sync Sync_ack\\nab #2 #2 #1"])
                assert.equal(settled("", `_ask() { printf '${text}\\n'; }`), "the layout's history can't be read");
        });
    }
});

describe("JSON without jq", function () {
    this.timeout(60_000);
    const flat = (text: string) => bash(`json_flatten <<'JSON'\n${text}\nJSON`);

    it("becomes one line a value", () => {
        assert.equal(
            flat('{"a":[1,{"b":"x\\"y","c":[]},null],"d":{},"e":-1.5e3}').stdout,
            'a.0\t1\na.1.b\tx"y\na.1.c\t[]\na.2\tnull\nd\t{}\ne\t-1.5e3\n',
        );
    });

    for (const text of ['{"a":1', "[1,]", "Error: no", '{"a" 1}', "", "{} {}"])
        it(`is refused when it is none: ${text || "(nothing)"}`, () => {
            assert.notEqual(flat(text).code, 0);
        });
});

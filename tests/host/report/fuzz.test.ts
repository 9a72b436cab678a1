import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dice } from "../dice";
import { jqEach } from "../jq";
import { healthy, type Series } from "../judge/support";

// What a daemon says may be anything: the document has what fits, and the judges judge it. FUZZ_RUNS: how many answers are forged; the seed is
// in the name of the test, and FUZZ_SEED repeats it.

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1e6);
const FIXTURES = join(__dirname, "..", "cluster", "fixtures");
const RELEASES = { "0.7.0": "0.7", "0.8.7": "0.8", "0.9.4": "0.9", "1.3.0": "1", "2.5.0": "2" } as const;
const QUESTIONS: [string, RegExp][] = [
    ["status", /^status/],
    ["through", /^stats-a/],
    ["stats", /^stats(-new|-lost)?$/],
    ["items", /^stats(-d|-detailed|)$/],
    ["workers", /^worker-list/],
    ["errors", /^block-list-errors/],
    ["layout", /^layout-show|^json-api-GetClusterLayout(-|$)/],
    ["roles", /^v1-layout/],
    ["history", /^layout-history/],
    ["health", /^v\d-health|^json-api-GetClusterHealth/],
    ["buckets", /^bucket-list|^json-api-ListBuckets/],
    ["keys", /^key-list/],
];
const EVIL = [
    "EUID[$(touch /tmp/garage-fuzz-ran)]",
    "$(touch /tmp/garage-fuzz-ran)",
    "`touch /tmp/garage-fuzz-ran`",
    "9".repeat(30),
    "-1",
    "1e999",
    "nan",
    "0x10",
    "\0",
    "\x1b[2J",
    "\u2028",
    "\ufffd",
    "\nanswered 1 0\n",
    "\t",
    '"',
    "\\",
    "../../etc",
    "null",
    "[[[[[[[[",
    "{}",
    " ",
    "",
    "NC",
    "#",
    "====",
    "Garage version: cargo:6.6.6\n",
    "é".repeat(300),
];

const roll = dice(SEED);
const pick = <Thing>(things: readonly Thing[]): Thing => things[roll(things.length)]!;

/** One to four changes, at places where something stands. */
function forged(text: string): string {
    let words = text.split(/(\s+)/);
    for (let changes = 1 + roll(4); changes > 0; changes--) {
        const at = roll(words.length || 1);
        switch (roll(5)) {
            case 0:
                words[at] = pick(EVIL);
                break;
            case 1:
                words.splice(at, 1 + roll(6));
                break;
            case 2:
                words.splice(at, 0, pick(EVIL), "\n");
                break;
            case 3:
                words.splice(at, 0, ...words.slice(roll(words.length || 1), words.length).slice(0, 40));
                break;
            default:
                words = words.slice(0, at);
        }
    }
    return words.join("");
}

function answersOf(release: keyof typeof RELEASES) {
    const files = readdirSync(join(FIXTURES, release));
    return Object.fromEntries(
        QUESTIONS.flatMap(([question, pattern]) => {
            const fitting = files.filter((file) => pattern.test(file));
            if (fitting.length === 0) return [];
            const text = readFileSync(join(FIXTURES, release, pick(fitting)), "utf8");
            return [[question, { text: roll(3) ? forged(text) : text, code: roll(10) ? 0 : pick([1, 124, 137, 28]) }]];
        }),
    );
}

/** Every value below, with its path. */
function* values(at: unknown, path = ""): Generator<[string, unknown]> {
    if (at !== null && typeof at === "object")
        for (const [key, value] of Object.entries(at)) yield* values(value, `${path}.${key}`);
    else yield [path, at];
}

describe(`what a daemon says may be anything (seed ${SEED})`, function () {
    this.timeout(600_000);
    const rows = Array.from({ length: RUNS }, () => {
        const release = pick(Object.keys(RELEASES) as (keyof typeof RELEASES)[]);
        return { series: RELEASES[release], answers: answersOf(release) };
    });
    let docs: Record<string, unknown>[];

    before(() => {
        docs = jqEach('daemon(.answers; .series; {cli: "20", count: "600"})', rows);
    });

    it("gives numbers, ids and words, or an error of its question", () => {
        for (const [i, doc] of docs.entries())
            for (const [path, value] of values(doc)) {
                const where = `${path} of ${JSON.stringify(rows[i]).slice(0, 2000)}`;
                if (typeof value === "number") assert.ok(Number.isInteger(value) && value >= 0 && value < 1e18, where);
                else if (typeof value === "string") {
                    assert.ok(value.length <= 256, where);
                    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there.
                    assert.ok(!/[\x00-\x1f\x7f]/.test(value), where);
                    if (/\.(id|hash|answersThrough\.\d+|down\.\d+|buckets\.\d+)$/.test(path))
                        assert.match(value, /^([0-9a-f]{16}|[0-9a-f]{64})$/, where);
                    if (/\.release$/.test(path)) assert.match(value, /^\d[A-Za-z0-9.+-]*$/, where);
                } else assert.ok(typeof value === "boolean" || value === null, where);
            }
    });

    it("is judged, whatever it is", () => {
        const worlds = docs.map((doc, i) => {
            const world = healthy(rows[i]!.series as Series);
            const other = docs[roll(docs.length)]!;
            Object.assign(world.nodes, {
                [pick(["london", "paris"])]: doc,
                rome: other.series === doc.series ? other : null,
            });
            Object.assign(world.facts, {
                free: "100",
                release: "1.3.0",
                engine: "lmdb",
                before: "items.object=5 merkle=0",
                mode: "settled",
                patience: "640",
                hop: "1-to-2",
                now: "0",
                canary: "yes",
                items: "yes",
                boundaries: "2.5.0",
            });
            return world;
        });
        const judges = [
            "gate_before",
            "gate_after",
            "figures",
            "drained",
            "blocks",
            "shows_blocks",
            "layout_settled",
            "layout_spread",
        ];
        for (const judge of [...judges, "synced", "well", "repaired", "noted", "kept", "preflight", "runs"]) {
            const verdicts = jqEach<unknown, { reasons: { id: string; text: string }[] }>(
                `. as $world | try judged(judge_${judge}) catch error("\\(.) ${judge} \\($world.nodes | tojson | .[:2000])")`,
                worlds,
            );
            for (const { reasons } of verdicts)
                for (const { id, text } of reasons) {
                    assert.match(id, /^[a-z-]+$/);
                    assert.match(text, /^[^\n\t]+$/);
                }
        }
    });

    it("runs nothing", () => {
        assert.ok(!existsSync("/tmp/garage-fuzz-ran"));
    });
});

import * as assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { FakeHost, METADATA } from "../base/fakeHost";
import { dice } from "../dice";

// Ledger, claim, options, a generation's info and the sheet may hold anything: the verbs' own readers and rules get it, and either take what
// fits its type or end by name. FUZZ_RUNS: how many; the seed is in the name of the test, and FUZZ_SEED repeats it.

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1e6);
const EVIL = [
    "EUID[$(touch $GARAGE_NODE_ROOT/ran)]",
    "$(touch $GARAGE_NODE_ROOT/ran)",
    "`touch$IFS$GARAGE_NODE_ROOT/ran`",
    "a[$(touch$IFS$GARAGE_NODE_ROOT/ran)]",
    "x; touch $GARAGE_NODE_ROOT/ran",
    "../../../ran",
    "/var/lib/garage/../../../ran",
    "-delete",
    "08",
    "9".repeat(30),
    "-1",
    "%s%n",
    "\u001b[2J",
    "\0",
    "*",
    "'\"",
    "é",
    "",
];

const roll = dice(SEED);
const pick = <Thing>(things: readonly Thing[]): Thing => things[roll(things.length)]!;

/** Some lines lost, doubled, of another record, or with something else in the place of a word. */
function forged(record: string, all: string[]): string {
    const lines = record.split("\n");
    for (let changes = 1 + roll(3); changes > 0; changes--) {
        const at = roll(lines.length);
        const words = (lines[at] ?? "").split(" ");
        switch (roll(5)) {
            case 0:
                lines.splice(at, 1);
                break;
            case 1:
                lines.splice(at, 0, pick(pick(all).split("\n")));
                break;
            case 2:
                lines[at] = (lines[at] ?? "").slice(0, roll(80));
                break;
            default:
                words[roll(words.length)] = pick(EVIL);
                lines[at] = words.join(" ");
        }
    }
    return lines.join("\n");
}

const OPEN_HOP = [
    ...[
        "hop 2-to-3",
        "hopstate open",
        "hopdate 2026-01-01",
        "attempt 1",
        "attemptid aa11",
        "target 2.5.0",
        "quietat 100",
    ],
    ...[
        "passed preflight",
        "before items.object=5 merkle=0",
        "act roll 2.5.0-aa",
        "rollfrom 2.5.0-aa",
        "debt 2.5.0",
        "left bbb222 0a1b2c3d",
        "nonce 0a1b2c3d",
        "held by a test",
    ],
].join("\n");

/** What reads each kind of record: it may refuse, and that is all. */
const READERS = [
    "sheet_read <$at.sheet && sheet_whole",
    "require_identity",
    "sheet_read <$at.sheet; stage_refuse_other_node",
    'stage_consent 2.5.0 2 ""',
    "sheet_read <$at.sheet; stage_refuse_other_data",
    "sheet_read <$at.sheet; require_same_release; require_staged 2.5.0-aa",
    "sheet_read <$at.sheet; peers_in peers",
    "load_verb status; verb_status",
    "load_verb ledger; verb_ledger show",
    "load_verb admit; verb_admit",
    'jobs_limit limit; : "$((limit + 1))"',
    "load_verb roll; roll_may 2.5.0-aa; roll_state 2.5.0-aa state",
    "load_verb start; start_plan 2.5.0-aa",
    "volumes_hold",
    "left_refuse start",
    'left_nonce nonce; echo "$nonce"',
    "sheet_read <$at.sheet; kept_peers; peers_in peers",
    "volumes_named 'metadata vol-0aaaaaaa'; volume_refuse_foreign metadata $at.volume $at.ledger c1 paris",
    'sheet_read <$at.sheet; sheet_all volume lines; volumes_refuse_other "$lines"; volumes_named "$lines"',
];

describe(`records and sheets may hold anything (seed ${SEED})`, function () {
    this.timeout(900_000);

    it("runs nothing of it, writes nothing by it, and either takes it for what it is or says no by name", () => {
        const host = FakeHost.like("2.5.0");
        const files = {
            ledger: `${METADATA}/garage-node.ledger`,
            claim: "etc/garage-node/claim",
            options: "opt/garage/options",
            left: "etc/garage-node/left",
            peers: "srv/garage/metadata/kept/peers",
            info: `opt/garage/generations/${host.ledgerValue("generation")}/info`,
        };
        const good = Object.fromEntries(
            Object.entries(files).map(([kind, path]) => [kind, host.has(path) ? host.read(path) : ""]),
        );
        good.ledger += OPEN_HOP;
        good.options += "skipChecks items-fewer\nlockTimeoutSeconds 5\n";
        good.left = "left bbb222 0a1b2c3d\n";
        good.peers = `replicationfactor 3\npeer paris ${host.id()} paris.example:3901 storage in\n`;
        for (const kind of ["left", "peers"] as const) host.write(files[kind], good[kind]!);
        good.claim += "machine i-0123\nshape abc123\nvolume metadata vol-0aaaaaaa\nvolume data vol-0bbbbbbb\n";
        good.volume = "volume vol-0aaaaaaa\ncluster c1\nnode paris\nrole metadata\n";
        good.sheet = host.startSheet([
            ...["paris", "rome"].map((node) => `line ${node} ${host.ledgerValue("epoch")} 2.5.0 x86_64:aaaabbbbcccc`),
            "steps preflight:cluster quiesce:node",
            "machine i-0123",
            "volume metadata vol-0aaaaaaa 20",
        ]);
        for (let run = 0; run < RUNS; run++)
            for (const [kind, text] of Object.entries(good))
                host.write(`fuzz/${run}.${kind}`, roll(2) ? forged(text, Object.values(good)) : text);
        const calls = Array.from({ length: RUNS }, (_, run) => `${run} ${roll(READERS.length)}\n`);
        const place = Object.entries(files).map(([kind, path]) => `cat <$at.${kind} >"$GARAGE_NODE_ROOT/${path}"`);
        const script = `
            eval "$(sed -n '/^load_verb/,/^}/p; /^reads_only/,/^}/p' "$TOOL/garage-node")"
            source "$TOOL/stage.sh"
            ${READERS.map((reader, i) => `reader_${i}() { ${reader}; }`).join("\n")}
            while read -r run i; do
                at="$GARAGE_NODE_ROOT/fuzz/$run"
                ${place.join("\n")}
                (reader_$i) </dev/null || true
            done <"$GARAGE_NODE_ROOT/fuzz/runs"`;
        const before = readdirSync(host.root, { recursive: true, encoding: "utf8" });
        let said = "";
        for (let done = 0; done < RUNS; done += 20) {
            host.write("fuzz/runs", calls.slice(done, done + 20).join(""));
            const ran = host.lib(script);
            assert.equal(ran.code, 0, ran.stderr.slice(-2000));
            said += ran.stderr;
        }
        const new_ = readdirSync(host.root, { recursive: true, encoding: "utf8" }).filter(
            (path) => !before.includes(path),
        );
        assert.deepEqual(
            new_.filter((path) => !/^run\/garage-node\/|^fake\/|^fuzz\/runs$|^opt\/garage\/options$/.test(path)),
            [],
        );
        // bash's own complaints are values that got where they were calculated with, or taken for a word of it.
        const bash = said.split("\n").filter((line) => /line \d+: /.test(line));
        assert.deepEqual(bash.slice(0, 5), []);
        host.remove();
    });
});

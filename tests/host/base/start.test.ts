import * as assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertRefused, FakeHost, fakeBinary, METADATA } from "./fakeHost";

const line = (release: string) => `e1 ${release} x86_64:aaaabbbbcccc`;

describe("start", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    const startedTimes = () => host.calls().filter((call) => call === "start garage.service").length;

    it("starts a new node once, writes the series down before and the release after", () => {
        host = FakeHost.like();
        assert.equal(host.ledgerValue("born"), "no");
        const staged = host.stage("2.5.0", ["sv=2"]);
        const run = host.start(staged.stdout.trim());
        assert.deepEqual([run.code, run.stdout], [0, "2.5.0\n"], run.stderr);
        for (const [key, value] of Object.entries({
            series: "2",
            engine: "lmdb",
            born: "yes",
            release: "2.5.0",
            generation: "2.5.0-aa",
        }))
            assert.equal(host.ledgerValue(key), value);
        // systemd's own word that it needs none isn't asked after a change (here it always says so).
        const calls = host.calls().filter((call) => /^(daemon-reload|start) ?/.test(call));
        assert.deepEqual(calls, ["daemon-reload", "start garage.service"]);
        host.write(`${METADATA}/db.lmdb/data.mdb`, "data");
        assert.equal(host.start(staged.stdout.trim()).code, 0);
        assert.equal(startedTimes(), 1);
    });

    it("starts a stopped daemon that the ledger allows", () => {
        host = FakeHost.like("2.5.0");
        host.write("fake/active", "inactive");
        assert.equal(host.start(line("2.5.0")).code, 0);
        assert.equal(startedTimes(), 2);
    });

    it("doesn't take a first start for done whose S3 could not bind, though Garage answers", () => {
        host = FakeHost.like();
        const staged = host.stage("2.5.0", ["sv=2"], (lines) => [...lines, "option startTimeoutSeconds 0"]);
        host.write("fake/mute", "3900");
        const run = host.start(staged.stdout.trim());
        assertRefused(run, "start-failed", /Garage doesn't listen for S3 on \[::\]:3900/);
        assert.equal(host.ledgerValue("born"), "no");
        // Garage tries only once; so it is started again when the port is free.
        rmSync(host.path("fake/mute"));
        assert.equal(host.start(staged.stdout.trim()).code, 0);
        assert.equal(host.ledgerValue("born"), "yes");
        assert.equal(startedTimes(), 2);
    });

    it("doesn't call a stopped daemon started that doesn't serve", () => {
        host = FakeHost.like("2.5.0");
        host.stage("2.5.0", ["sv=2"], (lines) => [...lines, "option startTimeoutSeconds 0"]);
        host.write("fake/active", "inactive");
        host.write("fake/deaf", "");
        assertRefused(host.start(line("2.5.0")), "start-failed", /S3 doesn't answer on 127\.0\.0\.1:3900/);
    });

    it("says the journal's end when the daemon does not come up", () => {
        host = FakeHost.like();
        host.stage("2.5.0", ["sv=2"]);
        host.write("fake/crashes", "");
        host.write("fake/journal", "TOML decode error");
        const run = host.start(line("2.5.0"));
        assertRefused(run, "start-failed");
        assert.match(run.stderr, /TOML decode error/);
        assert.equal(host.ledgerValue("born"), "no");
    });

    for (const [release, lines] of [
        ["0.7.0", 45],
        ["2.5.0", 89],
    ] as const)
        it(`says why Garage ${release} panicked before all else of the ${lines} lines that this start has left`, () => {
            host = FakeHost.like("2.5.0");
            host.write("fake/active", "failed");
            host.write("fake/crashes", "");
            host.write("fake/journal", readFileSync(join(__dirname, "journals", `panic-${release}`), "utf8"));
            const run = host.start(line("2.5.0"));
            assert.equal(run.code, 1);
            const said = run.stderr
                .split("\n")
                .slice(1 + run.stderr.split("\n").findIndex((each) => /says:$/.test(each)));
            assert.match(said[0]!, /panicked at .*netapp\.rs:\d+:\d+:$/);
            assert.match(said[1]!, /AddrNotAvailable, message: "Cannot assign requested address"/);
            assert.doesNotMatch(run.stderr, /^ +\d+: |internal errors that/m);
            const [asked] = host.calls().filter((call) => call.startsWith("journalctl -u garage.service"));
            assert.match(asked!, /--since @\d{10,} -n 1000/);
        });

    it("says an error that Garage logged, and a refusal of admit, before the rest", () => {
        host = FakeHost.like("2.5.0");
        const log = [
            "INFO begin",
            "paris: garage must not start: no disk [admit-data]",
            "x ERROR garage: S3 exited",
            "INFO end",
        ];
        host.write("fake/journal", [...log, ...log, "\u001b[31m INFO last\u001b[0m\u0007"].join("\n"));
        assert.equal(host.lib("journal_tail 3").stdout, `${[log[1], log[2], " INFO last"].join("\n")}\n`);
    });

    const barrier: [string, string[], string][] = [
        ["another node has not staged", [], "stage-incomplete"],
        ["another node was staged for another release", ["line rome e1 2.4.0 x86_64:aaaabbbbcccc"], "stage-differs"],
        ["another node got another file", ["line rome e1 2.5.0 x86_64:ddddbbbbcccc"], "binary-differs"],
    ];
    for (const [what, others, id] of barrier)
        it(`touches nothing when ${what}`, () => {
            host = FakeHost.like();
            host.stage("2.5.0", ["sv=2"]);
            assertRefused(host.start(line("2.5.0"), others), id);
            assert.ok(!host.has("opt/garage/current"));
            assert.equal(startedTimes(), 0);
        });

    it("accepts other bytes on another architecture", () => {
        host = FakeHost.like();
        host.stage("2.5.0", ["sv=2"]);
        assert.equal(host.start(line("2.5.0"), ["line rome e1 2.5.0 aarch64:ddddbbbbcccc"]).code, 0);
    });

    it("touches nothing when this node itself has staged something else", () => {
        host = FakeHost.like();
        host.stage("2.5.0", ["sv=2"]);
        assertRefused(host.start(line("2.4.0")), "stage-differs");
    });

    it("starts and withdraws nothing for an engine that lost its stack's lock", () => {
        host = FakeHost.like("0.8.7");
        openHop(host);
        host.stage("0.8.7", ["sv=0.8"]);
        const late = line("0.8.7").replace("e1", host.ledgerValue("epoch")!);
        host.stage("0.9.4", ["sv=0.8"]);
        const before = host.ledger();
        assertRefused(host.start(late), "stale-call", /run pulumi up again.*nodes\.paris\.reapply/);
        assert.deepEqual(host.ledger(), before);
        assert.equal(startedTimes(), 1);
    });

    it("leaves a held node alone and says why", () => {
        host = FakeHost.like("2.5.0");
        host.write("fake/active", "inactive");
        host.lib("ledger_update 'held=put back by hand'");
        const run = host.start(line("2.5.0"));
        assert.equal(run.code, 0);
        assert.match(run.stderr, /left alone: this node is held: put back by hand/);
        assert.equal(startedTimes(), 1);
    });

    it("leaves an open attempt alone when the hop is asked for again", () => {
        host = FakeHost.like("0.8.7");
        openHop(host);
        const staged = host.stage("0.9.4", ["sv=0.8"], undefined, "lmdb");
        assert.equal(staged.code, 0, staged.stderr);
        assert.equal(host.start(line("0.9.4")).code, 0);
        assert.equal(host.ledgerValue("hopstate"), "open");
        assert.equal(startedTimes(), 1);
    });

    for (const [what, passed, starts] of [
        ["starts", ["halt", "migrate"], 2],
        ["leaves alone, before migrate,", ["halt"], 1],
    ] as const)
        it(`${what} what a major upgrade has left running, on a new root disk`, () => {
            host = FakeHost.like("0.9.4");
            host.lib(
                `ledger_update hop=0.8-to-0.9 attempt=1 hopstate=open ${passed.map((step) => `+passed=${step}`).join(" ")}`,
            );
            host.write("fake/active", "inactive");
            rmSync(host.path("/opt/garage/current"));
            assert.equal(host.stage("0.9.4", ["sv=0.8"]).code, 0);
            const run = host.start(line("0.9.4"));
            assert.deepEqual([run.code, run.stdout, startedTimes()], [0, "0.9.4\n", starts], run.stderr);
            assert.equal(host.ledgerValue("hopstate"), "open");
        });

    it("leaves what doesn't start behind migrate to its steps: a higher patch release may be what mends it", () => {
        host = FakeHost.like("0.9.4");
        host.lib("ledger_update hop=0.8-to-0.9 attempt=1 hopstate=open +passed=halt +passed=migrate");
        host.write("fake/active", "inactive");
        assert.equal(host.stage("0.9.4", ["sv=0.8"], (lines) => [...lines, "option startTimeoutSeconds 0"]).code, 0);
        host.write("fake/crashes", "");
        const run = host.start(line("0.9.4"));
        assert.equal(run.code, 0, run.stderr);
        assert.match(run.stderr, /Garage 0\.9\.4 doesn't start/);
    });

    it("calls an attempt off on nothing that doesn't fit the data, and touches nothing then", () => {
        host = FakeHost.like("0.8.7");
        openHop(host);
        host.stage("0.8.7", ["sv=0.8"]);
        host.write("fake/crashes", "");
        assert.equal(host.start(line("0.8.7")).code, 1);
        const before = host.ledger();
        rmSync(host.path("fake/crashes"));
        host.write("fake/free", "99999999");
        host.stage("0.9.4", ["sv=0.8"]);
        assertRefused(host.start(line("0.9.4")), "hop-open", /being called off/);
        assert.deepEqual(
            host.ledger().filter((each) => /^(act|generation|series|hopstate) /.test(each)),
            before.filter((each) => /^(act|generation|series|hopstate) /.test(each)),
        );
        host.stage("0.8.7", ["sv=0.8"]);
        assert.equal(host.start(line("0.8.7")).code, 0);
        assert.equal(host.ledgerValue("act"), undefined);
    });

    it("withdraws from an open attempt when the old series is asked for again", () => {
        host = FakeHost.like("0.8.7");
        openHop(host);
        const before = host.stage("0.9.4", ["sv=0.8"]).stdout.split(" ")[0];
        const back = host.stage("0.8.7", ["sv=0.8"]);
        assert.notEqual(back.stdout.split(" ")[0], before, "an unfinished act, asked otherwise: a new epoch");
        const run = host.start(line("0.8.7"));
        assert.deepEqual([run.code, run.stdout], [0, "0.8.7\n"], run.stderr);
        assert.equal(host.ledgerValue("hopstate"), "withdrawn");
        assert.equal(host.ledgerValue("held"), undefined);
        assert.equal(host.ledgerValue("backup"), "/var/lib/garage-backups/b1");
        assert.equal(startedTimes(), 2);
        assert.notEqual(host.stage("0.9.4", ["sv=0.8"]).stdout.split(" ")[0], back.stdout.split(" ")[0]);
    });

    it("withdraws to the release that ran, though another one of its series is asked for: that one is for roll, and its canary", () => {
        host = FakeHost.like("0.8.7");
        host.mirror("garage-0.8.8", fakeBinary("0.8.8"));
        openHop(host);
        host.stage("0.8.8", ["sv=0.8"]);
        const run = host.start(line("0.8.8"));
        assert.deepEqual([run.code, run.stdout], [0, "0.8.8\n"], run.stderr);
        assert.match(run.stderr, /called off: back to Garage 0\.8\.7/);
        const facts = ["hopstate", "generation", "release", "act"];
        assert.deepEqual(
            facts.map((key) => host.ledgerValue(key)),
            ["withdrawn", "0.8.7-aa", "0.8.7", undefined],
        );
    });

    it("withdraws to what is asked for where the release that ran doesn't start, or is gone", () => {
        for (const lost of [false, true]) {
            host = FakeHost.like("0.8.7");
            host.mirror("garage-0.8.8", fakeBinary("0.8.8"));
            openHop(host);
            host.stage("0.8.8", ["sv=0.8"], (lines) => [...lines, "option startTimeoutSeconds 0"]);
            if (lost)
                for (const id of ["0.8.7-aa", "0.8.7-aa.quiet"])
                    rmSync(host.path(`opt/garage/generations/${id}`), { recursive: true });
            else host.write("opt/garage/generations/0.8.7-aa/garage", "#!/bin/sh\nexit 1\n");
            const run = host.start(line("0.8.8"));
            assert.equal(run.code, 0, run.stderr);
            assert.deepEqual([host.ledgerValue("hopstate"), host.ledgerValue("generation")], ["withdrawn", "0.8.8-aa"]);
            if (!lost) host.remove();
        }
    });

    it("switches a node that is down in an unfinished roll to what is asked for now", () => {
        host = FakeHost.like("2.4.0");
        host.stage("2.5.0", ["sv=2"]);
        host.lib("ledger_update 'act=roll 2.5.0-aa' generation=2.5.0-aa");
        host.write("fake/active", "failed");
        host.stage("2.4.0", ["sv=2"]);
        assert.equal(host.start(line("2.4.0")).code, 0);
        assert.equal(host.ledgerValue("generation"), "2.4.0-aa");
        assert.equal(host.ledgerValue("act"), undefined);
        assert.equal(startedTimes(), 2);
    });

    it("puts a node back that was taken out before its roll was cut short", () => {
        host = FakeHost.like("2.5.0");
        host.lib("ledger_update out=yes");
        host.write("fake/active", "inactive");
        host.stage("2.5.0", ["sv=2"], (lines) => [...lines, "option afterStart touch $GARAGE_NODE_ROOT/back"]);
        assert.equal(host.start(line("2.5.0")).code, 0);
        assert.deepEqual([host.has("back"), host.ledgerValue("out")], [true, undefined]);
    });

    const below = async (boundary: string) => {
        host = FakeHost.like("2.5.0");
        host.lib("ledger_update 'act=failed roll 2.5.0-aa' release=2.4.0 rollfrom=2.4.0-aa");
        host.write("fake/active", "failed");
        host.stage("2.4.0", ["sv=2"]);
        const others = [`line rome ${line("2.4.0")}`, `queuemoved ${boundary}`];
        const run = host.start(line("2.4.0"), others);
        assert.equal(run.code, 0, run.stderr);
        return host.ledgerValue("debt");
    };

    it("writes down that a lower release doesn't show which blocks are missing, whoever ran before it", async () => {
        assert.equal(await below("2.5.0"), "2.5.0");
        host.remove();
        // Only where the boundary lies between the two.
        assert.equal(await below("2.5.1"), undefined);
        host.remove();
        assert.equal(await below("2.4.0"), undefined);
    });

    const impatient = (lines: string[]) => [...lines, "option cliTimeoutSeconds 1"];

    it("switches a node that hangs since its roll to what is asked for now: every other roll waits for it", () => {
        host = FakeHost.like("2.4.0");
        host.lib("ledger_update 'act=failed roll 2.4.0-aa' rollfrom=2.3.0-aa");
        host.write("fake/hangs", "");
        host.stage("2.5.0", ["sv=2"], impatient);
        const run = host.start(line("2.5.0"));
        assert.equal(run.code, 0, run.stderr);
        assert.equal(host.ledgerValue("generation"), "2.5.0-aa");
        assert.equal(host.ledgerValue("rollfrom"), "2.3.0-aa", "roll proves it yet");
        assert.equal(startedTimes(), 2);
    });

    it("leaves a daemon alone that answers, or that no roll has touched", () => {
        host = FakeHost.like("2.4.0");
        host.stage("2.5.0", ["sv=2"], impatient);
        host.write("fake/hangs", "");
        assert.equal(host.start(line("2.5.0")).code, 0);
        host.remove();
        host = FakeHost.like("2.4.0");
        host.lib("ledger_update 'act=failed roll 2.4.0-aa'");
        host.stage("2.5.0", ["sv=2"], impatient);
        assert.equal(host.start(line("2.5.0")).code, 0);
        assert.equal(host.ledgerValue("generation"), "2.4.0-aa");
        assert.equal(startedTimes(), 1);
    });

    it("touches nothing when systemd doesn't say whether the daemon runs", () => {
        host = FakeHost.like("2.5.0");
        host.write("fake/active", "unknown");
        assertRefused(host.start(line("2.5.0")), "systemd-silent");
        assert.equal(startedTimes(), 1);
    });

    const converting = (id: string, engine: string) =>
        host.job(
            ["stage", id, "sv=2"],
            host.stageSheet("2.5.0", (lines) => [...lines, "convert allowed"], engine),
        );

    it("starts what fits the database when a conversion was cut short, whatever is asked for", () => {
        host = FakeHost.like("2.5.0");
        assert.equal(converting("2.5.0-bb", "sqlite").code, 0);
        // As roll leaves it: stopped, not yet converted.
        host.lib("ledger_update 'act=roll 2.5.0-bb' rollfrom=2.5.0-aa");
        host.write("fake/active", "inactive");
        assert.equal(host.start(line("2.5.0")).code, 0);
        assert.equal(host.ledgerValue("generation"), "2.5.0-aa");
        assert.equal(host.ledgerValue("act"), "roll 2.5.0-bb", "roll converts yet");
        // Converted, not yet switched, and set back.
        host.lib("ledger_update engine=sqlite");
        host.write(`${METADATA}/db.sqlite`, "data");
        host.write("fake/active", "inactive");
        assert.equal(converting("2.5.0-aa", "lmdb").code, 0);
        const run = host.start(line("2.5.0"));
        assert.equal(run.code, 0, run.stderr);
        assert.equal(host.ledgerValue("generation"), "2.5.0-bb");
    });
});

function openHop(host: FakeHost): void {
    host.write("fake/active", "inactive");
    host.lib(
        "ledger_update hop=0.8-to-0.9 attempt=1 hopstate=open 'held=hop 0.8-to-0.9: halted' +passed=quiesce +passed=halt backup=/var/lib/garage-backups/b1",
    );
}

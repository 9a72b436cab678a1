import { strict as assert } from "node:assert";
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { attempt, FakeHost, IDS, phasesBefore, stepsLine } from "./support";
import { stats, workers } from "./tables";

const HOP = "0.8-to-0.9";

/** As far as halted looks at what drain has noted. */
const NOTE = `attempt beef0001\n${["paris", "london", "rome"].map((name) => `items ${name} object 5\n`).join("")}`;

/** A port of this machine that answers, and how to close it. */
async function openPort(): Promise<{ port: number; server: Server }> {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await new Promise((ready) => server.once("listening", ready));
    return { port: (server.address() as { port: number }).port, server };
}

describe("quiesce", () => {
    let host: FakeHost;
    let peer: Server;
    beforeEach(async () => {
        host = await new FakeHost().started();
        host.option("healthTimeoutSeconds 1");
        const open = await openPort();
        peer = open.server;
        host.addresses = { paris: "127.0.0.1:1", london: `127.0.0.1:${open.port}`, rome: `127.0.0.1:${open.port}` };
    });
    afterEach(() => {
        peer.close();
        host.remove();
    });
    const quiesce = () => host.verb(`quiesce ${HOP}`, host.sheet("0.9.4", [`attempt ${HOP} attempt beef0001`]));

    it("opens the attempt, then restarts the old release with S3 off", async () => {
        const ran = await quiesce();
        assert.equal(ran.stdout, "paris quiet beef0001", ran.log);
        assert.deepEqual(host.seen("acts"), ["stop", "start 0.8.7-old.quiet 0.8"]);
        const facts = ["hop", "attempt", "attemptid", "hopstate", "passed", "generation"];
        assert.deepEqual(
            facts.map((key) => host.recorded(key).join()),
            [HOP, "1", "beef0001", "open", "quiesce", "0.8.7-old.quiet"],
        );
    });

    it("a withdrawn attempt is followed by a new one, with nothing passed and no backup", async () => {
        host.ledger(attempt(HOP, phasesBefore("halted"), { hopstate: "withdrawn", attemptid: "old", backup: "/b" }));
        await quiesce();
        const facts = ["attempt", "hopstate", "passed", "backup"];
        assert.deepEqual(
            facts.map((key) => host.recorded(key).join()),
            ["2", "open", "quiesce", ""],
        );
    });

    it("a peer that is down before the first step: refused, nothing stopped", async () => {
        host.addresses.rome = "127.0.0.1:1";
        assert.match((await quiesce()).log, /rome does not listen .*\[peer-down\]/);
        assert.deepEqual([host.seen("acts"), host.recorded("hop")], [[], []]);
    });

    it("a daemon that still listens for S3: refused, and not passed", async () => {
        host.tell("loud", "");
        assert.match((await quiesce()).log, /listens on port 3900 \[not-quiet\]/);
        assert.deepEqual(host.recorded("passed"), []);
    });
});

describe("drain", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
        host.ledger(attempt(HOP, phasesBefore("drain")));
    });
    afterEach(() => host.remove());

    for (const [mode, queue, why] of [
        ["empty", { resync: 12 }, "rome: 12 blocks in the resync queue"],
        ["empty", { errors: 2 }, "rome: 2 blocks with resync errors"],
        ["settled", { errors: 1 }, "rome: 1 blocks with resync errors"],
        ["settled", { merkle: 7 }, "rome: 7 entries in Merkle queues, 0 to insert"],
        ["empty", { merkle: 7 }, "rome: 7 entries in Merkle queues, 0 to insert"],
    ] as const)
        it(`${mode}: ${why} → not yet, and a limit ends it`, async () => {
            host.option(`drain ${mode}`, "drainTimeoutSeconds 1");
            host.tell("stats.3333", stats(queue));
            const ran = await host.verb(`drain ${HOP}`, host.sheet("0.9.4"));
            assert.match(ran.log, new RegExp(`${why}.*\\[drain-timeout\\]`));
            assert.ok(!host.recorded("passed").includes("drain"));
        });

    it("settled: blocks that wait for their time are carried over", async () => {
        host.option("drain settled");
        host.tell("stats.3333", stats({ resync: 12 }));
        const ran = await host.verb(`drain ${HOP}`, host.sheet("0.9.4"));
        assert.equal(ran.stdout, "drained beef0001", ran.log);
        assert.match(ran.log, /queues are settled \(12 blocks wait for their time\)/);
    });

    it("settled: a resync worker at work isn't settled", async () => {
        host.option("drain settled", "drainTimeoutSeconds 1");
        host.tell("workers", workers("Busy"));
        assert.match((await host.verb(`drain ${HOP}`, host.sheet("0.9.4"))).log, /1 resync workers at work/);
    });

    it("empty: says how long it may take, from the time that S3 went off", async () => {
        host.option("drainTimeoutSeconds 1");
        host.ledger(attempt(HOP, phasesBefore("drain"), { quietat: String(Math.floor(Date.now() / 1000) - 600) }));
        host.tell("stats", stats({ resync: 1 }));
        const ran = await host.verb(`drain ${HOP}`, host.sheet("0.9.4"));
        assert.match(ran.log, /about (1[0-3]|[1-9]) s to go/);
    });

    it("a peer's figure that is no number is no answer, and runs nothing", async () => {
        host.option("drain empty", "drainTimeoutSeconds 1");
        host.tell(
            "stats.3333",
            stats().replace("resync queue length: 0", `resync queue length: EUID[$(id>${host.root}/ran)]`),
        );
        const ran = await host.verb(`drain ${HOP}`, host.sheet("0.9.4"));
        assert.match(ran.log, /rome: answers what isn't understood.*\[drain-timeout\]/);
        assert.ok(!existsSync(join(host.root, "ran")));
    });

    it("a host that doesn't come back isn't waited for", async () => {
        host.option("drain empty", "drainTimeoutSeconds 100000");
        host.tell("stats.3333", "");
        host.write(
            "fast.sh",
            `clock() { give "$((SECONDS * 100))" "$1"; }
source ${process.cwd()}/sdk/host/drain.sh
verb_drain ${HOP}`,
        );
        const ran = await host.verb(`call source ${host.root}/fast.sh`, host.sheet("0.9.4"));
        assert.match(ran.log, /can't be empty: rome has not answered for 300 s\..*\(without\) \[drain-timeout\]/);
    });

    it("a word that is neither: refused", async () => {
        host.option("drain maybe");
        assert.match((await host.verb(`drain ${HOP}`, host.sheet("0.9.4"))).log, /\[option-unknown\]/);
    });
});

describe("halt", () => {
    let host: FakeHost;
    const halt = (release = "0.9.4", more: string[] = []) =>
        host.verb(`halt ${release === "0.9.4" ? HOP : "0.9-to-1"}`, host.sheet(release, more));
    const ready = async (release = "0.8.7", hop = HOP) => {
        host = await new FakeHost(release).started();
        host.ledger(attempt(hop, ["quiesce"], { quietat: "1000" }));
    };
    afterEach(() => host.remove());

    it("stops nothing where the backup's directory isn't root's", async () => {
        await ready();
        const foreign = "backups_fit() { LAST_SEEN=foreign; return 1; }";
        host.write("foreign.sh", `${foreign}\nsource ${process.cwd()}/sdk/host/halt.sh\nverb_halt ${HOP}`);
        const ran = await host.verb(`call source ${host.root}/foreign.sh`, host.sheet("0.9.4"));
        assert.match(ran.log, /foreign; nothing was stopped.*\[path-unfit\]/);
        assert.deepEqual([host.seen("acts"), host.recorded("held")], [[], []]);
    });

    it("stops, backs everything up but snapshots, proves it and holds the node down", async () => {
        await ready();
        host.write("var/lib/garage/meta/snapshots/x/data.mdb", "old");
        const ran = await halt();
        const backup = host.recorded("backup")[0]!;
        assert.equal(ran.stdout, `paris ${backup} beef0001`, ran.log);
        assert.match(backup, /garage-backups\/0\.8-to-0\.9-1-\d{8}T\d{6}Z$/);
        assert.equal(readFileSync(join(backup, "metadata/db/db"), "utf8"), "rows\n");
        assert.ok(existsSync(join(backup, "generations/0.8.7-old/garage")));
        assert.ok(!existsSync(join(backup, "metadata/snapshots")));
        const manifest = readFileSync(join(backup, "manifest"), "utf8");
        for (const line of ["node paris", `id ${IDS.paris}`, "series 0.8", "release 0.8.7", "items.object 5"])
            assert.ok(manifest.includes(`\n${line}\n`), line);
        assert.match(host.recorded("held")[0]!, /^hop 0\.8-to-0\.9: /);
        assert.ok(!host.runs);
    });

    for (const line of [
        "2026-01-01T00:00:00Z  WARN garage_block::manager: Not enough space",
        "\u001b[2m2026\u001b[0m \u001b[31mERROR\u001b[0m garage_table: failed to decode",
        "thread 'main' panicked at src/x.rs:1",
    ])
        it(`the journal says «${line.slice(0, 40).replace(/[^ -~]/g, "")}…»: refused, the daemon runs on; waived: goes on`, async () => {
            await ready();
            host.tell("journal", `${line} \u001b]0;title\u0007\u009b2J\n`);
            const ran = await halt();
            assert.match(ran.log, /\[journal-warnings\]/);
            for (const obeyed of ["\u001b", "\u0007", "\u009b"]) assert.ok(!ran.log.includes(obeyed));
            assert.ok(host.runs);
            host.option("skipChecks journal-warnings");
            assert.equal((await halt()).code, 0);
        });

    it("reads the journal since all were quiet by this node's own clock, and forgives what a cluster in restart says", async () => {
        await ready();
        host.tell("journal", "WARN garage_rpc::system: Error establishing RPC connection: Connection refused\n");
        const ran = await halt("0.9.4", ["repaired repair began 2026-01-01T00:00:00Z beef0001"]);
        assert.equal(ran.code, 0, ran.log);
        assert.ok(host.seen("calls").includes("journalctl -u garage.service --since @1045 --no-pager -o cat"));
    });

    for (const [what, lines, since] of [
        ["a minute after it went quiet: since half of that", [], 9970],
        ["where the clock was set back since: the last hour", ["WENT=99999"], 6400],
        ["on the short way: since repair began", ["WENT=", "REPAIRED=2026-01-01T00:00:00Z"], 1767225600],
        ["on the short way, and nobody says when: the last hour", ["WENT="], 6400],
    ] as const)
        it(`the journal is read ${what}`, async () => {
            await ready();
            host.write(
                "since.sh",
                `WENT=9940 REPAIRED=
${lines.join("\n")}
date() { case "$*" in +%s) echo 10000 ;; *) command date "$@" ;; esac; }
ledger_get() { give "$WENT" "$2"; }
sheet_get() { give "${"$"}{REPAIRED:+repair began $REPAIRED beef0001}" "$2"; }
source ${process.cwd()}/sdk/host/halt.sh
halt_since since
answer "$since"`,
            );
            assert.equal((await host.verb(`call source ${host.root}/since.sh`)).stdout, String(since));
        });

    it("takes Garage's own snapshot where the release has it; its failure stops, unless waived", async () => {
        await ready("0.9.4", "0.9-to-1");
        host.tell("snapshot", "1111111111111111  error: no space\n");
        assert.match((await halt("1.3.0")).log, /\[snapshot-failed\]/);
        host.option("skipChecks snapshot-failed");
        assert.equal((await halt("1.3.0")).code, 0);
        assert.ok(host.seen("calls").includes("meta snapshot"));
    });

    for (const [where, what] of [
        ["var/lib/garage/meta/db", "the database"],
        ["var/lib/garage/meta/peer_list", "another file"],
    ] as const)
        it(`${what} lies behind a link: no backup without it is called whole`, async () => {
            await ready();
            const at = join(host.root, where);
            if (!existsSync(at)) host.write(where, "peers");
            renameSync(at, join(host.root, "elsewhere"));
            symlinkSync(join(host.root, "elsewhere"), at);
            const ran = await halt();
            assert.equal(ran.code, 1);
            assert.match(ran.log, /\[backup-failed\]/);
            assert.deepEqual(host.recorded("backup"), []);
        });

    it("the metadata directory is a link: what it leads to is backed up, and comes back", async () => {
        await ready();
        renameSync(host.meta, join(host.root, "elsewhere"));
        symlinkSync(join(host.root, "elsewhere"), host.meta);
        const ran = await halt();
        assert.equal(ran.code, 0, ran.log);
        const backup = host.recorded("backup")[0]!;
        assert.equal(readFileSync(join(backup, "metadata/db/db"), "utf8"), "rows\n");
        host.write("elsewhere/db/db", "other rows\n");
        const restored = await host.verb(`restore ${backup} even-if-finished`);
        assert.equal(restored.code, 0, restored.log);
        assert.equal(readFileSync(join(host.root, "elsewhere/db/db"), "utf8"), "rows\n");
    });

    for (const [disk, synced] of [
        ["a disk that fails to write it", '"-f /" | [!-]*'],
        ["old coreutils, without sync -f", "[!-]*"],
    ] as const)
        it(`the backup on ${disk}: ${disk.startsWith("old") ? "taken" : "none"}`, async () => {
            await ready();
            host.write(
                "sync.sh",
                `sync() { case "$*" in "" | ${synced}) ;; *) return 1 ;; esac; }
source ${process.cwd()}/sdk/host/halt.sh
verb_halt ${HOP}`,
            );
            const ran = await host.verb(`call source ${host.root}/sync.sh`, host.sheet("0.9.4"));
            if (disk.startsWith("old")) assert.equal(ran.code, 0, ran.log);
            else {
                assert.match(ran.log, /can't be written to the disk.*\[backup-failed\]/);
                assert.deepEqual(host.recorded("backup"), []);
            }
        });

    it("no space for the backup: refused before anything stops", async () => {
        await ready();
        host.tell("free-kb", "1000");
        assert.match((await halt()).log, /\[space-backup\]/);
        assert.ok(host.runs);
    });

    it("openssl doesn't work: the files are proven all the same", async () => {
        await ready();
        host.tell("openssl-broken", "");
        assert.equal((await halt()).code, 0);
        assert.match(
            readFileSync(join(host.recorded("backup")[0]!, "manifest"), "utf8"),
            /^file [0-9a-f]{64} db\/db$/m,
        );
    });

    it("the short way goes without quiesce: here the attempt begins", async () => {
        await ready();
        host.ledger({});
        assert.equal((await halt("0.9.4", [stepsLine("short")])).code, 0);
        assert.deepEqual([host.recorded("hop"), host.recorded("passed")], [[HOP], ["halt"]]);
    });

    it("a reboot between the hold and the backup: the manifest has what the daemon held", async () => {
        await ready();
        host.write(
            "dies.sh",
            `source ${process.cwd()}/sdk/host/halt.sh; daemon_stop() { exit 137; }; verb_halt ${HOP}`,
        );
        assert.equal((await host.verb(`call source ${host.root}/dies.sh`, host.sheet("0.9.4"))).code, 137);
        rmSync(join(host.root, "run/garage-node"), { recursive: true, force: true });
        await host.verb("call daemon_stop");
        const ran = await halt();
        assert.equal(ran.code, 0, ran.log);
        const manifest = readFileSync(join(host.recorded("backup")[0]!, "manifest"), "utf8");
        for (const table of ["bucket", "key", "object", "version", "block_ref"])
            for (const line of [`items.${table} 5`, `gone.${table} 0`])
                assert.ok(manifest.includes(`\n${line}\n`), line);
    });

    it("cut short after the hold: goes on with the backup, whatever the journal says by now", async () => {
        await ready();
        host.ledger(attempt(HOP, ["quiesce"], { held: `hop ${HOP}: stopped for its backup in attempt 1` }));
        host.tell("journal", "ERROR x\n");
        assert.equal((await halt()).code, 0);
    });
});

describe("halted", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = new FakeHost();
        host.ledger(attempt(HOP, phasesBefore("halted")));
        host.write(PROOF, NOTE);
    });
    afterEach(() => host.remove());
    const PROOF = `var/lib/garage/meta/garage-node.proof-${HOP}`;
    const lines = ["paris", "london", "rome"].map(
        (name) => `passed halt ${name} ${name} /b/0.8-to-0.9-1-20260101T000000Z beef0001`,
    );
    const halted = (more = lines) =>
        host.verb(`halted ${HOP}`, host.sheet("0.9.4", [`attempt ${HOP} attempt beef0001`, ...more], "no answers"));

    it("all backups named and all ports closed: passes", async () => {
        const ran = await halted();
        assert.equal(ran.stdout, "all nodes are down beef0001", ran.log);
    });

    for (const [name, more] of [
        ["one node has not answered", lines.slice(1)],
        ["a host answered for another node", [...lines.slice(1), lines[0]!.replace("paris paris", "paris rome")]],
        ["the backup is of another hop", [...lines.slice(1), lines[0]!.replace("0.8-to-0.9", "0.7-to-0.8")]],
    ] as const)
        it(`${name}: refused`, async () => {
            assert.match((await halted([...more])).log, /\[halted-unproven\]/);
        });

    it("what verify will need isn't here: refused while version back still helps", async () => {
        rmSync(join(host.root, PROOF));
        assert.match((await halted()).log, /no data were changed yet.* set version back.*\[proof-missing\]/);
        assert.ok(!host.recorded("passed").includes("halted"));
    });

    it("the note is of an attempt that was given up: refused, and says so", async () => {
        host.write(PROOF, NOTE.replace("beef0001", "beef0000"));
        assert.match((await halted()).log, /is of another attempt, .*set version back.*\[proof-missing\]/);
    });

    it("a node came along after drain: refused, as nothing says what it held", async () => {
        host.write(PROOF, NOTE.replace(/^items rome .*\n/m, ""));
        const ran = await halted();
        assert.match(ran.log, /says nothing of rome, .*Leave rome out again \(without\).*\[proof-missing\]/);
        const left = host
            .sheet("0.9.4", [`attempt ${HOP} attempt beef0001`, ...lines], "no answers")
            .replace(/(peer rome .*) in/, "$1 without");
        assert.equal((await host.verb(`halted ${HOP}`, left)).stdout, "all nodes are down beef0001");
    });

    it("a port of RPC that still answers: refused, and says where", async () => {
        const { port, server } = await openPort();
        host.addresses.rome = `127.0.0.1:${port}`;
        const ran = await halted();
        server.close();
        assert.match(ran.log, new RegExp(`rome still answers on 127.0.0.1, port ${port}.*\\[still-running\\]`));
    });

    it("an address that can't be resolved proves nothing: refused", async () => {
        host.addresses.rome = "no-such-host.invalid:3901";
        assert.match((await halted()).log, /\[address-unknown\]/);
    });
});

// Doesn't prove how long it takes: that no try waits for another one.
describe("ports behind a firewall that drops", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
    });
    afterEach(() => host.remove());

    /** A verb whose tries of a port each end only when all have begun. */
    const tried = (verb: string, words: string, tries: number, sheet: string) => {
        host.write(
            "drops.sh",
            `mkdir ${host.root}/tries
tcp_state() {
    local left=500
    : >"${host.root}/tries/$BASHPID"
    until [ "$(ls ${host.root}/tries | wc -l)" -ge ${tries} ]; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || { echo unknown && return; }
        command sleep 0.02
    done
    echo silent
}
source ${process.cwd()}/sdk/host/${verb}.sh
verb_${verb} ${words}`,
        );
        return host.verb(`call source ${host.root}/drops.sh`, sheet);
    };

    it("repair tries all at once, and needs no answer where each host has said that it is quiet", async () => {
        host.ledger(attempt(HOP, phasesBefore("repair")));
        const ran = await tried("repair", HOP, 6, host.sheet("0.9.4"));
        assert.match(ran.stdout, /^repair began \S+ beef0001$/, ran.log);
    });

    it("halted tries all at once, and needs no answer where each host has said that it is down", async () => {
        host.ledger(attempt(HOP, phasesBefore("halted")));
        host.write(`var/lib/garage/meta/garage-node.proof-${HOP}`, NOTE);
        const ran = await tried("halted", HOP, 6, host.sheet("0.9.4"));
        assert.equal(ran.stdout, "all nodes are down beef0001", ran.log);
    });

    it("quiesce, before the first step, takes no silent peer for one that is up", async () => {
        host.option("healthTimeoutSeconds 1");
        const ran = await tried("quiesce", HOP, 2, host.sheet("0.9.4"));
        assert.match(ran.log, /london does not listen on .*\[peer-down\]/);
        assert.deepEqual(host.seen("acts"), []);
    });

    it("where nobody could be asked nothing is proven", async () => {
        host.ledger(attempt(HOP, phasesBefore("repair")));
        host.write(
            "none.sh",
            `tcp_state() { return 1; }
source ${process.cwd()}/sdk/host/repair.sh
require_views() { :; }
verb_repair ${HOP}`,
        );
        const ran = await host.verb(`call source ${host.root}/none.sh`, host.sheet("0.9.4"));
        assert.match(ran.log, /nobody can say whether S3 is off there \[address-unknown\]/);
    });
});

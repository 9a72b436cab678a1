import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { answers, attempt, FakeHost, IDS, stepsLine } from "./support";
import { stats } from "./tables";

const ready = new Map<string, FakeHost>();

/** A node that `halt` has really backed up and holds down; made once a release, copied for each test. */
async function halted(release: string, hop: string): Promise<FakeHost> {
    if (!ready.has(release)) {
        const host = await new FakeHost(release).started();
        host.ledger(attempt(hop, ["quiesce"]));
        const ran = await host.verb(`halt ${hop}`, host.sheet("0"));
        assert.equal(ran.code, 0, ran.log);
        host.forget("acts", "calls");
        ready.set(release, host);
    }
    return new FakeHost(release, ready.get(release));
}

after(() => {
    for (const host of ready.values()) host.remove();
});

describe("migrate", () => {
    const HOP = "0.8-to-0.9";
    let host: FakeHost;
    const migrate = (generation = "0.9.4-new", release = "0.9.4", more: string[] = []) =>
        host.verb(`migrate ${HOP} ${generation}`, host.sheet(release, more));

    beforeEach(async () => {
        host = await halted("0.8.7", HOP);
        host.generation("0.9.4-new", "0.9.4");
    });
    afterEach(() => host.remove());

    it("raises the ledger before the first start, which is with S3 off", async () => {
        const ran = await migrate();
        assert.equal(ran.stdout, "paris 0.9 beef0001", ran.log);
        assert.deepEqual(host.seen("acts"), ["start 0.9.4-new.quiet 0.9"]);
        const facts = ["series", "release", "previous", "engine", "generation", "held", "migrating"];
        assert.deepEqual(
            facts.map((key) => host.recorded(key).join()),
            ["0.9", "0.9.4", "0.8.7", "sled", "0.9.4-new.quiet", "", ""],
        );
        assert.ok(host.recorded("passed").includes("migrate"));
    });

    it("the short way starts with S3 on", async () => {
        await migrate(undefined, undefined, [stepsLine("short")]);
        assert.deepEqual(host.seen("acts"), ["start 0.9.4-new 0.9"]);
        assert.deepEqual(host.recorded("generation"), ["0.9.4-new"]);
    });

    it("a database that changed since its backup: refused, the way is back and forward again", async () => {
        host.write("var/lib/garage/meta/db/db", "somebody wrote\n");
        const ran = await migrate();
        assert.match(ran.log, /metadata have changed .*db\/db.*set version back .*\[database-changed\]/);
        assert.deepEqual([host.seen("acts"), host.recorded("series"), host.recorded("migrating")], [[], ["0.8"], []]);
    });

    it("a file more, or one less, is a change too", async () => {
        host.write("var/lib/garage/meta/db/blobs", "new");
        assert.match((await migrate()).log, /\[database-changed\]/);
    });

    it("a backup that isn't as it was written: refused", async () => {
        writeFileSync(join(host.recorded("backup")[0]!, "metadata/db/db"), "rot");
        assert.match((await migrate()).log, /\[backup-broken\]/);
        assert.deepEqual(host.seen("acts"), []);
    });

    it("a backup that says nothing of its files: refused", async () => {
        const manifest = join(host.recorded("backup")[0]!, "manifest");
        writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/^file .*\n/gm, ""));
        assert.match((await migrate()).log, /names no files.*\[backup-broken\]/);
        assert.deepEqual(host.seen("acts"), []);
    });

    it("a daemon that somebody got started: refused, and left running", async () => {
        await host.started();
        assert.match((await migrate()).log, /\[daemon-running\]/);
        assert.ok(host.runs);
    });

    it("after a reboot systemd tries in vain to start the held node: that is no daemon", async () => {
        host.tell("tries-again", "");
        assert.equal((await migrate()).stdout, "paris 0.9 beef0001");
    });

    it("a peer that still answers to the old secret: refused", async () => {
        const server = createServer().listen(0, "127.0.0.1");
        await new Promise((ready) => server.once("listening", ready));
        host.addresses.rome = `127.0.0.1:${(server.address() as { port: number }).port}`;
        host.tell("peers-answer", "");
        const ran = await migrate();
        server.close();
        assert.match(ran.log, /rome still runs series 0.8.*\[still-running\]/);
        assert.deepEqual([host.seen("acts"), host.recorded("migrating")], [[], []]);
    });

    for (const [name, generation, release, id] of [
        ["a generation that doesn't lie here", "0.9.4-none", "0.9.4", "generation-missing"],
        ["a generation of the old series", "0.8.7-old", "0.8.7", "hop-target"],
        ["another release than the one staged", "0.9.4-new", "0.9.5", "stage-differs"],
    ] as const)
        it(`${name}: refused`, async () => {
            assert.match((await migrate(generation, release)).log, new RegExp(`\\[${id}\\]`));
            assert.deepEqual(host.seen("acts"), []);
        });

    it("without a backup: refused", async () => {
        host.ledger(attempt(HOP, ["quiesce"]));
        assert.match((await migrate()).log, /halt .*\[hop-order\]/);
    });

    it("a first release that doesn't start: a higher one goes on, a lower one doesn't", async () => {
        host.tell("start-fails", "");
        assert.match((await migrate()).log, /\[daemon-not-started\]/);
        assert.deepEqual(host.recorded("series"), ["0.9"]);
        host.forget("start-fails");
        host.generation("0.9.3-low", "0.9.3");
        assert.match((await migrate("0.9.3-low", "0.9.3")).log, /\[release-lower\]/);
        host.generation("0.9.5-up", "0.9.5");
        const ran = await migrate("0.9.5-up", "0.9.5");
        assert.equal(ran.stdout, "paris 0.9 beef0001", ran.log);
        assert.deepEqual(host.recorded("release"), ["0.9.5"]);
        assert.equal(host.seen("acts").at(-1), "start 0.9.5-up.quiet 0.9");
    });

    it("passed, then a higher patch release: the node is switched, S3 off", async () => {
        await migrate();
        host.generation("0.9.5-up", "0.9.5");
        host.forget("acts");
        const ran = await migrate("0.9.5-up", "0.9.5");
        assert.equal(ran.stdout, "paris 0.9 beef0001", ran.log);
        assert.deepEqual(host.seen("acts"), ["stop", "start 0.9.5-up.quiet 0.9"]);
        host.forget("acts");
        host.generation("0.9.3-low", "0.9.3");
        assert.match((await migrate("0.9.3-low", "0.9.3")).log, /\[release-lower\]/);
        assert.deepEqual([host.seen("acts"), host.recorded("generation")], [[], ["0.9.5-up.quiet"]]);
    });

    it("on the short way takes its turn, as clients are on, and waits no longer than those before it may take", async () => {
        const behind = (sheet: string) => sheet.replace(/(peer paris .*\n)(peer london .*\n)/, "$2$1");
        const call = (generation: string, release: string) =>
            host.verb(`migrate ${HOP} ${generation}`, behind(host.sheet(release, [stepsLine("short")])));
        await call("0.9.4-new", "0.9.4");
        host.generation("0.9.5-up", "0.9.5");
        host.tell("stats.2222", stats({}, {}, "0.9.5"));
        const ran = await call("0.9.5-up", "0.9.5");
        assert.equal(ran.stdout, "paris 0.9 beef0001", ran.log);
        assert.doesNotMatch(ran.log, /goes on/);
        host.generation("0.9.6-up", "0.9.6");
        host.option("healthTimeoutSeconds 1");
        host.forget("acts");
        const late = await call("0.9.6-up", "0.9.6");
        assert.match(late.log, /goes on \(london: its turn is before\)/);
        assert.deepEqual(host.seen("acts"), ["stop", "start 0.9.6-up 0.9"]);
    });

    it("a switch to a higher patch release that was cut short behind the ledger's write is done by the next call", async () => {
        await migrate();
        host.generation("0.9.5-up", "0.9.5");
        await host.verb("call ledger_update previous=0.9.4 release=0.9.5 generation=0.9.5-up.quiet");
        for (const what of ["the old one runs", "its reboot was refused", "stopped"]) {
            if (what !== "the old one runs") await host.verb("call daemon_stop");
            if (what === "stopped") host.activate("0.9.5-up.quiet");
            host.forget("acts");
            const ran = await migrate("0.9.5-up", "0.9.5");
            assert.equal(ran.stdout, "paris 0.9 beef0001", ran.log);
            assert.equal(host.seen("acts").at(-1), "start 0.9.5-up.quiet 0.9", what);
            host.activate("0.9.4-new.quiet");
        }
        host.activate("0.9.5-up.quiet");
        host.forget("acts");
        assert.equal((await migrate("0.9.5-up", "0.9.5")).code, 0);
        assert.deepEqual(host.seen("acts"), [], "what runs is left alone");
    });
});

describe("migrate to another engine", () => {
    let host: FakeHost;
    afterEach(() => host.remove());

    async function halting(release: string, hop: string, to: string): Promise<() => ReturnType<FakeHost["verb"]>> {
        host = await halted(release, hop);
        host.generation(`${to}-new`, to, "lmdb");
        return () => host.verb(`migrate ${hop} ${to}-new`, host.sheet(to));
    }
    const converted = () => readFileSync(join(host.meta, "db.lmdb/data.mdb"), "utf8");

    it("0.9 → 1: the old binary converts, the old database is kept aside, objects are counted once more", async () => {
        const migrate = await halting("0.9.4", "0.9-to-1", "1.3.0");
        const ran = await migrate();
        assert.equal(ran.stdout, "paris 1 beef0001", ran.log);
        assert.equal(converted(), "converted from:\nrows\nopened\n");
        assert.ok(existsSync(join(host.meta, "before-0.9-to-1/db/db")));
        assert.ok(!existsSync(join(host.meta, "db")));
        assert.equal(host.seen("calls").filter((call) => call.startsWith("offline-repair")).length, 1);
        assert.deepEqual(host.recorded("engine"), ["lmdb"]);
    });

    it("a conversion cut short begins again with the source as the backup has it", async () => {
        const migrate = await halting("0.9.4", "0.9-to-1", "1.3.0");
        host.tell("convert-fails", "");
        assert.match((await migrate()).log, /\[convert-failed\]/);
        assert.deepEqual([host.recorded("series"), host.recorded("engine")], [["0.9"], ["sled"]]);
        host.forget("convert-fails");
        const ran = await migrate();
        assert.equal(ran.code, 0, ran.log);
        assert.equal(converted(), "converted from:\nrows\nopened\n");
    });

    for (const [what, items] of [
        ["one entry fewer than the daemon had when it was stopped", "4"],
        ["nothing said of any table", ""],
    ])
        it(`a conversion with ${what}: nothing is started, the source stays`, async () => {
            const migrate = await halting("0.9.4", "0.9-to-1", "1.3.0");
            host.tell("converted", items!);
            const ran = await migrate();
            assert.match(ran.log, /after converting from sled to lmdb .*nothing was started.*\[convert-failed\]/);
            assert.deepEqual([host.recorded("series"), host.recorded("engine")], [["0.9"], ["sled"]]);
            assert.deepEqual(host.seen("acts"), []);
            assert.ok(existsSync(join(host.meta, "db/db")));
            host.forget("converted");
            assert.equal((await migrate()).code, 0);
        });

    for (const [what, release, hop, to] of [
        ["the conversion", "0.9.4", "0.9-to-1", "1.3.0"],
        ["offline-repair object_counters", "0.7.3", "0.7-to-0.8", "0.8.7"],
    ] as const)
        it(`${what} hangs: ended at repairTimeoutSeconds; the next call goes on`, async () => {
            const migrate = await halting(release, hop, to);
            // The first one converts, which isn't what is to hang.
            if (what !== "the conversion") host.generation(`${to}-new`, to);
            host.option("repairTimeoutSeconds 1");
            host.tell("hangs", "");
            const ran = await migrate();
            assert.match(ran.log, new RegExp(`${what} .*: not done after 1 s, and ended\n.*-failed\\]`));
            assert.deepEqual(host.seen("acts"), []);
            host.forget("hangs");
            const again = await migrate();
            assert.equal(again.code, 0, again.log);
        });

    it("a backup that doesn't say what the daemon held: another engine is refused, with the data as they were; the same one goes on", async () => {
        const migrate = await halting("0.9.4", "0.9-to-1", "1.3.0");
        const manifest = join(host.recorded("backup")[0]!, "manifest");
        writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/^(items|gone)\..*\n/gm, ""));
        const ran = await migrate();
        assert.match(ran.log, /compared with nothing; set version back to 0\.9\.4 .*\[backup-broken\]/);
        assert.deepEqual([host.recorded("migrating"), host.seen("acts")], [[], []]);
        host.generation("1.3.0-new", "1.3.0");
        assert.equal((await migrate()).code, 0);
    });

    it("a conversion with fewer entries than were noted, which garbage collection may have taken, goes on where the user has said so", async () => {
        const migrate = await halting("0.9.4", "0.9-to-1", "1.3.0");
        const manifest = join(host.recorded("backup")[0]!, "manifest");
        writeFileSync(manifest, readFileSync(manifest, "utf8").replace("gone.object 0", "gone.object 1"));
        host.tell("converted", "4");
        host.option("skipChecks items-fewer");
        assert.match((await migrate()).log, /table (?!object)\w+ has 4 entries, it had 5.*\[convert-failed\]/);
        writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/gone\.(\w+) \d/g, "gone.$1 1"));
        assert.equal((await migrate()).code, 0);
    });

    it("0.7 → 0.8: conversion first, then the offline repair; cut short there, only that is done again", async () => {
        const migrate = await halting("0.7.3", "0.7-to-0.8", "0.8.7");
        host.tell("offline-fails", "");
        assert.match((await migrate()).log, /\[offline-repair-failed\]/);
        assert.deepEqual([host.recorded("migrating"), host.recorded("series")], [["offline"], ["0.7"]]);
        host.forget("offline-fails", "calls");
        assert.equal((await migrate()).code, 0);
        assert.deepEqual(
            host.seen("calls").filter((call) => /^(convert|offline)/.test(call)),
            ["offline-repair --yes object_counters"],
        );
    });

    it("killed after the ledger was raised: the same call starts the new release", async () => {
        const migrate = await halting("0.9.4", "0.9-to-1", "1.3.0");
        host.tell("start-fails", "");
        await migrate();
        host.activate("0.9.4-old");
        host.forget("start-fails", "acts");
        const ran = await migrate();
        assert.equal(ran.code, 0, ran.log);
        assert.deepEqual(host.seen("acts"), ["start 1.3.0-new.quiet 1"]);
    });
});

describe("restore", () => {
    const HOP = "0.8-to-0.9";
    let host: FakeHost;
    let backup: string;
    beforeEach(async () => {
        host = await halted("0.8.7", HOP);
        backup = host.recorded("backup")[0]!;
        host.generation("0.9.4-new", "0.9.4");
        await host.verb(`migrate ${HOP} 0.9.4-new`, host.sheet("0.9.4"));
        host.write("var/lib/garage/meta/db/db", "of the new series\n");
        host.write("var/lib/garage/meta/data_layout", "new\n");
    });
    afterEach(() => host.remove());
    const stop = () => host.verb("call daemon_stop");
    const restore = (words = backup.split("/").at(-1)!) => host.verb(`restore ${words}`);

    it("puts metadata and the ledger's series back, keeps what was there aside, starts nothing", async () => {
        await stop();
        host.forget("acts");
        const ran = await restore();
        assert.equal(ran.stdout, "paris 0.8.7", ran.log);
        assert.equal(readFileSync(join(host.meta, "db/db"), "utf8"), "rows\n");
        assert.ok(!existsSync(join(host.meta, "data_layout")));
        const facts = ["series", "release", "engine", "generation", "hopstate", "held", "epoch", "redraw"];
        assert.deepEqual(
            facts.map((key) => host.recorded(key).join()),
            ["0.8", "0.8.7", "sled", "0.8.7-old", "withdrawn", "", "", "yes"],
        );
        const aside = readdirSync(host.meta).filter((name) => name.startsWith("before-restore-"));
        assert.equal(readFileSync(join(host.meta, aside[0]!, "db/db"), "utf8"), "of the new series\n");
        assert.deepEqual(host.seen("acts"), []);
        host.option("healthTimeoutSeconds 1");
        const again = await host.verb(
            `quiesce ${HOP}`,
            host.sheet("0.9.4", [`attempt ${HOP} attempt other`, ...answers("other")]),
        );
        assert.match(again.log, /\[peer-down\]/, "a new attempt may begin, once the peers are up");
    });

    it("a host is lost for good: the others go back, and start the old release without it", async () => {
        await stop();
        assert.equal((await restore()).code, 0);
        await host.verb("call ledger_update staged=0.8.7-old");
        host.forget("acts");
        const consent = await host.verb("call stage_consent 0.8.7 0.8 no");
        assert.equal(consent.code, 0, consent.log);
        host.write(
            "start.sh",
            `source ${process.cwd()}/sdk/host/start.sh
require_identity() { :; }
verb_start`,
        );
        const sheet = host.sheet("0.8.7", [], "no answers").replace(/(peer rome .*) in/, "$1 without");
        const ran = await host.verb(`call source ${host.root}/start.sh`, sheet);
        assert.equal(ran.code, 0, ran.log);
        assert.deepEqual(host.seen("acts"), ["start 0.8.7-old 0.8"]);
        assert.deepEqual([host.recorded("series"), host.recorded("hopstate")], [["0.8"], ["withdrawn"]]);
        assert.match((await host.verb(`preflight ${HOP}`, sheet)).log, /\[hop-target\]/, "a new attempt may begin");
    });

    /** A restore that dies at the move that the pattern `at` fits. */
    const killedAt = (at: string) => {
        host.write(
            "killed.sh",
            `mv() { case "$*" in ${at}) exit 137 ;; esac; command mv "$@"; }
source ${process.cwd()}/sdk/host/restore.sh
verb_restore ${backup}`,
        );
        return host.verb(`call source ${host.root}/killed.sh`);
    };

    for (const at of [
        "*/garage-node.ledger*before-restore*",
        "*node_key.pub*before-restore*",
        "*restore-new/db*",
        "*restore-new/garage-node.ledger*meta/",
    ])
        it(`killed at a move (${at}): done again, it ends well, and needs no word`, async () => {
            await stop();
            assert.equal((await killedAt(at)).code, 137);
            const ran = await restore();
            assert.equal(ran.code, 0, ran.log);
            assert.deepEqual([host.recorded("series"), host.recorded("hopstate")], [["0.8"], ["withdrawn"]]);
            assert.equal(readFileSync(join(host.meta, "db/db"), "utf8"), "rows\n");
            const again = await restore();
            assert.equal(again.code, 0, `nothing has run since: ${again.log}`);
        });

    it("a ledger that is gone for another reason: only when told that newer objects may go", async () => {
        await stop();
        await host.verb(`call mv ${join(host.meta, "garage-node.ledger")} ${host.root}/elsewhere`);
        assert.match((await restore()).log, /\[restore-loses\]/);
        assert.equal((await restore(`${backup} even-if-finished`)).code, 0);
    });

    /** The ledger with other words in it, and a database that was written to since. */
    const since = (...words: [RegExp, string][]) => {
        const ledger = join(host.meta, "garage-node.ledger");
        const text = words.reduce((all, [old, now]) => all.replace(old, now), readFileSync(ledger, "utf8"));
        writeFileSync(ledger, text);
        host.write("var/lib/garage/meta/db/db", "weeks of writes\n");
    };

    const OLD = [/^generation .*$/m, "generation 0.8.7-old"] as const;
    for (const [what, words] of [
        ["an attempt that was withdrawn, with S3 on again", [[/hopstate open/, "hopstate withdrawn"], [...OLD]]],
        ["an older attempt than the one that is open", [[/^attemptid .*$/m, "attemptid beef0002"]]],
        [
            "an older attempt, and only preflight of the new one has passed",
            [[/^attemptid .*$/m, "attemptid beef0002"], [...OLD]],
        ],
        ["the open attempt, with S3 on", [[/^series .*$/m, "series 0.8"], [...OLD]]],
    ] as [string, [RegExp, string][]][])
        it(`the backup of ${what}: only when told that newer objects may go`, async () => {
            await stop();
            since(...words);
            const untouched = host.snapshot(host.meta);
            assert.match((await restore()).log, /\[restore-loses\]/);
            assert.equal(host.snapshot(host.meta), untouched);
            assert.equal((await restore(`${backup} even-if-finished`)).code, 0);
        });

    it("a daemon that runs: refused", async () => {
        assert.match((await restore()).log, /\[daemon-running\]/);
        assert.deepEqual(host.recorded("series"), ["0.9"]);
    });

    it("no room for the copy: refused, whatever awk makes of large numbers", async () => {
        await stop();
        const copy = `set -e; du() { printf '%s\\tx\\n' "$KB"; }; source ${process.cwd()}/sdk/host/restore.sh; restore_copy ${backup} ${host.meta}`;
        for (const [kb, mib] of [
            ["12345678", 13262],
            ["4000000001", 4296876],
        ]) {
            host.tell("free-kb", "12345678");
            host.write("copy.sh", `KB=${kb}; ${copy}`);
            const ran = await host.verb(`call source ${host.root}/copy.sh`);
            assert.match(ran.log, new RegExp(`: ${mib} MiB needed, 12056 MiB free.*\\[space-restore\\]`));
            host.write(
                "sizes.sh",
                `du() { echo ${kb}; }; xargs() { cat >/dev/null; du; }; database_kb sled /m; metadata_kb ${host.meta}`,
            );
            assert.equal((await host.verb(`call source ${host.root}/sizes.sh`)).stdout, `${kb}\n${kb}`);
        }
    });

    it("a daemon that somebody starts while it copies: refused, and nothing was moved", async () => {
        await stop();
        await host.verb("call ledger_update held= hopstate=withdrawn");
        const before = host.snapshot(host.meta);
        host.write(
            "started.sh",
            `cp() { command cp "$@"; case "$*" in */restore-new) systemctl start garage.service ;; esac; }
source ${process.cwd()}/sdk/host/restore.sh
verb_restore ${backup} even-if-finished`,
        );
        const ran = await host.verb(`call source ${host.root}/started.sh`);
        assert.match(ran.log, /started meanwhile; nothing was changed.*\[daemon-running\]/);
        assert.ok(host.runs);
        rmSync(join(host.meta, "restore-new"), { recursive: true });
        assert.equal(host.snapshot(host.meta), before);
        assert.ok(!existsSync(join(host.root, "etc/garage-node/restoring")));
        await stop();
        assert.equal((await restore(`${backup} even-if-finished`)).code, 0);
    });

    it("another node's backup, none at all, or a broken one: refused, with the list of those there are", async () => {
        await stop();
        const untouched = host.snapshot(host.meta);
        assert.match((await restore("nothing")).log, new RegExp(`${HOP}-1-.*\\[restore-usage\\]`));
        const manifest = readFileSync(join(backup, "manifest"), "utf8");
        writeFileSync(join(backup, "manifest"), manifest.replace(IDS.paris!, IDS.rome!));
        assert.match((await restore()).log, /\[restore-foreign\]/);
        writeFileSync(join(backup, "manifest"), manifest);
        writeFileSync(join(backup, "metadata/node_key.pub"), "rot");
        assert.match((await restore()).log, /\[backup-broken\]/);
        assert.equal(host.snapshot(host.meta), untouched);
    });

    it("after the short way's first start, with S3 on: only when told that newer objects may go", async () => {
        await stop();
        const ledger = join(host.meta, "garage-node.ledger");
        writeFileSync(
            ledger,
            readFileSync(ledger, "utf8").replace("generation 0.9.4-new.quiet", "generation 0.9.4-new"),
        );
        assert.match((await restore()).log, /\[restore-loses\]/);
        assert.equal((await restore(`${backup} even-if-finished`)).code, 0);
    });

    it("after the hop was finished: only when told that newer objects may go", async () => {
        await stop();
        const ledger = join(host.meta, "garage-node.ledger");
        writeFileSync(ledger, readFileSync(ledger, "utf8").replace("hopstate open", "hopstate finished"));
        assert.match((await restore()).log, /\[restore-loses\]/);
        assert.equal((await restore(`${backup} even-if-finished`)).code, 0);
    });
});

import { strict as assert } from "node:assert";
import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, FakeHost, IDS, phasesBefore } from "./support";
import { layout, layoutJson, stats, status } from "./tables";

const HOP = "0.8-to-0.9";
const repairs = (host: FakeHost) => host.seen("calls").filter((call) => call.startsWith("repair"));

describe("preflight and its proof", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
        host.option("healthTimeoutSeconds 1");
    });
    afterEach(() => host.remove());
    const preflight = (more: string[] = []) => host.verb(`preflight ${HOP}`, host.sheet("0.9.4", more));

    it("a staged layout change, no layout, or another release somewhere: refused, no repair, no attempt", async () => {
        host.tell("layout", `${layout()}==== STAGED ROLE CHANGES ====\n`);
        assert.match((await preflight()).log, /\[layout-staged\]/);
        host.tell("layout", layout(undefined, 0));
        assert.match((await preflight()).log, /\[layout-missing\]/);
        host.tell("stats.3333", stats({}, {}, "0.8.6"));
        assert.match(
            (await preflight()).log,
            /rome: runs 0\.8\.6, not 0\.8\.7; 0\.8-to-0\.9 needs one release.*\[releases-differ\]/,
        );
        host.tell("status.3333", status(["rome"]));
        assert.match((await preflight()).log, /rome sees 1 of 3.*\[views-incomplete\]/);
        assert.deepEqual([repairs(host), host.recorded("hop")], [[], []]);
    });

    it("all is well: tables and blocks are repaired, what the cluster holds is noted, the attempt is open", async () => {
        const ran = await preflight();
        assert.equal(ran.stdout, `${HOP} attempt beef0001`, ran.log);
        assert.match(ran.log, /paris: all nodes run Garage 0\.8\.7\n/);
        assert.match(ran.log, /noted: 1 buckets, 1 keys, 15 entries in the nodes' object tables/);
        assert.deepEqual([host.recorded("hop"), host.recorded("passed")], [[HOP], ["preflight"]]);
    });

    it("a copy is missing: waited for, then refused, with no repair", async () => {
        host.tell("health", JSON.stringify({ partitions: 256, partitions_quorum: 256, partitions_all_ok: 200 }));
        assert.match((await preflight()).log, /not every partition .*200\/256\).*\[partitions-missing\]/);
        assert.deepEqual([repairs(host), host.recorded("hop")], [[], []]);
    });

    it("an older release than the hop was tried from: refused unless waived", async () => {
        host.tell("layout", layout(undefined, 0));
        assert.match((await preflight(["minfrom 0.8.8"])).log, /\[min-from\]/);
        host.option("skipChecks min-from");
        assert.match((await preflight(["minfrom 0.8.8"])).log, /waived.*\[min-from\][\s\S]*\[layout-missing\]/);
    });

    it("nodes left out: at most as many as a write quorum can do without", async () => {
        const sheet = host.sheet("0.9.4").replace(/(peer rome .*) in/, "$1 without");
        const both = sheet.replace(/(peer london .*) in/, "$1 without");
        host.tell("layout", layout(undefined, 0));
        assert.match((await host.verb(`preflight ${HOP}`, sheet)).log, /\[layout-missing\]/);
        assert.match((await host.verb(`preflight ${HOP}`, both)).log, /\[without-quorum\]/);
        const two = sheet.replace("replicationfactor 3", "replicationfactor 2");
        assert.match((await host.verb(`preflight ${HOP}`, two)).log, /\[without-quorum\]/);
    });
});

describe("verify", () => {
    let noted: FakeHost;
    let host: FakeHost;
    /** Noted under 0.8 by the real code, to be verified under 0.9. */
    before(async () => {
        noted = await new FakeHost().started();
        noted.ledger(attempt(HOP, phasesBefore("drain")));
        noted.option("drain settled", "healthTimeoutSeconds 1");
        const drained = await noted.verb(`drain ${HOP}`, noted.sheet("0.9.4"));
        assert.equal(drained.code, 0, drained.log);
        noted.generation("0.9.4-new", "0.9.4");
        noted.activate("0.9.4-new.quiet");
        const raised = { series: "0.9", release: "0.9.4", generation: "0.9.4-new.quiet" };
        noted.ledger(attempt(HOP, phasesBefore("verify"), raised));
        noted.tell("stats", stats({}, {}, "0.9.4"));
    });
    beforeEach(async () => {
        host = await new FakeHost("0.8.7", noted).started();
    });
    afterEach(() => host.remove());
    after(() => noted.remove());
    const verify = () => host.verb(`verify ${HOP}`, host.sheet("0.9.4"));

    it("the proof is readable by root only and holds what has to be there", () => {
        const proof = readFileSync(join(host.meta, `garage-node.proof-${HOP}`), "utf8");
        for (const line of [
            `bucket ${"ab".repeat(32)}`,
            "key GK0123456789abcdef01234567",
            "layout 3",
            `role ${IDS.rome!.slice(0, 16)} z2 1 node=rome`,
            "items rome object 5",
        ])
            assert.ok(proof.includes(`${line}\n`), `${line} in ${proof}`);
    });

    it("everything is there, in bytes instead of units: repairs of tables, then of blocks", async () => {
        const ran = await verify();
        assert.equal(ran.stdout, "verified beef0001", ran.log);
        const kinds = repairs(host).map((call) => call.split(" ").at(-1));
        assert.deepEqual(kinds, ["tables", "tables", "tables", "blocks", "blocks", "blocks"]);
    });

    const losses: [string, (host: FakeHost) => void, RegExp, string][] = [
        [
            "a node with an empty database",
            (h) => h.tell("stats.3333", stats({}, { object: 0 }, "0.9.4")),
            /rome has 0 entries in its table object, it had 5/,
            "data-missing",
        ],
        [
            "a bucket gone",
            (h) => h.tell("buckets", "List of buckets:\n"),
            /1 of the buckets .* gone, the first is abab/,
            "data-missing",
        ],
        [
            "a key gone",
            (h) => h.tell("keys", "List of keys:\n"),
            /1 of the keys .* gone, the first is GK01/,
            "data-missing",
        ],
        ["another layout version", (h) => h.tell("layout.json", layoutJson(0)), /the layout changed/, "data-missing"],
        [
            "another engine",
            (h) => h.tell("stats.2222", stats({}, {}, "0.9.4", "LMDB (using Heed crate)")),
            /london: has engine lmdb, not sled/,
            "release-differs",
        ],
        [
            "another release",
            (h) => h.tell("stats.2222", stats({}, {}, "0.8.7")),
            /london: runs 0\.8\.7, not 0\.9\.4/,
            "release-differs",
        ],
    ];
    for (const [name, lose, why, id] of losses)
        it(`${name}: stops before any repair`, async function () {
            this.timeout(120_000);
            lose(host);
            const ran = await verify();
            assert.match(ran.log, why);
            assert.match(ran.log, new RegExp(`\\[${id}\\]`));
            assert.deepEqual(repairs(host), []);
            assert.ok(!host.recorded("passed").includes("verify"));
        });

    describe("a table that may have lost entries to garbage collection", () => {
        /** The note, as it would have been with so many objects on rome, and so many tombstones in all queues; taken so many hours ago. */
        const noted = (objects: number, queue: number, hours = 0) => {
            const at = join(host.meta, `garage-node.proof-${HOP}`);
            const text = readFileSync(at, "utf8")
                .replace(/^taken .*$/m, `taken ${Math.floor(Date.now() / 1000) - hours * 3600}`)
                .replace(/^items rome object .*$/m, `items rome object ${objects}`)
                .replace(/^gc paris object .*$/m, `gc paris object ${queue}`);
            writeFileSync(at, text);
        };
        const holds = (objects: number) => {
            host.tell("stats.3333", stats({}, { object: objects }, "0.9.4"));
            host.write("holds.sh", `HOP=${HOP}; if proof_holds 0; then answer holds; else answer "$LAST_SEEN"; fi`);
            return host.verb(`call source ${host.root}/holds.sh`, host.sheet("0.9.4"));
        };

        for (const [what, objects, queue, hours, now, waived, passes] of [
            ["one of a million, under a queue as long as the table", 1_000_000, 999_999, 0, 1, false, false],
            ["one of a million, a day later", 1_000_000, 999_999, 24, 1, false, false],
            ["a hundredth, of another node's tombstones", 1_000_000, 999_999, 0, 990_000, false, true],
            ["a third, a day later", 1_000_000, 999_999, 24, 700_000, false, true],
            ["one more than the queues held, though waived", 1_000_000, 1_000, 24, 998_999, true, false],
            ["what the queues held, where the user has said so", 1_000_000, 999_999, 0, 1, true, true],
            ["none at all, though waived", 1_000_000, 5_000_000, 24, 0, true, false],
        ] as const)
            it(`${what}: ${passes ? "holds" : "doesn't hold"}`, async () => {
                noted(objects, queue, hours);
                if (waived) host.option("skipChecks items-fewer");
                const ran = await holds(now);
                if (passes) assert.equal(ran.stdout, "holds", ran.log);
                else assert.match(ran.stdout, /^rome has \d+ entries in its table object, it had 1000000/);
            });

        it("says how to go on only where garbage collection can explain it", async () => {
            noted(1_000_000, 999_999);
            assert.match((await holds(1)).stdout, /had 999999 to take away.*skipChecks items-fewer/);
            assert.doesNotMatch((await holds(0)).stdout, /items-fewer/);
        });
    });

    it("a node that died for good and was left out is missed nowhere", async () => {
        host.tell("stats.3333", "");
        const sheet = host.sheet("0.9.4").replace(/(peer rome .*) in/, "$1 without");
        const ran = await host.verb(`verify ${HOP}`, sheet);
        assert.equal(ran.stdout, "verified beef0001", ran.log);
    });

    it("on another node than noted it, because that one is lost: no repair, both ways out are named", async () => {
        rmSync(join(host.meta, `garage-node.proof-${HOP}`));
        const ran = await verify();
        assert.match(
            ran.log,
            /S3 stays off.* has it, .*copy it here.* restore on every other node, then version back.*\[proof-missing\]/,
        );
        assert.deepEqual([repairs(host), host.seen("acts")], [[], []]);
        cpSync(join(noted.meta, `garage-node.proof-${HOP}`), join(host.meta, `garage-node.proof-${HOP}`));
        assert.equal((await verify()).stdout, "verified beef0001");
    });

    it("resume: a daemon that serves, and was asked in vain once, isn't restarted", async () => {
        await verify();
        await host.verb("call daemon_stop");
        await host.verb("call activate 0.9.4-new");
        await host.verb("call daemon_start");
        host.forget("acts");
        host.write(
            "busy.sh",
            `eval "real_$(declare -f daemon_serves)"
daemon_serves() { [ -e "${host.root}/once" ] || { : >"${host.root}/once" && return 1; }; real_daemon_serves; }
source ${process.cwd()}/sdk/host/resume.sh
verb_resume ${HOP} 0.9.4-new`,
        );
        const ran = await host.verb(`call source ${host.root}/busy.sh`, host.sheet("0.9.4"));
        assert.equal(ran.stdout, "paris serves beef0001", ran.log);
        assert.ok(!host.seen("acts").includes("stop"));
    });

    it("resume: S3 answers, the hop is finished here", async () => {
        await verify();
        const ran = await host.verb(`resume ${HOP} 0.9.4-new`, host.sheet("0.9.4"));
        assert.equal(ran.stdout, "paris serves beef0001", ran.log);
        assert.deepEqual(host.seen("acts").slice(-2), ["stop", "start 0.9.4-new 0.9"]);
        assert.deepEqual([host.recorded("hopstate"), host.recorded("generation")], [["finished"], ["0.9.4-new"]]);
    });

    it("resume: something has a port of the node's, so it isn't finished; freed, the next one starts Garage again", async () => {
        await verify();
        host.tell("held", "3902");
        host.option("healthTimeoutSeconds 1");
        const ran = await host.verb(`resume ${HOP} 0.9.4-new`, host.sheet("0.9.4"));
        assert.match(ran.log, /Garage doesn't listen for websites on .*3902.* \[s3-silent\]/);
        assert.deepEqual(host.recorded("hopstate"), ["open"]);
        host.forget("held", "acts");
        assert.equal((await host.verb(`resume ${HOP} 0.9.4-new`, host.sheet("0.9.4"))).stdout, "paris serves beef0001");
        assert.deepEqual(host.seen("acts"), ["stop", "start 0.9.4-new 0.9"]);
    });

    it("resume before verify, where verify has to run: refused", async () => {
        const ran = await host.verb(`resume ${HOP} 0.9.4-new`, host.sheet("0.9.4"));
        assert.match(ran.log, /verify .*\[hop-order\]/);
        assert.deepEqual(host.seen("acts"), []);
    });
});

describe("conditions of a hop, asked by stage", () => {
    let host: FakeHost;
    afterEach(() => host.remove());
    const ask = (generation: string) =>
        host.verb(`call hop_conditions ${host.root}/opt/garage/generations/${generation}`);

    it("consents, and changes nothing", async () => {
        host = await new FakeHost("0.9.4").started();
        host.generation("1.3.0-new", "1.3.0", "lmdb");
        const untouched = host.snapshot();
        const ran = await ask("1.3.0-new");
        assert.equal(ran.code, 0, ran.log);
        assert.equal(host.snapshot(), untouched);
    });

    it("lets no new binary run as root", async () => {
        host = await new FakeHost("0.9.4").started();
        host.generation("1.3.0-new", "1.3.0", "lmdb");
        const dir = join(host.root, "opt/garage/generations/1.3.0-new");
        renameSync(join(dir, "garage"), join(dir, "real"));
        writeFileSync(
            join(dir, "garage"),
            `#!/bin/sh\necho "\${AS:-root}" >>"$FAKE_STATE/users"\nexec ${dir}/real "$@"\n`,
            {
                mode: 0o755,
            },
        );
        host.write("users.sh", `as_garage() { AS=garage setpriv -- "$@"; }\nhop_conditions ${dir}`);
        const ran = await host.verb(`call source ${host.root}/users.sh`);
        assert.equal(ran.code, 0, ran.log);
        assert.match(readFileSync(join(host.root, "state/users"), "utf8"), /^(garage\n)+$/);
    });

    for (const [name, from, to, engine, toml, prepare, id] of [
        ["sled at 0.9 → 1", "0.9.4", "1.3.0", "sled", "", "", "engine-unreadable"],
        ["an engine that the build doesn't have", "0.9.4", "1.3.0", "fjall", "", "", "engine-unsupported"],
        ["replication_mode at 1 → 2", "1.3.0", "2.5.0", "lmdb", 'replication_mode = "3"\n', "lmdb", "setting-refused"],
        ["a configuration that Garage refuses", "0.8.7", "0.9.4", "sled", "", "config-bad", "setting-refused"],
        ["no space for the backup", "0.8.7", "0.9.4", "sled", "", "free-kb", "space-backup"],
        ["no database where the ledger has one", "0.8.7", "0.9.4", "sled", "", "no-database", "database-missing"],
        ["a database behind a link", "0.8.7", "0.9.4", "sled", "", "link", "metadata-links"],
    ] as const)
        it(`${name}: refused while everything still runs`, async () => {
            host = await new FakeHost(from).started();
            host.generation(`${to}-new`, to, engine, toml);
            if (prepare === "lmdb") {
                host.database("lmdb");
                host.ledger({ engine: "lmdb", series: "1" });
            }
            if (prepare === "no-database") host.database("lmdb");
            if (prepare === "link") {
                renameSync(join(host.meta, "db"), join(host.root, "elsewhere"));
                symlinkSync(join(host.root, "elsewhere"), join(host.meta, "db"));
            }
            if (prepare === "config-bad") host.tell("config-bad", "");
            if (prepare === "free-kb") host.tell("free-kb", "1000");
            const ran = await ask(`${to}-new`);
            assert.match(ran.log, new RegExp(`\\[${id}\\]`));
            assert.deepEqual(host.seen("acts"), []);
        });
});

import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DAEMON, FACTS, ID, NEW, OLD } from "./rollDaemon";
import { FakeHost, type Ran } from "./support";

// The decisions of a roll against a daemon of a few lines of shell. Timing, reconnection and real databases are the end-to-end tests'.

describe("garage-node roll", function () {
    this.timeout(60_000);
    let host: FakeHost;

    function world(files: Record<string, string> = {}, ledger: Record<string, string> = {}, options = ""): void {
        host = new FakeHost({
            cluster: "c",
            node: "london",
            id: ID,
            engine: "lmdb",
            metadata: "/var/lib/garage/meta",
            series: "1",
            release: "1.2.0",
            generation: OLD,
            born: "yes",
            staged: NEW,
            ...ledger,
        });
        host.generation(OLD, { release: "1.2.0", series: "1", engine: "lmdb" });
        host.generation(NEW, { release: "1.3.0", series: "1", engine: "lmdb" });
        host.link("opt/garage/current", `generations/${ledger.generation ?? OLD}`);
        host.file("opt/garage/options", options);
        host.file("facts", FACTS);
        host.file("layout", "version 4\nstaged no\n");
        host.file("up", "");
        for (const [path, content] of Object.entries(files)) host.file(path, content);
    }

    const names = ["london", "paris", "rome"];
    const peers = (without: string[] = []) =>
        names.map((n) => `peer ${n} ${n[0]!.repeat(64)} ${n}:3901 storage ${without.includes(n) ? "without" : "in"}`);
    const lines = (releases: string[]) =>
        releases.map((release, i) => `line ${names[i]} e${i} ${release} x86_64:abc${release}`);

    const sheet = (without: string[] = [], releases = ["1.3.0", "1.3.0", "1.3.0"], more = ["replicationfactor 3"]) => [
        "node london",
        ...more,
        ...peers(without),
        ...lines(releases),
    ];

    function roll(
        words: string,
        release = "1.3.0",
        without: string[] = [],
        releases = [release, release, release],
    ): Ran {
        return host.verb(`roll ${words}`, sheet(without, releases), DAEMON);
    }

    const read = (path: string) => readFileSync(join(host.root, path), "utf8");
    const calls = () => (existsSync(join(host.root, "calls")) ? read("calls").trim().split("\n") : []);

    function refused(ran: Ran, id: string, words: RegExp): void {
        assert.equal(ran.code, 1, ran.stderr);
        assert.match(ran.stderr, new RegExp(`\\[${id}\\]`));
        assert.match(ran.stderr, words);
        assert.ok(!calls().includes("stop"), "it was stopped");
        assert.deepEqual(host.ledger("act"), []);
    }

    afterEach(() => host.done());

    const SWITCH = ["stop", `activate ${NEW}`, `start ${NEW}`, "connect-back"];

    it("stops, switches, starts and proves a node, and writes it down", () => {
        world();
        const ran = roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
        assert.deepEqual(calls(), SWITCH);
        assert.match(
            ran.stderr,
            /^london: stopped 1\.2\.0 \([\d.]+ s\) · started 1\.3\.0 · seen by 3 of 3 · partitions 256\/256 · items ok · [\d.]+ s$/m,
        );
        for (const [key, value] of Object.entries({ release: "1.3.0", previous: "1.2.0", generation: NEW }))
            assert.deepEqual(host.ledger(key), [value]);
        for (const key of ["act", "before", "rollfrom"]) assert.deepEqual(host.ledger(key), []);
    });

    it("repairs tables before the canary only", () => {
        world();
        roll(`${NEW} canary`);
        assert.deepEqual(calls(), ["repair tables", ...SWITCH]);
    });

    it("doesn't restart a node that runs the generation already", () => {
        world({}, { generation: NEW, release: "1.3.0" });
        const ran = roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`);
        assert.match(ran.stderr, /already runs Garage 1\.3\.0/);
        assert.deepEqual(calls(), []);
    });

    it("says so when that generation's daemon doesn't answer", () => {
        world({ [`broken-${NEW}`]: "" }, { generation: NEW, release: "1.3.0" });
        const ran = roll(NEW);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /\[daemon-silent\]/);
    });

    it("never crosses a series", () => {
        world();
        host.generation("2.5.0-cccc", { release: "2.5.0", series: "2", engine: "lmdb" });
        refused(roll("2.5.0-cccc", "2.5.0"), "series-crossed", /the data here are of 1/);
    });

    it("leaves a node alone that is in an open major upgrade", () => {
        world({}, { hopstate: "open", hop: "1-to-2" });
        assert.equal(roll(NEW).stdout, `1.2.0 ${OLD}\n`);
        assert.deepEqual(calls(), []);
    });

    it("leaves a held node alone", () => {
        world({}, { held: "somebody's reason" });
        refused(roll(NEW), "held", /somebody's reason/);
    });

    it("moves only when all nodes are staged for the release", () => {
        world();
        refused(roll(NEW, "1.3.0", [], ["1.3.0", "1.2.0", "1.3.0"]), "stage-differs", /paris has 1\.2\.0/);
    });

    it("never has two nodes down: another one that isn't well is named, nothing is touched", () => {
        world({ "rome-down": "" });
        refused(roll(NEW), "peers-unhealthy", /rome doesn't answer.*nothing was touched/);
    });

    const trouble: [string, Record<string, string>, string, "waivable"?][] = [
        ["a staged layout", { layout: "version 4\nstaged yes\n" }, "layout-staged", "waivable"],
        ["a layout under way", { unsettled: "" }, "layout-unsettled", "waivable"],
        ["tables being synced", { syncing: "" }, "sync-busy"],
        ["resync errors", { facts: FACTS.replace("resync_errors 0", "resync_errors 2") }, "resync-errors"],
    ];
    for (const [what, files, id, waivable] of trouble) {
        it(`doesn't begin with ${what}`, () => {
            world(files);
            refused(roll(`${NEW} canary`), id, /nothing was touched/);
        });

        it(`${waivable ? "goes on" : "doesn't even begin"} with ${what} where ${id} is waived`, () => {
            world(files, {}, `skipChecks ${id}\n`);
            const ran = roll(`${NEW} canary`);
            if (waivable) assert.equal(ran.stdout, `1.3.0 ${NEW}\n`);
            else refused(ran, id, /nothing was touched/);
        });
    }

    for (const [rc, passes] of [
        [0, true],
        [1, false],
    ] as const)
        it(`${passes ? "goes on" : "doesn't begin"} with resync errors of blocks that have ${rc} references`, () => {
            world({ facts: FACTS.replace("resync_errors 0", "resync_errors 1") });
            host.file("list-errors", `Hash  RC  Errors  Last error  Next try\nab12  ${rc}  3  1 min ago  in 2 min\n`);
            const ran = roll(`${NEW} canary`);
            if (passes) assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
            else refused(ran, "resync-errors", /1 blocks with resync errors/);
        });

    it("never begins while copies are missing, waived or not", () => {
        world({ degraded: "" }, {}, "skipChecks partitions\n");
        refused(roll(NEW), "partitions", /partitions 200\/256/);
    });

    it("goes on without one dead host, not without two", () => {
        world();
        assert.equal(roll(NEW, "1.3.0", ["rome"]).code, 0);
        host.done();
        world();
        refused(roll(NEW, "1.3.0", ["paris", "rome"]), "without-quorum", /only 1 may be missing/);
    });

    it("doesn't touch the node when beforeStop fails", () => {
        world({}, {}, "beforeStop exit 3\n");
        refused(roll(NEW), "hook-failed", /exit code 3.*not touched/);
    });

    it("gives beforeStop a limit", () => {
        world({}, {}, "beforeStop sleep 20\nhookTimeoutSeconds 1\n");
        refused(roll(NEW), "hook-failed", /not done after 1 s/);
    });

    it("stops the chain when afterStart fails, and runs it again next time without a restart", () => {
        world({}, {}, "afterStart test -e $GARAGE_NODE_ROOT/balanced\n");
        const ran = roll(NEW);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /\[hook-failed\]/);
        host.file("balanced", "");
        host.file("calls", "");
        assert.equal(roll(NEW).code, 0);
        assert.deepEqual(calls().filter(Boolean), ["connect-back"]);
        assert.deepEqual(host.ledger("act"), []);
    });

    const BACK = ["stop", `activate ${OLD}`, `start ${OLD}`, "connect-back"];

    it("takes a canary back that doesn't come up, and proves that it serves again", () => {
        world({ [`broken-${NEW}`]: "" });
        const ran = roll(`${NEW} canary`);
        assert.equal(ran.code, 1);
        assert.deepEqual(calls(), ["repair tables", ...SWITCH.slice(0, 3), ...BACK]);
        assert.match(ran.stderr, /the daemon's last words/);
        assert.match(
            ran.stderr,
            /back on Garage 1\.2\.0 and healthy.*the other nodes were not touched.*\[canary-failed\]/,
        );
        assert.deepEqual(host.ledger("act"), [`failed roll ${NEW}`]);
        assert.deepEqual(host.ledger("redraw"), ["yes"]);
        assert.deepEqual(host.ledger("release"), ["1.2.0"]);
        assert.deepEqual(host.ledger("generation"), [OLD]);
    });

    it("takes the only node of a cluster back, though it answers, and lets the version be set back", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 12") });
        const alone = ["node london", "replicationfactor 1", peers()[0]!];
        const ran = host.verb(`roll ${NEW} canary`, [...alone, lines(["1.3.0"])[0]!], DAEMON);
        assert.match(ran.stderr, /\[canary-failed\]/);
        assert.deepEqual(calls().slice(-4), BACK);
        host.done();
        world({}, { generation: NEW, act: `failed roll ${NEW}`, rollfrom: OLD });
        const back = host.verb(`roll ${OLD}`, [...alone, lines(["1.2.0"])[0]!], DAEMON);
        assert.equal(back.stdout, `1.2.0 ${OLD}\n`, back.stderr);
    });

    it("takes a canary back that systemd refuses to start", () => {
        world({ [`refused-${NEW}`]: "" });
        assert.match(roll(`${NEW} canary`).stderr, /\[canary-failed\]/);
        assert.deepEqual(calls().slice(-4), BACK);
    });

    it("takes a canary back whose tables hold less than before", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 12") });
        const ran = roll(`${NEW} canary`);
        assert.match(ran.stderr, /table object has 12 entries, it had 30.*\[canary-failed\]/s);
    });

    it("allows for what garbage collection takes away", () => {
        // Three nodes, each with three tombstones.
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 21") });
        assert.equal(roll(NEW).code, 0);
        host.done();
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 20") });
        assert.equal(roll(NEW).code, 1);
    });

    it("isn't content with more errors than before", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("resync_errors 0", "resync_errors 1") });
        assert.match(roll(NEW).stderr, /resync_errors is 1, before it was at most 0/);
    });

    it("is content with new ones of blocks that nothing refers to: clients delete while a lost host is in the layout", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("resync_errors 0", "resync_errors 1") });
        host.file("list-errors", "Hash  RC  Errors  Last error  Next try\nab12  0  3  1 min ago  in 2 min\n");
        const ran = roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
    });

    it("doesn't take a canary back that answers while another node doesn't: that would be two down", () => {
        world();
        const ran = host.verb(
            `roll ${NEW} canary`,
            sheet(),
            `${DAEMON}\nconnect_back() { note connect-back; touch "$ROOT/rome-down"; }`,
        );
        assert.equal(ran.code, 1);
        assert.match(
            ran.stderr,
            /doesn't go back by itself: that would be two nodes down \(rome doesn't answer\).*\[gate-failed\]/,
        );
        assert.deepEqual(calls(), ["repair tables", ...SWITCH]);
        assert.deepEqual(host.ledger("act"), [`failed roll ${NEW}`]);
    });

    it("takes a canary back that doesn't answer, whatever the others do, and says what it does then", () => {
        world({ [`broken-${NEW}`]: "" });
        const ran = host.verb(`roll ${NEW} canary`, sheet(), `${DAEMON}\njournal_tail() { touch "$ROOT/rome-down"; }`);
        assert.deepEqual(calls(), ["repair tables", ...SWITCH.slice(0, 3), ...BACK]);
        assert.match(
            ran.stderr,
            /1\.2\.0-aaaa runs again, but did not pass either \(rome doesn't answer\).*\[canary-down\]/,
        );
    });

    it("looks at the others again after beforeStop", () => {
        world({}, {}, "beforeStop touch $GARAGE_NODE_ROOT/rome-down\n");
        refused(roll(NEW), "peers-unhealthy", /rome doesn't answer/);
    });

    it("says it when the canary's old generation doesn't come back either", () => {
        world({ [`broken-${NEW}`]: "" });
        host.file(`refused-${OLD}`, "");
        assert.match(roll(`${NEW} canary`).stderr, /did not come back either.*\[canary-down\]/);
    });

    it("leaves a later node as it is, and names it", () => {
        world({ [`broken-${NEW}`]: "" });
        const ran = roll(NEW);
        assert.deepEqual(calls(), SWITCH.slice(0, 3));
        assert.match(
            ran.stderr,
            /london: Garage 1\.3\.0 did not pass.*stays as it is, and no other node was touched.*\[gate-failed\]/,
        );
        assert.deepEqual(host.ledger("act"), [`failed roll ${NEW}`]);
    });

    it("repairs such a node by going back, though it is down itself", () => {
        world(
            { [`broken-${NEW}`]: "", alone: "" },
            { generation: NEW, act: `failed roll ${NEW}`, rollfrom: OLD, before: "items.object=30 gone.object=0" },
        );
        // `alone`: views are complete only without this node; once it is back they are looked at as they are.
        const ran = host.verb(
            `roll ${OLD}`,
            ["node london", "replicationfactor 3", ...peers(), ...lines(["1.2.0", "1.2.0", "1.2.0"])],
            `${DAEMON}\nconnect_back() { note connect-back; rm -f "$ROOT/alone"; }`,
        );
        assert.equal(ran.stdout, `1.2.0 ${OLD}\n`, ran.stderr);
        assert.deepEqual(calls(), BACK);
        assert.deepEqual(host.ledger("act"), []);
        assert.deepEqual(host.ledger("release"), ["1.2.0"]);
    });

    it("goes on after it was cut short behind the start: proves, restarts nothing", () => {
        world({}, { generation: NEW, act: `roll ${NEW}`, rollfrom: OLD, before: "items.object=30" });
        assert.equal(roll(NEW).code, 0);
        assert.deepEqual(calls(), ["connect-back"]);
        assert.deepEqual(host.ledger("release"), ["1.3.0"]);
    });

    it("goes on after it was cut short between stop and start", () => {
        world({}, { act: `roll ${NEW}`, rollfrom: OLD, before: "items.object=30 gone.object=0" });
        host.remove("up");
        assert.equal(roll(NEW).code, 0);
        assert.deepEqual(calls(), SWITCH);
    });

    it("proves what `start` completed after a cut", () => {
        world(
            { [`facts-${NEW}`]: FACTS.replace("object 30", "object 1") },
            { generation: NEW, rollfrom: OLD, before: "items.object=30" },
        );
        assert.match(roll(NEW).stderr, /table object has 1 entries.*\[gate-failed\]/);
    });

    it("still takes a canary back that was cut short", () => {
        world(
            { [`facts-${NEW}`]: FACTS.replace("object 30", "object 1") },
            { generation: NEW, act: `roll ${NEW}`, rollfrom: OLD, before: "items.object=30" },
        );
        assert.match(roll(`${NEW} canary`).stderr, /\[canary-failed\]/);
        assert.deepEqual(calls().slice(-4), BACK);
    });

    it("forgets a failed roll when the version was set back", () => {
        world({}, { act: `failed roll ${NEW}` });
        assert.equal(roll(OLD, "1.2.0").stdout, `1.2.0 ${OLD}\n`);
        assert.deepEqual(calls(), []);
        assert.deepEqual(host.ledger("act"), []);
    });

    describe("with another engine", () => {
        const meta = "var/lib/garage/meta";
        const LITE = "1.2.0-lite";
        const full = "object:table: finished importing, 30 items\nbucket_v2:table: finished importing, 2 items\n";

        function convertible(converted: string, files: Record<string, string> = {}): void {
            world({ [`${meta}/db.lmdb/data.mdb`]: "data", ...(converted ? { converted } : {}), ...files });
            host.generation(LITE, { release: "1.2.0", series: "1", engine: "sqlite" });
            host.file(`opt/garage/generations/${OLD}/garage`, "", 0o755);
        }
        const databases = () => readdirSync(join(host.root, meta)).filter((name) => name.startsWith("db."));

        it("converts, compares, keeps the old database aside", () => {
            convertible(full);
            const ran = roll(LITE, "1.2.0");
            assert.equal(ran.stdout, `1.2.0 ${LITE}\n`, ran.stderr);
            assert.deepEqual(calls(), ["stop", "convert", `activate ${LITE}`, `start ${LITE}`, "connect-back"]);
            assert.deepEqual(host.ledger("engine"), ["sqlite"]);
            assert.match(databases().join(" "), /^db\.lmdb\.before-\S+ db\.sqlite$/);
        });

        for (const [what, converted] of [
            ["loses entries", full.replace("30", "3")],
            ["fails", ""],
        ] as const)
            it(`starts the old engine again when the conversion ${what}`, () => {
                convertible(converted);
                const ran = roll(LITE, "1.2.0");
                assert.match(ran.stderr, /\[convert-failed\]/);
                assert.match(ran.stderr, /Garage 1\.2\.0 runs on it again/);
                assert.deepEqual(calls(), ["stop", "convert", `start ${OLD}`, "connect-back"]);
                assert.deepEqual(host.ledger("engine"), ["lmdb"]);
                assert.ok(databases().includes("db.lmdb"));
                assert.ok(!databases().includes("db.sqlite"));
            });

        it("puts the old database back when the canary doesn't pass", () => {
            convertible(full, { [`broken-${LITE}`]: "" });
            assert.match(roll(`${LITE} canary`, "1.2.0").stderr, /\[canary-failed\]/);
            assert.deepEqual(host.ledger("engine"), ["lmdb"]);
            assert.deepEqual(host.ledger("converted"), []);
            assert.equal(read(`${meta}/db.lmdb/data.mdb`), "data");
            assert.ok(!databases().includes("db.sqlite"));
        });

        for (const sole of [["replicationfactor 1"], ["replicationfactor 3", "consistency dangerous"]])
            it(`stays on the new engine with ${sole.at(-1)}: what was written since may be nowhere else`, () => {
                convertible(full, { [`broken-${LITE}`]: "" });
                const ran = host.verb(`roll ${LITE} canary`, sheet([], ["1.2.0", "1.2.0", "1.2.0"], sole), DAEMON);
                assert.match(ran.stderr, /doesn't go back by itself: the old database lacks.*\[gate-failed\]/);
                assert.deepEqual(host.ledger("engine"), ["sqlite"]);
                assert.ok(databases().includes("db.sqlite"));
            });
    });
});

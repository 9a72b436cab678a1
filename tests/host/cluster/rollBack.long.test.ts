import { strict as assert } from "node:assert";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BACK, DAEMON, FACTS, lines, NEW, OLD, peers, RollHost, SWITCH, sheet } from "./rollDaemon";

// What a roll does on its way back, and with another engine; against the same daemon as in roll.test.ts.

describe("garage-node roll: the way back", function () {
    this.timeout(60_000);
    let host: RollHost;
    const world = (...what: ConstructorParameters<typeof RollHost>) => {
        host = new RollHost(...what);
    };
    afterEach(() => host.done());

    it("takes a canary back that doesn't come up, and proves that it serves again", () => {
        world({ [`broken-${NEW}`]: "" });
        const ran = host.roll(`${NEW} canary`);
        assert.equal(ran.code, 1);
        assert.deepEqual(host.calls(), ["repair tables", ...SWITCH.slice(0, 2), ...BACK]);
        assert.match(ran.stderr, /the daemon's last words/);
        assert.match(
            ran.stderr,
            /back on Garage 1\.2\.0 and healthy.*the other nodes were not touched.*\[canary-failed\]/,
        );
        assert.deepEqual(host.ledger("act"), []);
        assert.deepEqual(host.ledger("redraw"), ["yes"]);
        assert.deepEqual(host.ledger("release"), ["1.2.0"]);
        assert.deepEqual(host.ledger("generation"), [OLD]);
    });

    it("takes the only node of a cluster back, though it answers, and lets the version be set back", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 12") });
        const alone = ["node london", "replicationfactor 1", peers()[0]!];
        const ran = host.verb(`roll ${NEW} canary`, [...alone, lines(["1.3.0"])[0]!], DAEMON);
        assert.match(ran.stderr, /\[canary-failed\]/);
        // There is nobody to connect back.
        assert.deepEqual(host.calls().slice(-2), BACK.slice(0, 2));
        host.done();
        world({}, { generation: NEW, act: `failed roll ${NEW}`, rollfrom: OLD });
        const back = host.verb(`roll ${OLD}`, [...alone, lines(["1.2.0"])[0]!], DAEMON);
        assert.equal(back.stdout, `1.2.0 ${OLD}\n`, back.stderr);
    });

    it("takes a canary back that systemd refuses to start", () => {
        world({ [`refused-${NEW}`]: "" });
        assert.match(host.roll(`${NEW} canary`).stderr, /\[canary-failed\]/);
        // Nothing was left to be stopped.
        assert.deepEqual(host.calls().slice(-2), BACK.slice(1));
    });

    it("takes a canary back whose S3 could not bind, healthy as it is", () => {
        world({ [`held-${NEW}`]: "" });
        const ran = host.roll(`${NEW} canary`);
        assert.match(ran.stderr, /Garage doesn't listen for S3 on \[::\]:3900.*\[canary-failed\]/s);
        assert.deepEqual(host.calls().slice(-3), BACK);
        assert.deepEqual(host.ledger("generation"), [OLD]);
    });

    it("doesn't call a canary healthy that is back and doesn't serve", () => {
        world({ [`broken-${NEW}`]: "", [`held-${OLD}`]: "" });
        assert.match(
            host.roll(`${NEW} canary`).stderr,
            /runs again, but did not pass either \(Garage doesn't listen for S3.*\[canary-down\]/,
        );
    });

    it("puts a canary that is back in where beforeStop took it out, and says so where that fails", () => {
        const hooks = "beforeStop touch $GARAGE_NODE_ROOT/out\nafterStart rm $GARAGE_NODE_ROOT/out\n";
        world({ [`broken-${NEW}`]: "" }, {}, hooks);
        assert.match(host.roll(`${NEW} canary`).stderr, /\[canary-failed\]/);
        assert.deepEqual([existsSync(join(host.root, "out")), host.ledger("out")], [false, []]);
        host.done();
        world({ [`broken-${NEW}`]: "" }, {}, `${hooks}afterStart exit 5\n`);
        assert.match(host.roll(`${NEW} canary`).stderr, /afterStart failed \(exit code 5\).*\[canary-failed\]/);
        assert.deepEqual(host.ledger("out"), ["yes"]);
    });

    it("takes a canary back whose tables hold less than before", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 12") });
        const ran = host.roll(`${NEW} canary`);
        assert.match(ran.stderr, /table object has 12 entries, it had 30.*\[canary-failed\]/s);
    });

    it("doesn't take a canary back that answers while another node doesn't: that would be two down", () => {
        world();
        const ran = host.verb(
            `roll ${NEW} canary`,
            sheet(),
            `${DAEMON}\nconnect_back() { sed -i "/ rome /s/ up$/ down/" "$FAKE/cluster"; }`,
        );
        assert.equal(ran.code, 1);
        assert.match(
            ran.stderr,
            /doesn't go back by itself: that would be two nodes down \(.*rome doesn't answer\).*\[gate-failed\]/,
        );
        assert.deepEqual(host.calls(), ["repair tables", ...SWITCH.slice(0, 2)]);
        assert.deepEqual(host.ledger("act"), [`failed roll ${NEW}`]);
    });

    it("takes a canary back that doesn't answer, whatever the others do, and says what it does then", () => {
        world({ [`broken-${NEW}`]: "" });
        const ran = host.verb(
            `roll ${NEW} canary`,
            sheet(),
            `${DAEMON}\njournal_tail() { sed -i "/ rome /s/ up$/ down/" "$FAKE/cluster"; }`,
        );
        assert.deepEqual(host.calls(), ["repair tables", ...SWITCH.slice(0, 2), ...BACK]);
        assert.match(
            ran.stderr,
            /1\.2\.0-aaaa runs again, but did not pass either \(.*rome doesn't answer\).*\[canary-down\]/,
        );
    });

    it("says it when the canary's old generation doesn't come back either", () => {
        world({ [`broken-${NEW}`]: "" });
        host.file(`refused-${OLD}`, "");
        assert.match(host.roll(`${NEW} canary`).stderr, /did not come back either.*\[canary-down\]/);
    });

    it("still takes a canary back that was cut short", () => {
        world(
            { [`facts-${NEW}`]: FACTS.replace("object 30", "object 1") },
            { generation: NEW, act: `roll ${NEW}`, rollfrom: OLD, before: "items.object=30" },
        );
        assert.match(host.roll(`${NEW} canary`).stderr, /\[canary-failed\]/);
        assert.deepEqual(host.calls().slice(-3), BACK);
    });

    describe("with another engine", () => {
        const meta = "var/lib/garage/meta";
        const LITE = "1.2.0-lite";
        const full = "object:table: finished importing, 30 items\nbucket_v2:table: finished importing, 2 items\n";

        function convertible(converted: string, files: Record<string, string> = {}, ledger = {}): void {
            world({ [`${meta}/db.lmdb/data.mdb`]: "data", ...(converted ? { converted } : {}), ...files }, ledger);
            host.generation(LITE, { release: "1.2.0", series: "1", engine: "sqlite" });
        }
        const databases = () => readdirSync(join(host.root, meta)).filter((name) => name.startsWith("db."));

        it("converts, compares, keeps the old database aside", () => {
            convertible(full);
            const ran = host.roll(LITE, "1.2.0");
            assert.equal(ran.stdout, `1.2.0 ${LITE}\n`, ran.stderr);
            assert.deepEqual(host.calls(), ["stop", "convert", `start ${LITE}`, "connect-back"]);
            assert.deepEqual(host.ledger("engine"), ["sqlite"]);
            assert.match(databases().join(" "), /^db\.lmdb\.before-\S+ db\.sqlite$/);
        });

        it("compares with the daemon's last word, not with a roll of before that did not pass", () => {
            const failed = { act: `failed roll ${NEW}`, rollfrom: OLD, before: "items.object=30" };
            convertible(full.replace("30", "40"), { facts: FACTS.replace("object 30", "object 41") }, failed);
            const ran = host.roll(LITE, "1.2.0");
            assert.match(ran.stderr, /after converting .* table object has 40 entries, it had 41.*\[convert-failed\]/);
        });

        for (const [what, converted] of [
            ["loses entries", full.replace("30", "3")],
            ["loses one entry, which garbage collection would explain in a roll", full.replace("30", "29")],
            ["says nothing of any table", "done\n"],
            ["fails", ""],
        ] as const)
            it(`starts the old engine again when the conversion ${what}`, () => {
                convertible(converted);
                const ran = host.roll(LITE, "1.2.0");
                assert.match(ran.stderr, /\[convert-failed\]/);
                assert.match(ran.stderr, /Garage 1\.2\.0 runs on it again/);
                assert.deepEqual(host.calls(), ["stop", "convert", `start ${OLD}`, "connect-back"]);
                assert.deepEqual(host.ledger("engine"), ["lmdb"]);
                assert.ok(databases().includes("db.lmdb"));
                assert.ok(!databases().includes("db.sqlite"));
            });

        it("starts the old engine again when somebody started it during the conversion: it has written to the old database", () => {
            convertible(full);
            const started = `eval "$(declare -f as_garage | sed '1s/.*/converts()/')"\nas_garage() { converts "$@" && case "$*" in *convert-db*) systemctl start garage.service ;; esac; }`;
            const ran = host.verb(`roll ${LITE}`, sheet([], ["1.2.0", "1.2.0", "1.2.0"]), `${DAEMON}\n${started}`);
            assert.match(ran.stderr, /garage was started meanwhile.*runs on it again.*\[convert-failed\]/);
            assert.deepEqual(host.ledger("engine"), ["lmdb"]);
            assert.ok(databases().includes("db.lmdb"));
            assert.ok(!databases().includes("db.sqlite"));
        });

        it("starts the old engine again when the new database doesn't come into its place, where an old one lies", () => {
            convertible(full, { [`${meta}/db.sqlite`]: "of last year" });
            const busy = `mv() { case "$*" in *.converting" "*) return 1 ;; esac; command mv "$@"; }`;
            const ran = host.verb(`roll ${LITE}`, sheet([], ["1.2.0", "1.2.0", "1.2.0"]), `${DAEMON}\n${busy}`);
            assert.match(ran.stderr, /can't be moved into its place.*runs on it again.*\[convert-failed\]/);
            assert.deepEqual(host.ledger("engine"), ["lmdb"]);
            assert.ok(databases().includes("db.lmdb"));
        });

        it("goes on when the old database can't be moved aside", () => {
            convertible(full);
            const busy = `mv() { case "$*" in *.before-*) return 1 ;; esac; command mv "$@"; }`;
            const ran = host.verb(`roll ${LITE}`, sheet([], ["1.2.0", "1.2.0", "1.2.0"]), `${DAEMON}\n${busy}`);
            assert.equal(ran.stdout, `1.2.0 ${LITE}\n`, ran.stderr);
            assert.match(ran.stderr, /can't be moved aside, it stays/);
            assert.deepEqual(databases(), ["db.lmdb", "db.sqlite"]);
        });

        it("puts the old database back when the canary doesn't pass", () => {
            convertible(full, { [`broken-${LITE}`]: "" });
            assert.match(host.roll(`${LITE} canary`, "1.2.0").stderr, /\[canary-failed\]/);
            assert.deepEqual(host.ledger("engine"), ["lmdb"]);
            assert.deepEqual(host.ledger("converted"), []);
            assert.equal(host.read(`${meta}/db.lmdb/data.mdb`), "data");
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

    for (const [what, asked] of [
        ["another release is asked for", "1.3.1-cccc"],
        ["the version is set back", OLD],
    ] as const) {
        const again = () => {
            world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 1") });
            host.generation("1.3.1-cccc", { release: "1.3.1", series: "1", engine: "lmdb" });
            assert.match(host.roll(NEW).stderr, /\[gate-failed\]/);
            host.file("facts", FACTS.replace("object 30", "object 1"));
            return () => host.roll(asked, asked.split("-")[0]);
        };

        it(`doesn't forget what a node has lost in a failed roll when ${what}`, () => {
            const ran = again()();
            assert.equal(ran.code, 1);
            assert.match(ran.stderr, /table object has 1 entries, it had 30.*\[gate-failed\]/);
        });

        it(`compares with today's figures, when ${what}, where the user says that clients have deleted the rest`, () => {
            const roll = again();
            host.file("opt/garage/options", "skipChecks items-fewer\n");
            const ran = roll();
            assert.equal(ran.code, 0, ran.stderr);
            assert.match(ran.stderr, /waived by skipChecks\) \[items-fewer\]/);
        });
    }
});

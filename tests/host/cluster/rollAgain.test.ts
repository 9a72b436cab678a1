import { strict as assert } from "node:assert";
import { assertRefused } from "../base/fakeHost";
import { DAEMON, FACTS, NEW, OLD, RollHost, sheet } from "./rollDaemon";

const NEXT = "1.3.1-cccc";
const LITE = "1.2.0-lite";
const LOST = FACTS.replace("object 30", "object 1");
const DATABASE = { "var/lib/garage/meta/db.lmdb/data.mdb": "data" };
const IMPORTED = "object:table: finished importing, 30 items\nbucket_v2:table: finished importing, 2 items\n";
const START = `${DAEMON}\nwrite_drop_in() { :; }`;

// What comes behind a roll that was cut short or went back: it is judged as the first one, and nothing is forgotten.
describe("garage-node roll: once more", function () {
    this.timeout(60_000);
    let host: RollHost;
    afterEach(() => host.done());
    const world = (files: Record<string, string> = {}, ledger: Record<string, string> = {}) => {
        host = new RollHost(files, ledger);
        host.generation(NEXT, { release: "1.3.1", series: "1", engine: "lmdb" });
        host.generation(LITE, { release: "1.2.0", series: "1", engine: "sqlite" });
    };
    const start = (release = "1.3.0") => host.verb("start", sheet([], [release, release, release]), START);

    for (const [trouble, id] of [
        ["unsettled", "layout-unsettled"],
        ["syncing", "sync-busy"],
        ["degraded", "partitions"],
        ["staged", "layout-staged"],
    ] as const)
        it(`a canary that is back counts as well: the next release is refused where the cluster is ${trouble}`, () => {
            world({ [`broken-${NEW}`]: "" });
            assertRefused(host.roll(`${NEW} canary`), "canary-failed");
            assert.deepEqual(host.ledger("act"), []);
            host.file("calls", "");
            host.file(trouble, "");
            assertRefused(host.roll(`${NEXT} canary`, "1.3.1"), id, /nothing was touched/);
            assert.deepEqual(host.calls(), []);
        });

    it("so does one whose conversion came to nothing", () => {
        world(DATABASE);
        assertRefused(host.roll(`${LITE} canary`, "1.2.0"), "convert-failed");
        assert.deepEqual(host.ledger("act"), []);
        host.file("calls", "");
        host.file("converted", IMPORTED);
        host.file("degraded", "");
        assertRefused(host.roll(`${LITE} canary`, "1.2.0"), "partitions", /nothing was touched/);
        assert.deepEqual(host.calls(), []);
    });

    it("so does one that was cut short before its stop", () => {
        world({ degraded: "" }, { act: `roll ${NEW}`, rollfrom: OLD, before: "items.object=30 gone.object=0" });
        assertRefused(host.roll(NEW), "partitions", /nothing was touched/);
        assert.deepEqual(host.calls(), []);
    });

    for (const [what, files, ruin] of [
        ["what ran doesn't start", { [`broken-${OLD}`]: "" }, () => {}],
        ["what ran is gone with its root disk", {}, () => host.remove(`opt/garage/generations/${OLD}`)],
    ] as const)
        it(`a node that \`start\` moved on, since ${what}, is proven by its roll`, () => {
            world({ ...DATABASE, ...files });
            host.remove("up");
            ruin();
            assert.equal(start().code, 0);
            assert.deepEqual([host.ledger("generation"), host.ledger("rollfrom")], [[NEW], [OLD]]);
            host.file("rome-down", "");
            assertRefused(host.roll(`${NEW} canary`), "gate-failed", /rome doesn't answer/);
            host.remove("rome-down");
            const ran = host.roll(`${NEW} canary`);
            assert.equal(ran.code, 0, ran.stderr);
            assert.match(ran.stderr, /seen by 3 of 3/);
            assert.deepEqual(host.ledger("rollfrom"), []);
        });

    it("what a node has lost in a roll that was cut short, and that `start` completed, isn't forgotten", () => {
        world({ [`facts-${NEW}`]: LOST, ...DATABASE });
        const killed = `${DAEMON}\neval "real_$(declare -f activate)"\nactivate() { real_activate "$@"; kill -9 $$; }`;
        host.verb(`roll ${NEW}`, sheet(), killed);
        assert.equal(start().code, 0);
        assert.deepEqual(host.ledger("act"), []);
        host.file("facts", LOST);
        assertRefused(host.roll(NEXT, "1.3.1"), "gate-failed", /table object has 1 entries, it had 30/);
    });

    it("one that was killed on the way back from a conversion starts what it was", () => {
        world({ ...DATABASE, converted: IMPORTED, [`broken-${LITE}`]: "" }, { staged: LITE });
        const killed = `${DAEMON}
eval "real_$(declare -f ledger_update)"
ledger_update() { real_ledger_update "$@"; case "$*" in *"put the lmdb database back"*) kill -9 $$ ;; esac; }`;
        host.verb(`roll ${LITE} canary`, sheet([], ["1.2.0", "1.2.0", "1.2.0"]), killed);
        assert.deepEqual([host.ledger("engine"), host.ledger("generation")], [["lmdb"], [LITE]]);
        const ran = start("1.2.0");
        assert.equal(ran.code, 0, ran.stderr);
        assert.deepEqual(host.ledger("generation"), [OLD]);
    });

    for (const what of ["a repair of tables", "the wait for a moment without requests"])
        it(`nothing stops where another node went down during ${what}, which took minutes`, () => {
            world();
            const during = what.startsWith("a repair") ? "repair_tables" : "stop_lull";
            const long = `${DAEMON}
eval "real_$(declare -f ${during})"
${during}() {
    real_${during} "$@"
    sed -i '/ rome /s/ up$/ down/' "$GARAGE_NODE_ROOT/fake/cluster"
    GATE_AT=$((GATE_AT - 60))
}`;
            assertRefused(
                host.verb(`roll ${NEW} canary`, sheet(), long),
                "peers-unhealthy",
                /rome .*; nothing was touched/,
            );
            assert.ok(!host.calls().includes("stop"));
        });
});

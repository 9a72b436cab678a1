import { strict as assert } from "node:assert";
import { DAEMON, FACTS, RollHost, sheet } from "./rollDaemon";

// Sled reads its whole database to count.

const OLD = "0.9.3-aaaa";
const NEW = "0.9.4-bbbb";

describe("a roll on sled", function () {
    this.timeout(60_000);
    let host: RollHost;
    const world = (files = {}, ledger = {}, options = "") => {
        host = new RollHost(files, ledger, options, [OLD, NEW]);
    };
    const roll = (words: string) => host.roll(words, "0.9.4");
    /** How often it was counted, by what was done in between. */
    const counts = () => host.asked("stats --detailed");
    afterEach(() => host.done());

    it("counts once before the node stops and once when all else is proven", () => {
        world();
        const ran = roll(`${NEW} canary`);
        assert.equal(ran.stdout, `0.9.4 ${NEW}\n`, ran.stderr);
        assert.match(ran.stderr, /items ok/);
        assert.deepEqual(host.calls(), ["repair tables", "stop", `start ${NEW}`, "connect-back"]);
        assert.equal(counts(), 2);
    });

    it("doesn't stop a node that can't be counted in time, and says what it was", () => {
        world({ uncounted: "" }, {}, "countTimeoutSeconds 1");
        host.refused(roll(NEW), "facts-unknown", /figures \(does not answer within 1 s\); nothing was touched/);
    });

    it("doesn't stop a node when another one went down while it was counted", () => {
        world();
        const whileCounted = `eval "real_$(declare -f judge)"
judge() {
    real_judge "$@" || return
    [ "$1" = figures ] || return 0
    sed -i '/ rome /s/ up$/ down/' "$GARAGE_NODE_ROOT/fake/cluster"
    GATE_AT=$((GATE_AT - 60))
}`;
        const ran = host.verb(`roll ${NEW}`, sheet([], ["0.9.4", "0.9.4", "0.9.4"]), `${DAEMON}\n${whileCounted}`);
        host.refused(ran, "peers-unhealthy", /rome .*; nothing was touched/);
        assert.equal(counts(), 1);
    });

    it("goes back where the new release holds fewer", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 3") });
        const ran = roll(`${NEW} canary`);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /table object has 3 entries, it had 30.*\[canary-failed\]/);
        assert.equal(counts(), 3);
    });

    it("counts nothing where there is nothing to compare with", () => {
        world({}, { generation: NEW, act: `failed roll ${NEW}`, rollfrom: OLD });
        assert.equal(roll(NEW).code, 0);
        assert.equal(counts(), 0);
    });
});

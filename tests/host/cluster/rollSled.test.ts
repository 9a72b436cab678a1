import { strict as assert } from "node:assert";
import { FACTS, NEW, OLD, RollHost } from "./rollDaemon";

// Sled reads its whole database to count. The releases are those of the other tests of a roll: here only the engine matters.

describe("a roll on sled", function () {
    this.timeout(60_000);
    let host: RollHost;
    const world = (files = {}, ledger = {}) => {
        host = new RollHost(files, { engine: "sled", ...ledger });
        for (const [id, release] of [
            [OLD, "1.2.0"],
            [NEW, "1.3.0"],
        ] as const)
            host.generation(id, { release, series: "1", engine: "sled" });
    };
    const counts = () => host.calls().filter((call) => call.startsWith("count"));
    afterEach(() => host.done());

    it("counts once before the node stops and once when all else is proven", () => {
        world();
        const ran = host.roll(`${NEW} canary`);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
        assert.match(ran.stderr, /items ok/);
        assert.deepEqual(host.calls(), [
            "repair tables",
            `count ${OLD}`,
            "stop",
            `activate ${NEW}`,
            `start ${NEW}`,
            "connect-back",
            `count ${NEW}`,
        ]);
    });

    it("doesn't stop a node that can't be counted in time, and says what it was", () => {
        world({ uncounted: "" });
        host.refused(host.roll(NEW), "facts-unknown", /figures \(does not answer within 600 s\); nothing was touched/);
    });

    it("goes back where the new release holds fewer", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 3") });
        const ran = host.roll(`${NEW} canary`);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /table object has 3 entries, it had 30.*\[canary-failed\]/);
        assert.deepEqual(counts(), [`count ${OLD}`, `count ${NEW}`, `count ${OLD}`]);
    });

    it("counts nothing where there is nothing to compare with", () => {
        world({}, { generation: NEW, act: `failed roll ${NEW}`, rollfrom: OLD });
        assert.equal(host.roll(NEW).code, 0);
        assert.deepEqual(counts(), []);
    });
});

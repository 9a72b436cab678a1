import { strict as assert } from "node:assert";
import { DAEMON, lines, NEW, OLD, peers, RollHost } from "./rollDaemon";

// Who knows that a roll was finished, so that it isn't undone for an unfinished one (tests/host/base/consent.test.ts).

describe("what a cluster has reached", function () {
    this.timeout(60_000);
    let host: RollHost;
    afterEach(() => host.done());

    const [london, paris, rome] = peers() as [string, string, string];
    const roll = (target: string, order: string[], fakes = "") => {
        const release = target.split("-")[0]!;
        const sheet = ["node london", "replicationfactor 3", ...order, ...lines([release, release, release])];
        const ran = host.verb(`roll ${target}`, sheet, DAEMON + fakes);
        assert.equal(ran.code, 0, ran.stderr);
        return host.ledger("reached");
    };

    /** That node runs 1.2.0. */
    const old = (name: string) => `sed -i 's/^\\(node [0-9a-f]* ${name} .*\\) 1.3.0 /\\1 1.2.0 /' "$FAKE/cluster"\n`;

    it("is known to the last node of a roll, when all others run it", () => {
        host = new RollHost();
        assert.deepEqual(roll(NEW, [paris, rome, london]), ["1.3.0"]);
        assert.equal(host.history().filter((line) => line.includes("reached 1.3.0")).length, 1);
        roll(NEW, [paris, rome, london]);
        assert.equal(host.history().filter((line) => line.includes("reached 1.3.0")).length, 1);
    });

    it("is known to the last node of another order (rollOrder), not to the last by name; each notes who that is", () => {
        for (const [last, known] of [
            ["london", ["1.3.0"]],
            ["paris", []],
        ] as const) {
            host = new RollHost();
            assert.deepEqual(roll(NEW, [london, paris, rome, `rolllast ${last}`]), known);
            assert.deepEqual(host.ledger("rolllast"), [last]);
            assert.deepEqual(roll(NEW, [london, paris, rome]), known);
            assert.deepEqual(host.ledger("rolllast"), ["rome"]);
            if (last === "london") host.done();
        }
    });

    it("isn't known to a node behind which others still roll", () => {
        host = new RollHost();
        assert.deepEqual(roll(NEW, [paris, london, rome]), []);
    });

    it("is nothing yet while another node runs an older release", () => {
        host = new RollHost();
        assert.deepEqual(roll(NEW, [paris, rome, london], old("paris")), []);
    });

    it("isn't asked of nodes that are left out", () => {
        host = new RollHost();
        const dead = rome.replace(/in$/, "without");
        assert.deepEqual(roll(NEW, [paris, london, dead], old("rome")), ["1.3.0"]);
    });

    it("is forgotten when this node is taken back to a lower release", () => {
        host = new RollHost({}, { release: "1.3.0", generation: NEW, staged: OLD, reached: "1.3.0" });
        assert.deepEqual(roll(OLD, [london, paris, rome]), []);
    });
});

import { strict as assert } from "node:assert";
import { BACK, DAEMON, FACTS, NEW, OLD, RollHost, sheet } from "./rollDaemon";

// Below 1.3.0, in these tests, a node doesn't show which blocks it lacks. What Garage shows then: garage-facts 11.

const BELOW = ["replicationfactor 3", "queuemoved 1.3.0"];
const DONE = "Done\tBlock repair worker\t0\t0\n";
const BUSY = "Busy\tBlock repair worker\t0\t0\n";

describe("a node that goes back to where its queue shows nothing", function () {
    this.timeout(60_000);
    let host: RollHost;
    const world = (...[files, ledger, options]: ConstructorParameters<typeof RollHost>) => {
        host = new RollHost({ repairs: DONE, ...files }, ledger, options);
    };
    afterEach(() => host.done());
    const roll = (words: string, release: string, fakes = "") =>
        host.verb(`roll ${words}`, sheet([], [release, release, release], BELOW), `${DAEMON}\n${fakes}`);
    const wentUp = { generation: NEW, release: "1.3.0", previous: "1.2.0" };

    it("repairs its blocks once its items are proven, and owes nothing then", () => {
        world({}, wentUp);
        const ran = roll(OLD, "1.2.0");
        assert.equal(ran.stdout, `1.2.0 ${OLD}\n`, ran.stderr);
        assert.deepEqual(host.calls(), [...BACK, "repair blocks"]);
        assert.deepEqual(host.ledger("debt"), []);
    });

    it("owes it from before the start, and doesn't repair where its items aren't proven", () => {
        world({ [`facts-${OLD}`]: FACTS.replace("object 30", "object 1") }, wentUp);
        assert.match(roll(OLD, "1.2.0").stderr, /\[gate-failed\]/);
        assert.deepEqual(host.calls(), BACK.slice(0, 4));
        assert.deepEqual(host.ledger("debt"), ["1.3.0"]);
    });

    it("begins it when the canary goes back, and the next up waits for its end", () => {
        world({ [`broken-${NEW}`]: "", repairs: BUSY, facts: `${FACTS}items.block_ref 60\n` });
        assert.match(roll(`${NEW} canary`, "1.3.0").stderr, /repair blocks has begun.*\[canary-failed\]/s);
        assert.equal(host.calls().at(-1), "repair blocks");
        assert.deepEqual(host.ledger("debt"), ["1.3.0"]);
        host.file("repair", DONE);
        assert.equal(roll(OLD, "1.2.0").code, 0);
        assert.deepEqual(host.ledger("debt"), []);
        assert.equal(host.calls().filter((call) => call === "repair blocks").length, 1);
    });

    it("launches it again where a reboot took it away", () => {
        world({ [`facts-${OLD}`]: `${FACTS}items.block_ref 60\n` }, { debt: "1.3.0" });
        assert.equal(roll(OLD, "1.2.0").code, 0);
        assert.deepEqual(host.calls(), ["repair blocks"]);
        assert.deepEqual(host.ledger("debt"), []);
    });

    it("owes it still when it takes too long", () => {
        world({ repairs: BUSY }, wentUp);
        const ran = roll(OLD, "1.2.0");
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stderr, /goes on \(repair blocks is at work\); until it is done no node is replaced/);
        assert.deepEqual(host.ledger("debt"), ["1.3.0"]);
    });

    it("never repairs blocks by metadata that nothing is known of: that would delete them all", () => {
        world({ [`facts-${OLD}`]: "merkle 0\ninsert 0\nresync_errors 0\nitems.block_ref 0\n" }, { debt: "1.3.0" });
        const ran = roll(OLD, "1.2.0");
        assert.match(
            ran.stderr,
            /still owes a repair of its blocks: nothing was compared, and its table block_ref has 0/,
        );
        assert.deepEqual(host.calls(), []);
        assert.deepEqual(host.ledger("debt"), ["1.3.0"]);
    });

    it("owes nothing any more when it goes up again, and nothing where no boundary lies between", () => {
        world({}, { debt: "1.3.0" });
        assert.equal(roll(NEW, "1.3.0").code, 0);
        assert.deepEqual([host.ledger("debt"), host.calls().includes("repair blocks")], [[], false]);
        host.done();
        world({}, wentUp);
        host.verb(
            `roll ${OLD}`,
            sheet([], ["1.2.0", "1.2.0", "1.2.0"], ["replicationfactor 3", "queuemoved 1.4.0"]),
            DAEMON,
        );
        assert.deepEqual(host.calls(), BACK);
    });
});

import { strict as assert } from "node:assert";
import { GENERATION, TakeHost } from "./takeHost";

describe("a takeover that is killed before any of its steps", function () {
    this.timeout(900_000);

    // All three of them go through all steps, each through every third one.
    for (const [end, refused, first] of [
        ["is taken over by the next call", false, 1],
        ["goes back, all as it was, where the next call's daemon doesn't start", true, 2],
    ] as const)
        it(end, () => {
            for (let at = first; ; at += 3) {
                const host = new TakeHost();
                const before = host.old();
                if (refused) host.world.write(`fake/starts/${GENERATION}`, "refused\n");
                if (!host.takeDying(at)) {
                    assert.ok(at > 20, `only ${at} steps`);
                    host.done();
                    break;
                }
                const ran = host.take();
                if (refused) {
                    assert.match(ran.stderr, /\[adopt-failed\]/, `killed before step ${at}`);
                    assert.deepEqual(host.old(), before, `killed before step ${at}`);
                    assert.equal(host.runs(), "old", `killed before step ${at}`);
                } else {
                    assert.equal(ran.code, 0, `killed before step ${at}: ${ran.stderr}`);
                    assert.equal(host.runs(), GENERATION);
                    assert.deepEqual(host.ledger("adopted"), ["taken"]);
                }
                host.done();
            }
        });

    it("leaves the old service, or ours, to `start`, which knows nothing of the cluster", () => {
        for (let at = 3; ; at += 3) {
            const host = new TakeHost();
            if (!host.takeDying(at)) {
                host.done();
                break;
            }
            const ran = host.start();
            assert.equal(ran.code, 0, `killed before step ${at}: ${ran.stderr}`);
            assert.notEqual(host.runs(), "none", `killed before step ${at}: ${ran.stderr}`);
            host.done();
        }
    });
});

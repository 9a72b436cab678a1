import { strict as assert } from "node:assert";
import { GENERATION, TakeHost } from "./takeHost";

describe("a way back that is killed before any of its steps", function () {
    this.timeout(900_000);

    for (const [end, first, goes] of [
        ["ends with the next call, all as it was", 1, (host: TakeHost) => host.untake()],
        ["is a takeover again where that is asked for", 2, (host: TakeHost) => host.take()],
        ["leaves the old service, all as it was, where the node is removed", 3, (host: TakeHost) => host.uninstall()],
    ] as const)
        it(end, () => {
            // All three of them go through all steps, each through every third one.
            for (let at = first; ; at += 3) {
                const host = new TakeHost();
                const before = host.old();
                assert.equal(host.take().code, 0);
                if (!host.untakeDying(at)) {
                    assert.ok(at > 20, `only ${at} steps`);
                    host.done();
                    break;
                }
                const told = `killed before step ${at}`;
                // Before its first step the node is simply taken over. In the middle of a rename nobody finds the ledger.
                const hidden = !host.world.has("var/lib/garage/meta/garage-node.ledger");
                const begun = hidden || host.ledger("adopted")[0] === "waiting";
                const ran = goes(host);
                assert.equal(ran.code, 0, `${told}: ${ran.stderr}`);
                if (first === 2) assert.deepEqual([host.runs(), host.ledger("adopted")], [GENERATION, ["taken"]], told);
                else if (first === 1 || begun) assert.deepEqual([host.old(), host.runs()], [before, "old"], told);
                host.done();
            }
        });
});

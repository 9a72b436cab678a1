import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Bed } from "../../support/bed";
import { ClusterProject } from "../../support/clusterProject";
import { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
const ROUNDS = 20;

// Doesn't prove: a power loss of a host (a killed process leaves what it wrote to the kernel).
describe("Pulumi killed at any moment of a patch upgrade", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;

    /** Process ids of the nodes that are done with this release: proven, and nothing unfinished in their ledgers. */
    const done = async (version: string) => {
        const pids = await bed.daemons();
        const finished: Record<string, string> = {};
        for (const node of NODES) {
            const ledger = await bed.sh(node, "garage-node ledger show");
            if (ledger.includes(`\nrelease ${version}\n`) && !/^act /m.test(ledger)) finished[node] = pids[node]!;
        }
        return finished;
    };

    before(async () => {
        bed = await Bed.make("kill", NODES);
        cluster = await ClusterProject.make(bed);
        cluster.declare(cluster.args({ stateVersion: "1", version: "1.2.0" }));
        await cluster.up();
        store = await Store.make(bed, "london");
        await store.fill("london");
    });
    after(async () => {
        cluster?.remove();
        await bed?.purge();
    });

    for (let round = 0; round < ROUNDS; round++) {
        const version = round % 2 === 0 ? "1.3.0" : "1.2.0";
        const share = (round * 7) % ROUNDS;
        it(`round ${round + 1}: to ${version}, killed after ${share}/${ROUNDS} of an upgrade's lines, then up again`, async () => {
            cluster.declare(cluster.args({ stateVersion: "1", version, allowPatchDowngrade: true }));
            // By what it has printed, not by the clock: an upgrade of three nodes prints some 60 lines.
            await cluster.upKilled((output) => output.split("\n").length >= 3 * share);
            const finished = await done(version);
            // The hosts go on, so one of them may be restarting just now; the others serve.
            const data = randomBytes(20_000);
            const writeBy = (node: string) => store.put(node, `written-in-round-${round}`, data);
            await writeBy("london").catch(() => writeBy("paris"));
            await cluster.up();
            await cluster.isSettled();
            const pids = await bed.daemons();
            for (const [node, pid] of Object.entries(finished))
                assert.equal(pids[node], pid, `${node} was done, and restarted`);
            for (const node of NODES) assert.equal(await bed.release(node), version, node);
            await store.intact();
        });
    }
});

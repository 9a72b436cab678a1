import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type Bed, holdingLine } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];

/** Where a node holds the upgrade up until Pulumi is dead: as a verb begins, before its daemon stops, once it runs the new release. */
const HELD = NODES.flatMap((node) =>
    ["stage", "start", "roll", "before-stop", "after-start"].map((point) => [node, point]),
);
/** And whenever so many lines have been printed: an upgrade of three nodes prints some 60, and may have ended before. */
const LINES = [1, 12, 25, 40];

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

    onHosts("kill", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(cluster.args({ stateVersion: "1", version: "1.2.0" }));
        store = await made.upFilled();
    });

    let round = 0;
    async function survives(killed: () => Promise<boolean>): Promise<void> {
        round++;
        let version = "";
        do {
            // One that had ended is tried again, the other way round.
            version = (await bed.release("london")) === "1.2.0" ? "1.3.0" : "1.2.0";
            const hooks = { beforeStop: holdingLine("before-stop"), afterStart: holdingLine("after-start") };
            cluster.declare(cluster.args({ stateVersion: "1", version, allowPatchDowngrade: true, ...hooks }));
        } while ((await killed()) === false);
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
    }

    for (const [node, point] of HELD)
        it(`killed at ${point} of ${node}, then up again`, () =>
            survives(async () => cluster.upKilledAt(await bed.hold(node!, point!)).then(() => true)));

    it("killed as the release is recorded, then up again", () =>
        survives(async () => cluster.upKilledAt(await bed.hold("london", "release")).then(() => true)));

    for (const lines of LINES)
        it(`killed when ${lines} lines have been printed, then up again`, () =>
            survives(() => cluster.upKilled((output) => output.split("\n").length >= lines)));
});

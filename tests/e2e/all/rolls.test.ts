import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { Load } from "../../support/load";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";
import { Views } from "../../support/views";

/** The last one is a gateway. */
const NODES = ["london", "paris", "rome", "vienna"];

interface Rung {
    series: string;
    from: string;
    to: string;
    /** The engine that data are converted to once the newer release runs. */
    convert?: string;
}

const RUNGS: Rung[] = [
    { series: "0.8", from: "0.8.6", to: "0.8.7" },
    { series: "0.9", from: "0.9.3", to: "0.9.4", convert: "sqlite" },
    { series: "1", from: "1.2.0", to: "1.3.0" },
    { series: "2", from: "2.4.0", to: "2.5.0", convert: "lmdb" },
];

/** How each hop is done: plainly, with all deeper checks, the short way. */
const WAYS = [
    { drain: "settled" },
    { drain: "settled", deepChecks: ["versions", "block_refs", "scrub"] },
    { strategy: "short" },
];

// Doesn't prove: more load than 20 requests a second, clients that don't try another endpoint.
describe("patch upgrades under load on every series, and the ladder on LMDB and SQLite", function () {
    this.timeout(900_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    let dbEngine = "lmdb";

    const declare = (stateVersion: string, version: string, more: Record<string, unknown> = {}) => {
        const args = cluster.args({ stateVersion, version, dbEngine, majorUpgrade: { drain: "settled" }, ...more });
        const { capacity: _, ...gateway } = args.nodes.vienna!;
        cluster.declare({ ...args, nodes: { ...args.nodes, vienna: { ...gateway, gateway: true } } });
    };
    /** Carries a change out under load; the views of all nodes are looked at all the while. */
    const underLoad = async (series: string) => {
        const load = Load.start(store, NODES);
        const views = Views.start(bed, series, await cluster.adminToken());
        const run = await cluster.up().finally(() => load.pause());
        const seen = await views.stop();
        const { requests, lost, mismatches, longestGapMs } = await load.stop();
        console.log(
            `      ${requests} requests, ${lost.length} lost, longest time without success ${longestGapMs} ms; ${seen.samples} views, at most ${seen.mostDown} down`,
        );
        assert.deepEqual(lost, []);
        assert.deepEqual(mismatches, []);
        assert.ok(longestGapMs < 3_000, `no success for ${longestGapMs} ms`);
        assert.ok(seen.samples > 0);
        assert.ok(seen.mostDown <= 1, seen.first);
        return run;
    };

    onHosts("rolls", NODES, async (made) => {
        ({ bed, cluster } = made);
        declare("0.8", "0.8.6");
        store = await made.upFilled();
        for (let i = 0; i < 500; i++) await store.put(NODES[i % 3]!, `many/${i}`, 50 + i);
    });

    for (const [index, { series, from, to, convert }] of RUNGS.entries()) {
        if (index > 0)
            it(`${RUNGS[index - 1]!.to} → ${from}: a major upgrade, every object as before`, async () => {
                const before = RUNGS[index - 1]!.series;
                declare(before, from, { majorUpgrade: WAYS[index - 1] });
                await cluster.up();
                declare(series, from);
                await cluster.up();
                await cluster.isSettled();
                await store.intact();
            });

        it(`${from} → ${to}: no request lost, never more than one node down in any view`, async () => {
            declare(series, to);
            await underLoad(series);
            await cluster.isSettled();
            await store.intact();
        });

        if (convert)
            it(`${to} to ${convert}: every object is there, and no other way leads there`, async () => {
                declare(series, to, { settings: { db_engine: convert } });
                await cluster.previewFails(/dbEngine/);
                dbEngine = convert;
                declare(series, to);
                await underLoad(series);
                await cluster.isSettled();
                await store.intact();
                for (const node of NODES)
                    assert.ok((await bed.sh(node, "garage-node ledger show")).includes(`\nengine ${convert}\n`));
            });
    }
});

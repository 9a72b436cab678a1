import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
const MIB = 1024 * 1024;

interface Rung {
    stateVersion: string;
    version: string;
    drain?: "empty" | "settled";
    dbEngine?: string;
    skipChecks?: string[];
}

// 0.7.3, the last of its series, isn't to be had from the package registries: `min-from` is waived for 0.7.0.
const RUNGS: Rung[] = [
    { stateVersion: "0.7", version: "0.8.7", dbEngine: "sled", skipChecks: ["min-from"] },
    { stateVersion: "0.8", version: "0.9.4", dbEngine: "sled", drain: "empty" },
    { stateVersion: "0.9", version: "1.3.0", dbEngine: "lmdb" },
    { stateVersion: "1", version: "2.5.0", dbEngine: "lmdb" },
];

// Doesn't prove: large stores, hosts far from each other, a power loss.
describe("the whole ladder, 0.7 to 2, one cluster all the way up", function () {
    this.timeout(1_800_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;

    onHosts("ladder", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(cluster.args({ stateVersion: "0.7", version: "0.7.0" }));
        await cluster.up();
        await cluster.isSettled();
        store = await Store.make(bed, "london");
        await store.fill("london", [1, 100, 3_000, 70_000, MIB, 3 * MIB + 5, 12 * MIB, 64 * MIB]);
        for (let i = 0; i < 500; i++) await store.put(NODES[i % 3]!, `many/${i}`, 50 + i);
        for (let i = 0; i < 50; i++) await store.delete("paris", `many/${i * 7}`);
        for (let i = 1; i < 50; i++) await store.put("rome", `many/${i * 7 + 1}`, 900);
        await bed.sh("london", "garage-manage bucket alias test aka; garage-manage bucket website --allow test");
        await store.put("london", "index.html", Buffer.from("hello from the ladder"));
    });

    const intact = async () => {
        await store.intact();
        const info = await bed.sh("paris", "garage-manage bucket info test");
        assert.match(info, /aka/);
        assert.match(info, /RWO/);
        const page = await bed.sh(
            "rome",
            `curl -s -H 'Host: test.web.garage.localhost' http://127.0.0.1:3902/index.html`,
        );
        assert.equal(page, "hello from the ladder");
    };

    for (const { stateVersion, version, drain = "settled", ...more } of RUNGS)
        it(`series ${stateVersion} → ${version}, drain ${drain}: every object, alias, right and website as before`, async () => {
            await intact();
            const next = version.startsWith("0.") ? version.slice(0, 3) : version.split(".")[0]!;
            const args = cluster.args({ stateVersion, version, majorUpgrade: { drain }, ...more });
            cluster.declare(args);
            const up = await cluster.up();
            assert.match(up.stdout, new RegExp(`set stateVersion: "${next.replace(".", "\\.")}"`));
            await intact();
            await cluster.isSettled();
            const pids = await bed.daemons();
            cluster.declare({ ...args, stateVersion: next });
            await cluster.up();
            await cluster.isSettled();
            assert.deepEqual(await bed.daemons(), pids);
            await store.put("paris", `written-on-${version}`, 200_000);
            await intact();
        });
});

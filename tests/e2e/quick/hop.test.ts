import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
const settled = { majorUpgrade: { drain: "settled" } };

// Doesn't prove: queues that take long to drain (test:all has one hop with drain `empty`), large metadata.
describe("a major upgrade on real hosts", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    const args = (stateVersion: string, version: string, more = {}) =>
        cluster.args({ stateVersion, version, ...settled, ...more });

    onHosts("hop", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(args("0.8", "0.8.7"));
        store = await made.upFilled();
    });

    it("is read whole in the preview before anything happens", async () => {
        const pids = await bed.daemons();
        cluster.declare(args("0.8", "0.9.4"));
        const { stdout, code } = await cluster.project.preview();
        assert.equal(code, 0, stdout);
        assert.match(stdout, /Garage 0\.8\.7 → 0\.9\.4: major upgrade\. S3 and web are off from step 2 to step 9/);
        assert.match(stdout, /store-0\.8-to-0\.9-7-migrate-paris/);
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("set back in mid-hop, goes back to the old release with every object", async () => {
        // `halt` of one node fails: something stands where its backup belongs.
        await bed.sh(
            "rome",
            "rm -rf /var/lib/garage-backups/* && chattr +i /var/lib/garage-backups 2>/dev/null || mount -o bind,ro /var/lib/garage-backups /var/lib/garage-backups",
        );
        await cluster.upFails(/5-halt-rome\):[\s\S]*rome: .*\[backup-failed\]/);
        await bed.sh("rome", "chattr -i /var/lib/garage-backups 2>/dev/null || umount /var/lib/garage-backups");
        cluster.declare(args("0.8", "0.8.7"));
        await cluster.up();
        await cluster.isSettled();
        for (const node of NODES) assert.equal(await bed.release(node), "0.8.7", node);
        await store.intact();
        await store.put("paris", "written-after-going-back", 100_000);
    });

    it("forward again after that, ends on the new series with every object", async () => {
        cluster.declare(args("0.8", "0.9.4"));
        const up = await cluster.up();
        assert.match(up.stdout, /set stateVersion: "0\.9"/);
        await cluster.isSettled();
        for (const node of NODES) assert.equal(await bed.release(node), "0.9.4", node);
        await store.intact();
        await store.put("rome", "written-on-the-new-series", 100_000);
    });

    it("lets stateVersion be moved without touching a daemon, and assigns the real capacities", async () => {
        const pids = await bed.daemons();
        cluster.declare(args("0.9", "0.9.4"));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
        assert.match(await bed.sh("paris", "garage-manage layout show"), /1000\.0 MB/);
        await store.intact();
    });

    it("can't be undone by a lower version: refused, and nothing changes", async () => {
        const pids = await bed.daemons();
        for (const [stateVersion, version] of [
            ["0.9", "0.8.7"],
            ["0.8", "0.8.7"],
        ] as const) {
            cluster.declare(args(stateVersion, version));
            await cluster.upFails(/refused|\[/);
            assert.deepEqual(await bed.daemons(), pids);
        }
        cluster.declare(args("0.9", "0.9.4"));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
        await store.intact();
    });
});

import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];

// What a major upgrade can't do is found while S3 is on and nothing has stopped: on real disks, by real binaries.
describe("a major upgrade that can't work", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    let pids: Record<string, string>;
    const on = (release: string, dbEngine: string | undefined, more: Record<string, unknown> = {}) =>
        cluster.args({
            stateVersion: "0.9",
            version: release,
            ...(dbEngine ? { dbEngine } : {}),
            majorUpgrade: { drain: "settled" },
            ...more,
        });
    const untouched = async () => {
        assert.deepEqual(await bed.daemons(), pids);
        await store.intact();
    };

    onHosts("hop-refused", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(on("0.9.4", "sled"));
        store = await made.upFilled();
        pids = await bed.daemons();
    });

    it("to a series without the engine of the data: refused at preview", async () => {
        cluster.declare(on("1.2.0", "sled"));
        await cluster.previewFails(/sled/);
        await untouched();
    });

    it("that would convert by a default that nobody wrote: refused by the hosts", async () => {
        cluster.declare(on("1.2.0", undefined));
        await cluster.upFails(/engine-differs/);
        await untouched();
    });

    it("without room for a backup on one host: that host is named", async () => {
        await bed.sh("rome", "mount -t tmpfs -o size=8m tmpfs /var/lib/garage-backups");
        cluster.declare(on("1.2.0", "lmdb"));
        await cluster.upFails(/rome: .*\[space-backup\]/);
        await untouched();
        await bed.sh("rome", "umount /var/lib/garage-backups");
    });

    it("ends on the new series and engine with every object, once there is room", async () => {
        await cluster.up();
        for (const node of NODES) {
            assert.equal(await bed.release(node), "1.2.0", node);
            assert.match(await bed.sh(node, "grep db_engine /opt/garage/current/garage.toml"), /lmdb/, node);
        }
        await store.intact();
        cluster.declare(on("1.2.0", "lmdb", { stateVersion: "1" }));
        await cluster.up();
        pids = await bed.daemons();
    });

    it("to a series that doesn't know a setting any more: refused at preview", async () => {
        const settings = { replication_mode: "3" };
        cluster.declare(on("2.4.0", "lmdb", { stateVersion: "1", settings }));
        await cluster.previewFails(/replication_mode/);
        await untouched();
    });
});

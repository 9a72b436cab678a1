import assert from "node:assert/strict";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Bed } from "../../support/bed";
import { clientOf, outcome } from "../../support/client";
import type { BesideCluster, ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";

const NODES = ["london", "paris", "rome"];

// Of a store on three nodes: the engine is killed when a host has made something, and the host that is asked is another one.
describe("buckets and keys when something dies", function () {
    this.timeout(900_000);
    let bed: Bed;
    let cluster: ClusterProject;

    onHosts("bucketkills", NODES, async (made) => {
        ({ bed, cluster } = made);
        declare({});
        await cluster.up();
    });

    const declare = (beside: BesideCluster, more: Record<string, unknown> = {}) =>
        cluster.declareAll({
            store: { args: cluster.args({ stateVersion: "2", version: "2.5.0", ...more }), ...beside },
        });
    const rights = [{ key: "app", read: true, write: true }];
    const count = async (what: "bucket" | "key", name: string, node = "london") =>
        (await bed.sh(node, `garage-manage ${what} list`)).split("\n").filter((line) => line.includes(name)).length;
    const put = async (bucket: string, node = "london") => {
        const client = clientOf(bed, node, (await cluster.keys()).app!);
        const request = client.send(new PutObjectCommand({ Bucket: bucket, Key: "x", Body: "x" }));
        return outcome(request).finally(() => client.destroy());
    };

    it("are taken up by the next up where the engine was killed before it knew of them, once each and no more", async () => {
        const made = async (what: "bucket" | "key", name: string) => (await count(what, name)) > 0;
        declare({ keys: { app: {} } });
        await cluster.upKilled(() => made("key", "app"));
        await cluster.up();
        assert.equal(await count("key", "app"), 1);
        declare({ keys: { app: {} }, buckets: { photos: { keys: rights } } });
        await cluster.upKilled(() => made("bucket", "photos"));
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await count("bucket", "photos"), 1);
        assert.equal(await put("photos"), "ok");
    });

    it("are taken up too where the verb itself was held when the engine died", async () => {
        const hold = await bed.hold("london", "bucket");
        declare({ keys: { app: {} }, buckets: { photos: { keys: rights }, later: { keys: rights } } });
        await cluster.upKilledAt(hold);
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await count("bucket", "later"), 1);
        assert.equal(await put("later"), "ok");
    });

    it("are known to the next node where the first one is given up, and to the first again when it is back", async () => {
        const beside = { keys: { app: {} }, buckets: { photos: { keys: rights }, later: { keys: rights } } };
        await bed.power("london", "stop");
        declare(beside, { without: ["london"] });
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await count("bucket", "photos", "paris"), 1);
        assert.equal(await count("key", "app", "paris"), 1);
        assert.equal(await put("photos", "paris"), "ok");
        declare(
            { ...beside, buckets: { ...beside.buckets, photos: { keys: [{ key: "app", read: true }] } } },
            { without: ["london"] },
        );
        await cluster.up();
        assert.equal(await put("photos", "paris"), "403");
        await bed.power("london", "start");
        await bed.until("london", "garage-manage status | grep -c HEALTHY", 60);
        declare(beside);
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await put("photos"), "ok");
        assert.equal(await count("bucket", "photos"), 1);
    });
});

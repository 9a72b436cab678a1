import assert from "node:assert/strict";
import { ClusterProject } from "../support/clusterProject";
import { Store } from "../support/store";
import { AwsBed } from "./awsBed";
import { ON_AWS, onAws } from "./simMachines";

// A cluster on the stand-in's machines: the real CLI, real boots by the real cloud-init, real volumes, real Garage.
// Doesn't prove AWS's own timing, nor what the stand-in can't know of it.

describe("a cluster on AWS", function () {
    this.timeout(1_800_000);
    let bed: AwsBed;
    let cluster: ClusterProject;
    before(async () => {
        bed = await AwsBed.make("stories");
        cluster = await ClusterProject.make(undefined, await bed.env());
    });
    after(async () => {
        cluster?.remove();
        await bed?.purge();
    });

    it("is made: machines that boot, volumes that are found and mounted, a store that serves; a second up changes nothing", async () => {
        const cidrs = ["10.214.0.0/16"];
        const aws = { adminCidrs: cidrs, clientCidrs: cidrs };
        cluster.declare(onAws({}, { aws, binary: { baseUrl: "file:///srv/garage-mirror" } }));
        await cluster.up();
        const store = await Store.make(bed, "a");
        await store.fill("a");
        await store.intact(ON_AWS);
        await cluster.isSettled();
        for (const node of ON_AWS) {
            const mounted = await bed.sh(
                node,
                "findmnt -no FSTYPE,TARGET /srv/garage/metadata; findmnt -no FSTYPE,TARGET /srv/garage/data",
            );
            assert.match(mounted, /^ext4 +\/srv\/garage\/metadata\s+ext4 +\/srv\/garage\/data\s*$/);
        }
    });
});

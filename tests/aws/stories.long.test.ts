import assert from "node:assert/strict";
import { ClusterProject, type PlainArgs } from "../support/clusterProject";
import { Load } from "../support/load";
import { Store } from "../support/store";
import { Views } from "../support/views";
import { AwsBed } from "./awsBed";
import { ON_AWS, onAws } from "./simMachines";

// A cluster on the stand-in's machines, from nothing to nothing and back: the real CLI, real boots by the real cloud-init, real volumes, real Garage.
// Doesn't prove AWS's own timing, nor what the stand-in can't know of it: docs/aws.md.

type AwsNode = Record<string, unknown>;
const OLD_SERIES = { stateVersion: "1", version: "1.3.0" };

describe("a cluster on AWS", function () {
    this.timeout(1_800_000);
    let bed: AwsBed;
    let cluster: ClusterProject;
    let store: Store;
    let ids: unknown;
    before(async () => {
        bed = await AwsBed.make("stories");
        cluster = await ClusterProject.make(undefined, await bed.env());
    });
    after(async () => {
        cluster?.remove();
        await bed?.purge();
    });

    const cidrs = ["10.214.0.0/16"];
    const given = {
        version: "2.4.0",
        aws: { adminCidrs: cidrs, clientCidrs: cidrs },
        binary: { baseUrl: "file:///srv/garage-mirror" },
        // Tables are in sync again only minutes after a restart, where a machine has much else to do.
        healthTimeoutSeconds: 600,
    };
    const args = (node?: AwsNode, more?: AwsNode, only?: Record<string, AwsNode>): PlainArgs =>
        onAws(node, { ...given, ...more }, only);

    /** What the plugin did, with what was asked. */
    async function up(asked: PlainArgs): Promise<string[]> {
        cluster.declare(asked);
        bed.forget();
        await cluster.up();
        return bed
            .log()
            .filter(({ what, error }) => what === "end" && error === undefined)
            .map(({ operation, type, name }) => `${operation} ${type} ${name}`);
    }

    /** A change of machines under load: nothing is lost, never more than one node is down, ids and objects stay, and it settles. */
    async function underLoad(change: () => Promise<unknown>): Promise<void> {
        const views = Views.start(bed, "2", await cluster.adminToken());
        const load = Load.start(store, ON_AWS);
        await change();
        const { lost, requests, mismatches } = await load.stop();
        const seen = await views.stop();
        assert.deepEqual(lost, []);
        assert.deepEqual(mismatches, []);
        assert.ok(requests > 100, `${requests} requests`);
        assert.ok(seen.mostDown <= 1, seen.first);
        assert.deepEqual((await cluster.outputs()).nodeIds, ids);
        await store.intact();
        await cluster.isSettled();
    }

    it("is made: machines that boot, volumes that are found and formatted once, a store that serves; a second up changes nothing", async () => {
        await up(args({}, OLD_SERIES));
        ({ nodeIds: ids } = await cluster.outputs());
        store = await Store.make(bed, "a");
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

    it("makes a major upgrade while clients knock: what they were told is stored is there afterwards", async () => {
        cluster.declare(args({}, { ...OLD_SERIES, version: "2.4.0", majorUpgrade: { drain: "settled" } }));
        const load = Load.start(store, ON_AWS);
        await cluster.up();
        const { mismatches } = await load.stop();
        assert.deepEqual(mismatches, []);
        await up(args());
        assert.deepEqual((await cluster.outputs()).nodeIds, ids);
        assert.match(await bed.sh("a", "garage-manage --version"), /2\.4\.0/);
        await store.intact(ON_AWS);
        await cluster.isSettled();
    });

    it("gets one machine anew: address, volumes and node id stay", async () => {
        const before = bed.look();
        await underLoad(async () => {
            const done = await up(args({}, {}, { a: { renew: "1" } }));
            assert.deepEqual(
                done.filter((each) => / Instance /.test(each)),
                ["delete Instance store-instance-a", "create Instance store-instance-a"],
            );
        });
        const now = bed.look();
        assert.deepEqual(Object.keys(now.volumes), Object.keys(before.volumes));
        assert.deepEqual(now.enis, before.enis);
    });

    it("gets another type on all three in one up, one after the other, in place", async () => {
        const before = ON_AWS.map((name) => bed.instance(name));
        await underLoad(async () => {
            const done = await up(args({ instanceType: "t3.large" }, {}, { a: { renew: "1" } }));
            assert.deepEqual(
                done.filter((each) => / Instance /.test(each)),
                ON_AWS.map((name) => `update Instance store-instance-${name}`),
            );
        });
        assert.deepEqual(
            ON_AWS.map((name) => bed.instance(name)),
            before,
        );
    });

    it("gets all three machines anew in one up, one after the other", async () => {
        await underLoad(async () => {
            const done = await up(args({ instanceType: "t3.large", renew: "2" }));
            assert.deepEqual(
                done.filter((each) => / Instance /.test(each)),
                ON_AWS.flatMap((name) => ["delete", "create"].map((each) => `${each} Instance store-instance-${name}`)),
            );
        });
    });

    it("is upgraded, one node after the other", async () => {
        await underLoad(() => up(args({ instanceType: "t3.large", renew: "2" }, { version: "2.5.0" })));
        assert.match(await bed.sh("a", "garage-manage --version"), /2\.5\.0/);
    });

    describe("when it is destroyed", () => {
        let secrets: { clusterId: unknown; rpcSecret: unknown };
        let volumes: Record<string, AwsNode>;

        it("keeps its volumes, and lists them", async () => {
            const { outputs, rpcSecrets } = (await cluster.project.outputs()) as Record<
                string,
                Record<string, Record<string, unknown>>
            >;
            secrets = { clusterId: outputs!.store!.clusterId, rpcSecret: rpcSecrets!.store };
            const all = Object.entries(bed.look().volumes);
            const { code, stdout, stderr } = await cluster.project.destroy();
            assert.equal(code, 0, stdout + stderr);
            const left = bed.look();
            assert.deepEqual(
                Object.keys(left.volumes),
                all.map(([id]) => id),
            );
            assert.ok(Object.values(left.instances).every(({ state }) => state === "terminated"));
            assert.deepEqual([left.enis, left.groups, left.rules], [{}, {}, {}]);
            for (const [id] of all) assert.ok((stdout + stderr).includes(id), `${id} isn't listed`);
            const idOf = (name: string, role: string) =>
                all.find(([, { tags }]) => tags.Name === `store-${name}-${role}`)![0];
            volumes = Object.fromEntries(
                ON_AWS.map((name) => [
                    name,
                    { metadataVolumeId: idOf(name, "metadata"), dataVolumeId: idOf(name, "data") },
                ]),
            );
        });

        it("isn't taken up again with a stateVersion that lies: refused before any of it runs", async () => {
            cluster.declare(args({ instanceType: "t3.large" }, { ...OLD_SERIES, ...secrets }, volumes));
            await cluster.upFails(/\[series-downgrade\]|\[state-version-behind\]/);
            for (const node of ON_AWS) assert.match(await bed.sh(node, "systemctl is-active garage; true"), /inactive/);
        });

        it("is taken up again on them: every object is there", async () => {
            await up(args({ instanceType: "t3.large" }, { version: "2.5.0", ...secrets }, volumes));
            assert.deepEqual((await cluster.outputs()).nodeIds, ids);
            await store.intact();
            await cluster.isSettled();
        });
    });
});

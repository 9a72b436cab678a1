import assert from "node:assert/strict";
import { onAws, SimMachines } from "./simMachines";
import { SUBNETS } from "./worlds";

// What the real engine's preview refuses of a cluster on AWS that is there. The hosts only answer, AWS is the stand-in.

const NODE = { instanceType: "t3.medium" };
type Args = ReturnType<typeof onAws>;

describe("a preview of machines on AWS", function () {
    this.timeout(900_000);
    let sim: SimMachines;
    before(async () => {
        sim = await SimMachines.make();
        sim.cluster.declare(onAws(NODE));
        await sim.cluster.up();
    });
    after(() => sim?.remove());

    async function preview(change: (args: Args, a: Record<string, unknown>) => void, ...words: string[]) {
        const args = onAws(NODE);
        change(args, args.nodes.a!.aws as Record<string, unknown>);
        sim.cluster.declare(args);
        sim.forget();
        const { code, stdout, stderr } = await sim.cluster.project.preview(...words);
        assert.deepEqual(sim.story(), [], "nothing is done");
        return { code, text: stdout + stderr };
    }
    async function refused(change: Parameters<typeof preview>[0], pattern: RegExp) {
        const { code, text } = await preview(change);
        assert.notEqual(code, 0, text);
        assert.match(text, pattern);
    }
    const volumeOf = (name: string) =>
        Object.entries(sim.look().volumes).find(([, { tags }]) => tags?.Name === name)![0];

    it("says which machines change, and how", async () => {
        const { code, text } = await preview((_, a) => Object.assign(a, { instanceType: "t3.large" }));
        assert.equal(code, 0, text);
        assert.match(text, /a: its machine changes\. Garage is stopped there and its volumes are let go before/);
        assert.doesNotMatch(text, /b: its machine changes/);
    });

    it("refuses a machine that changes together with the release, or the layout", async () => {
        await refused(
            (args, a) =>
                Object.assign(args, { version: "2.4.0", allowPatchDowngrade: true }) &&
                Object.assign(a, { renew: "1" }),
            /machines of a change together with version \(2\.5\.0 → 2\.4\.0\).*\[machines-and-cluster-changed\]/,
        );
        await refused((args, a) => {
            a.renew = "1";
            args.nodes.b!.zone = "elsewhere";
        }, /machines of a change together with the layout.*\[machines-and-cluster-changed\]/);
    });

    it("changes nothing where a node's own volumes are named", async () => {
        const { code, text } = await preview((_, a) => {
            Object.assign(a, {
                metadataVolumeId: volumeOf("store-a-metadata"),
                dataVolumeId: volumeOf("store-a-data"),
            });
        }, "--expect-no-changes");
        assert.equal(code, 0, text);
    });

    it("refuses another volume: another node's by its tag, any by the node's own", async () => {
        const [own, other] = [volumeOf("store-a-data"), volumeOf("store-b-data")];
        await refused(
            (_, a) => Object.assign(a, { dataVolumeId: other }),
            /nodes\.a\.aws\.dataVolumeId: .* has the tag garage-node=b, so/,
        );
        sim.world.change(({ volumes }) => {
            const { attachedTo: _, ...blank } = volumes[own]!;
            const tags = { "garage-cluster": "store", "garage-node": "a" };
            volumes["vol-0123456789abcdef0"] = { ...blank, tags };
        });
        await refused(
            (_, a) => Object.assign(a, { dataVolumeId: "vol-0123456789abcdef0" }),
            /nodes\.a\.aws\.dataVolumeId: the node's data are on vol-\w+, and it would get vol-0123456789abcdef0.*\[volume-changed\]/,
        );
    });

    it("refuses a volume that is to shrink, and lets it grow", async () => {
        await refused(
            (_, a) => Object.assign(a, { metadataVolumeSizeGiB: 5 }),
            /store-volume-metadata-a: 5 GiB are asked for, and the volume has/,
        );
        const { code, text } = await preview((_, a) => Object.assign(a, { metadataVolumeSizeGiB: 50 }));
        assert.equal(code, 0, text);
        assert.match(text, /store-volume-metadata-a update \[diff: ~size\]/);
        assert.doesNotMatch(text, /its machine changes/);
    });

    it("refuses another subnet, also in the same availability zone, and names the one that the node stands in", async () => {
        const other = "subnet-0eeeeeeeeeeeeeeee";
        sim.world.change(({ subnets }) => {
            subnets[other] = subnets[SUBNETS[0]!]!;
        });
        await refused(
            (_, a) => Object.assign(a, { subnetId: other }),
            new RegExp(`nodes\\.a\\.aws\\.subnetId: ${other} is asked for, and the node stands in ${SUBNETS[0]}`),
        );
    });
});

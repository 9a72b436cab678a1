import assert from "node:assert/strict";
import { ON_AWS, onAws, SimMachines } from "./simMachines";
import { SUBNETS } from "./worlds";

// What the real engine makes of a load balancer over a cluster on AWS that runs. The hosts only answer, AWS is the stand-in.
// Each test goes on with the cluster of the one before, which it found settled.

describe("a load balancer over machines on AWS", function () {
    this.timeout(900_000);
    let sim: SimMachines;
    before(async () => {
        sim = await SimMachines.make();
        sim.cluster.declare(onAws());
        await sim.cluster.up();
    });
    after(() => sim?.remove());

    async function up(aws: object): Promise<void> {
        const args = onAws();
        Object.assign(args.aws, aws);
        sim.cluster.declare(args);
        sim.forget();
        await sim.cluster.up();
        assert.deepEqual(sim.machines(), [], "no machine is touched, and no node left");
        await sim.cluster.isSettled();
    }
    const balancers = () => Object.values(sim.look().balancers);
    const targets = () =>
        Object.values(sim.look().targetGroups)
            .map(({ targets: all }) => all.map(({ id, port }) => `${id} ${port}`).sort())
            .sort();
    const addressOf = (node: string) => {
        const { instances, enis } = sim.look();
        return enis[Object.values(instances).find(({ tags }) => tags["garage-node"] === node)!.eni]!.privateIp;
    };
    const all = (port: number) => ON_AWS.map((node) => `${addressOf(node)} ${port}`).sort();

    it("comes to a cluster that runs, with every node behind it, and each host is told of its addresses", async () => {
        await up({ loadBalancer: true });
        assert.deepEqual(
            balancers().map(({ subnets }) => subnets),
            [SUBNETS],
        );
        assert.deepEqual(targets(), [all(3900), all(3902)]);
        const own = Object.values(sim.look().enis).filter(({ description }) => description?.startsWith("ELB net/"));
        assert.equal(own.length, 3);
        const told = own
            .map(({ privateIp }) => privateIp)
            .sort()
            .join(",");
        for (const node of ON_AWS)
            assert.match(sim.told(`stage ${node}`), new RegExp(`^option balancer 20 3900,3902 ${told}$`, "m"));
    });

    it("goes public under another name, the old one first", async () => {
        const [old] = Object.keys(sim.look().balancers);
        await up({ loadBalancer: true, loadBalancerPublic: true });
        assert.notDeepEqual(Object.keys(sim.look().balancers), [old]);
        assert.equal(balancers().length, 1);
        assert.deepEqual(targets(), [all(3900), all(3902)]);
    });

    it("goes, and leaves nothing behind", async () => {
        await up({});
        const { balancers: left, targetGroups, listeners, groups, enis } = sim.look();
        assert.deepEqual([left, targetGroups, listeners], [{}, {}, {}]);
        assert.deepEqual([Object.keys(groups).length, Object.keys(enis).length], [1, 3]);
        for (const node of ON_AWS) assert.doesNotMatch(sim.told(`stage ${node}`), /balancer/);
    });
});

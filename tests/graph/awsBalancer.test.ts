import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import type { AwsClusterArgs } from "../../sdk";
import { reachProviders } from "../support/providers";
import { awsNode, awsSays, onAws, SUBNET } from "./awsSupport";
import { type Graph, graphOf, threeNodes } from "./support";

const TAGS = { "garage-cluster": "store", "garage-stack": "project/stack" };

describe("a load balancer over the nodes on AWS", function () {
    this.timeout(20_000);
    let graph: Graph & { made: { loadBalancerEndpoint: pulumi.Output<string | undefined> }[] };
    const balanced = (aws: Partial<AwsClusterArgs> = {}, more = {}) =>
        graphOf(
            onAws({ aws: { ...onAws().aws!, loadBalancer: true, ...aws }, ...more }),
            ["store"],
            undefined,
            undefined,
            awsSays,
        );
    before(async () => {
        await reachProviders();
        graph = await balanced();
    });
    const valueIn = <T>(output: pulumi.Output<T>) => new Promise<T>((done) => output.apply(done));
    const typed = (word: string) => [...graph.seen.values()].filter(({ type }) => type.endsWith(`:${word}`));

    it("isn't there unless it is asked for", async () => {
        const without = await graphOf(onAws(), ["store"], undefined, undefined, awsSays);
        assert.deepEqual(
            [...without.seen.values()].filter(({ type }) => type.startsWith("aws:lb/")),
            [],
        );
        assert.deepEqual(without.names(/balancer/), []);
        assert.equal(await valueIn(without.made[0]!.loadBalancerEndpoint), undefined);
    });

    it("is exactly this", () => {
        const { name, ...inputs } = graph.get("store-balancer").inputs;
        assert.match(String(name), /^store-lb-[0-9a-f]{7}$/);
        assert.deepEqual(inputs, {
            loadBalancerType: "network",
            internal: true,
            securityGroups: ["store-balancer-group-id"],
            subnets: [SUBNET.a, SUBNET.b, SUBNET.c],
            enableCrossZoneLoadBalancing: true,
            tags: { ...TAGS, Name: "store" },
        });
    });

    it("sends to S3 and web, each node by its own address, whose port for S3 says whether it is well", () => {
        for (const [service, port, healthPort] of [
            ["s3", 3900, "traffic-port"],
            ["web", 3902, "3900"],
        ]) {
            const { name, ...inputs } = graph.get(`store-targets-${service}`).inputs;
            assert.match(String(name), new RegExp(`^store-${service}-[0-9a-f]{7}$`));
            const tags = { ...TAGS, Name: `store-${service}` };
            assert.deepEqual(inputs, {
                port,
                protocol: "TCP",
                targetType: "ip",
                vpcId: "vpc-1",
                preserveClientIp: "false",
                healthCheck: {
                    protocol: "HTTP",
                    path: "/",
                    matcher: "200-499",
                    interval: 5,
                    timeout: 4,
                    port: healthPort,
                    healthyThreshold: 2,
                    unhealthyThreshold: 2,
                },
                targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 60 }],
                tags,
            });
            assert.deepEqual(graph.get(`store-listener-${service}-${port}`).inputs, {
                loadBalancerArn: "store-balancer-arn",
                port,
                protocol: "TCP",
                defaultActions: [{ type: "forward", targetGroupArn: `store-targets-${service}-arn` }],
                tags,
            });
            for (const node of ["a", "b", "c"])
                assert.deepEqual(graph.get(`store-target-${service}-${node}-${port}`).inputs, {
                    targetGroupArn: `store-targets-${service}-arn`,
                    targetId: `10.0.0.${node.charCodeAt(0)}`,
                    port,
                });
        }
    });

    it("takes another port on beside the old one, which goes on until all is done", async () => {
        const moved = await balanced({}, { s3Port: 4000 });
        const parts = (of: Graph) => of.names(/-(listener|target)-|-allow-balancer-/);
        const changed = parts(graph).filter((name) => moved.seen.has(name) && /3900|s3/.test(name));
        assert.deepEqual(changed, []);
        assert.deepEqual(
            parts(moved)
                .filter((name) => !graph.seen.has(name))
                .sort(),
            [
                "store-allow-balancer-4000-from-10.0.0.0-8",
                "store-allow-balancer-4000-to-nodes",
                "store-listener-s3-4000",
                "store-target-s3-a-4000",
                "store-target-s3-b-4000",
                "store-target-s3-c-4000",
            ],
        );
    });

    it("lets clients in, and reaches the nodes; these let it in", () => {
        const said = (word: string) =>
            typed(word)
                .filter(({ name }) => name.includes("balancer"))
                .map(({ inputs: { securityGroupId, fromPort, toPort, ipProtocol, ...rest } }) => {
                    assert.deepEqual([toPort, ipProtocol], [fromPort, "tcp"]);
                    return `${securityGroupId} ${fromPort} ${rest.cidrIpv4 ?? rest.referencedSecurityGroupId}`;
                })
                .sort();
        const [nodes, balancer] = ["store-security-group-id", "store-balancer-group-id"];
        assert.deepEqual(said("SecurityGroupIngressRule"), [
            `${balancer} 3900 10.0.0.0/8`,
            `${balancer} 3902 10.0.0.0/8`,
            `${nodes} 3900 ${balancer}`,
            `${nodes} 3902 ${balancer}`,
        ]);
        assert.deepEqual(said("SecurityGroupEgressRule"), [`${balancer} 3900 ${nodes}`, `${balancer} 3902 ${nodes}`]);
    });

    it("sends nobody to a node before all of the cluster is proven, nor to one that is given up", async () => {
        for (const name of graph.names(/-target-/)) assert.ok(graph.before("store-release", name), name);
        const { dependsOn } = graph.options.get("store-target-s3-b-3900")!;
        const waits = await Promise.all((dependsOn as pulumi.Resource[]).map(({ urn }) => valueIn(urn)));
        assert.deepEqual(
            waits.map((urn) => urn.split("::").at(-1)),
            ["store-release", "store-host-b"],
        );
        const given = await balanced({}, { without: ["c"] });
        assert.deepEqual(given.names(/-target-s3-/), ["store-target-s3-a-3900", "store-target-s3-b-3900"]);
    });

    it("is told to each host, with its addresses, by what changes nothing that runs", () => {
        for (const node of ["a", "b", "c"])
            assert.match(
                String(graph.get(`store-stage-${node}`).inputs.stdin),
                /^option balancer 20 3900,3902 10\.0\.0\.1,10\.0\.0\.2$/m,
            );
    });

    it("is reached at its own name", async () => {
        const { loadBalancerEndpoint } = graph.made[0]!;
        assert.equal(await valueIn(loadBalancerEndpoint), "http://store-lb.elb.example:3900");
    });

    it("is made anew only for what it can't take on, the old one first; its groups never are", () => {
        const options = (name: string) => graph.options.get(`store-${name}`) as pulumi.CustomResourceOptions;
        const { deleteBeforeReplace, ignoreChanges, protect } = options("balancer");
        assert.deepEqual([deleteBeforeReplace, ignoreChanges, protect], [true, ["name"], undefined]);
        assert.deepEqual(options("targets-s3").ignoreChanges, ["name", "port", "vpcId"]);
        for (const name of ["listener-s3-3900", "target-s3-a-3900", "allow-balancer-3900-to-nodes"])
            assert.deepEqual([options(name).protect, options(name).retainOnDelete], [false, false], name);
    });

    it("has public addresses where that is asked for, and one subnet a zone", async () => {
        const d = { ...awsNode("a"), zone: "eu-west-1a" };
        const open = await balanced({ loadBalancerPublic: true }, { nodes: { ...onAws().nodes, d } });
        const { internal, subnets } = open.get("store-balancer").inputs;
        assert.deepEqual([internal, subnets], [false, [SUBNET.a, SUBNET.b, SUBNET.c]]);
        assert.ok(open.names(/-target-s3-d-3900$/).length === 1);
    });

    it("leaves nodes elsewhere out", async () => {
        const { paris } = threeNodes().nodes;
        const nodes = { a: awsNode("a"), b: awsNode("b"), paris: paris! };
        const mixed = await balanced({ peerCidrs: ["10.8.0.0/16"] }, { nodes });
        assert.deepEqual(mixed.names(/-target-s3-/), ["store-target-s3-a-3900", "store-target-s3-b-3900"]);
        assert.doesNotMatch(String(mixed.get("store-stage-paris").inputs.stdin), /balancer/);
    });
});

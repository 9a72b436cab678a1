import { createHash } from "node:crypto";
import { getNetworkInterface, getNetworkInterfaces, type SecurityGroup } from "@pulumi/aws/ec2";
import { Listener, LoadBalancer, TargetGroup, TargetGroupAttachment } from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import { balancerName, balancerTags, HEALTH, leavingWords, subnetOfEachZone } from "../garage/balancer";
import type { AwsPlace } from "./awsFacts";
import { ownTags, type Shared, type Standing, UNPROTECTED } from "./awsShared";
import type { Balancer } from "./node";

const SERVICES = ["s3", "web"] as const;

/** A network load balancer over S3 and the web server of all nodes on AWS. Targets are their addresses, which stay when a machine is made anew. */
export function balancer(
    shared: Shared,
    places: Record<string, pulumi.Output<AwsPlace>>,
    group: SecurityGroup,
    standing: Standing[],
): { balancer: Balancer; options: pulumi.Output<string[]> } {
    const { parent, clusterName, cluster } = shared;
    const made = loadBalancer(shared, places, group);
    const groups = SERVICES.map((service) => {
        const targets = targetGroup(shared, service, places);
        listener(shared, service, made, targets);
        return { service, targets };
    });
    const attach = (name: string, dependsOn: pulumi.Resource[]) =>
        groups.map(
            ({ service, targets }) =>
                new TargetGroupAttachment(
                    `${clusterName}-target-${service}-${name}-${cluster.ports[service]}`,
                    {
                        targetGroupArn: targets.arn,
                        targetId: standing.find(({ node }) => node.name === name)!.eni.privateIp,
                        port: cluster.ports[service],
                    },
                    { parent, ...UNPROTECTED, dependsOn },
                ),
        );
    const ports = SERVICES.map((service) => cluster.ports[service]);
    return {
        balancer: {
            endpoint: pulumi.interpolate`http://${made.dnsName}:${cluster.ports.s3}`,
            send: (nodes, after) =>
                nodes.filter(({ spec }) => spec.placement === "aws").flatMap((node) => attach(node.name, after(node))),
        },
        options: addresses(parent, made).apply((all) => {
            const words = leavingWords(ports, all);
            return words === "" ? [] : [`option balancer ${words}`];
        }),
    };
}

/** AWS's names of a balancer's parts are the account's: this tells clusters of one name apart. */
const own = (clusterName: string) =>
    createHash("sha256").update(`${pulumi.getProject()}/${pulumi.getStack()}/${clusterName}`).digest("hex").slice(0, 7);

function tagsFor({ clusterName, cluster }: Shared, name: string): Record<string, string> {
    return balancerTags({ ...cluster.aws!.tags, ...ownTags(clusterName), Name: name });
}

function loadBalancer(
    shared: Shared,
    places: Record<string, pulumi.Output<AwsPlace>>,
    group: SecurityGroup,
): LoadBalancer {
    const { parent, clusterName, cluster } = shared;
    const subnets = pulumi
        .all(
            Object.entries(places).map(([node, place]) =>
                place.apply(({ availabilityZone, subnetId }) => ({ node, zone: availabilityZone, subnet: subnetId })),
            ),
        )
        .apply(subnetOfEachZone);
    return new LoadBalancer(
        `${clusterName}-balancer`,
        {
            name: balancerName(clusterName, own(clusterName), "lb"),
            loadBalancerType: "network",
            internal: cluster.aws!.loadBalancer !== "public",
            securityGroups: [group.id],
            subnets,
            // Else a zone whose node is down would have no way in.
            enableCrossZoneLoadBalancing: true,
            tags: tagsFor(shared, clusterName),
        },
        // A target group can belong to one balancer only: the old one goes first. A stack may be renamed.
        { parent, deleteBeforeReplace: true, ignoreChanges: ["name"] },
    );
}

function targetGroup(
    shared: Shared,
    service: (typeof SERVICES)[number],
    places: Record<string, pulumi.Output<AwsPlace>>,
): TargetGroup {
    const { parent, clusterName, cluster } = shared;
    const { threshold, ...health } = HEALTH;
    return new TargetGroup(
        `${clusterName}-targets-${service}`,
        {
            name: balancerName(clusterName, own(clusterName), service),
            // Each target says its own.
            port: cluster.ports[service],
            protocol: "TCP",
            targetType: "ip",
            vpcId: Object.values(places)[0]!.apply(({ vpcId }) => vpcId),
            // A node sees the balancer's address, and can so refuse it alone.
            preserveClientIp: "false",
            healthCheck: {
                ...health,
                port: service === "s3" ? "traffic-port" : String(cluster.ports.s3),
                healthyThreshold: threshold,
                unhealthyThreshold: threshold,
            },
            // A node that leaves ends what it has begun.
            targetHealthStates: [{ enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: 60 }],
            tags: tagsFor(shared, `${clusterName}-${service}`),
        },
        // What would replace it while the listener has it.
        { parent, ignoreChanges: ["name", "port", "vpcId"] },
    );
}

function listener(
    shared: Shared,
    service: (typeof SERVICES)[number],
    to: LoadBalancer,
    targets: TargetGroup,
): Listener {
    const { parent, clusterName, cluster } = shared;
    return new Listener(
        // Another port is another one: the old one goes when an `up` has passed. A swap of both ports AWS refuses, so it turns none around in silence.
        `${clusterName}-listener-${service}-${cluster.ports[service]}`,
        {
            loadBalancerArn: to.arn,
            port: cluster.ports[service],
            protocol: "TCP",
            defaultActions: [{ type: "forward", targetGroupArn: targets.arn }],
            tags: tagsFor(shared, `${clusterName}-${service}`),
        },
        { parent, ...UNPROTECTED },
    );
}

/** Its own, one in each subnet: they stay as long as it does. */
function addresses(parent: pulumi.Resource, made: LoadBalancer): pulumi.Output<string[]> {
    return made.arnSuffix.apply(async (suffix) => {
        const filters = [{ name: "description", values: [`ELB ${suffix}`] }];
        const { ids = [] } = await getNetworkInterfaces({ filters }, { parent });
        const found = await Promise.all(ids.map((id) => getNetworkInterface({ id }, { parent })));
        const all = found.map(({ privateIp }) => privateIp);
        if (all.length === 0 && suffix !== undefined)
            pulumi.log.warn(
                "AWS doesn't tell the addresses of the balancer: nodes stop without leaving it first, until a later up finds them.",
                parent,
            );
        return all;
    });
}

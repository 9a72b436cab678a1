import { SecurityGroup } from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { isIpv6Cidr } from "../garage/cidr";
import { BALANCER, clientOpenings, NODES, type Opening, openings } from "../garage/firewall";
import type { ClusterSpec } from "../spec";
import { UNPROTECTED } from "./awsShared";

export interface Network {
    group: SecurityGroup;
    /** The load balancer's, where there is one. */
    balancerGroup?: SecurityGroup;
    /** Without them nobody reaches a machine, and none its downloads: they come before the machines, and go after them. */
    rules: pulumi.Resource[];
    /** Lets in the node that has this address of its own. */
    allowNode(name: string, address: pulumi.Output<string>): pulumi.Resource;
}

export function network(
    parent: pulumi.Resource,
    clusterName: string,
    cluster: ClusterSpec,
    vpcId: pulumi.Output<string>,
    tags: Record<string, string>,
): Network {
    const make = (name: string, what: string, shown: string) =>
        new SecurityGroup(
            `${clusterName}-${name}`,
            {
                vpcId,
                description: `${what} ${clusterName}`.replace(/[^A-Za-z0-9. _:/()#,@[\]+=&;{}!$*-]/g, "-"),
                tags: { Name: shown, ...tags },
            },
            // The nodes stay in their subnets, so in their VPC.
            { parent, ignoreChanges: ["vpcId", "description"] },
        );
    const group = make("security-group", "Garage cluster", clusterName);
    const balancerGroup = cluster.aws?.loadBalancer
        ? make("balancer-group", "Load balancer of Garage cluster", `${clusterName}-balancer`)
        : undefined;
    const rule = (name: string, port: number, description: string) => ({
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        description,
        tags: { Name: `${clusterName} ${name}`, ...tags },
    });
    const allow = (of: SecurityGroup, name: string, { port, what }: Pick<Opening, "port" | "what">, source: object) =>
        new SecurityGroupIngressRule(
            `${clusterName}-allow-${name}`,
            { securityGroupId: of.id, ...rule(name, port, what), ...source },
            { parent, ...UNPROTECTED },
        );
    const sourceOf = (from: string) => {
        if (from === NODES) return { referencedSecurityGroupId: group.id };
        if (from === BALANCER) return { referencedSecurityGroupId: balancerGroup!.id };
        return isIpv6Cidr(from) ? { cidrIpv6: from } : { cidrIpv4: from };
    };
    const inward = openings(cluster).map((each) => allow(group, each.name, each, sourceOf(each.from)));
    if (balancerGroup) {
        for (const each of clientOpenings(cluster))
            allow(balancerGroup, `balancer-${each.name}`, each, sourceOf(each.from));
        for (const service of ["s3", "web"] as const) {
            const name = `balancer-${cluster.ports[service]}-to-nodes`;
            new SecurityGroupEgressRule(
                `${clusterName}-allow-${name}`,
                {
                    securityGroupId: balancerGroup.id,
                    ...rule(name, cluster.ports[service], "the nodes, and their health"),
                    referencedSecurityGroupId: group.id,
                },
                { parent, ...UNPROTECTED },
            );
        }
    }
    // The provider takes away what a security group lets out by itself.
    const outward = [{ cidrIpv4: "0.0.0.0/0" }, { cidrIpv6: "::/0" }].map((destination, index) => {
        const name = `out-ipv${index === 0 ? 4 : 6}`;
        return new SecurityGroupEgressRule(
            `${clusterName}-allow-${name}`,
            {
                securityGroupId: group.id,
                ipProtocol: "-1",
                ...destination,
                description: "packages, downloads and other nodes",
                tags: { Name: `${clusterName} ${name}`, ...tags },
            },
            { parent, ...UNPROTECTED },
        );
    });
    return {
        group,
        ...(balancerGroup ? { balancerGroup } : {}),
        rules: [...inward, ...outward],
        allowNode: (name, address) =>
            allow(
                group,
                `${cluster.ports.rpc}-from-node-${name}`,
                { port: cluster.ports.rpc, what: `Garage RPC from ${name} by its public address` },
                { cidrIpv4: pulumi.interpolate`${address}/32` },
            ),
    };
}

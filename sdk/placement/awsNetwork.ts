import { SecurityGroup } from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { isIpv6Cidr } from "../garage/cidr";
import { NODES, openings } from "../garage/firewall";
import type { ClusterSpec } from "../spec";
import { UNPROTECTED } from "./awsShared";

export interface Network {
    group: SecurityGroup;
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
    const group = new SecurityGroup(
        `${clusterName}-security-group`,
        {
            vpcId,
            description: `Garage cluster ${clusterName}`.replace(/[^A-Za-z0-9. _:/()#,@[\]+=&;{}!$*-]/g, "-"),
            tags: { Name: clusterName, ...tags },
        },
        // The nodes stay in their subnets, so in their VPC.
        { parent, ignoreChanges: ["vpcId", "description"] },
    );
    const allow = (name: string, port: number, source: object, description: string) =>
        new SecurityGroupIngressRule(
            `${clusterName}-allow-${name}`,
            {
                securityGroupId: group.id,
                ipProtocol: "tcp",
                fromPort: port,
                toPort: port,
                ...source,
                description,
                tags: { Name: `${clusterName} ${name}`, ...tags },
            },
            { parent, ...UNPROTECTED },
        );
    const sourceOf = (from: string) =>
        from === NODES
            ? { referencedSecurityGroupId: group.id }
            : isIpv6Cidr(from)
              ? { cidrIpv6: from }
              : { cidrIpv4: from };
    const inward = openings(cluster).map(({ name, port, from, what }) => allow(name, port, sourceOf(from), what));
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
        rules: [...inward, ...outward],
        allowNode: (name, address) =>
            allow(
                `rpc-from-node-${name}`,
                cluster.ports.rpc,
                { cidrIpv4: pulumi.interpolate`${address}/32` },
                `Garage RPC from ${name} by its public address`,
            ),
    };
}

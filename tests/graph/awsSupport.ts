import type * as pulumi from "@pulumi/pulumi";
import type { AwsArgs, GarageClusterArgs, NodeArgs } from "../../sdk";
import { type Graph, graphOf } from "./support";

export const SUBNET = { a: "subnet-0aaaaaaa", b: "subnet-0bbbbbbb", c: "subnet-0ccccccc" };

export function awsNode(letter: "a" | "b" | "c", more: Partial<AwsArgs> = {}): NodeArgs {
    return {
        zone: `eu-west-1${letter}`,
        capacity: "1G",
        aws: { subnetId: SUBNET[letter], instanceType: "t4g.medium", dataVolumeSizeGiB: 10, ...more },
    };
}

/** Three nodes in three availability zones. */
export function onAws(more: Partial<GarageClusterArgs> = {}): GarageClusterArgs {
    return {
        stateVersion: "2",
        version: "2.5.0",
        nodes: { a: awsNode("a"), b: awsNode("b"), c: awsNode("c") },
        aws: { adminCidrs: ["198.51.100.0/24"], clientCidrs: ["10.0.0.0/8"] },
        ...more,
    };
}

type Call = pulumi.runtime.MockCallArgs;

/** As AWS would answer. */
export function awsSays({ token, inputs }: Call): object {
    if (token === "aws:ec2/getSubnet:getSubnet")
        return { id: inputs.id, availabilityZone: `eu-west-1${inputs.id.at(-1)}`, vpcId: "vpc-1" };
    if (token === "aws:ec2/getInstanceType:getInstanceType") {
        const arm = /^[a-z]\d+g/.test(inputs.instanceType);
        return { supportedArchitectures: arm ? ["arm64"] : ["i386", "x86_64"], hypervisor: "nitro" };
    }
    if (token === "aws:ec2/getAmi:getAmi") {
        const { values } = inputs.filters.find(({ name }: { name: string }) => name === "architecture") ?? {};
        return { id: `ami-newest-${values?.[0]}`, architecture: values?.[0] };
    }
    if (token === "aws:ec2/getNetworkInterfaces:getNetworkInterfaces")
        return { ids: inputs.filters[0].values[0] === "ELB net/store-lb/1" ? ["eni-lb-2", "eni-lb-1"] : [] };
    if (token === "aws:ec2/getNetworkInterface:getNetworkInterface")
        return { id: inputs.id, privateIp: `10.0.0.${inputs.id.at(-1)}` };
    throw new Error(`nobody answers ${token}`);
}

export function awsGraph(args: GarageClusterArgs, says: (call: Call) => object = awsSays): Promise<Graph> {
    return graphOf(args, ["store"], undefined, undefined, says);
}

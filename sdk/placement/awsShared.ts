import type { Volume } from "@pulumi/aws/ebs";
import type { NetworkInterface } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import type { AwsNodeSpec, ClusterSpec, NodeSpec } from "../spec";
import type { AwsPlace } from "./awsFacts";
import type { KeyPair } from "./keyPair";
import type { MachineSteps, Node } from "./node";

export const VOLUMES = ["metadata", "data"] as const;
export type VolumeName = (typeof VOLUMES)[number];

/** What all machines have in common. */
export interface Shared {
    parent: pulumi.Resource;
    clusterName: string;
    cluster: ClusterSpec;
    args: GarageClusterArgs;
    steps: MachineSteps;
    login: KeyPair;
    hostKey: KeyPair;
}

/** What outlives a machine. */
export interface Standing {
    /** Without the machine's own lines. */
    node: Node;
    aws: AwsNodeSpec;
    place: pulumi.Output<AwsPlace>;
    eni: NetworkInterface;
    publicIp?: pulumi.Output<string>;
    volumes: Record<VolumeName, Volume>;
}

/** For what comes and goes: a protected component changes it too, and nothing of it is kept. */
export const UNPROTECTED = { protect: false, retainOnDelete: false };

/** By these a person finds in AWS's console what belongs together, and the volumes of a cluster that is gone. */
export function ownTags(clusterName: string): Record<string, string> {
    return { "garage-cluster": clusterName, "garage-stack": `${pulumi.getProject()}/${pulumi.getStack()}` };
}

/** `name`: what the console shows, behind the cluster's. */
export function tagsOf({ clusterName, cluster }: Shared, spec: NodeSpec, name = spec.name): Record<string, string> {
    return {
        ...cluster.aws!.tags,
        ...spec.aws!.tags,
        ...ownTags(clusterName),
        "garage-node": spec.name,
        Name: `${clusterName}-${name}`,
    };
}

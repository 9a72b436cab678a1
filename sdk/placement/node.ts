import type { types } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import type { ClusterSpec, NodeSpec } from "../spec";

/** Where a Command runs: the host of a node, or the one that an `access` leads to. */
export interface Destination {
    name: pulumi.Input<string>;
    connection: pulumi.Input<types.input.remote.ConnectionArgs>;
    /** Not root on the host: every line runs under `sudo -n`. */
    sudo: pulumi.Input<boolean>;
    /** Of a node; an `access` leads to none that is given up. */
    spec?: NodeSpec;
}

/** Where a node is, however it came to be there: nothing after the placement can tell the kinds apart. */
export interface Node extends Destination {
    spec: NodeSpec;
    name: string;
    connection: types.input.remote.ConnectionArgs;
    sudo: boolean;
    /** Host name or address of the node, as other nodes and clients reach it. */
    host: pulumi.Output<string>;
    /** `host:port` of Garage's RPC, as the other nodes reach it. */
    rpcAddress: pulumi.Output<string>;
    /** What its host has to know of the machine: lines of a sheet. */
    machine: pulumi.Input<string>[];
    /** Its id, where another one may take its place at the same address; the tool has been copied to it (`MachineSteps.tool`). */
    machineId?: pulumi.Output<string>;
    /** Ids of the volumes that outlive it, by what lies there. */
    volumes: Record<string, pulumi.Output<string>>;
    /** What `stage` is to remember there, as lines of a sheet. */
    options: pulumi.Input<string[]>;
    dependsOn: pulumi.Resource[];
}

/** By what clients reach the nodes besides. */
export interface Balancer {
    /** URL of S3. */
    endpoint: pulumi.Output<string>;
    /** Sends clients to these nodes, each one after what proves it: one that hasn't joined would answer too, and know no key. */
    send(nodes: Node[], after: (node: Node) => pulumi.Resource[]): pulumi.Resource[];
}

/** What is done on a node's host around a change of its machine, made by the phases. */
export interface MachineSteps {
    /** Copies the tool there; nothing where the host is given up. */
    tool(node: Node): pulumi.Resource[];
    /** Stops the node and lets its volumes go; does nothing on a machine that is already what is asked. */
    leave(node: Node): pulumi.Resource;
    /** Puts the node to work again, on whatever machine it has now, and proves it. */
    back(node: Node, left: pulumi.Resource): pulumi.Resource;
    /** Refuse what can't be done to a volume. */
    volumeHooks: pulumi.ResourceHookBinding;
    /** Refuse a machine that would be made of no image. */
    instanceHooks: pulumi.ResourceHookBinding;
    /** Notes that there is none for a node, and why. */
    noImage(node: string, why: string): void;
}

/** What makes nodes on AWS, by name, and the load balancer where one is asked for. */
export type PlaceOnAws = (
    parent: pulumi.Resource,
    clusterName: string,
    cluster: ClusterSpec,
    args: GarageClusterArgs,
    steps: MachineSteps,
) => { made: Map<string, Node>; balancer?: Balancer };

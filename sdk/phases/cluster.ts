import type * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import { type ClusterSpec, takesPart } from "../spec";
import type { ClusterSecrets } from "./identity";

/** Lines of a sheet that hosts have a part in. */
export type Lines = pulumi.Output<string[]>;

/** What every phase needs to know of the cluster, before a host has answered. */
export interface Base {
    /** The component; parent of every resource. */
    parent: pulumi.Resource;
    name: string;
    spec: ClusterSpec;
    /** In roll order, gateways last. */
    nodes: Node[];
    secrets: ClusterSecrets;
}

export interface Cluster extends Base {
    /** The `peer` lines. */
    peers: Lines;
}

/** By name, gateways last. What is said of all nodes is said in this order: `rollOrder` changes nothing but the rolls. */
export function inNameOrder(nodes: Node[]): Node[] {
    const key = (node: Node) => `${node.spec.gateway ? 1 : 0} ${node.name}`;
    return [...nodes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function byName<T>(nodes: Node[], make: (node: Node) => T): Record<string, T> {
    return Object.fromEntries(nodes.map((node) => [node.name, make(node)]));
}

/** Who isn't given up, in roll order. */
export function living({ nodes }: Base): Node[] {
    return nodes.filter(({ spec }) => takesPart(spec));
}

/** Cluster phases run on the first storage node by name that isn't given up: there lies what earlier ones have noted. */
export function leader(cluster: Base): Node {
    return inNameOrder(living(cluster)).find((node) => !node.spec.gateway)!;
}

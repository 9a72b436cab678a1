import * as pulumi from "@pulumi/pulumi";
import { listeners } from "../garage/listeners";
import type { Node } from "../placement/node";
import { resyncQueueMoved } from "../policy";
import type { ClusterSecrets } from "../secrets";
import type { ClusterSpec } from "../spec";

/** Lines of a sheet that hosts have a part in. */
export type Lines = pulumi.Output<string[]>;

/** What every phase needs to know of the cluster. */
export interface Cluster {
    /** The component; parent of every resource. */
    parent: pulumi.Resource;
    name: string;
    spec: ClusterSpec;
    /** In roll order, gateways last. */
    nodes: Node[];
    secrets: ClusterSecrets;
    /** Garage's node ids by name: 64 hex digits each. */
    ids: Record<string, pulumi.Output<string>>;
    /** The `peer` lines. */
    peers: Lines;
}

/** By name, gateways last. What is said of all nodes is said in this order: `rollOrder` changes nothing but the rolls. */
function inNameOrder(nodes: Node[]): Node[] {
    const key = (node: Node) => `${node.spec.gateway ? 1 : 0} ${node.name}`;
    return [...nodes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Cluster phases run on the first storage node by name that isn't given up: there lies what earlier ones have noted. */
export function leader(cluster: Cluster): Node {
    return inNameOrder(cluster.nodes).find((node) => !node.spec.gateway && !node.without)!;
}

/** A sheet is what a verb reads from stdin: a line a fact. The first one counts them, so that half a sheet is refused. */
export function sheet(...parts: pulumi.Input<pulumi.Input<string>[]>[]): pulumi.Output<string> {
    return pulumi.all(parts).apply((all) => {
        const lines = all.flat();
        return `${[`lines ${lines.length + 1}`, ...lines].join("\n")}\n`;
    });
}

/** The facts that every verb's sheet begins with. */
export function commonLines(cluster: Cluster, node: Node): pulumi.Input<string>[] {
    return [
        pulumi.interpolate`cluster ${cluster.secrets.clusterId}`,
        `node ${node.name}`,
        `stack ${pulumi.getProject()}/${pulumi.getStack()}`,
    ];
}

/** One line a node of the cluster: name, id, RPC address, role, and whether it takes part. Made once, for all sheets. */
export function peerLines(nodes: Node[], ids: Record<string, pulumi.Output<string>>): Lines {
    return pulumi.output(
        inNameOrder(nodes).map(
            (node) =>
                pulumi.interpolate`peer ${node.name} ${ids[node.name]!} ${node.rpcAddress} ${node.spec.gateway ? "gateway" : "storage"} ${node.without ? "without" : "in"}`,
        ),
    );
}

/** One line a node: what its phase answered. A node that is given up has no say. Made once, for all sheets. */
export function answerLines(nodes: Node[], key: string, answers: Record<string, pulumi.Output<string>>): Lines {
    return pulumi.output(
        inNameOrder(nodes)
            .filter((node) => !node.without)
            .map((node) => pulumi.interpolate`${key} ${node.name} ${answers[node.name]!}`),
    );
}

/** Lost nodes whose place another one takes, as the user has declared. */
export function replaceLines(nodes: Node[]): string[] {
    return nodes
        .filter(({ spec }) => spec.replace !== undefined)
        .map(({ name, spec }) => `replace ${name} ${spec.replace}`);
}

/** For whoever may start a lower release, or relies on empty queues. */
export function queueLines(): string[] {
    return resyncQueueMoved().map((version) => `queuemoved ${version}`);
}

export function portsLine(spec: ClusterSpec): string {
    return listeners(spec).ports;
}

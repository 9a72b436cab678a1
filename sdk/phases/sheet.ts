import * as pulumi from "@pulumi/pulumi";
import { listeners } from "../garage/listeners";
import type { Node } from "../placement/node";
import { packSheet } from "../plan/packedSheet";
import { resyncQueueMoved } from "../policy";
import type { ClusterSpec } from "../spec";
import { type Base, inNameOrder, type Lines, living } from "./cluster";

/**
 * A sheet is what a verb reads from stdin: a line a fact. The first one counts them, so that half a sheet is refused. One that says who all the nodes
 * are is packed where it is long; others may meet an older tool (`leave`, buckets of another stack).
 */
export function sheet(...parts: pulumi.Input<pulumi.Input<string>[]>[]): pulumi.Output<string> {
    return pulumi.all(parts).apply((all) => {
        const lines = all.flat();
        const text = `${[`lines ${lines.length + 1}`, ...lines].join("\n")}\n`;
        return lines.some((line) => line.startsWith("peer ")) ? packSheet(text) : text;
    });
}

/** The facts that every verb's sheet begins with. */
export function commonLines({ secrets }: Pick<Base, "secrets">, node: Node): pulumi.Input<string>[] {
    return [
        pulumi.interpolate`cluster ${secrets.clusterId}`,
        `node ${node.name}`,
        `stack ${pulumi.getProject()}/${pulumi.getStack()}`,
    ];
}

/** One line a node of the cluster: name, id, RPC address, role, and whether it takes part. Made once, for all sheets. */
export function peerLines(nodes: Node[], ids: Record<string, pulumi.Output<string>>): Lines {
    return pulumi.output(
        inNameOrder(nodes).map(
            (node) =>
                pulumi.interpolate`peer ${node.name} ${ids[node.name]!} ${node.rpcAddress} ${node.spec.gateway ? "gateway" : "storage"} ${node.spec.part}`,
        ),
    );
}

/** One line for each of these nodes: what its phase answered. Made once, for all sheets. */
export function answerLines(nodes: Node[], key: string, answers: Record<string, pulumi.Output<string>>): Lines {
    return pulumi.output(
        inNameOrder(nodes).map((node) => pulumi.interpolate`${key} ${node.name} ${answers[node.name]!}`),
    );
}

/** Lost nodes whose place another one takes, as the user has declared. */
export function replaceLines(nodes: Node[]): string[] {
    return nodes
        .filter(({ spec }) => spec.replace !== undefined)
        .map(({ name, spec }) => `replace ${name} ${spec.replace}`);
}

/** By how many nodes a write is taken, for whoever stops one. */
export function replicationLines({ spec }: Pick<Base, "spec">): string[] {
    return [
        `replicationfactor ${spec.replicationFactor}`,
        ...(spec.consistencyMode === "dangerous" ? ["consistency dangerous"] : []),
    ];
}

/** What `look` has answered, where there was one: whatever it says anew makes the steps behind it run again. */
export function lookedLines(looked: Record<string, pulumi.Output<string>>, { name }: Node): pulumi.Input<string>[] {
    return looked[name] === undefined ? [] : [pulumi.interpolate`looked ${looked[name]}`];
}

/** What only tunes waiting, waives checks, or runs beside. */
export function optionLines({ options }: ClusterSpec): string[] {
    return Object.entries(options)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `option ${name} ${value}`);
}

/** What whoever stops a node, and proves it anew, has to know of the cluster. */
export function stoppingLines({ spec }: Pick<Base, "spec">): string[] {
    return [listeners(spec).ports, ...queueLines(), ...replicationLines({ spec })];
}

/** Whose roll is the last one, which sees that all others have passed; left out where it is the last by name, for which the hosts take it. */
export function rollLastLines(cluster: Base): string[] {
    const nodes = living(cluster);
    const last = nodes.at(-1)!;
    return last === inNameOrder(nodes).at(-1) ? [] : [`rolllast ${last.name}`];
}

/** For whoever may start a lower release, or relies on empty queues. */
export function queueLines(): string[] {
    return resyncQueueMoved().map((version) => `queuemoved ${version}`);
}

/** Of a node whose Garage runs already: all that was seen of it, and whose cluster it is. */
export function adoptLines({ adopt, nodes: declared }: ClusterSpec, node: string): string[] {
    if (adopt === undefined) return [];
    const by = declared.find(({ name }) => name === node)?.adopt;
    const commands = by && { stop: by.stopCommand, start: by.startCommand };
    const { at, layoutVersion, nodes, back } = adopt;
    const seen = Buffer.from(JSON.stringify({ ...nodes[node], at, layoutVersion, commands })).toString("base64");
    const ids = Object.values(nodes).map(({ id }) => id);
    return [`adopt ${seen}`, `adoptids ${ids.sort().join(" ")}`, ...(back ? ["adoptback yes"] : [])];
}

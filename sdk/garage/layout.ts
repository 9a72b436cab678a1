import type { ClusterSpec, NodeSpec } from "../spec";

/** What follows `garage-node layout `: every node, by name, gateways too. */
export function layoutWords(spec: ClusterSpec): string {
    const nodes = byName(spec.nodes).map((node) => {
        const tags = node.tags.length > 0 ? `:${node.tags.join("+")}` : "";
        return `${node.name}=${node.zone}:${size(node)}${tags}`;
    });
    return [`sv=${spec.stateVersion}`, `rf=${spec.replicationFactor}`, ...nodes].join(" ");
}

/** Bytes, or that it holds none: as the hosts and the record read it. */
export function size(node: Pick<NodeSpec, "gateway" | "capacityBytes">): string {
    return node.gateway ? "gateway" : String(node.capacityBytes);
}

/** An order of the roll changes nothing in what is said of the nodes. */
export function byName(nodes: NodeSpec[]): NodeSpec[] {
    return [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A node's own name, which the hosts put in front of its tags. */
const NAME_TAG = /^node=/;

/** Of the tags in a layout those that a program names: all but ours. */
export function tagsWithoutName(tags: readonly string[]): string[] {
    return tags.filter((tag) => !NAME_TAG.test(tag));
}

/** A tag as a name: ours says it in front. */
export function nameInTag(tag: string): string {
    return tag.replace(NAME_TAG, "");
}

import type { NodeSpec } from "../spec";

/** In the order of a roll: those named first, then by name; gateways last. */
export function inRollOrder(nodes: NodeSpec[], rollOrder: string[]): NodeSpec[] {
    const place = (node: NodeSpec) => {
        const index = rollOrder.indexOf(node.name);
        return (node.gateway ? 1e6 : 0) + (index < 0 ? 1e3 : index);
    };
    return [...nodes].sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
}

import { adoptFile } from "./adoptFile";
import type { Cluster, Found } from "./cluster";
import { judgeCluster } from "./judgeCluster";
import { isOurs, judgeNode } from "./judgeNode";
import type { Reason } from "./seen";

/** adopt.json written anew, and what speaks against that; absent where something stops it. */
export interface Again {
    text?: string;
    reasons: Reason[];
}

/**
 * Looks again for a program that is there: the nodes keep the names that adopt.json has given them, and those that were taken over since stay in it as
 * they were seen before.
 */
export function adoptFileAgain(before: string, cluster: Cluster, at: string): Again {
    const old: Record<string, { id: string }> = JSON.parse(before).nodes;
    const nameOf = (id: string) => Object.keys(old).find((name) => old[name]!.id === id);
    const nodes = cluster.nodes.map((node) => ({ ...node, name: nameOf(node.id) ?? node.name }));
    const kept = (node: Found) => isOurs(node) && nameOf(node.id) !== undefined;
    const named = { ...cluster, nodes };
    const judged = nodes.filter((node) => !kept(node)).flatMap(judgeNode);
    const reasons = [...cluster.reasons, ...judged, ...judgeCluster(named)];
    if (nodes.length === 0 || reasons.some(({ weight }) => weight === "stops")) return { reasons };
    const seen = JSON.parse(adoptFile(named, reasons, at));
    for (const { name } of nodes.filter(kept)) seen.nodes[name] = old[name];
    return { reasons, text: `${JSON.stringify(seen, null, 2)}\n` };
}

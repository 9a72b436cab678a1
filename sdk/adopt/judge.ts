import type { Cluster } from "./cluster";
import { judgeCluster } from "./judgeCluster";
import { judgeNode } from "./judgeNode";
import { programArgs } from "./programArgs";
import type { Reason } from "./seen";

export interface Judged {
    /** All at once. */
    reasons: Reason[];
    /** Arguments of a program that is what runs; absent where something stops that. */
    args?: Record<string, unknown>;
}

/** What was seen of a cluster, judged as one. */
export function judge(cluster: Cluster): Judged {
    const reasons = [...cluster.reasons, ...cluster.nodes.flatMap(judgeNode), ...judgeCluster(cluster)];
    if (cluster.nodes.length === 0) return { reasons };
    const stopped = () => reasons.some(({ weight }) => weight === "stops");
    const { args, reasons: more } = programArgs(cluster, stopped());
    reasons.push(...more);
    return { reasons, ...(stopped() ? {} : { args }) };
}

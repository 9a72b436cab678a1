import type * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import { answerLines, type Cluster, commonLines, peerLines, sheet } from "./cluster";
import { hostCommand } from "./hostCommand";
import type { StageAnswers } from "./stage";

/** Behind the barrier (every `stage` has consented): first start, a stopped daemon that may run, or the way back. */
export function start(cluster: Cluster, node: Node, staged: StageAnswers, dependsOn: pulumi.Resource[]) {
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-start-${node.name}`,
        node,
        create: "garage-node start",
        stdin: sheet([...commonLines(cluster, node), ...peerLines(cluster), ...answerLines(cluster, "line", staged)]),
        dependsOn,
    });
}

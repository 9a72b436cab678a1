import type * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import type { Cluster, Lines } from "./cluster";
import { again } from "./host";
import { hostCommand } from "./hostCommand";
import { commonLines, queueLines, sheet } from "./sheet";

/** Behind the barrier (every `stage` has consented): first start, a stopped daemon that may run, or the way back. */
export function start(cluster: Cluster, node: Node, staged: Lines, dependsOn: pulumi.Resource[]) {
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-start-${node.name}`,
        node,
        create: `garage-node start${again(node)}`,
        stdin: sheet(commonLines(cluster, node), queueLines(), cluster.peers, staged),
        dependsOn,
    });
}

import type * as pulumi from "@pulumi/pulumi";
import { generationId } from "../garage/generation";
import { listeners } from "../garage/listeners";
import { type Cluster, type Lines, living } from "./cluster";
import { hostCommand } from "./hostCommand";
import { inSequence } from "./inSequence";
import { commonLines, queueLines, replicationLines, sheet } from "./sheet";

/** One node after the other runs its staged generation; the first is the canary. Each proves the cluster before the next. */
export function roll(cluster: Cluster, staged: Lines, after: pulumi.Resource[], hooks: pulumi.ResourceHookBinding) {
    const { spec } = cluster;
    const nodes = living(cluster);
    return inSequence(nodes, after, (node, dependsOn) =>
        hostCommand(cluster.parent, {
            name: `${cluster.name}-roll-${node.name}`,
            node,
            create: `garage-node roll ${generationId(spec)}${node === nodes[0] ? " canary" : ""}`,
            stdin: sheet(commonLines(cluster, node), rollLines(cluster), cluster.peers, staged),
            dependsOn,
            hooks,
        }),
    );
}

/** What has to be known where one node is stopped and proven anew while the others serve. */
export function rollLines(cluster: Cluster): string[] {
    return [listeners(cluster.spec).ports, ...queueLines(), ...replicationLines(cluster)];
}

import type * as pulumi from "@pulumi/pulumi";
import { generationId } from "../garage/generation";
import { type Cluster, type Lines, living } from "./cluster";
import { hostCommand } from "./hostCommand";
import { inSequence } from "./inSequence";
import { rollLines } from "./roll";
import { commonLines, sheet } from "./sheet";

/**
 * One node after the other, where a Garage that runs already is taken over: the old service is stopped, and the same data started under our unit,
 * proven as after a roll before the next one. A node that doesn't pass goes back to the old service by itself. Returns what comes last.
 */
export function take(cluster: Cluster, staged: Lines, after: pulumi.Resource[]): pulumi.Resource[] {
    const { spec } = cluster;
    if (spec.adopt === undefined) return after;
    const nodes = living(cluster);
    const taken = inSequence(nodes, after, (node, dependsOn) =>
        hostCommand(cluster.parent, {
            name: `${cluster.name}-take-${node.name}`,
            node,
            create: `garage-node take ${generationId(spec)}${node === nodes[0] ? " canary" : ""}`,
            stdin: sheet(commonLines(cluster, node), rollLines(cluster), cluster.peers, staged),
            dependsOn,
        }),
    );
    return taken.slice(-1);
}

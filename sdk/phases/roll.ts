import type * as pulumi from "@pulumi/pulumi";
import { generationId } from "../garage/generation";
import { type Cluster, type Lines, living } from "./cluster";
import { hostCommand } from "./hostCommand";
import { inSequence } from "./inSequence";
import { commonLines, rollLastLines, sheet, stoppingLines } from "./sheet";

/** One node after the other runs its staged generation; the first is the canary. Each proves the cluster before the next. */
export function roll(cluster: Cluster, staged: Lines, after: pulumi.Resource[], hooks: pulumi.ResourceHookBinding) {
    return oneByOne(cluster, "roll", staged, after, hooks);
}

/** A verb that stops one node and proves it anew while the others serve, on each of them in the order of the roll. */
export function oneByOne(
    cluster: Cluster,
    verb: "roll" | "take",
    staged: Lines,
    after: pulumi.Resource[],
    hooks?: pulumi.ResourceHookBinding,
) {
    const { spec } = cluster;
    const nodes = living(cluster);
    const facts = [...stoppingLines(cluster), ...rollLastLines(cluster)];
    return inSequence(nodes, after, (node, dependsOn) =>
        hostCommand(cluster.parent, {
            name: `${cluster.name}-${verb}-${node.name}`,
            node,
            create: `garage-node ${verb} ${generationId(spec)}${node === nodes[0] ? " canary" : ""}`,
            stdin: sheet(commonLines(cluster, node), facts, cluster.peers, staged),
            dependsOn,
            ...(hooks ? { hooks } : {}),
        }),
    );
}

import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { layoutWords } from "../garage/layout";
import { ANSWERS } from "./answer";
import { type Cluster, leader } from "./cluster";
import { answer, hostCommand } from "./hostCommand";
import { commonLines, queueLines, replaceLines, sheet } from "./sheet";

/** Zones and capacities as declared, applied once. Answers the layout's version. */
export function layout(cluster: Cluster, joined: remote.Command, hooks: pulumi.ResourceHookBinding) {
    // With `adopt` out of the program the line is gone, so the version that the tags have made is answered from then on.
    const lines = cluster.spec.adopt?.tagNodes ? ["tagnodes later"] : [];
    return layoutCommand(cluster, "layout", joined, lines, [joined], hooks);
}

/** Where the user wants it, nodes that were taken over get the tag by which a layout names its nodes, once all are. Answers the layout's version. */
export function tagNodes(cluster: Cluster, joined: remote.Command, taken: pulumi.Resource[]) {
    return cluster.spec.adopt?.tagNodes
        ? layoutCommand(cluster, "tags", joined, ["tagnodes now"], [joined, ...taken])
        : undefined;
}

function layoutCommand(
    cluster: Cluster,
    name: string,
    joined: remote.Command,
    lines: string[],
    after: pulumi.Resource[],
    hooks?: pulumi.ResourceHookBinding,
) {
    const node = leader(cluster);
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-${name}`,
        node,
        create: `garage-node layout ${layoutWords(cluster.spec)}`,
        stdin: sheet(commonLines(cluster, node), queueLines(), cluster.peers, replaceLines(cluster.nodes), lines, [
            pulumi.interpolate`joined ${answer(joined)}`,
        ]),
        answers: ANSWERS.layout,
        dependsOn: after,
        ...(hooks ? { hooks } : {}),
    });
}

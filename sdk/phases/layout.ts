import type * as pulumi from "@pulumi/pulumi";
import { layoutWords } from "../garage/layout";
import { type Cluster, commonLines, leader, sheet } from "./cluster";
import { hostCommand } from "./hostCommand";

/** Zones and capacities as declared, applied once. Answers the layout's version. */
export function layout(cluster: Cluster, dependsOn: pulumi.Resource[]) {
    const node = leader(cluster);
    const replaced = cluster.nodes.filter((each) => each.spec.replace !== undefined);
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-layout`,
        node,
        create: `garage-node layout ${layoutWords(cluster.spec)}`,
        stdin: sheet(
            commonLines(cluster, node),
            cluster.peers,
            replaced.map((each) => `replace ${each.name} ${each.spec.replace}`),
        ),
        dependsOn,
    });
}

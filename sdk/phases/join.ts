import type * as pulumi from "@pulumi/pulumi";
import { type Cluster, commonLines, leader, sheet } from "./cluster";
import { hostCommand } from "./hostCommand";

/** Every node knows every other one. */
export function join(cluster: Cluster, dependsOn: pulumi.Resource[]) {
    const node = leader(cluster);
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-join`,
        node,
        create: "garage-node join",
        stdin: sheet(commonLines(cluster, node), cluster.peers),
        dependsOn,
    });
}

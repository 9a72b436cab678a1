import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { layoutWords } from "../garage/layout";
import { ANSWERS } from "./answer";
import { type Cluster, leader } from "./cluster";
import { answer, hostCommand } from "./hostCommand";
import { commonLines, queueLines, replaceLines, sheet } from "./sheet";

/** Zones and capacities as declared, applied once. Answers the layout's version. */
export function layout(cluster: Cluster, joined: remote.Command) {
    const node = leader(cluster);
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-layout`,
        node,
        create: `garage-node layout ${layoutWords(cluster.spec)}`,
        stdin: sheet(commonLines(cluster, node), queueLines(), cluster.peers, replaceLines(cluster.nodes), [
            pulumi.interpolate`joined ${answer(joined)}`,
        ]),
        answers: ANSWERS.layout,
        dependsOn: [joined],
    });
}

import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { layoutWords } from "../garage/layout";
import { ANSWERS } from "./answer";
import { type Cluster, leader } from "./cluster";
import { again } from "./host";
import { hostCommand } from "./hostCommand";
import { commonLines, replaceLines, sheet } from "./sheet";

/**
 * Every node knows every other one. Answers a token that is another one whenever another layout is asked for: `layout` takes it, so that a
 * change which was applied though its Command failed doesn't stay, unnoticed, when it is set back.
 */
export function join(cluster: Cluster, dependsOn: pulumi.Resource[]) {
    const node = leader(cluster);
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-join`,
        node,
        create: `garage-node join${again(node)}`,
        stdin: sheet(commonLines(cluster, node), cluster.peers, [`layout ${layoutDigest(cluster)}`]),
        answers: ANSWERS.join,
        dependsOn,
    });
}

function layoutDigest({ nodes, spec }: Cluster): string {
    const asked = [layoutWords(spec), ...replaceLines(nodes)].join("\n");
    return createHash("sha256").update(asked).digest("hex").slice(0, 16);
}

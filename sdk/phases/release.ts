import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { takeoverDone } from "../plan/describeTakeover";
import { releaseWords } from "../plan/record";
import { afterDeploy } from "../policy";
import { ANSWERS } from "./answer";
import { type Cluster, type Lines, leader } from "./cluster";
import { answer, hostCommand } from "./hostCommand";
import { commonLines, sheet } from "./sheet";

export interface Released {
    /** The last step of all. */
    record: remote.Command;
    /** The release that all nodes run. */
    version: pulumi.Output<string>;
}

/** Every node reports the release asked for: records it, for the next change to be judged by. Answers the release. */
export function release(
    cluster: Cluster,
    staged: Lines,
    dependsOn: pulumi.Resource[],
    hooks: pulumi.ResourceHookBinding,
): Released {
    const node = leader(cluster);
    const record = hostCommand(cluster.parent, {
        name: `${cluster.name}-release`,
        node,
        create: `garage-node release ${releaseWords(cluster.spec)}`,
        stdin: sheet(commonLines(cluster, node), cluster.peers, staged),
        answers: ANSWERS.release,
        dependsOn,
        hooks,
    });
    const version = answer(record).apply((reached) => {
        for (const reminder of afterDeploy({ reached, stateVersion: cluster.spec.stateVersion }))
            pulumi.log.warn(reminder, cluster.parent);
        for (const note of takeoverDone(cluster.spec)) pulumi.log.info(note, cluster.parent);
        return reached;
    });
    return { record, version };
}

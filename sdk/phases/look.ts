import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import { ANSWERS } from "./answer";
import { type Base, living } from "./cluster";
import { again, hostSheet } from "./host";
import { hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";

/**
 * Before the first `host`, where a Garage that runs already is taken over: each host compares what runs with what was seen, and nothing is
 * changed or left there. Answers `same`, or `ours` where the host is this node's already.
 */
export function look(cluster: Base): remote.Command[] {
    return cluster.spec.adopt === undefined ? [] : living(cluster).map((node) => lookAt(cluster, node));
}

function lookAt(cluster: Base, node: Node): remote.Command {
    const tool = hostTool();
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-look-${node.name}`,
        node,
        create: `bash -s -- look ${node.name} tool=${tool.toolId}${again(node)}`,
        stdin: pulumi.secret(hostSheet(cluster, node).apply(tool.script)),
        patient: true,
        answers: ANSWERS.look,
        dependsOn: node.dependsOn,
    });
}

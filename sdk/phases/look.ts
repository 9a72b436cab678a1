import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import { ANSWERS } from "./answer";
import { type Base, living } from "./cluster";
import { again, hostSheet } from "./host";
import { answer, hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";

/**
 * Before the first `host`, where a Garage that runs already is taken over: each host compares what runs with what was seen, and nothing is
 * changed or left there. What it answers is said in sdk/host/look.sh.
 */
export function look(cluster: Base): remote.Command[] {
    return cluster.spec.adopt === undefined ? [] : living(cluster).map((node) => lookAt(cluster, node));
}

/** What each host has answered, by node. */
export function lookAnswers(cluster: Base, looked: remote.Command[]): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(looked.map((each, at) => [living(cluster)[at]!.name, answer(each)]));
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

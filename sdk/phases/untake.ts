import * as pulumi from "@pulumi/pulumi";
import type { AdoptSpec } from "../spec";
import { ANSWERS } from "./answer";
import { type Base, living } from "./cluster";
import { again, hostLines } from "./host";
import { hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";
import { inSequence } from "./inSequence";
import { commonLines, lookedLines, optionLines, peerLines, sheet, stoppingLines } from "./sheet";

/** The ids of the nodes that were taken over, by name: no host has to be asked. */
export function adoptedIds({ nodes }: AdoptSpec): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(Object.entries(nodes).map(([name, { id }]) => [name, pulumi.output(id)]));
}

/** One node after the other goes back to its service of before, proven before the next one. The host may have no tool, or an older one: it is brought along. */
export function untake(
    cluster: Base,
    adopt: AdoptSpec,
    looked: Record<string, pulumi.Output<string>>,
    after: pulumi.Resource[],
    hooks: pulumi.ResourceHookBinding,
): pulumi.Resource[] {
    const { parent, name, spec } = cluster;
    const tool = hostTool();
    const peers = peerLines(cluster.nodes, adoptedIds(adopt));
    return inSequence(living(cluster), after, (node, dependsOn) => {
        const lines = [
            commonLines(cluster, node),
            hostLines(cluster),
            stoppingLines(cluster),
            optionLines(spec),
            peers,
        ];
        return hostCommand(parent, {
            name: `${name}-untake-${node.name}`,
            node,
            create: `bash -s -- untake ${node.name} tool=${tool.toolId}${again(node)}`,
            stdin: pulumi.secret(sheet(...lines, lookedLines(looked, node)).apply(tool.script)),
            answers: ANSWERS.untake,
            dependsOn,
            hooks,
        });
    }).slice(-1);
}

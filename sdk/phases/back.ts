import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { downloads } from "../garage/download";
import { machineDigest } from "../garage/machineDigest";
import type { Node } from "../placement/node";
import { ANSWERS } from "./answer";
import type { Base } from "./cluster";
import { hostLines, secretLines } from "./host";
import { answer, hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";
import { gateLines } from "./leave";
import { commonLines, sheet } from "./sheet";

/**
 * On whatever machine the node has now: volumes, tool, unit and secrets as `host` has them, the daemon by the ledger alone, proven before the next
 * node is left. `leave`'s answer has it run whenever that did, also where the machine was set back. Answers the node's id.
 */
export function back(
    cluster: Pick<Base, "parent" | "name" | "spec" | "secrets">,
    node: Node,
    left: remote.Command,
): remote.Command {
    const { spec, secrets } = cluster;
    const tool = hostTool();
    const facts = sheet(
        [
            ...commonLines(cluster, node),
            `package ${tool.packageVersion}`,
            ...hostLines(cluster),
            ...gateLines(cluster),
            // For a machine of the other architecture, which can't run what it ran.
            `release ${spec.version}`,
            `engine ${spec.dbEngine}`,
            ...downloads(spec).map(({ arch, url, sha256 }) => `download ${arch} ${url} ${sha256 ?? "-"}`),
            ...node.machine,
            ...secretLines(secrets),
        ],
        answer(left).apply((said) => (said === "" ? [] : [`left ${said}`])),
    );
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-back-${node.name}`,
        node,
        create: `bash -s -- back ${node.name} tool=${tool.toolId} ${machineDigest(node.spec.aws!)}`,
        onChange: true,
        stdin: pulumi.secret(facts.apply(tool.script)),
        patient: true,
        answers: ANSWERS.back,
        dependsOn: [...node.dependsOn, left],
    });
}

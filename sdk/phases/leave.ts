import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { machineDigest } from "../garage/machineDigest";
import type { Node } from "../placement/node";
import { ANSWERS } from "./answer";
import type { Base } from "./cluster";
import { hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";
import { commonLines, replicationLines, sheet } from "./sheet";

/**
 * Before a node's machine is stopped or goes: consents as a roll does, stops the daemon and lets the volumes go. A machine that is already what
 * is asked is left alone. It knows nothing of the other nodes but what its host knows, for their hosts come later. Answers `<digest> <nonce>`.
 */
export function leave(
    cluster: Pick<Base, "parent" | "name" | "spec" | "secrets">,
    node: Node,
    hooks: pulumi.ResourceHookBinding,
): remote.Command {
    const volumes = Object.entries(node.volumes).map(([name, id]) => pulumi.interpolate`volume ${name} ${id}`);
    // No secret, so that a preview can look into it.
    const facts = sheet([...commonLines(cluster, node), ...gateLines(cluster), ...volumes]);
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-leave-${node.name}`,
        node,
        create: `bash -s -- leave ${node.name} ${machineDigest(node.spec.aws!)}`,
        onChange: true,
        stdin: facts.apply(hostTool().script),
        answers: ANSWERS.leave,
        dependsOn: node.dependsOn,
        hooks,
    });
}

/** What one node may be down by, and whom nobody waits for. */
export function gateLines(cluster: Pick<Base, "spec">): string[] {
    const without = cluster.spec.nodes.filter(({ part }) => part === "without");
    return [...replicationLines(cluster), ...without.map(({ name }) => `without ${name}`)];
}

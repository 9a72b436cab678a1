import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import { ANSWERS } from "./answer";
import type { Base } from "./cluster";
import { hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";
import type { ClusterSecrets } from "./identity";
import { ownUrn } from "./owner";
import { adoptLines, commonLines, sheet } from "./sheet";

/** Our tool, user, unit, secrets, claim and node key on a host. Answers the node's id. Deleting it uninstalls, data stay. */
export function host(
    cluster: Base,
    node: Node,
    after: pulumi.Resource[],
    hooks: pulumi.ResourceHookBinding,
): remote.Command {
    const tool = hostTool();
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-host-${node.name}`,
        node,
        create: `bash -s -- host ${node.name} tool=${tool.toolId}${again(node)}`,
        delete: `bash -s -- uninstall ${node.name}`,
        stdin: pulumi.secret(hostSheet(cluster, node).apply(tool.script)),
        patient: true,
        answers: ANSWERS.host,
        dependsOn: [...node.dependsOn, ...after],
        hooks,
    });
}

export function hostSheet(cluster: Base, node: Node): pulumi.Output<string> {
    return sheet([
        ...commonLines(cluster, node),
        `package ${hostTool().packageVersion}`,
        ...hostLines(cluster),
        ...node.machine,
        ...(node.spec.replace ? [`replace ${node.spec.replace}`] : []),
        ...adoptLines(cluster.spec, node.name),
        ...secretLines(cluster.secrets),
    ]);
}

/** What is put where on a host. */
export function hostLines({ spec, parent }: Pick<Base, "spec" | "parent">): pulumi.Input<string>[] {
    return [
        `metadata ${spec.metadataDir}`,
        ...spec.dataDirs.map((dir) => `data ${dir.path}`),
        `backups ${spec.backupsDir}`,
        `rpcport ${spec.ports.rpc}`,
        pulumi.interpolate`owner ${ownUrn(parent)}`,
    ];
}

export function secretLines(secrets: ClusterSecrets): pulumi.Input<string>[] {
    return [
        pulumi.interpolate`secret rpc_secret ${secrets.rpcSecret}`,
        pulumi.interpolate`secret rpc_secret_0.8 ${secrets.rpcSecret08}`,
        pulumi.interpolate`secret admin_token ${secrets.adminToken}`,
        pulumi.interpolate`secret metrics_token ${secrets.metricsToken}`,
    ];
}

/** The user's lever for a host that was put up anew at the same address. */
export function again(node: Node): string {
    return node.spec.reapply === undefined ? "" : ` reapply=${node.spec.reapply}`;
}

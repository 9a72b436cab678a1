import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Node } from "../placement/node";
import { withoutStacks } from "../placement/withoutStacks";
import { takesPart } from "../spec";
import type { Base } from "./cluster";
import { dialled } from "./hostCommand";
import { hostTool } from "./hostTool";

/** Behind a machine comes the tool, before anything runs there. */
export function withTool(cluster: Pick<Base, "parent" | "name">, node: Node): Node {
    return node.machineId ? node : { ...node, dependsOn: [...node.dependsOn, ...tool(cluster, node)] };
}

/**
 * The packed tool, copied into the home of the login, where `host` (or `look`, `back`, `untake`, `disown`) takes it from: root makes a copy, and
 * looks at the digest of that. The state holds its digest and no more. Copied again with another version of the package, with `reapply`, and to
 * another machine. None where a host is given up: what isn't in the state would be dialled.
 */
export function tool({ parent, name }: Pick<Base, "parent" | "name">, node: Node): pulumi.Resource[] {
    if (!takesPart(node.spec)) return [];
    const { pack, remotePath } = hostTool();
    const { host, port, user, hostKey } = node.connection;
    // A plain map, which validateArgs sees to.
    const proxy = node.connection.proxy as types.input.remote.ProxyConnectionArgs | undefined;
    const by = [proxy?.host, proxy?.port, proxy?.user];
    const triggers = [host, port, user, hostKey, ...by, node.machineId, node.spec.reapply].filter(
        (each) => each != null,
    );
    const copy = () =>
        new remote.CopyToRemote(
            `${name}-tool-${node.name}`,
            {
                connection: dialled({ node, patient: true }),
                source: new pulumi.asset.FileAsset(pack()),
                remotePath,
                triggers,
            },
            { parent, dependsOn: node.dependsOn, protect: false, retainOnDelete: false },
        );
    return [withoutStacks(copy)];
}

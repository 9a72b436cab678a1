import * as pulumi from "@pulumi/pulumi";
import type { NodeArgs } from "../args";
import type { ClusterSpec, NodeSpec } from "../spec";
import { hostAndPort, type Node } from "./node";

/** A host that exists, reached by SSH. Nothing is made, so nothing is deleted either. */
export function sshNode(cluster: ClusterSpec, spec: NodeSpec, args: NodeArgs): Node {
    const { user, ...connection } = args.ssh!;
    const host = pulumi.output(connection.host);
    return {
        spec,
        name: spec.name,
        connection: { ...connection, user: user ?? "root" },
        sudo: user !== undefined && user !== "root",
        host,
        rpcAddress: pulumi.output(args.rpcPublicAddr ?? host.apply((h) => hostAndPort(h, cluster.ports.rpc))),
        without: cluster.without.includes(spec.name),
        dependsOn: [],
    };
}

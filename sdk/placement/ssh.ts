import * as pulumi from "@pulumi/pulumi";
import type { NodeArgs } from "../args";
import type { ClusterSpec, NodeSpec } from "../spec";
import { hostAndPort, type Node } from "./node";

/** A host that exists, reached by SSH. Nothing is made, so nothing is deleted either. */
export function sshNode(cluster: ClusterSpec, spec: NodeSpec, args: NodeArgs): Node {
    // `user` is plain (validateArgs): whether a line runs under sudo is in the record that the next preview reads.
    const { user: given, ...connection } = args.ssh!;
    const user = given ?? "root";
    const host = pulumi.output(connection.host);
    return {
        spec,
        name: spec.name,
        connection: { ...connection, user },
        sudo: user !== "root",
        host,
        rpcAddress: pulumi.output(args.rpcPublicAddr ?? host.apply((h) => hostAndPort(h, cluster.ports.rpc))),
        without: cluster.without.includes(spec.name),
        dependsOn: [],
    };
}

import * as pulumi from "@pulumi/pulumi";
import type { NodeArgs, SshArgs } from "../args";
import { hostAndPort } from "../garage/address";
import { refusal } from "../refusal";
import type { ClusterSpec, NodeSpec } from "../spec";
import { type Fault, hostKeyFault, keyFault } from "../sshKey";
import type { Node } from "./node";

/**
 * The keys of a connection: where one is an Output that is known before anything runs (a secret of the configuration), a preview refuses it for
 * what it would be refused for in plain.
 */
export function keysOf(ssh: Pick<SshArgs, "privateKey" | "privateKeyPassword" | "hostKey">, at: string) {
    const checked = (name: "privateKey" | "hostKey", fault: (text: string) => Fault | undefined) =>
        pulumi.Output.isInstance(ssh[name])
            ? { [name]: unlessFaulty(`${at}.${name}`, ssh[name] as pulumi.Output<string>, fault) }
            : {};
    return {
        ...checked("privateKey", (key) => keyFault(key, ssh.privateKeyPassword != null)),
        ...checked("hostKey", hostKeyFault),
    };
}

function unlessFaulty(path: string, value: pulumi.Output<string>, faultOf: (text: string) => Fault | undefined) {
    return value.apply((text) => {
        const fault = typeof text === "string" ? faultOf(text) : undefined;
        if (fault) throw refusal(`${path}: it ${fault.what} (not shown: it may be a secret). ${fault.todo}.`);
        return text;
    });
}

/** A host that exists, reached by SSH. Nothing is made, so nothing is deleted either. */
export function sshNode(cluster: ClusterSpec, spec: NodeSpec, args: NodeArgs): Node {
    // `user` is plain (validateArgs): whether a line runs under sudo is in the record that the next preview reads.
    const at = `nodes.${spec.name}.ssh`;
    const { user: given, proxy, ...connection } = { ...args.ssh!, ...keysOf(args.ssh!, at) };
    const user = given ?? "root";
    const host = pulumi.output(connection.host);
    return {
        spec,
        name: spec.name,
        connection: { ...connection, ...(proxy ? { proxy: { ...proxy, ...keysOf(proxy, `${at}.proxy`) } } : {}), user },
        sudo: user !== "root",
        host,
        rpcAddress: pulumi.output(args.rpcPublicAddr ?? host.apply((h) => hostAndPort(h, cluster.ports.rpc))),
        machine: [],
        options: [],
        volumes: {},
        dependsOn: [],
    };
}

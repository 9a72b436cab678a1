import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { NodeArgs } from "../args";
import { hostAndPort } from "../garage/address";
import { ownFile } from "../ownFiles";
import { type ClusterSpec, type NodeSpec, takesPart } from "../spec";
import { type KeyPair, keyPair } from "./keyPair";
import type { Node } from "./node";

/** Containers of one stack carry this label; `down` and `purge` touch no others. */
const label = () => `${pulumi.getProject()}/${pulumi.getStack()}`;

/** The key pair by which this stack reaches its own containers. */
export function containerKey(parent: pulumi.Resource, clusterName: string): KeyPair {
    return keyPair(parent, `${clusterName}-ssh-key`);
}

/** A container with systemd and sshd on the machine that runs Pulumi; its volumes outlive it. */
export function containerNode(
    parent: pulumi.Resource,
    clusterName: string,
    cluster: ClusterSpec,
    spec: NodeSpec,
    args: NodeArgs,
    key: KeyPair,
): Node {
    const name = `${pulumi.getProject()}-${pulumi.getStack()}-${clusterName}-${spec.name}`;
    const volumes = (spec.volumes ?? []).map((volume) => ` --volume ${volume}`).join("");
    const image = args.container?.image ?? "default";
    const reapply = spec.reapply === undefined ? "" : ` --reapply ${spec.reapply}`;
    const container = new local.Command(
        `${clusterName}-container-${spec.name}`,
        {
            create: pulumi.interpolate`bash -s -- up ${name} ${image} ${key.publicKey.apply(base64)} ${label()} --hostname ${spec.name}${volumes}${reapply}`,
            delete: `bash -s -- down ${name} ${label()}`,
            stdin: ownFile("container/container.sh"),
            addPreviousOutputInEnv: false,
        },
        { parent, ignoreChanges: takesPart(spec) ? undefined : ["*"] },
    );
    const seen = container.stdout.apply((line) => {
        const [address, port, ...hostKey] = (line ?? "").trim().split(" ");
        return { address: address!, port: Number(port), hostKey: hostKey.join(" ") };
    });
    return {
        spec,
        name: spec.name,
        connection: {
            host: seen.address,
            port: seen.port,
            user: "root",
            hostKey: seen.hostKey,
            privateKey: key.privateKey,
        },
        sudo: false,
        host: seen.address,
        rpcAddress: pulumi.output(args.rpcPublicAddr ?? seen.address.apply((a) => hostAndPort(a, cluster.ports.rpc))),
        machine: [],
        options: [],
        volumes: {},
        dependsOn: [container],
    };
}

const base64 = (text: string) => Buffer.from(text.trim()).toString("base64");

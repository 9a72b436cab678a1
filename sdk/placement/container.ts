import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { NodeArgs } from "../args";
import { hostAndPort } from "../garage/address";
import { ownFile } from "../ownFiles";
import { type ClusterSpec, type NodeSpec, takesPart } from "../spec";
import type { Node } from "./node";

const script = (file: string) => ownFile(`container/${file}`);

/** Containers of one stack carry this label; `down` and `purge` touch no others. */
const label = () => `${pulumi.getProject()}/${pulumi.getStack()}`;

export interface ContainerKey {
    publicKey: pulumi.Output<string>;
    privateKey: pulumi.Output<string>;
}

/** The key pair by which this stack reaches its own containers; made once. */
export function containerKey(parent: pulumi.Resource, clusterName: string): ContainerKey {
    const made = new local.Command(
        `${clusterName}-ssh-key`,
        { create: "bash -s", stdin: script("sshKey.sh"), logging: local.Logging.Stderr, addPreviousOutputInEnv: false },
        { parent, ignoreChanges: ["*"], additionalSecretOutputs: ["stdout"] },
    );
    // Mocks of a user's own tests answer nothing.
    const lines = pulumi.secret(made.stdout).apply((text) => (text ?? "").split("\n"));
    return {
        publicKey: pulumi.unsecret(lines.apply(([first]) => first!)),
        privateKey: lines.apply(([, ...rest]) => `${rest.join("\n").trim()}\n`),
    };
}

/** A container with systemd and sshd on the machine that runs Pulumi; its volumes outlive it. */
export function containerNode(
    parent: pulumi.Resource,
    clusterName: string,
    cluster: ClusterSpec,
    spec: NodeSpec,
    args: NodeArgs,
    key: ContainerKey,
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
            stdin: script("container.sh"),
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
        dependsOn: [container],
    };
}

const base64 = (text: string) => Buffer.from(text.trim()).toString("base64");

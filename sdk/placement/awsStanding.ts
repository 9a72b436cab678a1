import { Volume } from "@pulumi/aws/ebs";
import { Eip, NetworkInterface } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { hostAndPort } from "../garage/address";
import { LOGIN } from "../garage/cloudConfig";
import { refusal } from "../refusal";
import type { NodeSpec } from "../spec";
import type { AwsPlace } from "./awsFacts";
import type { Network } from "./awsNetwork";
import { type Shared, type Standing, tagsOf, VOLUMES, type VolumeName } from "./awsShared";
import type { Node } from "./node";
import { keysOf } from "./ssh";

/** What a node is without a machine: where it is reached, and what it keeps. */
export function stand(
    shared: Shared,
    spec: NodeSpec,
    place: pulumi.Output<AwsPlace>,
    net: Network,
    apart: boolean,
): Standing {
    const { args, cluster, login, hostKey } = shared;
    const eni = networkInterface(shared, spec, place, net);
    const eip = spec.aws!.publicIp ? elasticIp(shared, spec, eni) : undefined;
    const own = inItsSubnet(spec, eni, place);
    const seen = eip === undefined ? own : pulumi.all([own, eip.publicIp]).apply(([, address]) => address);
    const proxy = args.aws!.proxy;
    const rpc = apart ? seen : own;
    const volumes = Object.fromEntries(
        VOLUMES.map((name) => [name, volume(shared, spec, name, place)]),
    ) as Standing["volumes"];
    const node: Node = {
        spec,
        name: spec.name,
        connection: {
            host: proxy ? own : seen,
            port: 22,
            user: LOGIN,
            privateKey: login.privateKey,
            hostKey: hostKey.publicKey,
            ...(proxy ? { proxy: { ...proxy, ...keysOf(proxy, "aws.proxy") } } : {}),
        },
        sudo: true,
        host: seen,
        rpcAddress: pulumi.output(
            args.nodes[spec.name]!.rpcPublicAddr ?? rpc.apply((address) => hostAndPort(address, cluster.ports.rpc)),
        ),
        machine: [],
        options: [],
        volumes: Object.fromEntries(VOLUMES.map((name) => [name, volumes[name].id])),
        dependsOn: eip ? [eni, eip] : [eni],
    };
    return { node, aws: spec.aws!, place, eni, volumes, ...(eip ? { publicIp: eip.publicIp } : {}) };
}

function networkInterface(
    shared: Shared,
    spec: NodeSpec,
    place: pulumi.Output<AwsPlace>,
    { group, rules }: Network,
): NetworkInterface {
    const { parent, clusterName } = shared;
    return new NetworkInterface(
        `${clusterName}-eni-${spec.name}`,
        {
            subnetId: place.subnetId,
            securityGroups: [group.id],
            description: `Garage node ${spec.name} of ${clusterName}`,
            tags: tagsOf(shared, spec),
        },
        { parent, dependsOn: rules, ignoreChanges: ["subnetId", "description"] },
    );
}

function elasticIp(shared: Shared, spec: NodeSpec, eni: NetworkInterface): Eip {
    const { parent, clusterName } = shared;
    return new Eip(
        `${clusterName}-eip-${spec.name}`,
        { domain: "vpc", networkInterface: eni.id, tags: tagsOf(shared, spec) },
        { parent },
    );
}

/** The private address of a node that stands where it is asked to: before it is dialled, and so before anything of it is changed. */
function inItsSubnet(spec: NodeSpec, eni: NetworkInterface, place: pulumi.Output<AwsPlace>): pulumi.Output<string> {
    return pulumi.all([eni.privateIp, eni.subnetId, place]).apply(([address, has, { subnetId }]) => {
        if (has !== undefined && subnetId !== undefined && has !== subnetId)
            throw refusal(
                `nodes.${spec.name}.aws.subnetId: ${subnetId} is asked for, and the node stands in ${has}. Its address and volumes are there, so it can't be moved; nothing was changed. Set it back to "${has}".`,
            );
        return address;
    });
}

/** Outlives the node, the cluster and the stack. What would replace it, and so put an empty one in its place, is ignored. */
function volume(shared: Shared, spec: NodeSpec, name: VolumeName, place: pulumi.Output<AwsPlace>): Volume {
    const { parent, clusterName, args, steps } = shared;
    const { sizeGiB, iops, throughput, id } = spec.aws!.volumes[name];
    return new Volume(
        `${clusterName}-volume-${name}-${spec.name}`,
        {
            availabilityZone: place.availabilityZone,
            type: "gp3",
            encrypted: true,
            kmsKeyId: args.aws!.kmsKeyArn,
            size: sizeGiB,
            iops,
            throughput,
            tags: tagsOf(shared, spec, `${spec.name}-${name}`),
        },
        {
            parent,
            retainOnDelete: true,
            ignoreChanges: ["availabilityZone", "encrypted", "kmsKeyId", "snapshotId"],
            hooks: steps.volumeHooks,
            ...(id === undefined ? {} : { import: id }),
        },
    );
}

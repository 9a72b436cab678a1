import { Instance, VolumeAttachment } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { cloudConfig } from "../garage/cloudConfig";
import { machineDigest } from "../garage/machineDigest";
import { type Shared, type Standing, tagsOf, UNPROTECTED, VOLUMES, type VolumeName } from "./awsShared";
import type { Node } from "./node";

/** A disk for the system, the tool and the binaries: what has to outlive the machine lies on the volumes. */
const ROOT_GIB = 10;

/** Names that the kernel takes no notice of; AWS wants one, and never the same twice. */
const DEVICES: Record<VolumeName, string> = { metadata: "/dev/sdf", data: "/dev/sdg" };

/** leave → instance → attachments → tool → back. */
export function machine(shared: Shared, standing: Standing, previous: pulumi.Resource[]): Node {
    const { steps } = shared;
    const { node, volumes } = standing;
    const left = steps.leave({ ...node, dependsOn: [...node.dependsOn, ...previous] });
    const made = instance(shared, standing, left);
    const attached = VOLUMES.map((name) => attachment(shared, standing, name, made));
    const running: Node = {
        ...node,
        machine: [
            pulumi.interpolate`machine ${made.id}`,
            `shape ${machineDigest(standing.aws)}`,
            ...VOLUMES.map((name) => {
                const { sizeGiB } = standing.aws.volumes[name];
                return pulumi.interpolate`volume ${name} ${volumes[name].id} ${sizeGiB}`;
            }),
        ],
        machineId: made.id,
        dependsOn: [made, ...attached],
    };
    const back = steps.back({ ...running, dependsOn: [...running.dependsOn, ...steps.tool(running)] }, left);
    return { ...running, dependsOn: [back, ...attached] };
}

function instance(shared: Shared, { node, aws, place, eni }: Standing, left: pulumi.Resource): Instance {
    const { parent, clusterName, args, steps, login, hostKey } = shared;
    const tags = tagsOf(shared, node.spec);
    return new Instance(
        `${clusterName}-instance-${node.name}`,
        {
            ami: place.imageId,
            instanceType: aws.instanceType,
            primaryNetworkInterface: { networkInterfaceId: eni.id },
            userData: pulumi.secret(
                pulumi
                    .all([hostKey.privateKey, hostKey.publicKey, login.publicKey])
                    .apply(([key, line, loginKey]) => cloudConfig({ hostKey: key, hostKeyPublic: line, loginKey })),
            ),
            // Asked by cloud-init at each boot; not by what runs in a container of the host's, nor without a token.
            metadataOptions: {
                httpEndpoint: "enabled",
                httpTokens: "required",
                httpPutResponseHopLimit: 1,
                instanceMetadataTags: "disabled",
            },
            rootBlockDevice: {
                volumeType: "gp3",
                volumeSize: ROOT_GIB,
                encrypted: true,
                kmsKeyId: args.aws!.kmsKeyArn,
                deleteOnTermination: true,
                tags: { ...tags, Name: `${tags.Name}-root` },
            },
            tags: { ...tags, ...(aws.renew === undefined ? {} : { renew: aws.renew }) },
        },
        {
            parent,
            dependsOn: [left],
            ...UNPROTECTED,
            // Two can't have the one address.
            deleteBeforeReplace: true,
            // What would take a machine down without `leave`: a replacement for another reason takes what is newest of it.
            ignoreChanges: [
                ...(aws.amiId === undefined ? ["ami"] : []),
                "userData",
                "keyName",
                "rootBlockDevice.encrypted",
                "rootBlockDevice.kmsKeyId",
            ],
            replaceOnChanges: ["tags.renew"],
            hooks: steps.instanceHooks,
        },
    );
}

/**
 * Its delete is nothing: `leave` has unmounted, and the end of the machine frees the volume. A detach can't be repeated once the machine is
 * gone, and a replacement that was cut short would never get through again.
 */
function attachment(
    { parent, clusterName }: Shared,
    { node, volumes }: Standing,
    name: VolumeName,
    made: Instance,
): VolumeAttachment {
    return new VolumeAttachment(
        `${clusterName}-attachment-${name}-${node.name}`,
        { instanceId: made.id, volumeId: volumes[name].id, deviceName: DEVICES[name], skipDestroy: true },
        { parent, ...UNPROTECTED, deleteBeforeReplace: true, ignoreChanges: ["deviceName"] },
    );
}

import {
    ApiError,
    arn,
    between,
    type Failure,
    fails,
    isUnknown,
    oneOf,
    type Resource,
    sleep,
    type Values,
} from "./api";
import { stop } from "./instance";
import * as machines from "./machines";
import { newId, type Volume, type World, type WorldFile } from "./world";

const DAY_MS = 24 * 3_600_000;
const MODIFICATIONS_A_DAY = 4;

function check(inputs: Values): Failure[] {
    const failures = [
        ...oneOf(inputs, "type", ["standard", "gp2", "gp3", "io1", "io2", "sc1", "st1"]),
        ...between(inputs, "size", 1, 65_536),
        ...between(inputs, "throughput", 125, 2000),
        ...between(inputs, "iops", 100, 256_000),
    ];
    if (inputs.size === undefined && inputs.snapshotId === undefined)
        failures.push(fails("size", '"size": one of `size,snapshotId` must be specified'));
    if (typeof inputs.kmsKeyId === "string" && !isUnknown(inputs.kmsKeyId) && !inputs.kmsKeyId.startsWith("arn:"))
        failures.push(fails("kmsKeyId", `"kmsKeyId" (${inputs.kmsKeyId}) is an invalid ARN: arn: invalid prefix`));
    if (inputs.type !== "gp3" && inputs.throughput !== undefined && !isUnknown(inputs.type))
        failures.push(fails("throughput", "'throughput' must not be set when 'type' is not 'gp3'"));
    return failures;
}

/** What the API refuses of a gp3. */
function fits(call: string, inputs: Values): void {
    const [size, iops, throughput] = [inputs.size, inputs.iops ?? 3000, inputs.throughput ?? 125] as number[];
    if (iops! < 3000)
        throw new ApiError(call, "InvalidParameterValue", `Volume iops of ${iops} is too low; minimum is 3000.`);
    if (iops! > Math.max(3000, 500 * size!))
        throw new ApiError(call, "InvalidParameterValue", "Iops to volume size ratio is too high; maximum is 500");
    if (throughput! > iops! / 4)
        throw new ApiError(
            call,
            "InvalidParameterValue",
            "Throughput (MiBps) to iops ratio is too high; maximum is 0.25 MiBps per iops",
        );
}

const found = (world: World, call: string, id: string): Volume => {
    const volume = world.volumes[id];
    if (!volume) throw new ApiError(call, "InvalidVolume.NotFound", `The volume '${id}' does not exist.`);
    return volume;
};

const volumeOutputs = (world: World, id: string): Values => {
    const { attachedTo: _to, modifiedAt: _at, ...facts } = world.volumes[id]!;
    return { arn: arn(world, "ec2", `volume/${id}`), ...facts };
};

const factsOf = (inputs: Values): Pick<Volume, "size" | "type" | "iops" | "throughput" | "tags"> => ({
    size: inputs.size as number,
    type: (inputs.type as string | undefined) ?? "gp2",
    iops: (inputs.iops as number | undefined) ?? 3000,
    throughput: (inputs.throughput as number | undefined) ?? 125,
    tags: (inputs.tags as Record<string, string> | undefined) ?? {},
});

export const volume: Resource = {
    replaces: ["availabilityZone", "encrypted", "kmsKeyId", "snapshotId", "multiAttachEnabled", "outpostArn"],
    computed: ["iops", "throughput", "kmsKeyId", "type", "encrypted", "snapshotId"],
    check,
    async create(aws, inputs) {
        fits("CreateVolume", inputs);
        const id = newId("vol");
        aws.change((world) => {
            world.volumes[id] = {
                availabilityZone: inputs.availabilityZone as string,
                encrypted: inputs.encrypted === true,
                modifiedAt: [],
                ...factsOf(inputs),
            };
        });
        await machines.makeDisk(aws.look(), id);
        return { id, outputs: volumeOutputs(aws.look(), id) };
    },
    async update(aws, id, inputs, changed) {
        const modified = changed.some((each) => ["size", "iops", "throughput", "type"].includes(each));
        aws.change((world) => {
            const at = found(world, "ModifyVolume", id);
            at.tags = (inputs.tags as Record<string, string> | undefined) ?? {};
            if (!modified) return;
            fits("ModifyVolume", inputs);
            if ((inputs.size as number) < at.size)
                throw new ApiError(
                    "ModifyVolume",
                    "InvalidParameterValue",
                    "New size cannot be smaller than existing size",
                );
            if (at.modifiedAt.filter((each) => Date.now() - each < DAY_MS).length >= MODIFICATIONS_A_DAY)
                throw new ApiError(
                    "ModifyVolume",
                    "VolumeModificationRateExceeded",
                    `You've reached the maximum modification rate per volume limit. Wait before modifying '${id}' again.`,
                );
            Object.assign(at, factsOf(inputs));
            at.modifiedAt.push(Date.now());
        });
        if (modified) await machines.growDisk(aws.look(), id);
        return volumeOutputs(aws.look(), id);
    },
    async remove(aws, id) {
        aws.change((world) => {
            const at = world.volumes[id];
            if (at?.attachedTo)
                throw new ApiError(
                    "DeleteVolume",
                    "VolumeInUse",
                    `Volume ${id} is currently attached to ${at.attachedTo.instance}`,
                );
            delete world.volumes[id];
        });
        await machines.removeDisk(aws.look(), id);
    },
    read: (world, id) => (world.volumes[id] ? volumeOutputs(world, id) : undefined),
};

/** AttachVolume. */
function attach(world: World, { instanceId, volumeId, deviceName: device }: Record<string, string>): void {
    const refuse = (code: string, message: string) => new ApiError("AttachVolume", code, message);
    const [at, to] = [found(world, "AttachVolume", volumeId!), world.instances[instanceId!]];
    if (!to) throw refuse("InvalidInstanceID.NotFound", `The instance ID '${instanceId}' does not exist`);
    if (at.attachedTo?.instance === instanceId) return;
    if (at.attachedTo) throw refuse("VolumeInUse", `${volumeId} is already attached to an instance`);
    if (to.state !== "running" && to.state !== "stopped")
        throw refuse("IncorrectState", `Instance '${instanceId}' is not 'running'.`);
    if (at.availabilityZone !== to.availabilityZone)
        throw refuse(
            "InvalidVolume.ZoneMismatch",
            `The volume '${volumeId}' is not in the same availability zone as instance '${instanceId}'`,
        );
    const others = Object.values(world.volumes).map((each) => each.attachedTo);
    if (others.some((each) => each && each.instance === instanceId && each.device === device))
        throw refuse(
            "InvalidParameterValue",
            `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
        );
    at.attachedTo = { instance: instanceId!, device: device! };
}

async function detach(aws: WorldFile, state: Values): Promise<void> {
    const { instanceId, volumeId } = state as Record<string, string>;
    if (state.stopInstanceBeforeDetaching === true) await stop(aws, instanceId!);
    const at = aws.look().volumes[volumeId!];
    if (at?.attachedTo?.instance !== instanceId) return;
    if (state.forceDetach !== true && (await machines.isMounted(aws.look(), instanceId!, volumeId!)))
        throw new Error(
            `waiting for EBS Volume (${volumeId}) to detach from instance (${instanceId}): timeout while waiting for state to become 'detached' (last state: 'busy', timeout: 5m0s)`,
        );
    await machines.detach(aws.look(), instanceId!, volumeId!);
    aws.change((world) => {
        delete world.volumes[volumeId!]?.attachedTo;
    });
}

export const attachment: Resource = {
    replaces: ["deviceName", "instanceId", "volumeId"],
    computed: [],
    async create(aws, inputs) {
        const given = inputs as Record<string, string>;
        aws.change((world) => attach(world, given));
        await sleep(aws.look().attachMs);
        await machines.attach(aws.look(), given.instanceId!, given.volumeId!);
        return { id: `vai-${given.volumeId!.slice(-9)}`, outputs: {} };
    },
    // What can change without a replacement is the provider's own.
    update: async () => ({}),
    remove: async (aws, _id, state) => (state.skipDestroy === true ? undefined : detach(aws, state)),
    read: (world, _id, { instanceId, volumeId }) =>
        world.volumes[volumeId as string]?.attachedTo?.instance === instanceId ? {} : undefined,
};

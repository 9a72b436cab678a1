import { ApiError, arn, between, conflicts, type Failure, fails, oneOf, type Resource, type Values } from "./api";
import * as machines from "./machines";
import { type Instance, newId, type World, type WorldFile } from "./world";

/** What goes with the interface once that is made apart. */
const OF_THE_INTERFACE = [
    ...["subnetId", "privateIp", "associatePublicIpAddress", "vpcSecurityGroupIds", "securityGroups", "ipv6Addresses"],
    ...["ipv6AddressCount", "secondaryPrivateIps", "sourceDestCheck", "networkInterfaces"],
];
const USER_DATA_BYTES = 16_384;

function check(inputs: Values): Failure[] {
    const failures = [
        ...conflicts(inputs, "primaryNetworkInterface", OF_THE_INTERFACE),
        ...conflicts(inputs, "userData", ["userDataBase64"]),
        ...between(inputs, "metadataOptions.httpPutResponseHopLimit", 1, 64),
        ...oneOf(inputs, "metadataOptions.httpTokens", ["optional", "required"]),
        ...oneOf(inputs, "metadataOptions.httpEndpoint", ["enabled", "disabled"]),
        ...oneOf(inputs, "metadataOptions.instanceMetadataTags", ["enabled", "disabled"]),
        ...oneOf(inputs, "instanceInitiatedShutdownBehavior", ["stop", "terminate"]),
        ...between(inputs, "rootBlockDevice.volumeSize", 1, 65_536),
    ];
    if (inputs.ami === undefined && inputs.launchTemplate === undefined)
        failures.push(fails("ami", '"ami": one of `ami,launchTemplate` must be specified'));
    if (inputs.instanceType === undefined && inputs.launchTemplate === undefined)
        failures.push(fails("instanceType", '"instanceType": one of `instanceType,launchTemplate` must be specified'));
    if (inputs.primaryNetworkInterface === undefined)
        failures.push(
            fails("primaryNetworkInterface", "this stand-in makes instances on an interface of their own only"),
        );
    if (typeof inputs.userData === "string" && Buffer.byteLength(inputs.userData) > USER_DATA_BYTES)
        failures.push(fails("userData", `expected length of userData to be in the range (0 - ${USER_DATA_BYTES})`));
    const device = inputs.primaryNetworkInterface as Values | undefined;
    if (device?.deleteOnTermination !== undefined)
        failures.push(fails("primaryNetworkInterface.deleteOnTermination", "Value for unconfigurable attribute"));
    return failures;
}

const architecturesOf = (world: World, type: unknown) => world.types[type as string]?.architectures ?? [];

function needCapacity(world: World, call: string, type: string): void {
    if (!world.noCapacity.includes(type)) return;
    throw new ApiError(
        call,
        "InsufficientInstanceCapacity",
        `We currently do not have sufficient ${type} capacity in the Availability Zone you requested`,
    );
}

const dataOf = (inputs: Values) =>
    inputs.userDataBase64 === undefined
        ? ((inputs.userData as string | undefined) ?? "")
        : Buffer.from(inputs.userDataBase64 as string, "base64").toString();

/** RunInstances. */
function run(world: World, inputs: Values): string {
    const refuse = (code: string, message: string) => new ApiError("RunInstances", code, message);
    const [ami, type] = [inputs.ami as string, inputs.instanceType as string];
    const eni = (inputs.primaryNetworkInterface as Values).networkInterfaceId as string;
    const image = world.images[ami];
    if (!image) throw refuse("InvalidAMIID.NotFound", `The image id '[${ami}]' does not exist`);
    if (!world.types[type]) throw refuse("InvalidParameterValue", `Invalid value '${type}' for InstanceType.`);
    if (!architecturesOf(world, type).includes(image.architecture))
        throw refuse(
            "InvalidParameterValue",
            `The architecture '${architecturesOf(world, type).join(",")}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI.`,
        );
    const onIt = world.enis[eni];
    if (!onIt) throw refuse("InvalidNetworkInterfaceID.NotFound", `The networkInterface ID '${eni}' does not exist`);
    if (Object.values(world.instances).some((each) => each.eni === eni && each.state !== "terminated"))
        throw refuse("InvalidNetworkInterface.InUse", `Interface: [${eni}] in use.`);
    needCapacity(world, "RunInstances", type);
    const id = newId("i");
    world.instances[id] = {
        state: "pending",
        ami,
        type,
        eni,
        availabilityZone: world.subnets[onIt.subnet]!.availabilityZone,
        rootVolume: newId("vol"),
        userData: dataOf(inputs),
        tags: (inputs.tags as Record<string, string> | undefined) ?? {},
    };
    return id;
}

function set(aws: WorldFile, id: string, state: Instance["state"]): void {
    aws.change((world) => {
        world.instances[id]!.state = state;
    });
}

/** StopInstances, and until it has stopped. */
export async function stop(aws: WorldFile, id: string): Promise<void> {
    aws.change((world) => {
        const at = living(world, "StopInstances", id);
        if (at.state === "terminated" || at.state === "shutting-down")
            throw new ApiError(
                "StopInstances",
                "IncorrectInstanceState",
                `This instance '${id}' is not in a state from which it can be stopped.`,
            );
        at.state = at.state === "stopped" ? "stopped" : "stopping";
    });
    await machines.stop(aws.look(), id);
    set(aws, id, "stopped");
}

async function start(aws: WorldFile, id: string): Promise<void> {
    aws.change((world) => needCapacity(world, "StartInstances", world.instances[id]!.type));
    await machines.start(aws.look(), id);
    set(aws, id, "running");
}

const HOUR_MS = 3_600_000;
/** A terminated instance is seen for about an hour. */
export const isForgotten = (at: Instance | undefined) =>
    at === undefined || (at.state === "terminated" && Date.now() - at.terminatedAt! > HOUR_MS);

function living(world: World, call: string, id: string): Instance {
    const at = world.instances[id];
    if (isForgotten(at))
        throw new ApiError(call, "InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
    return at!;
}

function outputs(world: World, id: string): Values {
    const at = world.instances[id]!;
    const eni = world.enis[at.eni];
    const eip = Object.values(world.eips).find((each) => each.eni === at.eni);
    return {
        arn: arn(world, "ec2", `instance/${id}`),
        ami: at.ami,
        instanceType: at.type,
        availabilityZone: at.availabilityZone,
        instanceState: at.state,
        primaryNetworkInterfaceId: at.eni,
        subnetId: eni?.subnet,
        privateIp: eni?.privateIp,
        privateDns: `ip-${eni?.privateIp.replace(/\./g, "-")}.${world.region}.compute.internal`,
        publicIp: eip?.publicIp ?? "",
        vpcSecurityGroupIds: eni?.groups,
        tags: at.tags,
    };
}

export const instance: Resource = {
    replaces: [
        ...[
            "ami",
            "keyName",
            "subnetId",
            "availabilityZone",
            "privateIp",
            "associatePublicIpAddress",
            "securityGroups",
        ],
        ...["ipv6AddressCount", "ipv6Addresses", "placementGroup", "tenancy", "hostId", "ebsOptimized", "hibernation"],
        ...["launchTemplate", "cpuOptions", "enclaveOptions", "ephemeralBlockDevices", "ebsBlockDevices"],
        ...["privateDnsNameOptions", "networkInterfaces", "primaryNetworkInterface", "rootBlockDevice.encrypted"],
        "rootBlockDevice.kmsKeyId",
    ],
    computed: [
        ...["availabilityZone", "privateIp", "vpcSecurityGroupIds", "subnetId", "tenancy", "ebsOptimized"],
        ...["monitoring", "metadataOptions", "rootBlockDevice", "instanceInitiatedShutdownBehavior"],
        ...["disableApiStop", "disableApiTermination", "creditSpecification", "maintenanceOptions", "keyName"],
    ],
    sets: ["vpcSecurityGroupIds", "securityGroups"],
    check,
    alsoReplaces(world, olds, news) {
        const [old, now] = [architecturesOf(world, olds.instanceType), architecturesOf(world, news.instanceType)];
        const another = old.length > 0 && now.length > 0 && !old.some((each) => now.includes(each));
        const data = news.userDataReplaceOnChange === true ? ["userData", "userDataBase64"] : [];
        return another ? ["instanceType", ...data] : data;
    },
    async create(aws, inputs) {
        const id = aws.change((world) => run(world, inputs));
        await machines.create(aws.look(), id);
        set(aws, id, "running");
        const world = aws.look();
        const { rootVolume } = world.instances[id]!;
        const rootBlockDevice = { ...(inputs.rootBlockDevice as Values | undefined), volumeId: rootVolume };
        return { id, outputs: { ...outputs(world, id), rootBlockDevice } };
    },
    async update(aws, id, inputs, changed) {
        aws.change((world) => {
            living(world, "ModifyInstanceAttribute", id).tags = (inputs.tags as Record<string, string>) ?? {};
        });
        // Each by a stop and a start of its own, as the provider does it.
        if (changed.includes("instanceType"))
            await whileStopped(aws, id, (at) => {
                at.type = inputs.instanceType as string;
            });
        if (changed.includes("userData") || changed.includes("userDataBase64"))
            await whileStopped(aws, id, (at) => {
                at.userData = dataOf(inputs);
            });
        return outputs(aws.look(), id);
    },
    async remove(aws, id) {
        const gone = aws.change((world) => {
            const at = world.instances[id];
            if (isForgotten(at) || at!.state === "terminated") return true;
            at!.state = "shutting-down";
            return false;
        });
        if (gone) return;
        await machines.remove(aws.look(), id);
        aws.change((world) => {
            const at = world.instances[id]!;
            at.state = "terminated";
            at.terminatedAt = Date.now();
            for (const volume of Object.values(world.volumes))
                if (volume.attachedTo?.instance === id) delete volume.attachedTo;
        });
    },
    read(world, id) {
        const at = world.instances[id];
        return at && at.state !== "terminated" ? outputs(world, id) : undefined;
    },
};

async function whileStopped(aws: WorldFile, id: string, modify: (at: Instance) => void): Promise<void> {
    await stop(aws, id);
    aws.change((world) => modify(world.instances[id]!));
    await start(aws, id);
}

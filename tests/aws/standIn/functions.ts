import { arn, type Values } from "./api";
import type { Image, World } from "./world";

interface Filter {
    name: string;
    values: string[];
}

/** `*` and `?` as EC2 has them in filters. */
const matches = (pattern: string, value: string) =>
    new RegExp(
        `^${pattern
            .replace(/[.+^${}()|[\]\\]/g, "\\$&")
            .replace(/\*/g, ".*")
            .replace(/\?/g, ".")}$`,
    ).test(value);

function passes(filters: Filter[], facts: Record<string, string>, call: string): boolean {
    return filters.every(({ name, values }) => {
        if (!(name in facts)) throw new Error(`${call}: this stand-in has no filter "${name}"`);
        return values.some((each) => matches(each, facts[name]!));
    });
}

const imageFacts = (image: Image) => ({
    name: image.name,
    architecture: image.architecture,
    "root-device-type": "ebs",
    "virtualization-type": "hvm",
    state: "available",
});

function getAmi(world: World, args: Values): Values {
    const [owners, filters] = [args.owners as string[] | undefined, (args.filters ?? []) as Filter[]];
    if (args.mostRecent === true && !owners && args.allowUnsafeFilter !== true)
        throw new Error(
            "most_recent without owners takes whatever somebody published: name owners, or allowUnsafeFilter",
        );
    const found = Object.entries(world.images)
        .filter(([, image]) => !owners || owners.includes(image.owner))
        .filter(([, image]) => args.nameRegex === undefined || new RegExp(args.nameRegex as string).test(image.name))
        .filter(([id, image]) => passes(filters, { ...imageFacts(image), "image-id": id }, "getAmi"))
        .sort(([, a], [, b]) => b.creationDate.localeCompare(a.creationDate));
    if (found.length === 0)
        throw new Error("Your query returned no results. Please change your search criteria and try again.");
    if (found.length > 1 && args.mostRecent !== true)
        throw new Error(
            "Your query returned more than one result. Please try a more specific search criteria, or set mostRecent to true.",
        );
    const [id, image] = found[0]!;
    const { name, architecture, creationDate, rootDeviceName, owner: ownerId } = image;
    const facts = { id, imageId: id, name, architecture, creationDate, rootDeviceName, ownerId };
    return {
        ...args,
        ...facts,
        arn: arn(world, "ec2", `image/${id}`),
        imdsSupport: "v2.0",
        state: "available",
        rootDeviceType: "ebs",
    };
}

const subnetFacts = (world: World, id: string) => {
    const { availabilityZone, vpcId } = world.subnets[id]!;
    return { "subnet-id": id, "vpc-id": vpcId, "availability-zone": availabilityZone };
};

function subnetsBy(world: World, filters: Filter[]): string[] {
    return Object.keys(world.subnets).filter((id) => passes(filters, subnetFacts(world, id), "getSubnet"));
}

function getSubnet(world: World, args: Values): Values {
    const by = (name: string, value: unknown) => (value === undefined ? [] : [{ name, values: [value as string] }]);
    const filters = [
        ...((args.filters ?? []) as Filter[]),
        ...by("subnet-id", args.id),
        ...by("vpc-id", args.vpcId),
        ...by("availability-zone", args.availabilityZone),
    ];
    const [id, ...more] = subnetsBy(world, filters);
    if (id === undefined)
        throw new Error(
            args.id === undefined
                ? "no matching EC2 Subnet found"
                : `InvalidSubnetID.NotFound: The subnet ID '${String(args.id)}' does not exist`,
        );
    if (more.length > 0)
        throw new Error(
            "multiple EC2 Subnets matched; use additional constraints to reduce matches to a single EC2 Subnet",
        );
    const { availabilityZone, vpcId, cidr } = world.subnets[id]!;
    return {
        ...args,
        id,
        availabilityZone,
        vpcId,
        cidrBlock: cidr,
        arn: arn(world, "ec2", `subnet/${id}`),
        state: "available",
        mapPublicIpOnLaunch: false,
    };
}

function getInstanceType(world: World, args: Values): Values {
    const name = args.instanceType as string;
    const type = world.types[name];
    if (!type)
        throw new Error(
            `operation error EC2: DescribeInstanceTypes, api error InvalidInstanceType: The following supplied instance types do not exist: [${name}]`,
        );
    const nitro = type.hypervisor === "nitro";
    return {
        ...args,
        id: name,
        supportedArchitectures: type.architectures,
        hypervisor: type.hypervisor,
        ebsNvmeSupport: nitro ? "required" : "unsupported",
        burstablePerformanceSupported: name.startsWith("t"),
        currentGeneration: nitro,
        maximumNetworkInterfaces: 3,
    };
}

function getVolume(world: World, args: Values): Values {
    const found = Object.entries(world.volumes).filter(([id, { availabilityZone }]) =>
        passes(
            (args.filters ?? []) as Filter[],
            { "volume-id": id, "availability-zone": availabilityZone },
            "getVolume",
        ),
    );
    if (found.length === 0)
        throw new Error("Your query returned no results. Please change your search criteria and try again.");
    const [id, { availabilityZone, size, type, encrypted, iops, throughput, tags }] = found[0]!;
    const facts = { id, volumeId: id, availabilityZone, size, volumeType: type, encrypted, iops, throughput, tags };
    return { ...args, ...facts, arn: arn(world, "ec2", `volume/${id}`), multiAttachEnabled: false };
}

const eniFacts = (world: World, id: string) => {
    const { description = "", subnet } = world.enis[id]!;
    return { "network-interface-id": id, description, "subnet-id": subnet };
};

function getNetworkInterfaces(world: World, args: Values): Values {
    const ids = Object.keys(world.enis).filter((id) =>
        passes((args.filters ?? []) as Filter[], eniFacts(world, id), "getNetworkInterfaces"),
    );
    return { ...args, id: world.region, ids };
}

function getNetworkInterface(world: World, args: Values): Values {
    const id = args.id as string;
    const at = world.enis[id];
    if (!at) throw new Error(`InvalidNetworkInterfaceID.NotFound: The networkInterface ID '${id}' does not exist`);
    const { subnet: subnetId, privateIp, groups: securityGroups, description = "" } = at;
    return { ...args, id, subnetId, privateIp, privateIps: [privateIp], securityGroups, description };
}

export const functions: Record<string, (world: World, args: Values) => Values> = {
    "aws:ec2/getAmi:getAmi": getAmi,
    "aws:ec2/getSubnet:getSubnet": getSubnet,
    "aws:ec2/getInstanceType:getInstanceType": getInstanceType,
    "aws:ec2/getNetworkInterfaces:getNetworkInterfaces": getNetworkInterfaces,
    "aws:ec2/getNetworkInterface:getNetworkInterface": getNetworkInterface,
    "aws:ebs/getVolume:getVolume": getVolume,
};

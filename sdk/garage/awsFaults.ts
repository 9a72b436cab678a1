import type { NodeSpec } from "../spec";

/** What AWS says when it is asked for something: that, or why not. */
export type Said<T> = { known: T } | { fault: string };

export interface Subnet {
    id: string;
    availabilityZone: string;
    vpcId: string;
}

export interface InstanceType {
    supportedArchitectures: string[];
    hypervisor: string;
}

export interface Image {
    id: string;
    architecture: string;
}

export interface Volume {
    availabilityZone: string;
    size: number;
    tags: Record<string, string>;
}

/** All that AWS says of a node. Where Pulumi's mocks answer, anything may be missing. */
export interface AwsFacts {
    node: NodeSpec;
    subnet: Said<Partial<Subnet>>;
    type: Said<Partial<InstanceType>>;
    image: Said<Partial<Image>>;
    /** Those that the user names. */
    volumes: { metadata?: Said<Partial<Volume>>; data?: Said<Partial<Volume>> };
}

export interface AwsFault {
    /** Of the option. */
    path: string;
    message: string;
    /** The node that there is no image for: nothing against a machine that runs. */
    withoutImage?: string;
}

/** EC2's words for the architectures that Garage is set up on. */
const ARCHITECTURES = ["x86_64", "arm64"] as const;
export type AwsArchitecture = (typeof ARCHITECTURES)[number];

/** An availability zone as AWS names it; any other `zone` is the user's own word. */
const AVAILABILITY_ZONE = /^[a-z]{2}(-[a-z]+)+-\d+(-[a-z]+-\d+)?[a-z]$/;

/** Everything that can't be, by what AWS says, of nodes of the cluster that has this name. */
export function awsFaults(all: AwsFacts[], cluster: string): AwsFault[] {
    const vpc = all.flatMap(({ subnet }) => known(subnet)?.vpcId ?? [])[0];
    return all.flatMap((facts) => [
        ...subnetFaults(facts, vpc),
        ...typeFaults(facts),
        ...imageFaults(facts),
        ...volumeFaults(facts, "metadata", cluster),
        ...volumeFaults(facts, "data", cluster),
    ]);
}

/** The availability zone that all nodes lie in, so that all copies go with it. */
export function onlyZone(all: AwsFacts[]): string | undefined {
    const zones = new Set(all.map(({ subnet }) => known(subnet)?.availabilityZone));
    return all.length > 1 && zones.size === 1 ? [...zones][0] : undefined;
}

/** Of a machine, where it is one of ours. */
export function architectureOf(type: AwsFacts["type"]): AwsArchitecture | undefined {
    return ARCHITECTURES.find((each) => known(type)?.supportedArchitectures?.includes(each));
}

function known<T>(said: Said<T>): T | undefined {
    return "known" in said ? said.known : undefined;
}

const faultAt = (facts: AwsFacts, option: string, message: string): AwsFault => ({
    path: `nodes.${facts.node.name}.${option}`,
    message,
});

function subnetFaults(facts: AwsFacts, vpc: string | undefined): AwsFault[] {
    const { subnet, node } = facts;
    if ("fault" in subnet) return [faultAt(facts, "aws.subnetId", subnet.fault)];
    const { availabilityZone, vpcId, id } = subnet.known;
    const faults: AwsFault[] = [];
    if (availabilityZone !== undefined && AVAILABILITY_ZONE.test(node.zone) && node.zone !== availabilityZone)
        faults.push(
            faultAt(
                facts,
                "zone",
                `"${node.zone}" is an availability zone, and the subnet ${id} lies in ${availabilityZone}. Write that, name a subnet of ${node.zone}, or give the zone a word of your own.`,
            ),
        );
    if (vpcId !== vpc)
        faults.push(
            faultAt(
                facts,
                "aws.subnetId",
                `${id} lies in ${vpcId}, and another node in ${vpc}: they share a security group, which is of one VPC. Name subnets of one VPC.`,
            ),
        );
    return faults;
}

function typeFaults(facts: AwsFacts): AwsFault[] {
    const { type, node } = facts;
    const fault = (message: string) => [faultAt(facts, "aws.instanceType", message)];
    if ("fault" in type) return fault(type.fault);
    const { hypervisor, supportedArchitectures } = type.known;
    const name = node.aws!.instanceType;
    if (supportedArchitectures !== undefined && architectureOf(type) === undefined)
        return fault(
            `${name} is ${supportedArchitectures.join(", ")}, and Garage is set up on ${ARCHITECTURES.join(" and ")} only.`,
        );
    if (hypervisor !== undefined && hypervisor !== "" && hypervisor !== "nitro")
        return fault(
            `${name} isn't a Nitro type (its hypervisor: ${hypervisor}), so the machine couldn't tell its volumes apart. Take one like t3, t4g or m7g.`,
        );
    return [];
}

function imageFaults(facts: AwsFacts): AwsFault[] {
    const { image, type, node } = facts;
    const wanted = architectureOf(type);
    const fault = (message: string) => [faultAt(facts, "aws.amiId", message)];
    if ("fault" in image) {
        // Which image to look for depends on the type, and that is said already.
        const unasked = node.aws?.amiId === undefined && "fault" in type;
        return unasked ? [] : fault(image.fault).map((each) => ({ ...each, withoutImage: node.name }));
    }
    const { architecture, id } = image.known;
    if (architecture === undefined || wanted === undefined || architecture === wanted) return [];
    return fault(
        `${id} is for ${architecture}, and ${node.aws!.instanceType} is ${wanted}. Name an image for ${wanted}, or leave amiId out.`,
    );
}

function volumeFaults(facts: AwsFacts, name: "metadata" | "data", cluster: string): AwsFault[] {
    const said = facts.volumes[name];
    if (said === undefined) return [];
    if ("fault" in said) return [faultAt(facts, `aws.${name}VolumeId`, said.fault)];
    const { availabilityZone, size, tags } = said.known;
    const { sizeGiB, id } = facts.node.aws!.volumes[name];
    const zone = known(facts.subnet)?.availabilityZone;
    const faults: AwsFault[] = [];
    if (availabilityZone !== undefined && zone !== undefined && availabilityZone !== zone)
        faults.push(
            faultAt(
                facts,
                `aws.${name}VolumeId`,
                `${id} lies in ${availabilityZone}, and the subnet in ${zone}. Name a subnet of ${availabilityZone}.`,
            ),
        );
    if (size !== undefined && size > sizeGiB)
        faults.push(
            faultAt(
                facts,
                `aws.${name}VolumeSizeGiB`,
                `${sizeGiB} is asked for, and ${id} has ${size}: a volume never shrinks. Write ${size}.`,
            ),
        );
    // Once it is the program's, its tags are written anew, and it is made a gp3 and grown, before any host has looked at it.
    const own = { "garage-cluster": cluster, "garage-node": facts.node.name };
    const foreign = Object.entries(own).flatMap(([key, value]) => {
        const there = tags?.[key];
        return there === value ? [] : [there === undefined ? `has no tag ${key}` : `has the tag ${key}=${there}`];
    });
    const words = Object.entries(own).map(([key, value]) => `Key=${key},Value=${value}`);
    if (size !== undefined && foreign.length > 0)
        faults.push(
            faultAt(
                facts,
                `aws.${name}VolumeId`,
                `${id} ${foreign.join(" and ")}, so it isn't known as the one of node "${facts.node.name}" of "${cluster}". Name that one; if this is it (made from its snapshot, or the component was renamed), say so: aws ec2 create-tags --resources ${id} --tags ${words.join(" ")}`,
            ),
        );
    return faults;
}

import { sameAddress } from "../garage/address";
import { cidrNetwork, isWorld } from "../garage/cidr";
import { showValue } from "../showValue";
import type { AwsNodeSpec, AwsSpec, NodeSpec, VolumeSpec } from "../spec";
import { join, missing, type Reader, type Table, type TextRule } from "./reader";
import { readKey, readSsh } from "./ssh";

/** What AWS calls its things: a word and hex digits. */
const idOf = (word: string, what: string): TextRule => ({
    pattern: new RegExp(`^${word}-[0-9a-f]{8,17}$`),
    allowed: `the id of ${what}, "${word}-" and hex digits`,
    todo: "Take it from AWS's console or command line",
});

const INSTANCE_TYPE: TextRule = {
    pattern: /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
    longest: 64,
    allowed: 'a type of EC2, like "t4g.medium" or "m7i.large"',
    todo: "Take one that the subnet's availability zone has",
};

/** What a tag may hold, and a digest. */
const RENEW: TextRule = {
    pattern: /^[A-Za-z0-9._:@+=/-]+$/,
    longest: 64,
    allowed: "a short text without spaces and quotes",
    todo: 'Write another one than last time, like "2"',
};

/** The largest volume that AWS has; what an account or a region allows it says itself. */
const LARGEST_GIB = 65536;

/** A node's machine; undefined where there is none, or it can't be read. */
export function readAwsNode(reader: Reader, at: string, value: unknown, gateway: boolean): AwsNodeSpec | undefined {
    const aws = missing(value) ? undefined : reader.options(at, value, "nodes.*.aws");
    if (!aws) return undefined;
    const subnet = idOf("subnet", "a subnet");
    reader.input(join(at, "subnetId"), aws.subnetId, subnet);
    const instanceType = reader.text(join(at, "instanceType"), aws.instanceType, INSTANCE_TYPE);
    for (const [name, rule] of [["subnetId", subnet] as const, ["instanceType", INSTANCE_TYPE] as const])
        if (missing(aws[name]))
            reader.complain(join(at, name), {
                given: "Nothing",
                what: "is given",
                allowed: rule.allowed,
                todo: "Add it",
            });
    const amiId = reader.text(join(at, "amiId"), aws.amiId, idOf("ami", "a machine image"));
    const renew = reader.text(join(at, "renew"), aws.renew, RENEW);
    const volume = (name: "metadata" | "data", usual: number | undefined) => readVolume(reader, at, aws, name, usual);
    return {
        instanceType: instanceType ?? "",
        ...(amiId === undefined ? {} : { amiId }),
        ...(renew === undefined ? {} : { renew }),
        publicIp: reader.flag(join(at, "publicIp"), aws.publicIp) ?? false,
        volumes: { metadata: volume("metadata", 20), data: volume("data", gateway ? 1 : undefined) },
        tags: readTags(reader, join(at, "tags"), aws.tags),
    };
}

function readVolume(
    reader: Reader,
    at: string,
    aws: Table,
    name: "metadata" | "data",
    usual: number | undefined,
): VolumeSpec {
    const option = (suffix: string) => join(at, `${name}Volume${suffix}`);
    const number = (suffix: string, least: number, most: number, what: string) =>
        reader.integer(option(suffix), aws[`${name}Volume${suffix}`], least, most, what);
    const sizeGiB = number("SizeGiB", 1, LARGEST_GIB, "a whole number of GiB");
    if (missing(aws[`${name}VolumeSizeGiB`]) && usual === undefined)
        reader.complain(option("SizeGiB"), {
            given: "Nothing",
            what: "says how large the volume for data is to be",
            allowed: `a whole number of GiB from 1 to ${LARGEST_GIB}`,
            todo: "Add it: at least as much as capacity, and a few percent for the file system",
        });
    const iops = number("Iops", 3000, 80000, "I/O operations per second, a whole number");
    const throughput = number("Throughput", 125, 2000, "MiB/s, a whole number");
    checkRatios(reader, option, sizeGiB ?? usual, iops, throughput);
    const id = reader.text(option("Id"), aws[`${name}VolumeId`], idOf("vol", "a volume"));
    return {
        sizeGiB: sizeGiB ?? usual ?? 0,
        ...(iops === undefined ? {} : { iops }),
        ...(throughput === undefined ? {} : { throughput }),
        ...(id === undefined ? {} : { id }),
    };
}

/** What gp3 has without a word, whatever its size. */
const USUAL_IOPS = 3000;
const IOPS_A_GIB = 500;
const IOPS_A_MIB = 4;

/** AWS refuses it too, but when the network, keys and addresses are made. */
function checkRatios(
    reader: Reader,
    option: (suffix: string) => string,
    sizeGiB: number | undefined,
    iops = USUAL_IOPS,
    throughput = 0,
): void {
    const most = Math.max(USUAL_IOPS, IOPS_A_GIB * (sizeGiB ?? LARGEST_GIB));
    if (iops > most)
        reader.complain(option("Iops"), {
            given: String(iops),
            what: `is more than a volume of ${sizeGiB} GiB may have`,
            allowed: `up to ${IOPS_A_GIB} for each GiB, here ${most}`,
            todo: "Lower it, or make the volume larger",
        });
    if (throughput * IOPS_A_MIB > iops)
        reader.complain(option("Throughput"), {
            given: String(throughput),
            what: `is more than a volume with ${iops} IOPS may have`,
            allowed: `up to 1 MiB/s for each ${IOPS_A_MIB} IOPS, here ${Math.floor(iops / IOPS_A_MIB)}`,
            todo: `Lower it, or write ${option("Iops")}: ${throughput * IOPS_A_MIB}`,
        });
}

/** Tags that are ours: by them a person, and whoever takes volumes up again, finds what belongs together. */
const OWN_TAGS = ["Name", "renew", "garage-cluster", "garage-node", "garage-stack"];

function readTags(reader: Reader, at: string, value: unknown): Record<string, string> {
    const table = reader.table(at, value);
    const tags: Record<string, string> = {};
    for (const [key, given] of Object.entries(table ?? {})) {
        const text = reader.text(join(at, key), given, {
            pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
            longest: 256,
            allowed: 'letters, digits, spaces and "_.:/=+-@", at most 256',
            todo: "Write such a text",
        });
        if (/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) && !/^aws:/i.test(key) && !OWN_TAGS.includes(key)) {
            if (text !== undefined) tags[key] = text;
            continue;
        }
        reader.complain(join(at, key), {
            given: showValue(key),
            what: OWN_TAGS.includes(key) ? "is a tag that the cluster itself sets" : "is no name of a tag",
            allowed: `a name of letters, digits, spaces and "_.:/=+-@", at most 128, that doesn't begin with "aws:" and is none of ${OWN_TAGS.join(", ")}`,
            todo: "Choose another name",
        });
    }
    return tags;
}

/** What all nodes on AWS share; undefined where there is none. */
export function readAwsCluster(reader: Reader, value: unknown, nodes: NodeSpec[]): AwsSpec | undefined {
    const some = nodes.some(({ placement }) => placement === "aws");
    const aws = missing(value) ? undefined : reader.options("aws", value, "aws");
    if (some === missing(value)) {
        reader.complain("aws", {
            given: some ? "Nothing" : "aws",
            what: some ? "says who may reach the nodes on AWS" : "is given, but no node has aws",
            allowed: "aws for the cluster where, and only where, a node has aws",
            todo: some
                ? "Add aws: { adminCidrs: [ … ], clientCidrs: [ … ] }"
                : "Take it out, or give a node aws: { … }",
        });
    }
    if (!aws) return undefined;
    const cidrs = (name: string) => readCidrs(reader, `aws.${name}`, aws[name]);
    for (const [name, who] of [
        ["adminCidrs", "from where Pulumi reaches the machines by SSH"],
        ["clientCidrs", "from where clients reach S3"],
    ])
        if (missing(aws[name!]) || (name === "adminCidrs" && Array.isArray(aws[name]) && aws[name].length === 0))
            reader.complain(`aws.${name}`, {
                given: missing(aws[name!]) ? "Nothing" : "An empty list",
                what: `says ${who}`,
                allowed: CIDR.allowed,
                todo: `Add it: ${name}: ["${name === "adminCidrs" ? "198.51.100.0/24" : "10.0.0.0/8"}"]`,
            });
    const [adminCidrs, clientCidrs, peerCidrs] = [cidrs("adminCidrs"), cidrs("clientCidrs"), cidrs("peerCidrs")];
    for (const [name, list] of Object.entries({ adminCidrs, peerCidrs }))
        for (const cidr of list.filter(isWorld))
            reader.warnings.push(
                `aws.${name}: ${cidr} is the whole world: ${name === "adminCidrs" ? "anybody may try SSH and the admin API" : "anybody may try the cluster's own protocol"}. Name the networks that need it.`,
            );
    readKey(reader, "aws.privateKey", aws.privateKey, false);
    if (!missing(aws.proxy)) readSsh(reader, "aws.proxy", aws.proxy, "aws.proxy");
    reader.input("aws.kmsKeyArn", aws.kmsKeyArn, {
        pattern: /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[A-Za-z0-9/_-]+$/,
        longest: 2048,
        allowed: 'the ARN of a KMS key, "arn:aws:kms:REGION:ACCOUNT:key/…"',
        todo: "Take it from AWS's console; an id or an alias alone isn't enough",
    });
    const loadBalancer = readLoadBalancer(reader, aws);
    if (loadBalancer && Array.isArray(aws.clientCidrs) && aws.clientCidrs.length === 0)
        reader.complain("aws.clientCidrs", {
            given: "An empty list",
            what: "lets nobody reach the load balancer",
            allowed: CIDR.allowed,
            todo: "Name the clients' networks, or take loadBalancer out",
        });
    return {
        adminCidrs,
        clientCidrs,
        peerCidrs,
        ...(loadBalancer ? { loadBalancer } : {}),
        tags: readTags(reader, "aws.tags", aws.tags),
    };
}

function readLoadBalancer(reader: Reader, aws: Table): AwsSpec["loadBalancer"] {
    const some = reader.flag("aws.loadBalancer", aws.loadBalancer) ?? false;
    const open = reader.flag("aws.loadBalancerPublic", aws.loadBalancerPublic) ?? false;
    if (open && !some && (missing(aws.loadBalancer) || aws.loadBalancer === false))
        reader.complain("aws.loadBalancerPublic", {
            given: "true",
            what: "is said of a load balancer that isn't asked for",
            allowed: "loadBalancerPublic together with loadBalancer: true",
            todo: "Add loadBalancer: true, or take it out",
        });
    return some ? (open ? "public" : "internal") : undefined;
}

const CIDR: TextRule = {
    pattern: /^[0-9a-fA-F:.]+\/\d{1,3}$/,
    longest: 49,
    allowed: 'a list of networks, "198.51.100.0/24" or "2001:db8::/32"',
    todo: 'Write a network with the length of its prefix; one address is "198.51.100.7/32"',
};

/** Networks, each as AWS keeps it. */
function readCidrs(reader: Reader, path: string, value: unknown): string[] {
    return reader.texts(path, value, CIDR).flatMap((text) => {
        const network = cidrNetwork(text);
        const [address, first] = [text, network ?? ""].map((each) => each.split("/")[0]!);
        if (network !== undefined && sameAddress(address!, first!)) return [network];
        const alone = `${address}/${address!.includes(":") ? 128 : 32}`;
        reader.complain(path, {
            given: showValue(text),
            what: network === undefined ? "is no network" : "names a host in a network",
            allowed: CIDR.allowed,
            todo: network === undefined ? CIDR.todo : `Write "${network}" for the network, or "${alone}" for the host`,
        });
        return [];
    });
}

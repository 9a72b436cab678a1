import { deepStrictEqual, match } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { describeRows, type Row } from "./rows";

type Fields = Record<string, unknown>;

const machine = { subnetId: "subnet-0aaaaaaa", instanceType: "t4g.medium", dataVolumeSizeGiB: 1000 };
const shared = { adminCidrs: ["198.51.100.0/24"], clientCidrs: ["10.0.0.0/8"] };
const node = (aws: Fields = {}, more: Fields = {}) => ({
    zone: "z",
    capacity: "1T",
    aws: { ...machine, ...aws },
    ...more,
});
const elsewhere = (host: string) => ({ zone: "y", capacity: "1T", ssh: { host } });
const args = (nodes: Fields, more: Fields = {}) => ({
    stateVersion: "2",
    version: "2.5.0",
    aws: shared,
    nodes,
    ...more,
});
const three = { a: node(), b: node(), c: node() };
const withA = (aws: Fields, more: Fields = {}) => args({ ...three, a: node(aws, more) });
const withShared = (more: Fields) => args(three, { aws: { ...shared, ...more } });
const NETWORKS = /a list of networks, "198\.51\.100\.0\/24"/;

const NODE: Row[] = [
    ["three nodes on AWS", args(three)],
    ["a subnet that is yet to be made", withA({ subnetId: pulumi.output("subnet-0aaaaaaa") })],
    [
        "everything",
        withA({
            metadataVolumeSizeGiB: 30,
            dataVolumeIops: 3000,
            dataVolumeThroughput: 125,
            metadataVolumeIops: 4000,
            metadataVolumeThroughput: 250,
            amiId: "ami-0123456789abcdef0",
            publicIp: true,
            metadataVolumeId: "vol-0123456789abcdef0",
            dataVolumeId: "vol-0123456789abcdef1",
            renew: "2026-11",
            tags: { team: "storage" },
        }),
    ],
    [
        "a machine of nothing",
        args({ ...three, a: { zone: "z", capacity: "1T", aws: {} } }),
        ["nodes.a.aws.subnetId", /^Nothing is given.*"subnet-" and hex digits.*Add it/],
        ["nodes.a.aws.instanceType", /^Nothing is given.*"t4g\.medium"/],
        ["nodes.a.aws.dataVolumeSizeGiB", /^Nothing says how large the volume for data is to be.*from 1 to 65536/],
    ],
    ["a subnet's name", withA({ subnetId: "public-a" }), ["nodes.a.aws.subnetId", /^"public-a" can't be used here/]],
    [
        "a type that is an Output",
        withA({ instanceType: pulumi.output("t4g.medium") }),
        ["nodes.a.aws.instanceType", /^An Output .* plain value is needed/],
    ],
    ["a family alone", withA({ instanceType: "t4g" }), ["nodes.a.aws.instanceType", /^"t4g" can't be used here/]],
    [
        "a size with a unit",
        withA({ dataVolumeSizeGiB: "1000G" }),
        ["nodes.a.aws.dataVolumeSizeGiB", /right kind.*whole number of GiB/],
    ],
    ["half a GiB", withA({ metadataVolumeSizeGiB: 0.5 }), ["nodes.a.aws.metadataVolumeSizeGiB", /out of range/]],
    [
        "fewer operations than gp3 has",
        withA({ dataVolumeIops: 100 }),
        ["nodes.a.aws.dataVolumeIops", /from 3000 to 80000/],
    ],
    [
        "more throughput than gp3 has",
        withA({ metadataVolumeThroughput: 4000 }),
        ["nodes.a.aws.metadataVolumeThroughput", /from 125 to 2000/],
    ],
    ["an image's name", withA({ amiId: "debian-12" }), ["nodes.a.aws.amiId", /"ami-" and hex digits/]],
    ["a text to renew that no tag can hold", withA({ renew: "a b" }), ["nodes.a.aws.renew", /without spaces/]],
    [
        "a tag of ours",
        withA({ tags: { Name: "x" } }),
        ["nodes.a.aws.tags.Name", /^"Name" is a tag that the cluster itself sets/],
    ],
    ["a tag of AWS", withA({ tags: { "aws:x": "x" } }), ['nodes.a.aws.tags["aws:x"]', /^"aws:x" is no name of a tag/]],
    ["a tag that is a number", withA({ tags: { team: 1 } }), ["nodes.a.aws.tags.team", /^The number 1 is no text/]],
    [
        "one volume for two things",
        withA({ metadataVolumeId: "vol-12345678", dataVolumeId: "vol-12345678" }),
        ["nodes.a.aws.dataVolumeId", /is nodes\.a\.aws\.metadataVolumeId too/],
    ],
    [
        "less room than the capacity",
        withA({ dataVolumeSizeGiB: 900 }),
        ["nodes.a.capacity", /is more than the data volume has \(900 GiB\)/],
    ],
    [
        "as much of gp3 as its ratios allow",
        withA({
            dataVolumeIops: 8000,
            dataVolumeThroughput: 2000,
            metadataVolumeIops: 10000,
            metadataVolumeThroughput: 750,
        }),
    ],
    ["the most without a word of IOPS", withA({ dataVolumeThroughput: 750, metadataVolumeSizeGiB: 1 })],
    [
        "more throughput than its IOPS bear",
        withA({ dataVolumeThroughput: 751, metadataVolumeIops: 4000, metadataVolumeThroughput: 1001 }),
        [
            "nodes.a.aws.metadataVolumeThroughput",
            /^1001 is more than a volume with 4000 IOPS may have.*here 1000.*metadataVolumeIops: 4004/,
        ],
        ["nodes.a.aws.dataVolumeThroughput", /^751 .* 3000 IOPS .*here 750.*dataVolumeIops: 3004/],
    ],
    [
        "more IOPS than its size bears",
        withA({ metadataVolumeIops: 10001 }),
        ["nodes.a.aws.metadataVolumeIops", /^10001 is more than a volume of 20 GiB may have.*here 10000/],
    ],
    [
        "a gateway, which needs no room",
        args({
            ...three,
            d: { zone: "z", gateway: true, aws: { subnetId: "subnet-0aaaaaaa", instanceType: "t4g.small" } },
        }),
    ],
    [
        "a machine, and a host that exists",
        withA({}, { ssh: { host: "192.0.2.1" } }),
        ["nodes.a", /^ssh and aws are given.*Take all but one out/],
    ],
];

const CLUSTER: Row[] = [
    [
        "nothing for all nodes",
        args(three, { aws: undefined }),
        ["aws", /^Nothing says who may reach the nodes on AWS.*Add aws/],
    ],
    [
        "something for nodes on AWS, and none is there",
        args({ a: elsewhere("192.0.2.1"), b: elsewhere("192.0.2.2"), c: elsewhere("192.0.2.3") }),
        ["aws", /^aws is given, but no node has aws.*Take it out/],
    ],
    [
        "nobody named",
        args(three, { aws: {} }),
        ["aws.adminCidrs", /^Nothing says from where Pulumi reaches the machines by SSH/],
        ["aws.clientCidrs", /^Nothing says from where clients reach S3/],
    ],
    ["nobody who may administrate", withShared({ adminCidrs: [] }), ["aws.adminCidrs", /^An empty list says/]],
    ["no clients, as said", withShared({ clientCidrs: [] })],
    [
        "one network that is no list",
        withShared({ clientCidrs: "10.0.0.0/8" }),
        ["aws.clientCidrs", /Write a list: \["10\.0\.0\.0\/8"\]/],
    ],
    ["an address alone", withShared({ adminCidrs: ["198.51.100.7"] }), ["aws.adminCidrs[0]", NETWORKS]],
    [
        "no network at all",
        withShared({ adminCidrs: ["300.0.0.0/8"] }),
        ["aws.adminCidrs", /^"300\.0\.0\.0\/8" is no network/],
    ],
    [
        "a host in a network",
        withShared({ adminCidrs: ["198.51.100.7/24"] }),
        [
            "aws.adminCidrs",
            /names a host in a network.*Write "198\.51\.100\.0\/24" for the network, or "198\.51\.100\.7\/32" for the host/,
        ],
    ],
    ["a network of IPv6", withShared({ adminCidrs: ["2001:DB8:0::/32"] })],
    ["a key's id", withShared({ kmsKeyArn: "1234abcd" }), ["aws.kmsKeyArn", /the ARN of a KMS key/]],
    [
        "a file's name for the key",
        withShared({ privateKey: "~/.ssh/id" }),
        ["aws.privateKey", /is no private key \(not shown/],
    ],
    ["a load balancer", withShared({ loadBalancer: true })],
    ["a public one", withShared({ loadBalancer: true, loadBalancerPublic: true })],
    [
        "a word for a load balancer",
        withShared({ loadBalancer: "internal" }),
        ["aws.loadBalancer", /^"internal" is no value of the right kind/],
    ],
    [
        "a public one that isn't asked for",
        withShared({ loadBalancerPublic: true }),
        ["aws.loadBalancerPublic", /load balancer that isn't asked for.*Add loadBalancer: true/],
    ],
    [
        "a load balancer that nobody can reach",
        withShared({ loadBalancer: true, clientCidrs: [] }),
        ["aws.clientCidrs", /lets nobody reach the load balancer/],
    ],
    ["a bastion without an address", withShared({ proxy: {} }), ["aws.proxy.host", /^Nothing is given/]],
    [
        "several data directories",
        args(three, {
            dataDirs: [
                { path: "/mnt/a/x", capacity: "1T" },
                { path: "/mnt/b/x", capacity: "1T" },
            ],
        }),
        ["dataDirs", /more than a node on AWS has: it has one volume/],
    ],
    [
        "data where a volume is mounted",
        args(three, { dataDir: "/srv/garage/data" }),
        ["dataDir", /clashes with \/srv\/garage\/data/],
    ],
    [
        "metadata below a mounted volume",
        args(three, { metadataDir: "/srv/garage/metadata/x" }),
        ["metadataDir", /clashes with/],
    ],
    ["backups above mounted volumes", args(three, { backupsDir: "/srv/garage" }), ["backupsDir", /clashes with/]],
];

const MIXED: Row[] = [
    [
        "over a VPN",
        args(
            { a: node(), b: node(), c: elsewhere("192.168.0.1") },
            { aws: { ...shared, peerCidrs: ["192.168.0.0/24"] } },
        ),
    ],
    [
        "over the world, with public addresses",
        args(
            {
                a: node({ publicIp: true }),
                b: node({}, { rpcPublicAddr: "b.example.org:3901" }),
                c: elsewhere("203.0.113.7"),
            },
            { aws: { ...shared, peerCidrs: ["203.0.113.7/32"] } },
        ),
    ],
    [
        "without a way in",
        args({ a: node(), b: node(), c: elsewhere("203.0.113.7") }),
        ["aws.peerCidrs", /^No network lets the nodes elsewhere \(c\) reach those on AWS/],
    ],
    [
        "without addresses to find",
        args(
            { a: node(), b: node({ publicIp: true }), c: elsewhere("203.0.113.7") },
            { aws: { ...shared, peerCidrs: ["203.0.113.7/32"] } },
        ),
        ["nodes.a.rpcPublicAddr", /private address only: the nodes elsewhere \(c\) can't reach it.*Set publicIp: true/],
    ],
    [
        "with a container here",
        args({ a: node(), b: node(), c: { zone: "y", capacity: "1T", container: {} } }),
        ["nodes.c.container", /can't be reached by the nodes on AWS/],
    ],
];

describeRows("a node on AWS", NODE);
describeRows("what nodes on AWS share", CLUSTER);
describeRows("nodes on AWS beside others", MIXED);

describe("a network that is the whole world", () => {
    it("may be named, and is warned of where it lets in administrators or peers", () => {
        const { problems, warnings } = validateArgs(
            withShared({ adminCidrs: ["0.0.0.0/0", "::/0"], clientCidrs: ["0.0.0.0/0"], peerCidrs: ["0.0.0.0/0"] }),
        );
        deepStrictEqual([problems, warnings.length], [[], 3]);
        match(warnings[1]!, /^aws\.adminCidrs: ::\/0 is the whole world: anybody may try SSH and the admin API/);
        match(warnings[2]!, /^aws\.peerCidrs: 0\.0\.0\.0\/0 .* the cluster's own protocol/);
    });
});

describe("what is declared of nodes on AWS", () => {
    it("has every default filled in, and networks as AWS keeps them", () => {
        const { spec } = validateArgs(withShared({ adminCidrs: ["2001:DB8:0::/32"] }));
        deepStrictEqual(spec!.nodes[0]!.aws, {
            instanceType: "t4g.medium",
            publicIp: false,
            volumes: { metadata: { sizeGiB: 20 }, data: { sizeGiB: 1000 } },
            tags: {},
        });
        deepStrictEqual(spec!.aws, {
            adminCidrs: ["2001:db8::/32"],
            clientCidrs: ["10.0.0.0/8"],
            peerCidrs: [],
            tags: {},
        });
    });
});

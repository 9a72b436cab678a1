import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { AwsArgs, GarageClusterArgs } from "../../sdk";
import { machineDigest } from "../../sdk/garage/machineDigest";
import { validateArgs } from "../../sdk/validate/validateArgs";
import { reachProviders } from "../support/providers";
import { awsGraph, awsNode, awsSays, onAws, SUBNET } from "./awsSupport";
import { type Graph, graphOf, type Seen, threeNodes } from "./support";

const TAGS = { "garage-cluster": "store", "garage-node": "b", "garage-stack": "project/stack" };

/** A secret's text, or a plain one. */
const textOf = (value: unknown): string =>
    typeof value === "string" ? value : (value as { value: string }).value.toString();

/** The sheet inside of what `bash -s` gets. */
const sheetOf = ({ inputs }: Seen): string[] =>
    /cat <<'END_OF_SHEET'\n([\s\S]*?)\nEND_OF_SHEET/.exec(textOf(inputs.stdin))![1]!.split("\n").slice(1);

const typesOf = (graph: Graph) => {
    const counts: Record<string, number> = {};
    for (const { type } of graph.seen.values()) if (type.startsWith("aws:")) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
};

describe("a cluster on AWS", () => {
    let graph: Graph;
    before(async () => {
        await reachProviders();
        graph = await awsGraph(onAws());
    });

    it("has for each node an address, two volumes, a machine and their attachments; for all a security group and its rules", () => {
        assert.deepEqual(typesOf(graph), {
            "aws:ec2/securityGroup:SecurityGroup": 1,
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 8,
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 2,
            "aws:ec2/networkInterface:NetworkInterface": 3,
            "aws:ebs/volume:Volume": 6,
            "aws:ec2/instance:Instance": 3,
            "aws:ec2/volumeAttachment:VolumeAttachment": 6,
        });
    });

    it("makes everything at once, nothing inside an apply", () => {
        assert.deepEqual([...graph.seen.keys()].filter((name) => !graph.atOnce.includes(name)).sort(), [
            "project-stack",
        ]);
    });

    it("gives a machine exactly this", () => {
        const { userData, ...inputs } = graph.get("store-instance-b").inputs;
        assert.deepEqual(inputs, {
            ami: "ami-newest-arm64",
            instanceType: "t4g.medium",
            primaryNetworkInterface: { networkInterfaceId: "store-eni-b-id" },
            metadataOptions: {
                httpEndpoint: "enabled",
                httpTokens: "required",
                httpPutResponseHopLimit: 1,
                instanceMetadataTags: "disabled",
            },
            rootBlockDevice: {
                volumeType: "gp3",
                volumeSize: 10,
                encrypted: true,
                deleteOnTermination: true,
                tags: { ...TAGS, Name: "store-b-root" },
            },
            tags: { ...TAGS, Name: "store-b" },
        });
        assert.notEqual(typeof userData, "string", "a secret");
        assert.match(textOf(userData), /^#cloud-config\n/);
    });

    it("gives address, volumes and attachments exactly this", () => {
        assert.deepEqual(graph.get("store-eni-b").inputs, {
            subnetId: SUBNET.b,
            securityGroups: ["store-security-group-id"],
            description: "Garage node b of store",
            tags: { ...TAGS, Name: "store-b" },
        });
        for (const [volume, size, device] of [
            ["metadata", 20, "/dev/sdf"],
            ["data", 10, "/dev/sdg"],
        ]) {
            assert.deepEqual(graph.get(`store-volume-${volume}-b`).inputs, {
                availabilityZone: "eu-west-1b",
                type: "gp3",
                encrypted: true,
                size,
                tags: { ...TAGS, Name: `store-b-${volume}` },
            });
            assert.deepEqual(graph.get(`store-attachment-${volume}-b`).inputs, {
                instanceId: "store-instance-b-id",
                volumeId: `store-volume-${volume}-b-id`,
                deviceName: device,
                skipDestroy: true,
            });
        }
    });

    it("opens nothing to the world, and only what has to be open", () => {
        const rules = [...graph.seen.values()].filter(({ type }) => type.includes("IngressRule"));
        const said = rules.map(({ inputs: { fromPort, toPort, ipProtocol, ...rest } }) => {
            assert.deepEqual([toPort, ipProtocol], [fromPort, "tcp"]);
            return `${fromPort} ${rest.cidrIpv4 ?? rest.cidrIpv6 ?? rest.referencedSecurityGroupId}`;
        });
        assert.deepEqual(said.sort(), [
            "22 198.51.100.0/24",
            "3900 10.0.0.0/8",
            "3900 store-security-group-id",
            "3901 store-security-group-id",
            "3902 10.0.0.0/8",
            "3902 store-security-group-id",
            "3903 198.51.100.0/24",
            "3903 store-security-group-id",
        ]);
    });

    it("opens another port beside the old one, which stays as it is until all is done", async () => {
        const moved = await awsGraph(onAws({ rpcPort: 3911, s3Port: 4000, webPort: 3903, adminPort: 3902 }));
        const rules = graph.names(/-allow-/).filter((name) => moved.seen.has(name));
        const ports = (of: Graph, name: string) => [of.get(name).inputs.fromPort, of.get(name).inputs.toPort];
        for (const name of rules) assert.deepEqual(ports(moved, name), ports(graph, name), name);
        assert.deepEqual(
            moved
                .names(/-allow-/)
                .filter((name) => !graph.seen.has(name))
                .sort(),
            [
                "store-allow-3902-from-198.51.100.0-24",
                "store-allow-3903-from-10.0.0.0-8",
                "store-allow-3911-from-nodes",
                "store-allow-4000-from-10.0.0.0-8",
                "store-allow-4000-from-nodes",
            ],
        );
    });

    it("keeps what outlives a machine, and protects with the component; what comes and goes isn't protected", () => {
        const options = (name: string) => {
            const { protect, retainOnDelete, deleteBeforeReplace, ignoreChanges, replaceOnChanges } = graph.options.get(
                `store-${name}`,
            ) as pulumi.CustomResourceOptions;
            return { protect, retainOnDelete, deleteBeforeReplace, ignoreChanges, replaceOnChanges };
        };
        const none = {
            protect: undefined,
            retainOnDelete: undefined,
            deleteBeforeReplace: undefined,
            ignoreChanges: undefined,
            replaceOnChanges: undefined,
        };
        const goes = { ...none, protect: false, retainOnDelete: false };
        for (const volume of ["volume-metadata-a", "volume-data-a"])
            assert.deepEqual(options(volume), {
                ...none,
                retainOnDelete: true,
                ignoreChanges: ["availabilityZone", "encrypted", "kmsKeyId", "snapshotId"],
            });
        assert.deepEqual(options("eni-a"), { ...none, ignoreChanges: ["subnetId", "description"] });
        assert.deepEqual(options("security-group"), { ...none, ignoreChanges: ["vpcId", "description"] });
        assert.deepEqual(options("instance-a"), {
            ...goes,
            deleteBeforeReplace: true,
            ignoreChanges: ["ami", "userData", "keyName", "rootBlockDevice.encrypted", "rootBlockDevice.kmsKeyId"],
            replaceOnChanges: ["tags.renew"],
        });
        assert.deepEqual(options("attachment-data-a"), {
            ...goes,
            deleteBeforeReplace: true,
            ignoreChanges: ["deviceName"],
        });
        for (const name of ["leave-a", "back-a", "allow-3901-from-nodes"]) {
            // That a trigger replaces a Command is said by its own SDK; there are none.
            const { replaceOnChanges: _, ...rest } = options(name);
            assert.deepEqual({ ...rest, replaceOnChanges: undefined }, goes);
        }
    });

    it("goes from node to node: leave, machine, attachments, back, and only then the next leave", () => {
        for (const node of ["a", "b", "c"])
            for (const [first, second] of [
                ["eni", "leave"],
                ["leave", "instance"],
                ["instance", "attachment-metadata"],
                ["instance", "attachment-data"],
                ["attachment-metadata", "back"],
                ["attachment-data", "back"],
                ["back", "host"],
            ])
                assert.ok(
                    graph.before(`store-${first}-${node}`, `store-${second}-${node}`),
                    `${first} ${second} ${node}`,
                );
        assert.ok(graph.before("store-back-a", "store-leave-b"));
        assert.ok(graph.before("store-back-b", "store-leave-c"));
        for (const node of ["a", "b", "c"]) assert.ok(graph.before(`store-host-c`, `store-stage-${node}`));
        for (const rule of graph.names(/-allow-/)) assert.ok(graph.before(rule, "store-eni-a"), rule);
    });

    it("follows the order of a roll", async () => {
        const turned = await awsGraph(onAws({ rollOrder: ["c", "a"] }));
        assert.ok(turned.before("store-back-c", "store-leave-a"));
        assert.ok(turned.before("store-back-a", "store-leave-b"));
    });

    it("dials nobody when leave and back are made: they run where something changes", () => {
        // A machine is left by the tool that it has: that of this program can't be copied to one that isn't there yet.
        for (const [verb, words] of [
            ["leave", "leave a"],
            ["back", "back a tool=\\S+"],
        ]) {
            const { inputs } = graph.get(`store-${verb}-a`);
            assert.match(String(inputs.update), new RegExp(`^sudo -n bash -s -- ${words} [0-9a-f]{12}$`));
            assert.deepEqual([inputs.create, inputs.delete], [undefined, undefined]);
        }
    });

    it("gives back what leave has answered: so it runs whenever that did, whatever became of the machine", async () => {
        const said = "abcdef012345 word1";
        const left = await graphOf(
            onAws(),
            ["store"],
            undefined,
            (answer, name) => (name === "store-leave-b" ? said : answer),
            awsSays,
        );
        assert.ok(sheetOf(left.get("store-back-b")).includes(`left ${said}`));
        assert.doesNotMatch(sheetOf(left.get("store-back-a")).join(), /left/);
    });

    it("tells a host its machine and volumes, and what the machine shall be", () => {
        const machine = [
            "machine store-instance-b-id",
            `shape ${String(graph.get("store-leave-b").inputs.update).split(" ").at(-1)}`,
            "volume metadata store-volume-metadata-b-id 20",
            "volume data store-volume-data-b-id 10",
        ];
        for (const name of ["host", "back"]) {
            const lines = sheetOf(graph.get(`store-${name}-b`));
            const from = lines.indexOf(machine[0]!);
            assert.deepEqual(lines.slice(from, from + 4), machine, name);
        }
    });

    it("tells leave and back how many nodes have to be there, and whom nobody waits for", async () => {
        const without = await awsGraph(onAws({ without: ["c"] }));
        const common = ["cluster cccccccccccccccccccccccccccccccc", "node b", "stack project/stack"];
        const volumes = ["volume metadata store-volume-metadata-b-id", "volume data store-volume-data-b-id"];
        const lines = (...more: string[]) => [...common, "replicationfactor 3", ...more, ...volumes];
        assert.deepEqual(sheetOf(graph.get("store-leave-b")), lines());
        assert.deepEqual(sheetOf(without.get("store-leave-b")), lines("without c"));
        assert.ok(sheetOf(without.get("store-back-b")).includes("without c"));
        assert.deepEqual(without.options.get("store-leave-c")!.ignoreChanges, ["*"]);
        assert.deepEqual(without.options.get("store-back-c")!.ignoreChanges, ["*"]);
        assert.notDeepEqual(without.options.get("store-instance-c")!.ignoreChanges, ["*"]);
    });

    it("dials the private address as admin, and expects the key that the machine was given", () => {
        const connection = graph.get("store-host-b").inputs.connection as { value: object };
        assert.deepEqual(connection.value, {
            host: "10.0.0.98",
            port: 22,
            user: "admin",
            privateKey: "-----BEGIN KEY-----\nx\n-----END KEY-----\n",
            hostKey: "ssh-ed25519 AAAA test",
            dialErrorLimit: 60,
            perDialTimeout: 5,
        });
        assert.match(JSON.stringify(graph.get("store-host-a").inputs.connection), /10\.0\.0\.97/);
    });

    it("asks each question once", async () => {
        const asked: string[] = [];
        await awsGraph(onAws(), (call) => {
            asked.push(call.token.split(":").at(-1)!);
            return awsSays(call);
        });
        assert.deepEqual(asked.sort(), ["getAmi", "getInstanceType", "getSubnet", "getSubnet", "getSubnet"]);
    });
});

describe("a change of what a machine shall be", () => {
    before(reachProviders);

    it("is another digest for instanceType, amiId and renew, and for nothing that is ignored, or grows in place", () => {
        const digestOf = (more: Partial<AwsArgs>) =>
            machineDigest(
                validateArgs(onAws({ nodes: { ...onAws().nodes, a: awsNode("a", more) } })).spec!.nodes[0]!.aws!,
            );
        const changed = [{}, { instanceType: "t4g.large" }, { amiId: "ami-12345678" }, { renew: "1" }].map(digestOf);
        assert.equal(new Set(changed).size, 4);
        for (const same of [
            { dataVolumeSizeGiB: 20, metadataVolumeSizeGiB: 40, dataVolumeIops: 4000, dataVolumeThroughput: 200 },
            { tags: { team: "x" } },
            { publicIp: true },
            { subnetId: SUBNET.b },
            { dataVolumeId: "vol-12345678" },
        ])
            assert.equal(digestOf(same), changed[0], JSON.stringify(same));
    });

    it("stands on the machine: a text to renew as a tag that replaces it, an image that isn't ignored", async () => {
        const a = awsNode("a", { renew: "2", amiId: "ami-12345678" });
        const graph = await awsGraph(onAws({ nodes: { ...onAws().nodes, a } }));
        const { inputs } = graph.get("store-instance-a");
        assert.equal((inputs.tags as Record<string, string>).renew, "2");
        assert.ok(!(graph.options.get("store-instance-a")!.ignoreChanges as string[]).includes("ami"));
    });
});

describe("a node on AWS with an address of its own", () => {
    before(reachProviders);

    it("is dialled, and shown to clients, by it; its peers have the private one", async () => {
        const graph = await awsGraph(onAws({ nodes: { ...onAws().nodes, b: awsNode("b", { publicIp: true }) } }));
        assert.deepEqual(graph.get("store-eip-b").inputs, {
            domain: "vpc",
            networkInterface: "store-eni-b-id",
            tags: { ...TAGS, Name: "store-b" },
        });
        assert.ok(graph.before("store-eip-b", "store-leave-b"));
        assert.match(JSON.stringify(graph.get("store-host-b").inputs.connection), /"host":"203\.0\.113\.98"/);
        assert.match(textOf(graph.get("store-join").inputs.stdin), /^peer b \w+ 10\.0\.0\.98:3901 storage in$/m);
    });

    it("is dialled by the private one through a bastion", async () => {
        const aws = { ...onAws().aws!, proxy: { host: "bastion.example.org" } };
        const nodes = { ...onAws().nodes, b: awsNode("b", { publicIp: true }) };
        const connection = JSON.stringify(
            (await awsGraph(onAws({ nodes, aws }))).get("store-back-b").inputs.connection,
        );
        assert.match(connection, /"host":"10\.0\.0\.98"/);
        assert.match(connection, /"proxy":\{[^}]*"dialErrorLimit":60[^}]*"host":"bastion\.example\.org"/);
    });
});

describe("a cluster with nodes on AWS and elsewhere", () => {
    before(reachProviders);

    const mixed = (peerCidrs: string[]) => {
        const { paris } = threeNodes().nodes;
        const nodes = { a: awsNode("a", { publicIp: true }), b: awsNode("b", { publicIp: true }), paris: paris! };
        return awsGraph(onAws({ nodes, aws: { ...onAws().aws!, peerCidrs } }));
    };

    it("has public addresses for its peers, and lets these in", async () => {
        const graph = await mixed(["192.0.2.1/32"]);
        const peers = textOf(graph.get("store-join").inputs.stdin).match(/^peer .*$/gm)!;
        assert.deepEqual(
            peers.map((line) => line.split(" ")[3]),
            ["203.0.113.97:3901", "203.0.113.98:3901", "192.0.2.1:3901"],
        );
        const { cidrIpv4, fromPort } = graph.get("store-allow-3901-from-node-a").inputs;
        assert.deepEqual([cidrIpv4, fromPort], ["203.0.113.97/32", 3901]);
        assert.equal(graph.get("store-allow-3901-from-192.0.2.1-32").inputs.cidrIpv4, "192.0.2.1/32");
        assert.ok(graph.before("store-allow-3901-from-node-b", "store-host-a"));
    });

    it("has private ones where the others come over a VPN", async () => {
        const graph = await mixed(["10.8.0.0/16"]);
        assert.match(textOf(graph.get("store-join").inputs.stdin), /^peer a \w+ 10\.0\.0\.97:3901 /m);
        assert.deepEqual(graph.names(/-from-node-/), []);
    });

    it("chains the machines only", async () => {
        const graph = await mixed(["10.8.0.0/16"]);
        assert.ok(graph.before("store-host-paris", "store-leave-b"));
        assert.deepEqual(graph.names(/(leave|back)-paris/), []);
    });
});

describe("what AWS says of what is asked", () => {
    before(reachProviders);

    /** As the engine's own come. */
    const failure = (details: string) => Object.assign(new Error(), { details });

    let withoutImage: string[] = [];
    beforeEach(() => {
        withoutImage = [];
    });

    /** What everything that is made of an answer gets in its place. */
    const refusal = async (args: GarageClusterArgs, says: typeof awsSays, ofAll = true): Promise<string> => {
        await pulumi.runtime.setMocks({ call: says, newResource: ({ name, inputs }) => ({ id: name, state: inputs }) });
        const parent = new pulumi.ComponentResource("test:index:Parent", "parent");
        const { askAws }: typeof import("../../sdk/placement/awsFacts") = require("../../sdk/placement/awsFacts");
        const steps = { noImage: (node: string) => void withoutImage.push(node) };
        const places = askAws({ parent, clusterName: "store", args, steps }, validateArgs(args).spec!.nodes);
        const given = Object.values(places).map((place) =>
            (place as unknown as { promise(): Promise<unknown> }).promise().then(
                (value) => JSON.stringify(value),
                (error: Error) => error.message,
            ),
        );
        const [first, ...others] = await Promise.all(given);
        assert.ok(!ofAll || others.every((each) => each === first), "no node is made where another one can't be");
        return first!;
    };

    it("is one error for all of it", async () => {
        const nodes = {
            a: { ...awsNode("b"), zone: "eu-west-1a" },
            b: awsNode("b", { instanceType: "t2.micro" }),
            c: awsNode("c"),
        };
        const said = await refusal(onAws({ nodes }), (call) => {
            if (call.inputs.instanceType === "t2.micro")
                return { supportedArchitectures: ["x86_64"], hypervisor: "xen" };
            if (call.inputs.id === SUBNET.c)
                throw failure("invocation of aws:ec2/getSubnet:getSubnet returned an error: no matching EC2 Subnet");
            return awsSays(call);
        });
        assert.deepEqual(
            said.split("\n").map((line) => line.slice(0, 64)),
            [
                "AWS says what can't be; no machine was made or changed:",
                '  - nodes.a.zone: "eu-west-1a" is an availability zone, and the ',
                "  - nodes.b.aws.instanceType: t2.micro isn't a Nitro type (its h",
                "  - nodes.c.aws.subnetId: no matching EC2 Subnet",
            ],
        );
    });

    it("is no error where an image is gone, which no machine that runs needs; another fault is one of them all", async () => {
        const amiId = "ami-12345678";
        const image = { name: "image-id", values: [amiId] };
        const withdrawn = (call: pulumi.runtime.MockCallArgs) => {
            if (call.inputs.filters?.[0]?.name === image.name) throw failure("Your query returned no results.");
            return awsSays(call);
        };
        const all = { a: awsNode("a", { amiId }), b: awsNode("b", { amiId }), c: awsNode("c") };
        assert.equal(JSON.parse(await refusal(onAws({ nodes: all }), withdrawn, false)).imageId, amiId);
        assert.deepEqual(withoutImage, ["a", "b"]);
        const said = await refusal(onAws({ nodes: { ...all, c: { ...all.c, zone: "eu-west-1b" } } }), withdrawn);
        assert.match(said, /nodes\.a\.aws\.amiId, nodes\.b\.aws\.amiId: Your query.*\n.*nodes\.c\.zone: /);
    });

    it("is said once where it is the same for all", async () => {
        const said = await refusal(onAws(), () => {
            throw failure("Missing region information");
        });
        assert.match(
            said,
            /:\n {2}- nodes\.a\.aws\.subnetId, nodes\.a\.aws\.instanceType, .*: Missing region information$/,
        );
    });

    it("isn't missed where Pulumi's mocks say nothing", async () => {
        assert.equal(await refusal(onAws(), () => ({})), "{}");
    });
});

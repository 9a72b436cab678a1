import assert from "node:assert/strict";
import { type AwsFacts, awsFaults, onlyZone } from "../../../sdk/garage/awsFaults";
import type { NodeSpec } from "../../../sdk/spec";

const facts = (more: Partial<AwsFacts> = {}, node: Partial<NodeSpec> = {}): AwsFacts => ({
    node: {
        name: "a",
        part: "in",
        zone: "eu-west-1a",
        gateway: false,
        tags: [],
        placement: "aws",
        aws: {
            instanceType: "t4g.medium",
            publicIp: false,
            tags: {},
            volumes: { metadata: { sizeGiB: 20, id: "vol-1" }, data: { sizeGiB: 10, id: "vol-2" } },
        },
        ...node,
    },
    subnet: { known: { id: "subnet-a", availabilityZone: "eu-west-1a", vpcId: "vpc-1" } },
    type: { known: { supportedArchitectures: ["arm64"], hypervisor: "nitro" } },
    image: { known: { id: "ami-1", architecture: "arm64" } },
    volumes: {},
    ...more,
});
const OWN = { "garage-cluster": "store", "garage-node": "a" };
const volume = (more = {}) => ({
    known: { availabilityZone: "eu-west-1a", size: 10, tags: OWN, ...more },
});
const said = (...all: AwsFacts[]) => awsFaults(all, "store").map(({ path, message }) => `${path}: ${message}`);

const ROWS: [string, AwsFacts, ...RegExp[]][] = [
    ["nothing", facts()],
    ["a zone that is a word of one's own", facts({}, { zone: "ireland-1" })],
    [
        "another availability zone than the subnet's",
        facts({}, { zone: "eu-west-1b" }),
        /^nodes\.a\.zone: "eu-west-1b" .* lies in eu-west-1a/,
    ],
    ["one in a local zone", facts({}, { zone: "us-west-2-lax-1a" }), /^nodes\.a\.zone: /],
    [
        "a type of no architecture of ours",
        facts({ type: { known: { supportedArchitectures: ["x86_64_mac"], hypervisor: "nitro" } } }),
        /^nodes\.a\.aws\.instanceType: t4g\.medium is x86_64_mac/,
    ],
    [
        "a type without Nitro",
        facts({ type: { known: { supportedArchitectures: ["arm64"], hypervisor: "xen" } } }),
        /isn't a Nitro type \(its hypervisor: xen\)/,
    ],
    [
        "bare metal, which has no hypervisor",
        facts({ type: { known: { supportedArchitectures: ["arm64"], hypervisor: "" } } }),
    ],
    [
        "an image of the other architecture",
        facts({ image: { known: { id: "ami-1", architecture: "x86_64" } } }),
        /^nodes\.a\.aws\.amiId: ami-1 is for x86_64, and t4g\.medium is arm64/,
    ],
    [
        "an unknown type, whose image nobody could look for",
        facts({ type: { fault: "no such type" }, image: { fault: "none" } }),
        /^nodes\.a\.aws\.instanceType: no such type$/,
    ],
    ["no image", facts({ image: { fault: "Your query returned no results" } }), /^nodes\.a\.aws\.amiId: Your query/],
    ["volumes that fit", facts({ volumes: { metadata: volume(), data: volume() } })],
    [
        "a volume of another zone",
        facts({ volumes: { data: volume({ availabilityZone: "eu-west-1b" }) } }),
        /^nodes\.a\.aws\.dataVolumeId: vol-2 lies in eu-west-1b, and the subnet in eu-west-1a/,
    ],
    [
        "a volume that is larger",
        facts({ volumes: { metadata: volume({ size: 40 }) } }),
        /^nodes\.a\.aws\.metadataVolumeSizeGiB: 20 is asked for, and vol-1 has 40/,
    ],
    [
        "another node's volume",
        facts({ volumes: { data: volume({ tags: { ...OWN, "garage-node": "b" } }) } }),
        /dataVolumeId: vol-2 has the tag garage-node=b, so it isn't known as the one of node "a" of "store"\. /,
    ],
    [
        "another cluster's volume",
        facts({ volumes: { metadata: volume({ tags: { ...OWN, "garage-cluster": "production" } }) } }),
        /metadataVolumeId: vol-1 has the tag garage-cluster=production, so .* --resources vol-1 --tags Key=garage-cluster,Value=store Key=garage-node,Value=a$/,
    ],
    [
        "nobody's volume",
        facts({
            volumes: { data: volume({ tags: { Name: "postgres-data" } }), metadata: volume({ tags: undefined }) },
        }),
        /vol-1 has no tag garage-cluster and has no tag garage-node, so/,
        /vol-2 has no tag garage-cluster and has no tag garage-node, so/,
    ],
    [
        "a volume that is gone",
        facts({ volumes: { data: { fault: "no matching EBS Volume found" } } }),
        /^nodes\.a\.aws\.dataVolumeId: no matching/,
    ],
];

describe("what AWS says against a node", () => {
    for (const [what, each, ...expected] of ROWS)
        it(what, () => {
            const found = said(each);
            assert.equal(found.length, expected.length, found.join("\n"));
            for (const [index, pattern] of expected.entries()) assert.match(found[index]!, pattern);
        });

    it("is another VPC than the first node's", () => {
        const other = facts({ subnet: { known: { id: "subnet-b", availabilityZone: "eu-west-1a", vpcId: "vpc-2" } } });
        assert.match(
            said(facts(), other).join(),
            /^nodes\.a\.aws\.subnetId: subnet-b lies in vpc-2, and another node in vpc-1/,
        );
    });

    it("is nothing where Pulumi's mocks answer nothing", () => {
        assert.deepEqual(
            said(
                facts({
                    subnet: { known: {} },
                    type: { known: {} },
                    image: { known: {} },
                    volumes: { data: { known: {} } },
                }),
            ),
            [],
        );
    });
});

describe("all nodes in one availability zone", () => {
    it("is known, but for a single node", () => {
        const b = facts({ subnet: { known: { id: "subnet-b", availabilityZone: "eu-west-1b", vpcId: "vpc-1" } } });
        assert.deepEqual(
            [onlyZone([facts(), facts()]), onlyZone([facts(), b]), onlyZone([facts()])],
            ["eu-west-1a", undefined, undefined],
        );
    });
});

import assert from "node:assert/strict";
import { names } from "./standIn/check";
import { namesOfSdk, sdkDir } from "./standIn/generateNames";
import { checkInputs } from "./standIn/resources";

describe("the stand-in for the aws plugin", () => {
    it("has the names and kinds of the real SDK (tsx tests/aws/standIn/generateNames.ts writes them)", async function () {
        this.timeout(120_000);
        assert.deepEqual(names, namesOfSdk(await sdkDir()));
    });
});

describe("inputs that are refused", () => {
    const eni = { primaryNetworkInterface: { networkInterfaceId: "eni-1" } };
    const good: Record<string, Record<string, unknown>> = {
        "aws:ec2/instance:Instance": { ami: "ami-1", instanceType: "t3.medium", ...eni },
        "aws:ebs/volume:Volume": { availabilityZone: "eu-west-1a", size: 20, type: "gp3" },
        "aws:ec2/volumeAttachment:VolumeAttachment": { deviceName: "/dev/sdf", instanceId: "i-1", volumeId: "vol-1" },
        "aws:ec2/networkInterface:NetworkInterface": { subnetId: "subnet-1" },
        "aws:ec2/eip:Eip": { domain: "vpc", networkInterface: "eni-1" },
        "aws:ec2/securityGroup:SecurityGroup": { vpcId: "vpc-1", description: "Garage" },
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
            securityGroupId: "sg-1",
            ipProtocol: "tcp",
            fromPort: 22,
            toPort: 22,
            cidrIpv4: "192.0.2.0/24",
        },
        "aws:lb/loadBalancer:LoadBalancer": { loadBalancerType: "network", internal: true, subnets: ["subnet-1"] },
        "aws:lb/targetGroup:TargetGroup": {
            port: 3900,
            protocol: "TCP",
            targetType: "ip",
            vpcId: "vpc-1",
            healthCheck: { protocol: "HTTP", port: "3900", matcher: "200-499", interval: 10 },
        },
        "aws:lb/listener:Listener": {
            loadBalancerArn: "arn:1",
            port: 3900,
            protocol: "TCP",
            defaultActions: [{ type: "forward", targetGroupArn: "arn:2" }],
        },
        "aws:lb/targetGroupAttachment:TargetGroupAttachment": {
            targetGroupArn: "arn:2",
            targetId: "10.0.1.4",
            port: 3900,
        },
    };
    const typeOf = (word: string) => Object.keys(good).find((type) => type.endsWith(`:${word}`))!;
    const failures = (word: string, more: object) =>
        checkInputs(typeOf(word), "store", { ...good[typeOf(word)], ...more }).failures.map(
            ({ property, reason }) => `${property}: ${reason}`,
        );

    for (const type of Object.keys(good))
        it(`not those of a good ${type.split(":").at(-1)}`, () =>
            assert.deepEqual(failures(type.split(":").at(-1)!, {}), []));

    const rows: [word: string, more: object, words: RegExp][] = [
        ["Instance", { instanceTyp: "t3.medium" }, /^instanceTyp: Invalid or unknown key$/],
        [
            "Instance",
            { metadataOptions: { httpToken: "required" } },
            /^metadataOptions\.httpToken: Invalid or unknown key$/,
        ],
        ["Instance", { rootBlockDevice: { volumeSize: "large" } }, /^rootBlockDevice\.volumeSize: expected a number/],
        ["Instance", { metadataOptions: { httpTokens: "needed" } }, /^metadataOptions\.httpTokens: expected .* one of/],
        ["Instance", { metadataOptions: { httpPutResponseHopLimit: 65 } }, /range \(1 - 64\), got 65/],
        ["Instance", { rootBlockDevice: { volumeSize: 8.5 } }, /range \(1 - 65536\), got 8\.5/],
        ["Instance", { ami: undefined }, /^ami: .*must be specified/],
        ["Instance", { subnetId: "subnet-1" }, /^primaryNetworkInterface: .*conflicts with subnetId/],
        ["Instance", { vpcSecurityGroupIds: ["sg-1"] }, /conflicts with vpcSecurityGroupIds/],
        [
            "Instance",
            { primaryNetworkInterface: { networkInterfaceId: "eni-1", deleteOnTermination: false } },
            /unconfigurable/,
        ],
        ["Instance", { userData: "x".repeat(16_385) }, /^userData: expected length/],
        ["Instance", { tags: { "aws:name": "x" } }, /^tags\.aws:name: invalid tag key/],
        ["Instance", { tags: { Name: "x".repeat(257) } }, /^tags\.Name: invalid tag value/],
        ["TargetGroup", { tags: { Name: "what's this" } }, /^tags\.Name: invalid tag value/],
        ["Volume", { size: undefined }, /^size: .*must be specified/],
        ["Volume", { availabilityZone: undefined }, /^availabilityZone: Missing required property/],
        ["Volume", { throughput: 100 }, /range \(125 - 2000\), got 100/],
        ["Volume", { size: 10.5 }, /range \(1 - 65536\), got 10\.5/],
        ["Volume", { type: undefined, throughput: 250 }, /^throughput: .*when 'type' is not 'gp3'/],
        ["Volume", { kmsKeyId: "alias/mine" }, /^kmsKeyId: .*invalid ARN/],
        ["VolumeAttachment", { volumeId: undefined }, /^volumeId: Missing required property/],
        ["Eip", { domain: "VPC" }, /^domain: expected .* one of/],
        ["Eip", { instance: "i-1" }, /conflicts with instance/],
        ["SecurityGroup", { description: "Garage's ports" }, /^description: invalid value/],
        [
            "SecurityGroupIngressRule",
            { cidrIpv4: "192.0.2.1/24" },
            /^cidrIpv4: .*network address, got: 192\.0\.2\.1\/24/,
        ],
        ["SecurityGroupIngressRule", { cidrIpv4: "192.0.2.0" }, /^cidrIpv4: /],
        ["SecurityGroupIngressRule", { cidrIpv4: undefined }, /exactly one of/],
        ["SecurityGroupIngressRule", { cidrIpv6: "::/0" }, /exactly one of/],
        ["SecurityGroupIngressRule", { ipProtocol: "-1" }, /^fromPort: not with ipProtocol -1/],
        ["SecurityGroupIngressRule", { toPort: undefined }, /fromPort and toPort are needed/],
        ["LoadBalancer", { name: "internal-store" }, /^name: /],
        ["LoadBalancer", { name: "a".repeat(33) }, /^name: /],
        ["LoadBalancer", { subnets: undefined }, /^subnets: /],
        ["TargetGroup", { preserveClientIp: "no" }, /^preserveClientIp: /],
        ["TargetGroup", { healthCheck: { protocol: "HTTP", interval: 4 } }, /range \(5 - 300\), got 4/],
        ["TargetGroup", { healthCheck: { protocol: "TCP", path: "/" } }, /not for health checks with TCP/],
        ["TargetGroup", { healthCheck: { protocol: "HTTP", matcher: "100-499" } }, /^healthCheck\.matcher: /],
        ["Listener", { protocol: "HTTP" }, /^protocol: /],
        ["TargetGroupAttachment", { target: "10.0.1.4" }, /^target: Invalid or unknown key$/],
    ];
    for (const [word, more, words] of rows)
        it(`${word}: ${JSON.stringify(more).slice(0, 90)}`, () => {
            const all = failures(word, more);
            assert.ok(
                all.some((each) => words.test(each)),
                all.join("\n"),
            );
        });

    it("a name that is made is too long for a balancer where the resource's own is long", () => {
        const type = typeOf("LoadBalancer");
        assert.deepEqual(checkInputs(type, "store-balancer", good[type]!).failures, []);
        assert.match(checkInputs(type, "a-cluster-with-a-long-name", good[type]!).failures[0]!.reason, /1 to 32/);
    });
});

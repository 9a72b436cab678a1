import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Values } from "./standIn/api";
import { resources } from "./standIn/resources";
import { type World, WorldFile } from "./standIn/world";
import { newWorld, SUBNETS } from "./worlds";

// What AWS refuses of its own accord, whatever the plugin has let pass.

const HOUR_MS = 3_600_000;
const [A, B] = SUBNETS as [string, string];
const vpcId = "vpc-0123456789abcdef0";

describe("the stand-in's AWS", () => {
    let dir: string;
    let aws: WorldFile;
    beforeEach(() => {
        dir = mkdtempSync(join(tmpdir(), "garage-aws-world-"));
        aws = new WorldFile(join(dir, "world.json"));
        aws.write(newWorld());
    });
    afterEach(() => rmSync(dir, { recursive: true, force: true }));

    const resource = (word: string) => Object.entries(resources).find(([type]) => type.endsWith(`:${word}`))![1];
    const create = async (word: string, inputs: Values) => (await resource(word).create(aws, inputs)).id;
    const update = (word: string, id: string, inputs: Values) =>
        resource(word).update(aws, id, inputs, Object.keys(inputs));
    const remove = (word: string, id: string, state: Values = {}) => resource(word).remove(aws, id, state);
    const volume = (more: Values = {}) =>
        create("Volume", { availabilityZone: "eu-west-1a", size: 20, type: "gp3", ...more });
    const eni = (subnetId = A, more: Values = {}) => create("NetworkInterface", { subnetId, ...more });
    const instanceOn = (networkInterfaceId: string, more: Values = {}) =>
        create("Instance", {
            ami: "ami-0aaaaaaaaaaaaaaa1",
            instanceType: "t3.medium",
            primaryNetworkInterface: { networkInterfaceId },
            ...more,
        });
    const attached = (instanceId: string, volumeId: string, deviceName = "/dev/sdf") =>
        create("VolumeAttachment", { instanceId, volumeId, deviceName });
    const group = (name = "store") => create("SecurityGroup", { vpcId, name });
    const rule = (securityGroupId: string, source: Values) =>
        create("SecurityGroupIngressRule", { securityGroupId, ipProtocol: "tcp", fromPort: 1, toPort: 1, ...source });
    const at = (id: string) => aws.look().instances[id]!;
    const change = (work: (world: World) => void) => aws.change(work);

    const rows: [what: string, words: RegExp, doing: () => Promise<unknown>][] = [
        ["an image that is gone", /InvalidAMIID\.NotFound/, async () => instanceOn(await eni(), { ami: "ami-1" })],
        [
            "an image of another architecture than the type's",
            /does not match the architecture 'arm64'/,
            async () => instanceOn(await eni(), { ami: "ami-0aaaaaaaaaaaaaaa2" }),
        ],
        [
            "a type that doesn't exist",
            /Invalid value 't9\.nano'/,
            async () => instanceOn(await eni(), { instanceType: "t9.nano" }),
        ],
        [
            "a second machine on an interface",
            /InvalidNetworkInterface\.InUse/,
            async () => {
                const one = await eni();
                await instanceOn(one);
                await instanceOn(one);
            },
        ],
        [
            "an interface to go while a machine is on it",
            /currently in use/,
            async () => {
                const one = await eni();
                await instanceOn(one);
                await remove("NetworkInterface", one);
            },
        ],
        [
            "a volume of another zone",
            /InvalidVolume\.ZoneMismatch/,
            async () => attached(await instanceOn(await eni(B)), await volume()),
        ],
        [
            "a volume that another machine has",
            /VolumeInUse/,
            async () => {
                const one = await volume();
                await attached(await instanceOn(await eni()), one);
                await attached(await instanceOn(await eni()), one);
            },
        ],
        [
            "two volumes at one name",
            /Attachment point \/dev\/sdf is already in use/,
            async () => {
                const on = await instanceOn(await eni());
                await attached(on, await volume());
                await attached(on, await volume());
            },
        ],
        [
            "a volume on a machine that is gone",
            /IncorrectState/,
            async () => {
                const on = await instanceOn(await eni());
                await remove("Instance", on);
                await attached(on, await volume());
            },
        ],
        [
            "a volume to go while a machine has it",
            /VolumeInUse/,
            async () => {
                const one = await volume();
                await attached(await instanceOn(await eni()), one);
                await remove("Volume", one);
            },
        ],
        [
            "to stop a terminated machine before it lets a volume go",
            /IncorrectInstanceState/,
            async () => {
                const [on, one] = [await instanceOn(await eni()), await volume()];
                const id = await attached(on, one);
                await remove("Instance", on);
                const state = { instanceId: on, volumeId: one, stopInstanceBeforeDetaching: true };
                await remove("VolumeAttachment", id, state);
            },
        ],
        [
            "a machine that was terminated more than an hour ago",
            /InvalidInstanceID\.NotFound/,
            async () => {
                const on = await instanceOn(await eni());
                await remove("Instance", on);
                change(({ instances }) => {
                    instances[on]!.terminatedAt! -= 2 * HOUR_MS;
                });
                const state = { instanceId: on, volumeId: "vol-1", stopInstanceBeforeDetaching: true };
                await remove("VolumeAttachment", "vai-1", state);
            },
        ],
        ["a smaller volume", /cannot be smaller/, async () => update("Volume", await volume(), { size: 10 })],
        ["more throughput than the iops allow", /iops ratio is too high/, () => volume({ throughput: 1000 })],
        ["more iops than the size allows", /volume size ratio is too high/, () => volume({ iops: 50_000 })],
        [
            "a fifth modification of a volume within a day",
            /VolumeModificationRateExceeded/,
            async () => {
                const one = await volume();
                for (const size of [21, 22, 23, 24, 25]) await update("Volume", one, { size });
            },
        ],
        ["an interface in a subnet that doesn't exist", /InvalidSubnetID\.NotFound/, () => eni("subnet-1")],
        [
            "an interface in a group that doesn't exist",
            /InvalidGroup\.NotFound/,
            () => eni(A, { securityGroups: ["sg-1"] }),
        ],
        [
            "two groups of one name",
            /InvalidGroup\.Duplicate/,
            async () => {
                await group();
                await group();
            },
        ],
        [
            "a rule that is there",
            /InvalidPermission\.Duplicate/,
            async () => {
                const one = await group();
                await rule(one, { cidrIpv4: "192.0.2.0/24" });
                await rule(one, { cidrIpv4: "192.0.2.0/24" });
            },
        ],
        [
            "a group to go that an interface is in",
            /DependencyViolation/,
            async () => {
                const one = await group();
                await eni(A, { securityGroups: [one] });
                await remove("SecurityGroup", one);
            },
        ],
        [
            "a group to go that another group's rule names",
            /DependencyViolation/,
            async () => {
                const one = await group();
                await rule(await group("other"), { referencedSecurityGroupId: one });
                await remove("SecurityGroup", one);
            },
        ],
        [
            "a second public address on an interface",
            /Resource\.AlreadyAssociated/,
            async () => {
                const one = await eni();
                await create("Eip", { domain: "vpc", networkInterface: one });
                await create("Eip", { domain: "vpc", networkInterface: one });
            },
        ],
        [
            "a balancer in two subnets of one zone",
            /multiple subnets in the same Availability Zone/,
            () => create("LoadBalancer", { name: "store", subnets: [A, A] }),
        ],
        [
            "one group of targets for two balancers",
            /TargetGroupAssociationLimit/,
            async () => {
                const targetGroupArn = await create("TargetGroup", { name: "store" });
                for (const name of ["one", "two"]) {
                    const loadBalancerArn = await create("LoadBalancer", { name, subnets: [A] });
                    const defaultActions = [{ type: "forward", targetGroupArn }];
                    await create("Listener", { loadBalancerArn, port: 3900, defaultActions });
                }
            },
        ],
        [
            "a target that is nobody's address",
            /not within the VPC/,
            async () => {
                const targetGroupArn = await create("TargetGroup", { name: "store" });
                await create("TargetGroupAttachment", { targetGroupArn, targetId: "192.0.2.1", port: 3900 });
            },
        ],
    ];
    for (const [what, words, doing] of rows) it(`refuses ${what}`, () => assert.rejects(doing, words));

    it("takes a machine away twice, and an attachment that is there once more", async () => {
        const [on, one] = [await instanceOn(await eni()), await volume()];
        await attached(on, one);
        await attached(on, one);
        await remove("Instance", on);
        await remove("Instance", on);
        assert.equal(at(on).state, "terminated");
        assert.equal(aws.look().volumes[one]!.attachedTo, undefined);
    });

    it("lets a volume grow again a day later", async () => {
        const one = await volume();
        for (const size of [21, 22, 23, 24]) await update("Volume", one, { size });
        change(({ volumes }) => {
            volumes[one]!.modifiedAt[0]! -= 25 * HOUR_MS;
        });
        await update("Volume", one, { size: 25 });
        assert.equal(aws.look().volumes[one]!.size, 25);
    });

    it("leaves a machine stopped, with its new type, where that can't be had", async () => {
        const on = await instanceOn(await eni());
        change(({ noCapacity }) => noCapacity.push("t3.large"));
        await assert.rejects(
            () => update("Instance", on, { instanceType: "t3.large" }),
            /InsufficientInstanceCapacity/,
        );
        assert.deepEqual([at(on).state, at(on).type], ["stopped", "t3.large"]);
    });
});

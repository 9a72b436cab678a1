import {
    ApiError,
    arn,
    between,
    conflicts,
    describable,
    type Failure,
    fails,
    isUnknown,
    oneOf,
    type Resource,
    type Values,
} from "./api";
import * as machines from "./machines";
import { type Eni, newId, type World } from "./world";

/** The first address of a subnet that nobody has; AWS keeps the first four for itself. */
export function freeAddress(world: World, subnet: string): string {
    const [base, bits] = world.subnets[subnet]!.cidr.split("/") as [string, string];
    const octets = base.split(".").map(Number);
    const taken = new Set(Object.values(world.enis).map((each) => each.privateIp));
    for (let offset = 4; offset < 2 ** (32 - Number(bits)) - 1; offset++) {
        const address = [...octets.slice(0, 3), octets[3]! + offset].join(".");
        if (!taken.has(address)) return address;
    }
    throw new ApiError("CreateNetworkInterface", "InsufficientFreeAddressesInSubnet", `no free addresses in ${subnet}`);
}

const needGroups = (world: World, call: string, groups: string[]) => {
    const lost = groups.filter((each) => !world.groups[each]);
    if (lost.length > 0)
        throw new ApiError(call, "InvalidGroup.NotFound", `The security group '${lost[0]}' does not exist`);
};

const eniOutputs = (world: World, id: string): Values => {
    const at = world.enis[id]!;
    return {
        arn: arn(world, "ec2", `network-interface/${id}`),
        privateIp: at.privateIp,
        privateIps: [at.privateIp],
        subnetId: at.subnet,
        securityGroups: at.groups,
    };
};

const holderOf = (world: World, eni: string) =>
    Object.entries(world.instances).find(([, each]) => each.eni === eni && each.state !== "terminated")?.[0];

export const networkInterface: Resource = {
    replaces: ["subnetId", "interfaceType", "privateIps", "privateIp"],
    computed: ["privateIps", "privateIp", "securityGroups", "interfaceType", "sourceDestCheck"],
    sets: ["securityGroups", "privateIps"],
    async create(aws, inputs) {
        const id = newId("eni");
        aws.change((world) => {
            const [subnet, groups] = [inputs.subnetId as string, (inputs.securityGroups ?? []) as string[]];
            if (!world.subnets[subnet])
                throw new ApiError(
                    "CreateNetworkInterface",
                    "InvalidSubnetID.NotFound",
                    `The subnet ID '${subnet}' does not exist`,
                );
            needGroups(world, "CreateNetworkInterface", groups);
            const asked = (inputs.privateIps as string[] | undefined)?.[0];
            const made: Eni = { subnet, groups, privateIp: asked ?? freeAddress(world, subnet) };
            world.enis[id] = made;
        });
        return { id, outputs: eniOutputs(aws.look(), id) };
    },
    async update(aws, id, inputs, changed) {
        aws.change((world) => {
            if (!changed.includes("securityGroups")) return;
            const groups = (inputs.securityGroups ?? []) as string[];
            needGroups(world, "ModifyNetworkInterfaceAttribute", groups);
            world.enis[id]!.groups = groups;
        });
        return eniOutputs(aws.look(), id);
    },
    async remove(aws, id) {
        aws.change((world) => {
            if (holderOf(world, id))
                throw new ApiError(
                    "DeleteNetworkInterface",
                    "InvalidParameterValue",
                    `Network interface '${id}' is currently in use.`,
                );
            for (const eip of Object.values(world.eips)) if (eip.eni === id) delete eip.eni;
            delete world.enis[id];
        });
    },
    read: (world, id) => (world.enis[id] ? eniOutputs(world, id) : undefined),
};

const eipOutputs = (world: World, id: string): Values => {
    const at = world.eips[id]!;
    const eni = at.eni === undefined ? undefined : world.enis[at.eni];
    return {
        allocationId: id,
        arn: arn(world, "ec2", `elastic-ip/${id}`),
        publicIp: at.publicIp,
        privateIp: eni?.privateIp ?? "",
        associationId: eni ? `eipassoc-0${id.slice(-16)}` : "",
    };
};

function associate(world: World, id: string, eni: string | undefined): void {
    if (eni === undefined) {
        delete world.eips[id]!.eni;
        return;
    }
    const refuse = (code: string, message: string) => new ApiError("AssociateAddress", code, message);
    if (!world.enis[eni])
        throw refuse("InvalidNetworkInterfaceID.NotFound", `The networkInterface ID '${eni}' does not exist`);
    const other = Object.entries(world.eips).find(([each, at]) => each !== id && at.eni === eni);
    if (other) throw refuse("Resource.AlreadyAssociated", `resource ${eni} is already associated with ${other[0]}`);
    world.eips[id]!.eni = eni;
}

export const eip: Resource = {
    replaces: ["address", "domain", "publicIpv4Pool", "ipamPoolId", "networkBorderGroup"],
    computed: ["domain", "publicIpv4Pool", "networkBorderGroup", "instance", "networkInterface"],
    check: (inputs) => [
        ...oneOf(inputs, "domain", ["vpc", "standard"]),
        ...conflicts(inputs, "networkInterface", ["instance"]),
    ],
    async create(aws, inputs) {
        const id = newId("eipalloc");
        aws.change((world) => {
            const taken = new Set(Object.values(world.eips).map((each) => each.publicIp));
            const last = Array.from({ length: 250 }, (_, i) => `203.0.113.${i + 1}`).find((each) => !taken.has(each));
            world.eips[id] = { publicIp: last! };
            associate(world, id, inputs.networkInterface as string | undefined);
        });
        await machines.publish(aws.look(), id);
        return { id, outputs: eipOutputs(aws.look(), id) };
    },
    async update(aws, id, inputs) {
        await machines.withdraw(aws.look(), id);
        aws.change((world) => associate(world, id, inputs.networkInterface as string | undefined));
        await machines.publish(aws.look(), id);
        return eipOutputs(aws.look(), id);
    },
    async remove(aws, id) {
        await machines.withdraw(aws.look(), id);
        aws.change((world) => void delete world.eips[id]);
    },
    read: (world, id) => (world.eips[id] ? eipOutputs(world, id) : undefined),
};

const groupOutputs = (world: World, id: string): Values => ({
    arn: arn(world, "ec2", `security-group/${id}`),
    ownerId: "123456789012",
    name: world.groups[id]!.name,
    vpcId: world.groups[id]!.vpc,
});

export const securityGroup: Resource = {
    replaces: ["name", "namePrefix", "description", "vpcId"],
    computed: ["vpcId", "ingress", "egress"],
    check: (inputs) => [
        ...describable(inputs),
        ...conflicts(inputs, "name", ["namePrefix"]),
        ...((inputs.ingress ?? inputs.egress)
            ? [fails("ingress", "this stand-in takes rules by resources of their own only")]
            : []),
    ],
    async create(aws, inputs) {
        const id = newId("sg");
        aws.change((world) => {
            const [name, vpc] = [inputs.name as string, inputs.vpcId as string];
            if (!Object.values(world.subnets).some((each) => each.vpcId === vpc))
                throw new ApiError(
                    "CreateSecurityGroup",
                    "InvalidVpcID.NotFound",
                    `The vpc ID '${vpc}' does not exist`,
                );
            if (Object.values(world.groups).some((each) => each.name === name && each.vpc === vpc))
                throw new ApiError(
                    "CreateSecurityGroup",
                    "InvalidGroup.Duplicate",
                    `The security group '${name}' already exists for VPC '${vpc}'`,
                );
            world.groups[id] = { name, vpc };
        });
        return { id, outputs: groupOutputs(aws.look(), id) };
    },
    update: async (aws, id) => groupOutputs(aws.look(), id),
    async remove(aws, id) {
        aws.change((world) => {
            const used =
                Object.values(world.enis).some((each) => each.groups.includes(id)) ||
                Object.values(world.balancers).some((each) => each.groups.includes(id)) ||
                Object.values(world.rules).some((each) => each.source === id && each.group !== id);
            if (used)
                throw new ApiError(
                    "DeleteSecurityGroup",
                    "DependencyViolation",
                    `resource ${id} has a dependent object`,
                );
            for (const [rule, { group }] of Object.entries(world.rules)) if (group === id) delete world.rules[rule];
            delete world.groups[id];
        });
    },
    read: (world, id) => (world.groups[id] ? groupOutputs(world, id) : undefined),
};

const SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

/** An IPv4 network whose host bits are nought. */
function isNetwork(cidr: string): boolean {
    const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr) ?? [];
    const octets = [a, b, c, d].map(Number);
    if (bits === undefined || Number(bits) > 32 || octets.some((each) => each > 255)) return false;
    const value = octets.reduce((sum, each) => sum * 256 + each, 0);
    return value % 2 ** (32 - Number(bits)) === 0;
}

function checkRule(inputs: Values): Failure[] {
    const failures = [
        ...describable(inputs),
        ...between(inputs, "fromPort", -1, 65_535),
        ...between(inputs, "toPort", -1, 65_535),
    ];
    if (SOURCES.filter((each) => inputs[each] !== undefined).length !== 1)
        failures.push(fails("", `Invalid Attribute Combination: exactly one of ${SOURCES.join(", ")} has to be given`));
    const { cidrIpv4: cidr, ipProtocol: protocol } = inputs;
    if (typeof cidr === "string" && !isUnknown(cidr) && !isNetwork(cidr))
        failures.push(
            fails("cidrIpv4", `value must be a valid IPv4 CIDR that represents a network address, got: ${cidr}`),
        );
    const withoutPorts = inputs.fromPort === undefined && inputs.toPort === undefined;
    if (protocol === "-1" && !withoutPorts) failures.push(fails("fromPort", "not with ipProtocol -1"));
    if ((protocol === "tcp" || protocol === "udp") && (inputs.fromPort === undefined || inputs.toPort === undefined))
        failures.push(fails("fromPort", `fromPort and toPort are needed with ipProtocol ${protocol}`));
    return failures;
}

function ruleOf(direction: "ingress" | "egress", inputs: Values) {
    const source = SOURCES.map((each) => inputs[each]).find((each) => each !== undefined) as string;
    const [from, to] = [inputs.fromPort, inputs.toPort] as (number | undefined)[];
    return {
        direction,
        group: inputs.securityGroupId as string,
        protocol: inputs.ipProtocol as string,
        from,
        to,
        source,
    };
}

/** The kind of a rule's source can't be changed, only its value. */
const kindChanged = (olds: Values, news: Values) =>
    SOURCES.filter((each) => (olds[each] === undefined) !== (news[each] === undefined));

export function securityGroupRule(direction: "ingress" | "egress"): Resource {
    const call = direction === "ingress" ? "AuthorizeSecurityGroupIngress" : "AuthorizeSecurityGroupEgress";
    const put = (world: World, id: string, inputs: Values) => {
        const rule = ruleOf(direction, inputs);
        needGroups(world, call, [rule.group, ...(rule.source.startsWith("sg-") ? [rule.source] : [])]);
        const same = ([each, at]: [string, object]) => each !== id && JSON.stringify(at) === JSON.stringify(rule);
        if (Object.entries(world.rules).some(same))
            throw new ApiError(
                call,
                "InvalidPermission.Duplicate",
                `the specified rule "peer: ${rule.source}, ${rule.protocol}" already exists`,
            );
        world.rules[id] = rule;
    };
    const outputs = (world: World, id: string) => ({
        securityGroupRuleId: id,
        arn: arn(world, "ec2", `security-group-rule/${id}`),
    });
    return {
        replaces: ["securityGroupId"],
        computed: [],
        check: checkRule,
        alsoReplaces: (_world, olds, news) => kindChanged(olds, news),
        async create(aws, inputs) {
            const id = newId("sgr");
            aws.change((world) => put(world, id, inputs));
            return { id, outputs: outputs(aws.look(), id) };
        },
        async update(aws, id, inputs) {
            aws.change((world) => put(world, id, inputs));
            return outputs(aws.look(), id);
        },
        remove: async (aws, id) => aws.change((world) => void delete world.rules[id]),
        read: (world, id) => (world.rules[id] ? outputs(world, id) : undefined),
    };
}

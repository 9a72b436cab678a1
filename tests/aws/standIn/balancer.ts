import { createHash } from "node:crypto";
import {
    ApiError,
    arn,
    between,
    conflicts,
    type Failure,
    fails,
    named,
    oneOf,
    type Resource,
    type Values,
} from "./api";
import { freeAddress } from "./network";
import { newId, type World } from "./world";

const word = () => newId("x").slice(2);

const suffixOf = (id: string) => id.slice(id.indexOf(":loadbalancer/") + ":loadbalancer/".length);

/** One address of its own in each subnet; those that it has stay. */
function standIn(world: World, id: string, subnets: string[], groups: string[]): void {
    const description = `ELB ${suffixOf(id)}`;
    const there = Object.values(world.enis).filter((each) => each.description === description);
    for (const subnet of subnets.filter((each) => !there.some((eni) => eni.subnet === each)))
        world.enis[newId("eni")] = { subnet, groups, privateIp: freeAddress(world, subnet), description };
}

const balancerOutputs = (world: World, id: string): Values => {
    const at = world.balancers[id]!;
    const hash = createHash("sha256").update(id).digest("hex").slice(0, 16);
    const dnsName = `${at.name}-${hash}.elb.${world.region}.amazonaws.com`;
    return {
        arn: id,
        arnSuffix: suffixOf(id),
        dnsName,
        zoneId: "Z2IFOLAFXWLO4F",
        vpcId: world.subnets[at.subnets[0]!]!.vpcId,
        name: at.name,
    };
};

export const loadBalancer: Resource = {
    replaces: ["name", "namePrefix", "internal", "loadBalancerType"],
    computed: ["internal", "ipAddressType", "securityGroups", "subnets", "subnetMappings"],
    sets: ["securityGroups", "subnets"],
    check: (inputs) => [
        ...named(inputs),
        ...conflicts(inputs, "name", ["namePrefix"]),
        ...(inputs.loadBalancerType === "network"
            ? []
            : [fails("loadBalancerType", "this stand-in has network balancers only")]),
        ...(inputs.subnets === undefined ? [fails("subnets", "one of subnets, subnetMappings must be specified")] : []),
    ],
    /** A network balancer lets no subnet go, takes no first group later and loses no last one. */
    alsoReplaces: (_world, olds, news) => {
        const lists = (of: Values, name: string) => (of[name] ?? []) as string[];
        const [old, now] = [lists(olds, "securityGroups"), lists(news, "securityGroups")];
        return [
            ...(lists(olds, "subnets").some((each) => !lists(news, "subnets").includes(each)) ? ["subnets"] : []),
            ...((old.length === 0) !== (now.length === 0) ? ["securityGroups"] : []),
        ];
    },
    async create(aws, inputs) {
        const [name, subnets] = [inputs.name as string, inputs.subnets as string[]];
        const id = aws.change((world) => {
            const refuse = (code: string, text: string) => new ApiError("CreateLoadBalancer", code, text);
            if (Object.values(world.balancers).some((each) => each.name === name))
                throw refuse("DuplicateLoadBalancerName", "A load balancer with the same name already exists");
            const zones = subnets.map((each) => world.subnets[each]?.availabilityZone);
            if (zones.includes(undefined)) throw refuse("SubnetNotFound", "One or more subnets don't exist");
            if (new Set(zones).size < zones.length)
                throw refuse(
                    "InvalidConfigurationRequest",
                    "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
                );
            const made = arn(world, "elasticloadbalancing", `loadbalancer/net/${name}/${word()}`);
            const groups = (inputs.securityGroups ?? []) as string[];
            world.balancers[made] = { name, subnets, groups };
            standIn(world, made, subnets, groups);
            return made;
        });
        return { id, outputs: balancerOutputs(aws.look(), id) };
    },
    async update(aws, id, inputs) {
        aws.change((world) => {
            const at = world.balancers[id]!;
            const [subnets, groups] = [inputs.subnets as string[], (inputs.securityGroups ?? []) as string[]];
            Object.assign(at, { subnets, groups });
            standIn(world, id, subnets, groups);
        });
        return balancerOutputs(aws.look(), id);
    },
    async remove(aws, id) {
        aws.change((world) => {
            for (const [each, { balancer }] of Object.entries(world.listeners))
                if (balancer === id) delete world.listeners[each];
            for (const [eni, { description }] of Object.entries(world.enis))
                if (description === `ELB ${suffixOf(id)}`) delete world.enis[eni];
            delete world.balancers[id];
        });
    },
    read: (world, id) => (world.balancers[id] ? balancerOutputs(world, id) : undefined),
};

const groupOutputs = (world: World, id: string): Values => ({
    arn: id,
    name: world.targetGroups[id]!.name,
    arnSuffix: id.split(":").at(-1),
});

function checkGroup(inputs: Values): Failure[] {
    const health = inputs.healthCheck as Values | undefined;
    const failures = [
        ...named(inputs),
        ...conflicts(inputs, "name", ["namePrefix"]),
        ...oneOf(inputs, "targetType", ["instance", "ip", "lambda", "alb"]),
        ...oneOf(inputs, "protocol", ["TCP", "TCP_UDP", "TLS", "UDP"]),
        ...oneOf(inputs, "preserveClientIp", ["true", "false"]),
        ...between(inputs, "port", 1, 65_535),
        ...between(inputs, "deregistrationDelay", 0, 3600),
        ...oneOf(inputs, "healthCheck.protocol", ["TCP", "HTTP", "HTTPS"]),
        ...between(inputs, "healthCheck.interval", 5, 300),
        ...between(inputs, "healthCheck.timeout", 2, 120),
        ...between(inputs, "healthCheck.healthyThreshold", 2, 10),
        ...between(inputs, "healthCheck.unhealthyThreshold", 2, 10),
    ];
    if (health?.protocol === "TCP" && (health.path !== undefined || health.matcher !== undefined))
        failures.push(fails("healthCheck.path", "path and matcher are not for health checks with TCP"));
    const matcher = health?.matcher;
    if (typeof matcher === "string" && !/^[2-5]\d\d(-[2-5]\d\d)?(,[2-5]\d\d)*$/.test(matcher))
        failures.push(fails("healthCheck.matcher", `not codes from 200 to 599: ${matcher}`));
    return failures;
}

export const targetGroup: Resource = {
    replaces: ["name", "namePrefix", "port", "protocol", "protocolVersion", "targetType", "vpcId", "ipAddressType"],
    computed: [
        "ipAddressType",
        "preserveClientIp",
        "healthCheck",
        "stickiness",
        "targetHealthStates",
        "protocolVersion",
    ],
    check: checkGroup,
    async create(aws, inputs) {
        const name = inputs.name as string;
        const id = aws.change((world) => {
            if (Object.values(world.targetGroups).some((each) => each.name === name))
                throw new ApiError(
                    "CreateTargetGroup",
                    "DuplicateTargetGroupName",
                    `A target group with the same name '${name}' exists`,
                );
            const made = arn(world, "elasticloadbalancing", `targetgroup/${name}/${word()}`);
            world.targetGroups[made] = { name, healthCheck: (inputs.healthCheck ?? {}) as Values, targets: [] };
            return made;
        });
        return { id, outputs: groupOutputs(aws.look(), id) };
    },
    async update(aws, id, inputs) {
        aws.change((world) => {
            world.targetGroups[id]!.healthCheck = (inputs.healthCheck ?? {}) as Values;
        });
        return groupOutputs(aws.look(), id);
    },
    async remove(aws, id) {
        aws.change((world) => {
            if (Object.values(world.listeners).some((each) => each.targetGroup === id))
                throw new ApiError(
                    "DeleteTargetGroup",
                    "ResourceInUse",
                    `Target group '${id}' is currently in use by a listener or a rule`,
                );
            delete world.targetGroups[id];
        });
    },
    read: (world, id) => (world.targetGroups[id] ? groupOutputs(world, id) : undefined),
};

const forwardsTo = (inputs: Values) => (inputs.defaultActions as Values[])[0]?.targetGroupArn as string;

export const listener: Resource = {
    replaces: ["loadBalancerArn"],
    computed: [],
    check: (inputs) => [
        ...between(inputs, "port", 1, 65_535),
        ...oneOf(inputs, "protocol", ["TCP", "TCP_UDP", "TLS", "UDP"]),
        ...oneOf((inputs.defaultActions as Values[] | undefined)?.[0] ?? {}, "type", ["forward"]),
    ],
    async create(aws, inputs) {
        const [balancer, port] = [inputs.loadBalancerArn as string, inputs.port as number];
        const id = aws.change((world) => {
            if (Object.values(world.listeners).some((each) => each.balancer === balancer && each.port === port))
                throw new ApiError(
                    "CreateListener",
                    "DuplicateListener",
                    "A listener already exists on this port for this load balancer",
                );
            const group = forwardsTo(inputs);
            if (Object.values(world.listeners).some((each) => each.targetGroup === group && each.balancer !== balancer))
                throw new ApiError(
                    "CreateListener",
                    "TargetGroupAssociationLimit",
                    `The following target groups cannot be associated with more than one load balancer: ${group}`,
                );
            const made = `${balancer.replace("loadbalancer/", "listener/")}/${word()}`;
            world.listeners[made] = { balancer, port, targetGroup: group };
            return made;
        });
        return { id, outputs: { arn: id } };
    },
    async update(aws, id, inputs) {
        aws.change((world) => {
            Object.assign(world.listeners[id]!, { port: inputs.port, targetGroup: forwardsTo(inputs) });
        });
        return { arn: id };
    },
    remove: async (aws, id) => aws.change((world) => void delete world.listeners[id]),
    read: (world, id) => (world.listeners[id] ? { arn: id } : undefined),
};

export const targetGroupAttachment: Resource = {
    replaces: ["targetGroupArn", "targetId", "port", "availabilityZone"],
    computed: ["port"],
    async create(aws, inputs) {
        const [group, id, port] = [inputs.targetGroupArn as string, inputs.targetId as string, inputs.port as number];
        aws.change((world) => {
            if (!Object.values(world.enis).some((each) => each.privateIp === id))
                throw new ApiError(
                    "RegisterTargets",
                    "ValidationError",
                    `The IP address '${id}' is not within the VPC`,
                );
            world.targetGroups[group]!.targets.push({ id, port });
        });
        return { id: `${group}-${word()}`, outputs: {} };
    },
    update: async () => ({}),
    async remove(aws, _id, state) {
        aws.change((world) => {
            const at = world.targetGroups[state.targetGroupArn as string];
            if (at) at.targets = at.targets.filter((each) => each.id !== state.targetId || each.port !== state.port);
        });
    },
    read: (world, _id, state) =>
        world.targetGroups[state.targetGroupArn as string]?.targets.some((each) => each.id === state.targetId)
            ? {}
            : undefined,
};

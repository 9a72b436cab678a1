import { SUBNETS } from "./worlds";

/** A program whose resources stand in declared.json; `<name.output>` in an argument is another one's output. */
export const DECLARED = `
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const aws = Object.fromEntries(["ec2", "ebs", "vpc", "lb"].map((each) => [each, require("@pulumi/aws/" + each)]));
const made = {};
function filled(value) {
    const found = typeof value === "string" && /^<([\\w-]+)\\.(\\w+)>$/.exec(value);
    if (found) return made[found[1]][found[2]];
    if (Array.isArray(value)) return value.map(filled);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each)]));
}
for (const [name, { type, args, opts = {} }] of Object.entries(JSON.parse(readFileSync("declared.json", "utf8")))) {
    const options = { ...opts, dependsOn: (opts.dependsOn ?? []).map((each) => made[each]) };
    const [group, kind] = type.split(".");
    // By its token what the SDK's class would drop goes to the plugin as well.
    made[name] = kind ? new aws[group][kind](name, filled(args), options) : new pulumi.CustomResource(type, name, filled(args), options);
}
`;

export interface Declared {
    type: string;
    args: Record<string, unknown>;
    opts?: Record<string, unknown>;
}

const IMAGE = "ami-0aaaaaaaaaaaaaaa1";

/** A machine as the component makes it: what outlives it, the machine, and what goes with it. */
export function machine(
    name: string,
    more: { instance?: object; instanceOpts?: object; attachment?: object; attachmentOpts?: object } = {},
): Record<string, Declared> {
    return {
        [`${name}-volume`]: {
            type: "ebs.Volume",
            args: { availabilityZone: "eu-west-1a", size: 20, type: "gp3", encrypted: true },
        },
        [`${name}-eni`]: { type: "ec2.NetworkInterface", args: { subnetId: SUBNETS[0] } },
        [`${name}-instance`]: {
            type: "ec2.Instance",
            args: {
                ami: IMAGE,
                instanceType: "t3.medium",
                primaryNetworkInterface: { networkInterfaceId: `<${name}-eni.id>` },
                userData: "#cloud-config\n",
                tags: { Name: name },
                ...more.instance,
            },
            opts: { deleteBeforeReplace: true, replaceOnChanges: ["tags.renew"], ...more.instanceOpts },
        },
        [`${name}-attachment`]: {
            type: "ec2.VolumeAttachment",
            args: {
                deviceName: "/dev/sdf",
                instanceId: `<${name}-instance.id>`,
                volumeId: `<${name}-volume.id>`,
                skipDestroy: true,
                ...more.attachment,
            },
            opts: { deleteBeforeReplace: true, ...more.attachmentOpts },
        },
    };
}

import * as pulumi from "@pulumi/pulumi";
import { GarageCluster, type GarageClusterArgs } from "../../sdk";

export interface Seen {
    name: string;
    type: string;
    inputs: Record<string, unknown>;
    started: number;
    ended: number;
}

export interface Graph {
    seen: Map<string, Seen>;
    options: Map<string, pulumi.ResourceOptions>;
    /** Names of what the constructor itself made: it has returned, and nothing can have answered yet. */
    atOnce: string[];
    /** Names, without the component's, of what matches; in the order in which they started. */
    names(pattern: RegExp): string[];
    get(name: string): Seen;
    before(first: string, second: string): boolean;
}

/** What a step of a major upgrade answers, but for its attempt. */
export function stepAnswer(step: string, hop: string, node: string): string {
    if (step === "preflight") return `${hop} attempt`;
    if (step === "repair") return "repair began 2026-01-01T00:00:00Z";
    if (step === "halt") return `${node} /var/lib/garage-backups/x`;
    if (step === "halted") return "all nodes are down";
    if (step === "drain") return "drained";
    if (step === "verify") return "verified";
    if (step === "migrate") return `${node} 2`;
    return step === "quiesce" ? `${node} quiet` : `${node} serves`;
}

/** Of the key that a Command makes. */
export const keyIdOf = (name: string) => `GK${Buffer.from(name).toString("hex").padEnd(24, "0").slice(0, 24)}`;

/** Answers as hosts would; every resource takes two turns of the event loop, so that an order that isn't enforced shows. */
async function answerFor(args: pulumi.runtime.MockResourceArgs): Promise<string> {
    const { name, inputs } = args;
    if (name.endsWith("-identity")) return `${"c".repeat(32)}\n${"d".repeat(64)}`;
    if (/-(ssh|aws|aws-host)-key$/.test(name))
        return "ssh-ed25519 AAAA test\n-----BEGIN KEY-----\nx\n-----END KEY-----";
    const words = String(inputs.create ?? "").split(" ");
    const node = name.split("-").at(-1)!;
    if (name.includes("-container-")) return `10.0.0.${node.charCodeAt(0)} 22 ssh-ed25519 BBBB`;
    if (name.includes("-look-")) return "same";
    if (name.includes("-host-")) return Buffer.from(node).toString("hex").padEnd(64, "0");
    if (name.includes("-stage-")) return `epoch1 ${words[words.indexOf("stage") + 1]!.split("-")[0]} x86_64:abcdef`;
    const step = /-to-[\d.]+-\d-([a-z]+)(-)?/.exec(name)?.[1];
    if (step) return `${stepAnswer(step, words[words.indexOf(step) + 1]!, node)} a1`;
    if (name.endsWith("-join")) return "word1 3 nodes";
    if (name.endsWith("-layout")) return "1";
    if (name.endsWith("-release")) return words[words.indexOf("release") + 1]!;
    if (name.endsWith("-bucket")) return `{"bucketId":"${"b".repeat(64)}","changed":[]}`;
    if (name.endsWith("-key"))
        return `{"accessKeyId":"${keyIdOf(name)}","secretAccessKey":"${"5".repeat(64)}","previousAccessKeyIds":["GK0"]}`;
    return "";
}

/** What AWS says of what it has made. */
function madeOnAws({ name, type }: pulumi.runtime.MockResourceArgs): object {
    const last = name.charCodeAt(name.length - 1);
    if (type === "aws:ec2/networkInterface:NetworkInterface") return { privateIp: `10.0.0.${last}` };
    if (type === "aws:lb/loadBalancer:LoadBalancer")
        return { arn: `${name}-arn`, arnSuffix: "net/store-lb/1", dnsName: "store-lb.elb.example" };
    if (type === "aws:lb/targetGroup:TargetGroup") return { arn: `${name}-arn` };
    return type === "aws:ec2/eip:Eip" ? { publicIp: `203.0.113.${last}` } : {};
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

type Prints = (answer: string, name: string) => string;
type Call = (args: pulumi.runtime.MockCallArgs) => object;

/** Runs the component under Pulumi's mocks and returns what was registered, with start and end of each. */
export async function graphOf(
    args: GarageClusterArgs,
    names: string[] = ["store"],
    opts?: pulumi.ComponentResourceOptions,
    prints?: Prints,
    call?: Call,
): Promise<Graph & { made: GarageCluster[] }> {
    const made: GarageCluster[] = [];
    const graph = await graphOfProgram(
        () => {
            for (const name of names) made.push(new GarageCluster(name, args, opts));
        },
        prints,
        call,
    );
    return { ...graph, made };
}

/** The same of a whole program. */
export async function graphOfProgram(
    program: () => void,
    prints: Prints = (answer) => answer,
    call: Call = () => ({}),
): Promise<Graph> {
    const seen = new Map<string, Seen>();
    const options = new Map<string, pulumi.ResourceOptions>();
    let atOnce: string[] = [];
    let clock = 0;
    await pulumi.runtime.setMocks(
        {
            call,
            newResource: async (resource) => {
                const record: Seen = {
                    name: resource.name,
                    type: resource.type,
                    inputs: resource.inputs,
                    started: clock++,
                    ended: Number.POSITIVE_INFINITY,
                };
                seen.set(resource.name, record);
                await turn();
                await turn();
                const stdout = prints(await answerFor(resource), resource.name);
                record.ended = clock++;
                return { id: `${resource.name}-id`, state: { ...resource.inputs, ...madeOnAws(resource), stdout } };
            },
        },
        "project",
        "stack",
        false,
    );
    try {
        await pulumi.runtime.runInPulumiStack(async () => {
            pulumi.runtime.registerStackTransformation((resource) => {
                options.set(resource.name, resource.opts);
                return undefined;
            });
            program();
            atOnce = [...options.keys()];
        });
    } finally {
        // Of a program that threw too: what it has begun would go on into the next one.
        await pulumi.runtime.disconnect();
    }
    return {
        seen,
        options,
        atOnce,
        names: (pattern) => [...seen.keys()].filter((name) => pattern.test(name)),
        get: (name) => {
            const found = seen.get(name);
            if (!found) throw new Error(`no resource ${name}; there are: ${[...seen.keys()].join(", ")}`);
            return found;
        },
        before: (first, second) => seen.get(first)!.ended < seen.get(second)!.started,
    };
}

/** Three nodes on hosts that exist. */
export function threeNodes(more: Partial<GarageClusterArgs> = {}): GarageClusterArgs {
    const node = (zone: string, host: string) => ({
        zone,
        capacity: "1G",
        ssh: {
            host,
            privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nKEY-IN-PLAIN\n-----END OPENSSH PRIVATE KEY-----\n",
        },
    });
    return {
        stateVersion: "2",
        version: "2.5.0",
        nodes: { paris: node("par", "192.0.2.1"), london: node("lon", "192.0.2.2"), rome: node("rom", "192.0.2.3") },
        ...more,
    };
}

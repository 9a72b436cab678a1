import { getVolume } from "@pulumi/aws/ebs";
import { getAmi, getInstanceType, getSubnet } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import {
    type AwsFacts,
    type AwsFault,
    architectureOf,
    awsFaults,
    onlyZone,
    type Said,
    type Subnet,
} from "../garage/awsFaults";
import { refusal } from "../refusal";
import type { NodeSpec } from "../spec";
import type { MachineSteps } from "./node";

/** What the resources of a node are made of, once nothing speaks against any node. */
export interface AwsPlace {
    subnetId: string;
    availabilityZone: string;
    vpcId: string;
    /** None where AWS has none by now: a machine that runs needs no other. */
    imageId?: string;
}

const DEBIAN = { account: "136693071363", release: 12, word: { x86_64: "amd64", arm64: "arm64" } };

interface Asking {
    parent: pulumi.Resource;
    clusterName: string;
    args: GarageClusterArgs;
    steps: Pick<MachineSteps, "noImage">;
}

/**
 * Asks AWS all that is known before anything is made, and refuses in one error: whatever is made of an answer isn't made then. A preview
 * knows it too, unless a subnet is yet to be made.
 */
export function askAws(
    { parent, clusterName, args, steps }: Asking,
    nodes: NodeSpec[],
): Record<string, pulumi.Output<AwsPlace>> {
    const questions = new Questions(parent);
    const facts = nodes.map((node) =>
        pulumi.output(args.nodes[node.name]!.aws!.subnetId).apply((subnet) => questions.of(node, subnet)),
    );
    const places = pulumi.all(facts).apply((all) => {
        const faults = awsFaults(all as AwsFacts[], clusterName);
        if (faults.some(({ withoutImage }) => withoutImage === undefined)) refuse(faults);
        for (const { path, message, withoutImage } of faults) {
            steps.noImage(withoutImage!, `${path}: ${message}`);
            pulumi.log.warn(`${path}: ${message} What runs goes on; no machine can be made, or made anew.`, parent);
        }
        const zone = onlyZone(all as AwsFacts[]);
        if (zone !== undefined)
            pulumi.log.warn(`All nodes on AWS lie in ${zone}: what takes that zone away takes the store away.`, parent);
        return (all as AwsFacts[]).map(placeOf);
    });
    return Object.fromEntries(nodes.map(({ name }, index) => [name, places.apply((all) => all[index]!)]));
}

function placeOf({ node, subnet, image }: AwsFacts): AwsPlace {
    const place: Partial<Subnet> = "known" in subnet ? subnet.known : {};
    const imageId = "known" in image ? image.known.id : node.aws!.amiId;
    return { ...place, subnetId: place.id, imageId } as AwsPlace;
}

/** One line for a message, with all the options that it is said of: without a region all have the same one. */
function refuse(faults: AwsFault[]): void {
    const lines = new Map<string, string[]>();
    for (const { path, message } of faults) lines.set(message, [...(lines.get(message) ?? []), path]);
    throw refusal(
        [
            "AWS says what can't be; no machine was made or changed:",
            ...[...lines].map(([message, paths]) => `  - ${paths.join(", ")}: ${message}`),
        ].join("\n"),
    );
}

/** Each question is asked once, however many nodes have it. */
class Questions {
    private readonly asked = new Map<string, Promise<Said<object>>>();

    constructor(private readonly parent: pulumi.Resource) {}

    async of(node: NodeSpec, subnetId: string): Promise<AwsFacts> {
        const { instanceType, amiId, volumes } = node.aws!;
        const [subnet, type, metadata, data] = await Promise.all([
            this.ask(subnetId, (opts) => getSubnet({ id: subnetId }, opts)),
            this.ask(instanceType, (opts) => getInstanceType({ instanceType }, opts)),
            this.volume(volumes.metadata.id),
            this.volume(volumes.data.id),
        ]);
        const image = await this.image(amiId, type);
        return {
            node,
            subnet,
            type,
            image,
            volumes: { ...(metadata ? { metadata } : {}), ...(data ? { data } : {}) },
        };
    }

    private image(amiId: string | undefined, type: AwsFacts["type"]) {
        if (amiId !== undefined) {
            const filters = [{ name: "image-id", values: [amiId] }];
            return this.ask(amiId, (opts) => getAmi({ filters, includeDeprecated: true }, opts));
        }
        const architecture = architectureOf(type) ?? "x86_64";
        const name = `debian-${DEBIAN.release}-${DEBIAN.word[architecture]}`;
        return this.ask(name, (opts) =>
            getAmi(
                {
                    owners: [DEBIAN.account],
                    mostRecent: true,
                    // There are backports' images too, and daily ones.
                    nameRegex: `^${name}-[0-9]{8}-[0-9]+$`,
                    filters: [
                        { name: "name", values: [`${name}-*`] },
                        { name: "architecture", values: [architecture] },
                        { name: "root-device-type", values: ["ebs"] },
                        { name: "virtualization-type", values: ["hvm"] },
                    ],
                },
                opts,
            ),
        );
    }

    private volume(id: string | undefined) {
        const filters = [{ name: "volume-id", values: [id ?? ""] }];
        return id === undefined ? undefined : this.ask(id, (opts) => getVolume({ filters }, opts));
    }

    private ask<T extends object>(key: string, question: (opts: pulumi.InvokeOptions) => Promise<T>): Promise<Said<T>> {
        const answer =
            this.asked.get(key) ??
            question({ parent: this.parent }).then(
                (known) => ({ known }),
                (error: Error) => ({ fault: reasonOf(error) }),
            );
        this.asked.set(key, answer);
        return answer as Promise<Said<T>>;
    }
}

/** Without Pulumi's words around what AWS says. */
function reasonOf(error: Error): string {
    const text = error.message
        .replace(/^.*?returned an error: /s, "")
        .replace(/^invoking \S+: (1 error occurred:\s*\* )?/, "");
    return text.replace(/\s+/g, " ").trim();
}

import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { generationId } from "../garage/generation";
import type { Node } from "../placement/node";
import { HOPS, type Hop, hopSteps } from "../policy";
import type { ClusterSpec } from "../spec";
import { type Cluster, type Lines, leader, living } from "./cluster";
import { answer, hostCommand } from "./hostCommand";
import { answerLines, commonLines, portsLine, sheet } from "./sheet";

/** The steps that put a staged generation to work. */
const WITH_GENERATION = ["migrate", "resume"];

/** The whole procedure from one series to the next; the last step's resources. */
export function hop(cluster: Cluster, staged: Lines, after: pulumi.Resource[]): pulumi.Resource[] {
    const facts = HOPS.find(({ name }) => name === cluster.spec.hop)!;
    const words = `${facts.from}-to-${facts.to}`;
    let previous = after;
    /** What the step before has answered: without it, of this very attempt, no host does the next one. */
    let passed: Lines = pulumi.output([]);
    /** What a step answered that later ones need: the attempt, the time since when the journal has to be clean. */
    let attempt: pulumi.Input<string>[] = [];
    let repaired: pulumi.Input<string>[] = [];
    for (const step of hopSteps(cluster.spec.strategy)) {
        const prefix = `${cluster.name}-${words}-${step.number}-${step.name}`;
        const generation = WITH_GENERATION.includes(step.name) ? ` ${generationId(cluster.spec)}` : "";
        const line = `garage-node ${step.name} ${words}${generation}`;
        const dependsOn = previous;
        const make = (name: string, node: Node) =>
            hostCommand(cluster.parent, {
                name,
                node,
                create: line,
                stdin: sheet(
                    commonLines(cluster, node),
                    hopLines(cluster.spec, facts),
                    [...attempt, ...(step.name === "halt" ? repaired : [])],
                    cluster.peers,
                    staged,
                    passed,
                ),
                dependsOn,
            });
        const nodes =
            step.scope === "cluster"
                ? [leader(cluster)]
                : // A host that is given up: what isn't in the state yet would be created, so dialled, whatever `ignoreChanges` says.
                  living(cluster);
        const made: Record<string, remote.Command> = {};
        for (const node of nodes)
            made[node.name] = make(step.scope === "cluster" ? prefix : `${prefix}-${node.name}`, node);
        const answers = Object.fromEntries(Object.entries(made).map(([name, command]) => [name, answer(command)]));
        if (step.name === "preflight") attempt = [pulumi.interpolate`attempt ${Object.values(answers)[0]!}`];
        if (step.name === "repair") repaired = [pulumi.interpolate`repaired ${Object.values(answers)[0]!}`];
        passed = answerLines(nodes, `passed ${step.name}`, answers);
        previous = Object.values(made);
    }
    return previous;
}

/** What the hosts have to know of this hop, and of the way that is gone: its steps, with who has each of them. */
function hopLines(spec: ClusterSpec, facts: Hop): string[] {
    return [
        portsLine(spec),
        `replicationfactor ${spec.replicationFactor}`,
        `minfrom ${facts.minFrom}`,
        `offlinerepair ${facts.offlineRepair.join(" ") || "none"}`,
        `capacityunits ${facts.capacityUnitsChange ? "change" : "same"}`,
        `steps ${hopSteps(spec.strategy)
            .map(({ name, scope }) => `${name}:${scope}`)
            .join(" ")}`,
    ];
}

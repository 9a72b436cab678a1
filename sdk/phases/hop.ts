import type { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { generationId } from "../garage/generation";
import type { Node } from "../placement/node";
import { HOPS, hopSteps } from "../policy";
import { answerLines, type Cluster, commonLines, type Lines, leader, portsLine, sheet } from "./cluster";
import { answer, hostCommand } from "./hostCommand";

/** The steps that put a staged generation to work. */
const WITH_GENERATION = ["migrate", "resume"];

/** The whole procedure from one series to the next; the last step's resources. */
export function hop(cluster: Cluster, staged: Lines, after: pulumi.Resource[]): pulumi.Resource[] {
    const { from, to, minFrom } = HOPS.find(({ name }) => name === cluster.spec.hop)!;
    const words = `${from}-to-${to}`;
    let previous = after;
    /** What a step answered that later ones need: the attempt, the time since when the journal has to be clean, the backups. */
    let attempt: pulumi.Input<string>[] = [];
    let repaired: pulumi.Input<string>[] = [];
    let halts: Lines = pulumi.output([]);
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
                    [
                        portsLine(cluster.spec),
                        `replicationfactor ${cluster.spec.replicationFactor}`,
                        `minfrom ${minFrom}`,
                        ...attempt,
                        ...(step.name === "halt" ? repaired : []),
                    ],
                    cluster.peers,
                    staged,
                    step.name === "halted" ? halts : [],
                ),
                dependsOn,
            });
        if (step.scope === "cluster") {
            const made = make(prefix, leader(cluster));
            if (step.name === "preflight") attempt = [pulumi.interpolate`attempt ${answer(made)}`];
            if (step.name === "repair") repaired = [pulumi.interpolate`repaired ${answer(made)}`];
            previous = [made];
            continue;
        }
        const made: Record<string, remote.Command> = {};
        // A host that is given up: what isn't in the state yet would be created, so dialled, whatever `ignoreChanges` says.
        for (const node of cluster.nodes.filter(({ without }) => !without))
            made[node.name] = make(`${prefix}-${node.name}`, node);
        if (step.name === "halt") halts = answerLines(cluster.nodes, "halted", mapValues(made, answer));
        previous = Object.values(made);
    }
    return previous;
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
    return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

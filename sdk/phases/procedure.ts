import * as pulumi from "@pulumi/pulumi";
import { generationId } from "../garage/generation";
import { type Procedure, stepsLine } from "../procedures/procedure";
import { type Cluster, type Lines, leader, living } from "./cluster";
import { answer, hostCommand } from "./hostCommand";
import { answerLines, commonLines, sheet } from "./sheet";

/** Step after step, each one when the one before is done wherever it has to be; the last step's resources. */
export function procedure(
    cluster: Cluster,
    asked: Procedure,
    staged: Lines,
    after: pulumi.Resource[],
): pulumi.Resource[] {
    let previous = after;
    /** What the step before has answered: without it, of this very attempt, no host does the next one. */
    let passed: Lines = pulumi.output([]);
    const given: Record<string, pulumi.Output<string>> = {};
    for (const step of asked.steps) {
        const forAll = step.scope === "cluster";
        const prefix = `${cluster.name}-${asked.name}-${step.number}-${step.verb}`;
        // None for a host that is given up: what isn't in the state yet would be created, so dialled, whatever `ignoreChanges` says.
        const nodes = forAll ? [leader(cluster)] : living(cluster);
        const made = nodes.map((node) =>
            hostCommand(cluster.parent, {
                name: forAll ? prefix : `${prefix}-${node.name}`,
                node,
                create: `garage-node ${step.verb} ${asked.name}${step.withGeneration ? ` ${generationId(cluster.spec)}` : ""}`,
                stdin: sheet(
                    commonLines(cluster, node),
                    [...asked.facts, stepsLine(asked)],
                    step.takes.map((key) => pulumi.interpolate`${key} ${given[key]!}`),
                    cluster.peers,
                    staged,
                    passed,
                ),
                answers: step.answers,
                dependsOn: previous,
            }),
        );
        const answers = made.map(answer);
        if (step.gives !== undefined) given[step.gives] = answers[0]!;
        passed = answerLines(
            nodes,
            `passed ${step.verb}`,
            Object.fromEntries(nodes.map(({ name }, index) => [name, answers[index]!])),
        );
        previous = made;
    }
    return previous;
}

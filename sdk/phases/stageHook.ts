import * as pulumi from "@pulumi/pulumi";
import { describeRoll } from "../policy";
import { otherCluster } from "../policy/otherCluster";
import type { Reason } from "../policy/parseRelease";
import { defaultMoved } from "../policy/refusals";
import type { ClusterSpec } from "../spec";
import { planFacts } from "./gate";
import { hook } from "./hook";

/**
 * Looks at each `stage` that changes: refuses other hosts altogether, and a default that has moved (the preview has that from wall 2); says in
 * the preview that another configuration restarts the nodes.
 */
export function stageHook(component: pulumi.Resource, clusterName: string, spec: ClusterSpec) {
    const replaced = spec.nodes.flatMap(({ replace }) => replace ?? []);
    let said = false;
    const beforeUpdate = hook(`garage-cluster-stage-${clusterName}`, ({ newInputs, oldInputs }) => {
        const refused =
            otherCluster(oldInputs?.stdin, newInputs?.stdin, replaced) ?? movedDefault(oldInputs?.create, spec);
        if (refused) throw new Error(`${refused.message} [${refused.id}]`);
        if (said || !pulumi.runtime.isDryRun() || !isOtherConfiguration(oldInputs?.create, newInputs?.create)) return;
        said = true;
        pulumi.log.info(`The configuration changes, so the nodes restart, ${describeRoll(planFacts(spec))}`, component);
    });
    return { beforeUpdate };
}

/** `<release>-<8 hex>` in the line of a stage. */
const generation = (line: unknown) => /garage-node stage (\S+)-([0-9a-f]{8}) /.exec(String(line));

/** Without a preview, which the Automation API never has, wall 2 would be asked when all nodes have been rolled. */
function movedDefault(oldLine: unknown, spec: ClusterSpec): Reason | undefined {
    const asked = generation(oldLine)?.[1];
    if (spec.versionGiven || pulumi.runtime.isDryRun() || asked === undefined || asked === spec.version)
        return undefined;
    return defaultMoved(asked, spec.version);
}

/** The same release in another generation. */
function isOtherConfiguration(oldLine: unknown, newLine: unknown): boolean {
    const old = generation(oldLine);
    const now = generation(newLine);
    return old !== null && now !== null && old[1] === now[1] && old[2] !== now[2];
}

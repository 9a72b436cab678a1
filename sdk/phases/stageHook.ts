import * as pulumi from "@pulumi/pulumi";
import { describeRoll } from "../policy";
import { otherCluster } from "../policy/otherCluster";
import type { ClusterSpec } from "../spec";
import { planFacts } from "./gate";
import { hook } from "./hook";

/** Looks at each `stage` that changes: refuses other hosts altogether, and says in the preview that another configuration restarts the nodes. */
export function stageHook(component: pulumi.Resource, clusterName: string, spec: ClusterSpec) {
    const replaced = spec.nodes.flatMap(({ replace }) => replace ?? []);
    let said = false;
    const beforeUpdate = hook(`garage-cluster-stage-${clusterName}`, ({ newInputs, oldInputs }) => {
        const refused = otherCluster(oldInputs?.stdin, newInputs?.stdin, replaced);
        if (refused) throw new Error(`${refused.message} [${refused.id}]`);
        if (said || !pulumi.runtime.isDryRun() || !isOtherConfiguration(oldInputs?.create, newInputs?.create)) return;
        said = true;
        pulumi.log.info(`The configuration changes, so the nodes restart, ${describeRoll(planFacts(spec))}`, component);
    });
    return { beforeUpdate };
}

/** The same release in another generation (`<release>-<8 hex>`). */
function isOtherConfiguration(oldLine: unknown, newLine: unknown): boolean {
    const generation = (line: unknown) => /garage-node stage (\S+)-([0-9a-f]{8}) /.exec(String(line));
    const old = generation(oldLine);
    const now = generation(newLine);
    return old !== null && now !== null && old[1] === now[1] && old[2] !== now[2];
}

import * as pulumi from "@pulumi/pulumi";
import { describeUndone } from "../plan/describeUndone";
import { planFacts } from "../plan/notes";
import { plan } from "../plan/plan";
import { parseReleaseWords, type ReleaseRecord } from "../plan/record";
import type { Reason } from "../policy";
import type { ClusterSpec } from "../spec";
import type { ChangeHooks } from "./changeHooks";
import { hook } from "./hook";

/** What was seen of the steps before. */
type Seen = Pick<ChangeHooks, "machines" | "stagedBefore">;

/**
 * Wall 2: judges, at preview, what is asked for now by the record of what was reached, and prints the plan. It lets a
 * preview fail with the reasons. It fires late, or never, with `--skip-preview`, `--target` or an unchanged record:
 * the hosts' own consent (`stage`) is the wall that holds alone.
 */
export function releaseHook(
    component: pulumi.Resource,
    clusterName: string,
    spec: ClusterSpec,
    seen: Seen,
): pulumi.ResourceHookBinding {
    // The name lies in users' states.
    const hooks = hook(`garage-cluster-gate-${clusterName}`, ({ oldInputs }) =>
        judge(component, spec, seen, oldInputs?.create),
    );
    return { beforeCreate: hooks, beforeUpdate: hooks };
}

function judge(component: pulumi.Resource, spec: ClusterSpec, seen: Seen, oldLine: unknown): void {
    const reached = oldLine === undefined ? undefined : parseReleaseWords(oldLine);
    if (oldLine !== undefined && reached === undefined)
        throw new Error(
            "release: the record of what was reached can't be read, so no change can be judged by it; nothing was changed. `pulumi state delete` of the `release` resource lets the hosts' ledgers decide.",
        );
    const change = plan(reached, spec, seen.machines);
    if (!pulumi.runtime.isDryRun()) judgeLate(change.reasons, reached);
    else if (change.reasons.length > 0) throw new Error(`refused, nothing was changed:\n${listed(change.reasons)}`);
    for (const warning of change.takenOut) pulumi.log.warn(warning, component);
    if (!pulumi.runtime.isDryRun()) return;
    for (const warning of change.warnings) pulumi.log.warn(warning, component);
    const undone = describeUndone(seen.stagedBefore(), change.kind, spec.version, planFacts(spec));
    pulumi.log.info([...change.notes, ...undone].join("\n"), component);
}

/**
 * Without a preview this is the last step: `stage` has refused what the hosts and its own hook (a default that has moved, machines that changed) can know, and the rest
 * is done. What is said then has to be true, and lead on.
 */
function judgeLate(all: Reason[], reached: ReleaseRecord | undefined): void {
    const reasons = all.filter(({ id }) => !["default-moved", "machines-and-cluster-changed"].includes(id));
    if (reasons.length === 0) return;
    throw new Error(
        `refused, but too late: this run had no preview (--skip-preview, or the Automation API, which never has one), so every step before this record of what was reached has run on the hosts, and the record still says ${reached?.version ?? "nothing"}:\n${listed(reasons)}\nIs what was done what you want: \`pulumi state delete\` of the \`release\` resource, then \`pulumi up\`; the hosts' ledgers decide, and nothing restarts. Else do what is said above. Run \`pulumi preview\` before each change.`,
    );
}

const listed = (reasons: Reason[]) => reasons.map((r) => `  - ${r.message} [${r.id}]`).join("\n");

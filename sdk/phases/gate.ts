import * as pulumi from "@pulumi/pulumi";
import { refusedChanges } from "../plan/change";
import { describePlan } from "../plan/describePlan";
import { engineNote, layoutNote, planFacts, takenOut, unknownChecksums } from "../plan/notes";
import { parseReleaseWords, type ReleaseRecord } from "../plan/record";
import { planUpgrade, type Reason } from "../policy";
import type { ClusterSpec } from "../spec";
import { hook } from "./hook";

/**
 * Wall 2: judges, at preview, what is asked for now by the record of what was reached, and prints the plan. It lets a
 * preview fail with the reasons. It fires late, or never, with `--skip-preview`, `--target` or an unchanged record:
 * the hosts' own consent (`stage`) is the wall that holds alone.
 */
export function gate(component: pulumi.Resource, clusterName: string, spec: ClusterSpec): pulumi.ResourceHookBinding {
    const hooks = hook(`garage-cluster-gate-${clusterName}`, ({ newInputs, oldInputs }) =>
        judge(component, spec, newInputs?.create, oldInputs?.create),
    );
    return { beforeCreate: hooks, beforeUpdate: hooks };
}

function judge(component: pulumi.Resource, spec: ClusterSpec, newLine: unknown, oldLine: unknown): void {
    const asked = parseReleaseWords(newLine);
    if (asked === undefined) throw new Error("release: its own line isn't plain text; nothing was changed.");
    const reached = oldLine === undefined ? undefined : parseReleaseWords(oldLine);
    if (oldLine !== undefined && reached === undefined)
        throw new Error(
            "release: the record of what was reached can't be read, so no change can be judged by it; nothing was changed. `pulumi state delete` of the `release` resource lets the hosts' ledgers decide.",
        );
    const plan = planUpgrade({
        from: reached?.version,
        to: spec.versionGiven ? spec.version : undefined,
        stateVersion: spec.stateVersion,
        allowPatchDowngrade: spec.allowPatchDowngrade,
    });
    const reasons = [...plan.reasons, ...(reached ? refusedChanges(reached, asked) : [])];
    if (!pulumi.runtime.isDryRun()) {
        judgeLate(reasons, reached);
        for (const warning of reached ? takenOut(reached, asked) : []) pulumi.log.warn(warning, component);
        return;
    }
    if (reasons.length > 0) throw new Error(`refused, nothing was changed:\n${listed(reasons)}`);
    for (const warning of reached ? takenOut(reached, asked) : []) pulumi.log.warn(warning, component);
    const fetched = reached?.version === asked.version ? [] : unknownChecksums(spec);
    for (const warning of [...plan.warnings, ...fetched]) pulumi.log.warn(warning, component);
    const text = describePlan(plan, planFacts(spec));
    const notes = [
        ...(reached ? [...engineNote(reached, asked, spec), ...layoutNote(reached, asked)] : []),
        ...(reached?.stateVersion === "0.8" && asked.stateVersion === "0.9"
            ? [
                  "The capacities as declared are assigned now, in place of what Garage made of the old units, one zone after the other: data may move.",
              ]
            : []),
        ...(reached && reached.stateVersion !== asked.stateVersion
            ? [
                  "The resources that go are the record of the finished upgrade: taking them away runs nothing on any host.",
              ]
            : []),
        ...(spec.skipChecks.length > 0 ? [`Checks waived: ${spec.skipChecks.join(", ")}.`] : []),
        ...(spec.without.length > 0
            ? [
                  `Left out, not dialled: ${spec.without.join(", ")}. Its resources that go, or come back, run nothing there now.`,
              ]
            : []),
    ];
    pulumi.log.info([text, ...notes].join("\n"), component);
}

/**
 * Without a preview this is the last step: `stage` has refused what the hosts and its own hook (a default that has moved) can know, and the rest
 * is done. What is said then has to be true, and lead on.
 */
function judgeLate(all: Reason[], reached: ReleaseRecord | undefined): void {
    const reasons = all.filter(({ id }) => id !== "default-moved");
    if (reasons.length === 0) return;
    throw new Error(
        `refused, but too late: this run had no preview (--skip-preview, or the Automation API, which never has one), so every step before this record of what was reached has run on the hosts, and the record still says ${reached?.version ?? "nothing"}:\n${listed(reasons)}\nIs what was done what you want: \`pulumi state delete\` of the \`release\` resource, then \`pulumi up\`; the hosts' ledgers decide, and nothing restarts. Else do what is said above. Run \`pulumi preview\` before each change.`,
    );
}

const listed = (reasons: Reason[]) => reasons.map((r) => `  - ${r.message} [${r.id}]`).join("\n");

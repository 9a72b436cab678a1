import { type Plan, planUpgrade, type Reason } from "../policy";
import { hop } from "../procedures/hop";
import type { Procedure } from "../procedures/procedure";
import type { ClusterSpec } from "../spec";
import { refusedChanges } from "./change";
import { describePlan } from "./describePlan";
import { describeTakeover, takeoverDone } from "./describeTakeover";
import { Machines } from "./machines";
import {
    capacitiesNote,
    closedNote,
    emptyHosts,
    engineNote,
    layoutNote,
    planFacts,
    takenOut,
    unknownChecksums,
    waivedNote,
    withoutNote,
} from "./notes";
import { type ReleaseRecord, recordOf } from "./record";

/** What a change is: all that is said of it at preview, and why it can't be done. */
export interface Change {
    /** `refused` where there are reasons. */
    kind: Plan["kind"];
    /** The steps that are done between layout and rolls, by what is asked alone: a finished one lies in the state until stateVersion is moved. */
    procedure?: Procedure;
    /** Every reason against it, by the rule of versions and by the record of what was reached. */
    reasons: Reason[];
    warnings: string[];
    /** What will happen, in a few sentences. */
    notes: string[];
    /** Nodes that go when all else is done and proven: to be known beside the plan, and where there was none. */
    takenOut: string[];
}

/** Judges what is asked for by the record of what was reached; without one by itself. Pure. */
export function plan(
    reached: ReleaseRecord | undefined,
    spec: ClusterSpec,
    machines = new Machines(),
    now = new Date(),
): Change {
    const asked = recordOf(spec);
    const upgrade = planUpgrade({
        from: reached?.version,
        to: spec.versionGiven ? spec.version : undefined,
        stateVersion: spec.stateVersion,
        allowPatchDowngrade: spec.allowPatchDowngrade,
    });
    const reasons = [...upgrade.reasons, ...(reached ? refusedChanges(reached, asked, machines) : [])];
    const fetches = reached?.version !== asked.version;
    return {
        kind: reasons.length > 0 ? "refused" : upgrade.kind,
        ...(spec.hop === undefined ? {} : { procedure: hop(spec.hop, spec) }),
        reasons,
        warnings: [
            ...upgrade.warnings,
            ...(fetches ? unknownChecksums(spec) : []),
            ...(reached ? [] : emptyHosts(spec)),
        ],
        notes: [
            reached === undefined && spec.adopt !== undefined
                ? describeTakeover(spec, spec.adopt, planFacts(spec), now)
                : describePlan(upgrade, planFacts(spec)),
            ...(reached
                ? [
                      ...takeoverDone(spec),
                      ...engineNote(reached, asked, spec),
                      ...layoutNote(reached, asked),
                      ...capacitiesNote(reached, asked),
                      ...closedNote(reached, asked),
                  ]
                : []),
            ...waivedNote(spec),
            ...withoutNote(spec),
        ],
        takenOut: reached ? takenOut(reached, asked) : [],
    };
}

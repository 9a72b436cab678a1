import { generationOf, releaseOf } from "../garage/generation";
import type { Reason } from "../policy";
import { defaultMoved } from "../policy/refusals";
import type { ClusterSpec } from "../spec";

/** Why a default that has moved is refused, by the old line of a stage: what that one was asked for. A preview has it from `plan`. */
export function movedDefault(oldLine: unknown, spec: ClusterSpec): Reason | undefined {
    const generation = generationOf(oldLine);
    if (spec.versionGiven || generation === undefined) return undefined;
    const asked = releaseOf(generation);
    return asked === spec.version ? undefined : defaultMoved(asked, spec.version);
}

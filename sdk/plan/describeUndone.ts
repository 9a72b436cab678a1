import { type Plan, seriesBetween, seriesOf } from "../policy";
import { migrate } from "../procedures/hop";
import { describeRoll, type PlanFacts } from "./describePlan";

/**
 * What a preview says where `version` is set back to what was reached before the last change of it had passed: by the record alone nothing changes,
 * and yet nodes restart. `before` is the release that was staged last time.
 */
export function describeUndone(before: string | undefined, kind: Plan["kind"], to: string, facts: PlanFacts): string[] {
    const [was, is] = [seriesOf(before), seriesOf(to)];
    if (was === undefined || is === undefined || before === to) return [];
    if ((kind === "none" || kind === "patch") && seriesBetween(is, was) === 1)
        return [
            `The major upgrade to ${before}, which wasn't finished, is called off, as long as step ${migrate.number} (${migrate.verb}) has begun on no node: those that it has stopped, or whose S3 it has turned off, restart with the release that ran, S3 on; all at once, or one after the other where others still serve clients. After that step has begun the hosts refuse, and nothing changes (docs/upgrading.md, "Going back").`,
        ];
    if (kind !== "none" || was !== is) return [];
    return [
        `The roll to ${before}, which wasn't finished, is undone: nodes that had moved restart with ${to}, the others stay, unless their configuration changes; ${describeRoll(facts)}`,
    ];
}

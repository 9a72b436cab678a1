import * as semver from "semver";
import { readField, showValue } from "../showValue";
import { type HopName, hopFrom } from "./hops";
import { type ParsedRelease, parseRelease, parseStateVersion, type Reason } from "./parseRelease";
import { type Asked, refusals } from "./refusals";
import { changelogOf, defaultVersion, findRelease, newestOf, RELEASES } from "./releases";
import { nextSeries, type Series, seriesOf } from "./series";

export interface PlanInput {
    /** The release that the stack last reached; unknown on the first run, or when the state was lost. */
    from?: string;
    /** `version` as the user wrote it. Default: the newest good release of stateVersion's series. */
    to?: string;
    /** The series of the data that the cluster holds now. */
    stateVersion: string;
    /** Lets a release go down inside its series. Default: false. */
    allowPatchDowngrade?: boolean;
}

export interface Plan {
    kind: "create" | "none" | "patch" | "major" | "refused";
    /** Without a leading `v`. */
    from?: string;
    /** Without a leading `v`; what was given, in words, if it is no release. */
    to: string;
    /** Only where kind is `major`. */
    hop?: HopName;
    warnings: string[];
    /** Every reason for a refusal; empty unless kind is `refused`. */
    reasons: Reason[];
    /** Where to go after this deploy, one hop at a time. */
    next?: { version: string; changelog: string };
}

/**
 * The rule of versions: what may be done, given what the stack last reached, what is asked for, and what the user says
 * the data are. Pure and total: any value gets an answer, never an exception; all reasons at once. `null` counts as
 * not given. The table is in docs/upgrading.md.
 */
export function planUpgrade(input: PlanInput): Plan {
    const given = (name: keyof PlanInput) => readField(input, name) ?? undefined;
    const stateVersion = parseStateVersion(given("stateVersion"));
    const asked = given("to") ?? defaultVersion(stateVersion.series);
    const to: ParsedRelease = asked === undefined ? { reasons: [] } : parseRelease(asked);
    const reached = given("from");
    const from: ParsedRelease = reached === undefined ? { reasons: [] } : readReached(reached);

    const reasons = [...stateVersion.reasons, ...to.reasons, ...from.reasons];
    const shown = {
        ...(reached === undefined ? {} : { from: from.version ?? showValue(reached) }),
        to: to.version ?? (asked === undefined ? "" : showValue(asked)),
    };
    if (stateVersion.series && to.version && to.series && from.reasons.length === 0) {
        reasons.push(
            ...refusals({
                from: from.version,
                to: to.version,
                stateVersion: stateVersion.series,
                allowPatchDowngrade: given("allowPatchDowngrade") === true,
                defaulted: given("to") === undefined,
            }),
        );
    }
    if (reasons.length > 0 || !stateVersion.series || !to.version)
        return { kind: "refused", ...shown, warnings: [], reasons };
    return allowed({ from: from.version, to: to.version, stateVersion: stateVersion.series });
}

/** The record of what was reached is ours; whatever else stands there means a state that nobody should build on. */
function readReached(value: unknown): ParsedRelease {
    const parsed = parseRelease(value);
    if (parsed.version) return { ...parsed, reasons: [] };
    const message = `The stack's record of the release that it last reached says ${showValue(value)}, which isn't a release of a series that this package knows. Ask the hosts (\`garage-node status\` names release and series); then either use the version of this package that wrote the record, or take the record out of the state (\`pulumi state delete\`): the hosts' own ledgers decide then.`;
    return { reasons: [{ id: "reached-unreadable", message }] };
}

/** The answer to what nothing speaks against. */
function allowed({ from, to, stateVersion }: Pick<Asked, "from" | "to" | "stateVersion">): Plan {
    const series = seriesOf(to)!;
    const hop = series === stateVersion || from === to ? undefined : hopFrom(stateVersion)!;
    const plan: Plan = { kind: "create", ...(from === undefined ? {} : { from }), to, warnings: [], reasons: [] };
    if (hop) {
        plan.kind = "major";
        plan.hop = hop.name;
    } else if (from !== undefined) {
        plan.kind = from === to ? "none" : "patch";
    }
    plan.warnings = warnings(plan, stateVersion);
    const next = nextOf(to, series);
    return next ? { ...plan, next } : plan;
}

function warnings({ kind, from, to }: Plan, stateVersion: Series): string[] {
    const said: string[] = [];
    const series = seriesOf(to)!;
    const hop = hopFrom(stateVersion);
    if (kind === "major" && from === undefined) {
        said.push(
            `This stack remembers no release: whether ${to} may follow on the data of series ${stateVersion} is for the hosts to decide, by their ledgers. Hosts that are new refuse; for a new cluster set stateVersion: "${series}".`,
        );
    }
    if (kind === "major" && from !== undefined && hop && semver.lt(from, hop.minFrom)) {
        said.push(
            `${from} is older than ${hop.minFrom}, the oldest release to start this major upgrade from (${hop.minFromReason}): set version: "${newestOf(stateVersion)}" and run \`pulumi up\` first. The hosts check it too (min-from).`,
        );
    }
    if (kind === "none" && series !== stateVersion)
        said.push(`The major upgrade to ${to} is finished: set stateVersion: "${series}".`);
    if (kind === "patch" && from !== undefined) {
        if (semver.lt(to, from)) {
            const notes = RELEASES.filter(
                (release) => release.goingBelow && semver.gte(from, release.version) && semver.lt(to, release.version),
            );
            said.push(
                `${from} → ${to} is a patch downgrade, let through by allowPatchDowngrade.${notes.map((release) => ` ${release.goingBelow}.`).join("")}`,
            );
        }
        const bad = findRelease(from)?.knownBad;
        if (bad) {
            said.push(
                `${from} is known to be bad: ${bad}. Node by node won't get away from it: the first node on ${to} isn't seen by the others and goes back. A major upgrade to series ${nextSeries(series)}, which stops all nodes at once, does.`,
            );
        }
    }
    const caution = findRelease(to)?.caution;
    if (caution && kind !== "none")
        said.push(`${to} may be installed, but ${caution}. Newest of its series: ${newestOf(series)}.`);
    if (!findRelease(to) && kind !== "none") {
        said.push(
            `This package doesn't know release ${to}: it is treated like every other one of series ${series}. Newest known: ${newestOf(series)}.`,
        );
    }
    return said;
}

/** The newest release of the next series; in the newest series, its newest release; nothing after that. */
export function nextOf(version: string, series: Series): Plan["next"] {
    const target = newestOf(nextSeries(series) ?? series);
    return semver.gt(target, version) ? { version: target, changelog: changelogOf(target) } : undefined;
}

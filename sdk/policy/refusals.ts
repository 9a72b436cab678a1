import * as semver from "semver";
import type { Reason } from "./parseRelease";
import { newestOf } from "./releases";
import { nextSeries, type Series, seriesBetween, seriesOf } from "./series";

/** Releases of known series, and what the user says about them. */
export interface Asked {
    readonly from: string | undefined;
    readonly to: string;
    readonly stateVersion: Series;
    readonly allowPatchDowngrade: boolean;
    /** `version` wasn't set: `to` is the default of stateVersion. */
    readonly defaulted: boolean;
}

/** What speaks against going from here to there; empty when nothing does. */
export function refusals(asked: Asked): Reason[] {
    return asked.from === undefined ? withoutMemory(asked) : withMemory({ ...asked, from: asked.from });
}

/** Nothing reached yet, or the state was lost: only stateVersion says where the data are. */
function withoutMemory({ to, stateVersion }: Asked): Reason[] {
    const ahead = seriesBetween(stateVersion, seriesOf(to)!);
    if (ahead > 1) return [skips(`stateVersion "${stateVersion}"`, stateVersion, to)];
    if (ahead < 0) {
        return [
            {
                id: "series-downgrade",
                message: `version "${to}" is of series ${seriesOf(to)}, older than stateVersion "${stateVersion}", the series of the data: an older series starts on newer data, looks healthy and breaks them. Allowed are series ${orNext(stateVersion)}. Set version: "${newestOf(stateVersion)}"; or, if the data really are of series ${seriesOf(to)}, stateVersion: "${seriesOf(to)}".`,
            },
        ];
    }
    return [];
}

function withMemory(asked: Asked & { from: string }): Reason[] {
    const { from, to, stateVersion } = asked;
    const reached = seriesOf(from)!;
    const told = seriesBetween(reached, stateVersion);
    const goes = seriesBetween(reached, seriesOf(to)!);
    const reasons: Reason[] = [];
    if (told > 0) reasons.push(stateVersionAhead(asked, reached));
    if (told < -1) reasons.push(stateVersionBehind(asked, reached));
    if (told === -1 && goes > 0) reasons.push(stateVersionBehind(asked, reached));
    if (told === -1 && goes === 0 && semver.neq(from, to)) reasons.push(unfinished(asked, reached));
    if (goes > 1) reasons.push(skips(from, reached, to));
    if (goes < 0) reasons.push(seriesDowngrade(asked, reached));
    if (told === 0 && goes === 0 && semver.neq(to, from)) {
        if (semver.lt(to, from) && !asked.allowPatchDowngrade) reasons.push(patchDowngrade(asked));
        else if (asked.defaulted) reasons.push(defaultMoved(from, to));
    }
    return reasons;
}

function skips(start: string, series: Series, to: string): Reason {
    const between: Series[] = [];
    for (let step = nextSeries(series); step && step !== seriesOf(to); step = nextSeries(step)) between.push(step);
    return {
        id: "skips-series",
        message: `${start} → ${to} skips ${between.join(" and ")}: Garage converts data from one series to the next one only. Allowed are series ${orNext(series)}: go to ${newestOf(between[0]!)} first, with version: "${newestOf(between[0]!)}".`,
    };
}

function stateVersionAhead({ from, to, stateVersion }: Asked & { from: string }, reached: Series): Reason {
    const next = nextSeries(reached)!;
    const target = seriesOf(to) === next ? to : newestOf(next);
    const upgrade = seriesBetween(reached, seriesOf(to)!) > 0 ? `, set version "${target}", move it afterwards` : "";
    return {
        id: "state-version-ahead",
        message: `stateVersion says ${stateVersion} but the stack last reached ${from}: leave it at ${reached}${upgrade}. It only states what the data are, and allowed is what is true now: stateVersion: "${reached}" (on NixOS moving stateVersion upgrades; here version asks for that).`,
    };
}

function stateVersionBehind({ from, to, stateVersion }: Asked & { from: string }, reached: Series): Reason {
    const afterwards =
        seriesBetween(reached, seriesOf(to)!) === 1
            ? ` Run \`pulumi up\` with that and version: "${from}", and go to ${to} afterwards.`
            : "";
    return {
        id: "state-version-behind",
        message: `stateVersion says ${stateVersion} but the stack last reached ${from}: the data are of series ${reached}. Allowed is what is true now: set stateVersion: "${reached}".${afterwards}`,
    };
}

function unfinished({ from, to, stateVersion }: Asked & { from: string }, reached: Series): Reason {
    return {
        id: "set-state-version-first",
        message: `version is now ${to}, the stack last reached ${from}, and stateVersion still says ${stateVersion}: the major upgrade isn't closed yet. Allowed is version: "${from}" only. Set stateVersion: "${reached}" with version: "${from}", run \`pulumi up\`, and go to ${to} afterwards.`,
    };
}

function seriesDowngrade({ from, to, defaulted }: Asked & { from: string }, reached: Series): Reason {
    const why = defaulted ? " (the default of stateVersion, since version isn't set)" : "";
    return {
        id: "series-downgrade",
        message: `${from} → ${to}${why} goes back to an older series: it would start, look healthy and break the data. Allowed are series ${orNext(reached)}: set version: "${from}". The way back is the metadata's backup from before the upgrade: \`garage-node restore\` on every stopped node; see docs/upgrading.md.`,
    };
}

function patchDowngrade({ from, to, defaulted }: Asked & { from: string }): Reason {
    const why = defaulted ? " (the newest that this package knows, since version isn't set)" : "";
    return {
        id: "patch-downgrade",
        message: `${from} → ${to}${why} is a downgrade. Allowed is ${from} or newer: set version: "${from}", or, if you have read both changelogs and mean it, allowPatchDowngrade: true.`,
    };
}

/** A release that nobody has written down: another version of this package would roll the cluster. `from`: reached, or asked for last. */
export function defaultMoved(from: string, to: string): Reason {
    return {
        id: "default-moved",
        message: `version isn't set, and its default, the newest release of series ${seriesOf(to)} that this package knows, is now ${to}; it was ${from}. A new version of the package alone moves no cluster. Allowed is what is written: set version: "${from}" to stay, or version: "${to}" to go there.`,
    };
}

function orNext(series: Series): string {
    const next = nextSeries(series);
    return next ? `${series} and ${next}` : series;
}

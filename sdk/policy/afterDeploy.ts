import * as semver from "semver";
import { hopFrom } from "./hops";
import { parseRelease, parseStateVersion } from "./parseRelease";
import { nextOf } from "./planUpgrade";
import { newestOf } from "./releases";
import { nextSeries, seriesBetween } from "./series";

/**
 * Warnings to show once a deploy has succeeded: close the major upgrade, or go on to the next series, one hop at a
 * time. Empty at the newest series, and for whatever isn't a release and a series.
 */
export function afterDeploy({ reached, stateVersion }: { reached: string; stateVersion: string }): string[] {
    const release = parseRelease(reached);
    const told = parseStateVersion(stateVersion).series;
    if (!release.version || !release.series || !told) return [];
    if (seriesBetween(told, release.series) === 1) {
        return [
            `The major upgrade to ${release.version} is finished: set stateVersion: "${release.series}", leave version at "${release.version}", and run \`pulumi up\`; no daemon is touched by that.`,
        ];
    }
    const hop = hopFrom(release.series);
    const next = nextOf(release.version, release.series);
    if (told !== release.series || !hop || !next) return [];
    const first = semver.lt(release.version, hop.minFrom) ? ` (from ${newestOf(release.series)}: go there first)` : "";
    return [
        `Series ${release.series} isn't Garage's newest: the next step is series ${nextSeries(release.series)}, version: "${next.version}"${first}, with stateVersion left at "${told}". Read ${next.changelog} and ${hop.guide}, and rehearse it.`,
    ];
}

import * as semver from "semver";
import { isSeries, type Series, seriesOf } from "./series";

export interface Release {
    readonly version: string;
    /** Day of publication: crates.io's record; 1.3.1 and 2.2.0 aren't there, theirs is upstream's release list. Left out where unknown. */
    readonly date?: string;
    /** Why this release must not be installed. */
    readonly knownBad?: string;
    /** What is said against a release that works all the same; it is told when it is asked for. */
    readonly caution?: string;
    /** What a patch downgrade to below this release has to know. */
    readonly goingBelow?: string;
    /** From this release on the resync queue lies where older ones don't look: below it an empty queue proves nothing. The hosts repair it. */
    readonly movesResyncQueue?: true;
}

/** Public releases of Garage, oldest first within a series. One that isn't here follows the same rules. */
export const RELEASES: readonly Release[] = [
    { version: "0.7.0", date: "2022-04-08" },
    { version: "0.7.1" },
    { version: "0.7.2" },
    { version: "0.7.3" },
    { version: "0.8.0", date: "2022-11-21" },
    { version: "0.8.1", date: "2023-01-02" },
    { version: "0.8.2", date: "2023-03-13" },
    {
        version: "0.8.3",
        date: "2023-08-28",
        // https://github.com/NixOS/nixpkgs/pull/253522
        knownBad: "it can't talk to nodes on another 0.8 release (upstream withdrew it; 0.8.4 mends that)",
    },
    { version: "0.8.4", date: "2023-09-05" },
    { version: "0.8.5", date: "2024-01-16" },
    { version: "0.8.6", date: "2024-03-01" },
    { version: "0.8.7", date: "2024-03-04" },
    { version: "0.9.0", date: "2023-10-10" },
    { version: "0.9.1", date: "2024-01-17" },
    { version: "0.9.2", date: "2024-03-01" },
    { version: "0.9.3", date: "2024-03-04" },
    { version: "0.9.4", date: "2024-04-08" },
    { version: "1.0.0", date: "2024-04-10" },
    { version: "1.0.1", date: "2024-09-22" },
    { version: "1.1.0", date: "2025-03-05" },
    { version: "1.2.0", date: "2025-06-13" },
    { version: "1.3.0", date: "2025-09-14" },
    { version: "1.3.1", date: "2026-01-24" },
    { version: "2.0.0", date: "2025-06-14" },
    { version: "2.1.0", date: "2025-09-15" },
    { version: "2.2.0", date: "2026-01-24" },
    {
        version: "2.3.0",
        date: "2026-04-16",
        caution: "users report that its S3 API panics (not tried here)",
    },
    { version: "2.4.0", date: "2026-09-06" },
    { version: "2.4.1", date: "2026-09-08" },
    {
        version: "2.5.0",
        date: "2026-10-24",
        goingBelow:
            "2.5.0 keeps the resync queue in a new place that older releases don't see: each node runs `repair blocks` once it has gone back",
        movesResyncQueue: true,
    },
];

/** Upstream's release page, which is the changelog. */
export function changelogOf(version: string): string {
    return `https://git.deuxfleurs.fr/Deuxfleurs/garage/releases/tag/v${version}`;
}

export function findRelease(version: string): Release | undefined {
    return RELEASES.find((release) => release.version === version);
}

/** The newest release of a series that this package knows and that isn't known to be bad. */
export function newestOf(series: Series): string {
    const good = RELEASES.filter((release) => !release.knownBad && seriesOf(release.version) === series);
    return semver.maxSatisfying(
        good.map((release) => release.version),
        "*",
    )!;
}

/** The releases from which on the resync queue lies in another place, oldest first. */
export function resyncQueueMoved(): string[] {
    return RELEASES.filter((release) => release.movesResyncQueue).map((release) => release.version);
}

/** The default of `version`: the newest good release of stateVersion's series. Undefined if stateVersion isn't a series. */
export function defaultVersion(stateVersion: unknown): string | undefined {
    return isSeries(stateVersion) ? newestOf(stateVersion) : undefined;
}

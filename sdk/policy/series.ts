import * as semver from "semver";

/** The series of Garage that this package knows, oldest first. A major upgrade goes from one to the next one, never further. */
export const SERIES = ["0.7", "0.8", "0.9", "1", "2"] as const;

/** A line of releases that share a data format. */
export type Series = (typeof SERIES)[number];

export const NEWEST_SERIES: Series = SERIES[SERIES.length - 1]!;

export function isSeries(value: unknown): value is Series {
    return typeof value === "string" && (SERIES as readonly string[]).includes(value);
}

/**
 * The series of a release: `"0.8.7"` → `"0.8"`, `"1.3.1"` → `"1"`. Undefined for whatever isn't a plain `X.Y.Z` of a
 * known series; 1.99 and the like are upstream's internal numbers on the way to a next series and belong to none.
 */
export function seriesOf(version: unknown): Series | undefined {
    if (typeof version !== "string" || version.length > 64) return undefined;
    const parsed = semver.parse(version);
    if (!parsed || parsed.version !== version || parsed.prerelease.length > 0) return undefined;
    if (parsed.major > 0 && parsed.minor === 99) return undefined;
    const name = parsed.major === 0 ? `0.${parsed.minor}` : `${parsed.major}`;
    return isSeries(name) ? name : undefined;
}

/** The series that follows; undefined after the newest one. */
export function nextSeries(series: Series): Series | undefined {
    return SERIES[SERIES.indexOf(series) + 1];
}

/** How many series `b` lies ahead of `a`; negative when it lies behind. */
export function seriesBetween(a: Series, b: Series): number {
    return SERIES.indexOf(b) - SERIES.indexOf(a);
}

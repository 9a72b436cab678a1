import { nextSeries, type Series, seriesBetween } from "./series";

/** What not every series of Garage can do with buckets and keys, and the first one that can: docs/buckets.md, tried on the real releases. */
export const FEATURES = {
    quotas: { option: "quotas", since: "0.8" },
    lifecycle: { option: "lifecycle", since: "0.9" },
    createBucket: { option: "allowCreateBucket", since: "0.8" },
    pair: { option: "accessKeyId and secretAccessKey", since: "0.8" },
    expiry: { option: "expiresAt", since: "2" },
} as const satisfies Record<string, { option: string; since: Series }>;

export type Feature = keyof typeof FEATURES;

/** Why a series can't do what is asked for, each with the way out; empty where it can. */
export function tooOld(series: Series, needs: readonly Feature[]): string[] {
    return needs
        .map((need) => FEATURES[need])
        .filter(({ since }) => seriesBetween(series, since) > 0)
        .map(({ option, since }) => {
            const way = nextSeries(series) === since ? "" : ", series by series";
            return `${option}: the cluster runs series ${series}, which can't do that. Allowed: from series ${since} on. Take it out, or upgrade the cluster first${way} (docs/upgrading.md).`;
        });
}

import { createHash } from "node:crypto";
import type { BucketSpec, CorsSpec, KeySpec } from "../bucketSpec";

/** What a host is to make of a bucket, as its verb reads it. `ids`: of the keys, in the order of the spec. */
export function bucketWant(spec: BucketSpec, ids: string[]): object {
    const { aliases, quotas, website, lifecycle, cors, exclusive, bucketId, takeOver } = spec;
    return {
        aliases,
        quotas: quotas ? { maxSizeBytes: quotas.maxSizeBytes ?? null, maxObjects: quotas.maxObjects ?? null } : null,
        website: website
            ? { indexDocument: website.indexDocument, errorDocument: website.errorDocument ?? null }
            : null,
        keys: spec.keys.map((rights, index) => ({ accessKeyId: ids[index], ...rights })),
        lifecycle: lifecycle ?? null,
        cors: cors ? cors.flatMap(ruleEach) : null,
        exclusive,
        bucketId,
        takeOver,
    };
}

/** A rule for each origin: up to series 1 Garage answers with all origins of a rule at once, which browsers refuse. */
function ruleEach({ origins, ...rule }: CorsSpec): CorsSpec[] {
    return origins.map((origin) => ({ origins: [origin], ...rule }));
}

export interface Pair {
    accessKeyId: string;
    secretAccessKey: string;
}

/** The same of a key; `pair`: one that is to be imported. */
export function keyWant(spec: KeySpec, pair?: Pair): object {
    const { name, allowCreateBucket, expiresAt, rotate, retire, takeOver } = spec;
    return { name, allowCreateBucket, expiresAt, import: pair, rotate: rotate ?? null, retire, takeOver };
}

/** One line of JSON of ASCII only: a sheet's. */
export function inOneLine(want: object): string {
    const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(want).replace(/[^\x20-\x7e]/g, escaped);
}

/** For a preview to show that something changes, by what is known before anything runs: 12 hex digits. */
export function wantDigest(spec: BucketSpec | KeySpec): string {
    return createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 12);
}

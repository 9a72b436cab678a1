import { namesBelow } from "./optionClass";

/** Every option of bucketArgs.ts and keyArgs.ts by its path; `*` stands for a place in a list. */
export const BUCKET_OPTIONS: readonly string[] = [
    "access",
    "aliases",
    "quotas",
    ...["maxSize", "maxObjects"].map((name) => `quotas.${name}`),
    "website",
    ...["indexDocument", "errorDocument"].map((name) => `website.${name}`),
    "keys",
    ...["accessKeyId", "read", "write", "owner"].map((name) => `keys.*.${name}`),
    "lifecycle",
    ...["id", "prefix", "everything", "expireAfterDays", "abortUploadsAfterDays"].map((name) => `lifecycle.*.${name}`),
    "cors",
    ...["origins", "methods", "headers", "exposeHeaders", "maxAgeSeconds"].map((name) => `cors.*.${name}`),
    "exclusive",
    "bucketId",
    "takeOver",
    "reapply",
];

export const KEY_OPTIONS: readonly string[] = [
    "access",
    "name",
    "allowCreateBucket",
    "expiresAt",
    "accessKeyId",
    "secretAccessKey",
    "rotate",
    "retire",
    "takeOver",
    "reapply",
];

export const bucketOptionsAt = (path: string) => namesBelow(BUCKET_OPTIONS, path);
export const keyOptionsAt = (path: string) => namesBelow(KEY_OPTIONS, path);

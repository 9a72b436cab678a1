import type { Feature } from "./policy";

/** A right on a bucket; which key has it may only be known later, and stays in the args. */
export interface RightSpec {
    read: boolean;
    write: boolean;
    owner: boolean;
}

export interface LifecycleSpec {
    id: string;
    prefix: string;
    expireAfterDays?: number;
    abortUploadsAfterDays?: number;
}

export interface CorsSpec {
    origins: string[];
    methods: string[];
    /** In lower case. */
    headers: string[];
    exposeHeaders: string[];
    maxAgeSeconds?: number;
}

/** What both kinds are asked for with. */
interface OwnedSpec {
    exclusive?: boolean;
    reapply?: string;
    /** What not every series of Garage can do. */
    needs: Feature[];
}

/** A bucket as declared, checked, with every default filled in; plain values only: what is an `Input` stays in the args. */
export interface BucketSpec extends OwnedSpec {
    /** The first one is the bucket's name for clients. */
    aliases: string[];
    quotas?: { maxSizeBytes?: number; maxObjects?: number };
    website?: { indexDocument: string; errorDocument?: string };
    /** In the order of the args. */
    keys: RightSpec[];
    lifecycle?: LifecycleSpec[];
    cors?: CorsSpec[];
    exclusive: boolean;
    bucketId?: string;
    takeOver: boolean;
}

/** A key, likewise. */
export interface KeySpec extends OwnedSpec {
    name: string;
    allowCreateBucket: boolean;
    expiresAt?: string;
    /** A pair is given. */
    imported: boolean;
    rotate?: string;
    retire: string[];
    takeOver?: string;
}

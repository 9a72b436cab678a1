import type { Input } from "@pulumi/pulumi";

// The options of a key, as bucketArgs.ts has those of a bucket.

/** What an S3 key is to be. */
export interface GarageKeyArgs {
    /** The output `access` of the GarageCluster; a secret. */
    access: Input<string>;
    /** Name of the key in Garage: letters, digits, ".", "_" and "-", at most 64. Default: the resource's name. */
    name?: string;
    /** Whether the key may make buckets by the S3 API (series 0.8 and later; in 0.7 every key may). Default false. */
    allowCreateBucket?: boolean;
    /** When the key stops working, like "2027-01-31T00:00:00Z" (series 2 and later). Default: never. */
    expiresAt?: string;
    /** Id of a key that exists elsewhere, to be imported with its secret (series 0.8 and later): "GK" and 24 hex digits; from series 2 on also another store's. Default: Garage makes both. */
    accessKeyId?: Input<string>;
    /** Secret of the key to be imported: 64 hex digits; from series 2 on also another store's. Needed with `accessKeyId`, and only then. */
    secretAccessKey?: Input<string>;
    /** Any string; another one than last time makes a second key with the same rights, whose id and secret the outputs have from then on. The old one goes on working until `retire` names it. */
    rotate?: string;
    /** Ids of former keys of this resource (`previousAccessKeyIds`) that are deleted; the current one is refused. May stay in the program. */
    retire?: string[];
    /** Id of a key that somebody else has made by hand, to be looked after from now on. One that another resource of Pulumi owns never. */
    takeOver?: string;
    /** Any string; another one than last time compares the key with the program once more, and brings back what was changed by hand. */
    reapply?: string;
}

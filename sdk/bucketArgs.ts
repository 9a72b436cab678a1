import type { Input } from "@pulumi/pulumi";

// The options of a bucket. Every one says its unit, its default, and what is refused; sdk/garage/bucketOptions.ts has their names. What a series of
// Garage can't do is in docs/buckets.md. No unions of string literals, no functions: the file is read by Pulumi's component analyzer.

/** How much a bucket may hold (series 0.8 and later). */
export interface Quotas {
    /** All objects together: "500G", "1.5TiB" (1G = 10^9 bytes, 1GiB = 2^30). Default: no limit. */
    maxSize?: string;
    /** Number of objects, 1 or more. Default: no limit. */
    maxObjects?: number;
}

/** A bucket whose objects Garage's web server shows to everybody, by the bucket's name and the cluster's `webRootDomain`. */
export interface Website {
    /** Name of the object that is shown for a folder, like "index.html"; without "/". */
    indexDocument: string;
    /** Key of the object that is shown where there is none, like "404.html". Default: none. */
    errorDocument?: string;
}

/** What a key may do in the bucket; at least one of the three. */
export interface KeyRights {
    /** The key's id: `accessKeyId` of a GarageKey, or of a key that exists. */
    accessKeyId: Input<string>;
    /** Read objects, and list them. Default false. */
    read?: boolean;
    /** Write and delete objects. Default false. */
    write?: boolean;
    /** Change the bucket itself by the S3 API: website, CORS, lifecycle, deletion. Default false. */
    owner?: boolean;
}

/** Objects, or unfinished uploads, that Garage removes by itself after some days (series 0.9 and later). */
export interface LifecycleRule {
    /** Name of the rule, its identity in the bucket. Default: its prefix; "everything" without one. */
    id?: string;
    /** Only for objects whose keys begin so, like "tmp/". Default: for all, where nothing but uploads is given up; a rule that deletes objects has to say which. */
    prefix?: string;
    /** In place of a prefix: objects are deleted whatever their keys are, so in the end every object of the bucket. Default false. */
    everything?: boolean;
    /** Days after which an object is deleted, 1 or more; needs `prefix` or `everything`. Default: never. */
    expireAfterDays?: number;
    /** Days after which an upload in parts that was never completed is given up, 1 or more. Default: never. */
    abortUploadsAfterDays?: number;
}

/** What scripts of other sites may do with the bucket from a browser. */
export interface CorsRule {
    /** Origins as browsers send them, like "https://example.org"; or "*" alone for all. */
    origins: string[];
    /** Methods: "GET", "HEAD", "PUT", "POST", "DELETE"; or "*" alone for all. */
    methods: string[];
    /** Headers that a script may send, or "*" alone for all; compared, and written, in lower case. Default: none. */
    headers?: string[];
    /** Headers of an answer that a script may see. Default: none. */
    exposeHeaders?: string[];
    /** Seconds for which a browser may remember the answer. Default: the browser's own. */
    maxAgeSeconds?: number;
}

/** What a bucket is to be. */
export interface GarageBucketArgs {
    /** The output `access` of the GarageCluster; a secret. */
    access: Input<string>;
    /** Names of the bucket, by which all keys know it: 3 to 63 lower case letters, digits, "-" and ".". Default: the resource's name. */
    aliases?: string[];
    /** How much the bucket may hold (series 0.8 and later). Default: no limit. */
    quotas?: Quotas;
    /** Has Garage's web server show the bucket. Default: it doesn't. */
    website?: Website;
    /** What which key may do. Default: no key of this program may do anything. */
    keys?: KeyRights[];
    /** What is removed by itself after some days (series 0.9 and later). Default: nothing. */
    lifecycle?: LifecycleRule[];
    /** What scripts of other sites may do from a browser. Default: nothing. */
    cors?: CorsRule[];
    /** Also takes away what others have set: aliases, rights, rules, quotas, website. Default false: only what this resource has set. */
    exclusive?: boolean;
    /** Id of a bucket that exists, 64 hex digits: for `takeOver` of one that hasn't any of these names. Default: the bucket is found by its names. */
    bucketId?: string;
    /** Takes over a bucket of that name which somebody else has made by hand, as it is, objects and all. One that another resource of Pulumi owns never. Default false. */
    takeOver?: boolean;
    /** Any string; another one than last time compares the bucket with the program once more, and brings back what was changed by hand. */
    reapply?: string;
}

export type QuotasArgs = Quotas;
export type WebsiteArgs = Website;
export type KeyRightsArgs = KeyRights;
export type LifecycleRuleArgs = LifecycleRule;
export type CorsRuleArgs = CorsRule;

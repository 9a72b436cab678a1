import * as pulumi from "@pulumi/pulumi";
import type { GarageBucketArgs } from "./bucketArgs";
import { websiteEndpoint } from "./garage/websiteEndpoint";
import { open } from "./phases/access";
import { bucket, bucketAnswer } from "./phases/bucket";
import { toldIn } from "./phases/owned";
import { validatedBucket } from "./walls/arguments";
import { ownedHooks } from "./walls/ownedHooks";

/**
 * A bucket of a Garage cluster: its names, quotas, website, rules, and what which key may do. What the program names is brought back where somebody
 * has changed it; what others have set stays. Deleting the resource deletes the bucket only while it is empty.
 */
export class GarageBucket extends pulumi.ComponentResource {
    /** Garage's id of the bucket, 64 hex digits. */
    public readonly bucketId: pulumi.Output<string>;
    /** Name of the bucket for clients: the first of `aliases`. */
    public readonly bucketName: pulumi.Output<string>;
    /** URL of the S3 API that the bucket is reached at. */
    public readonly s3Endpoint: pulumi.Output<string>;
    /** URL of the bucket's website, where DNS leads its name to a node; empty without `website`. */
    public readonly websiteEndpoint: pulumi.Output<string>;

    constructor(name: string, args: GarageBucketArgs, opts?: pulumi.ComponentResourceOptions) {
        super("garage-cluster:index:GarageBucket", name, {}, opts);
        const spec = validatedBucket(this, name, args);
        const opened = open(args.access);
        const made = bucket(this, name, spec, opened, args, ownedHooks(this, `bucket ${name}`, toldIn("bucket")));
        // Whatever is made of one of these comes after the bucket, and goes before it. By the URN, which a preview knows too.
        const atLast = <T>(value: pulumi.Input<T>) =>
            pulumi.all([pulumi.output(value), made.urn]).apply(([known]) => known as T);
        this.bucketId = bucketAnswer(made).apply(({ bucketId }) => bucketId);
        this.bucketName = atLast(spec.aliases[0]!);
        this.s3Endpoint = atLast(opened.facts.apply(({ s3Endpoint }) => s3Endpoint));
        this.websiteEndpoint = atLast(opened.facts.apply((facts) => websiteEndpoint(spec, facts)));
        this.registerOutputs();
    }
}

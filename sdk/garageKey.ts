import * as pulumi from "@pulumi/pulumi";
import { awsConfig } from "./garage/awsConfig";
import type { GarageKeyArgs } from "./keyArgs";
import { open } from "./phases/access";
import { key, keyAnswer } from "./phases/key";
import { toldIn } from "./phases/owned";
import { validatedKey } from "./walls/arguments";
import { ownedHooks } from "./walls/ownedHooks";

/**
 * An S3 key of a Garage cluster. Its secret is made by Garage, and stands in the state as a secret. Deleting the resource deletes the key, unless it
 * has a right on a bucket with objects, or one that isn't from this program.
 */
export class GarageKey extends pulumi.ComponentResource {
    /** Id of the key, as clients name it; after `rotate` the new one's. */
    public readonly accessKeyId: pulumi.Output<string>;
    /** Secret of the key; a secret. */
    public readonly secretAccessKey: pulumi.Output<string>;
    /** Ids of the keys before it, oldest first, that still work: until `retire` names them. */
    public readonly previousAccessKeyIds: pulumi.Output<string[]>;
    /** Lines for ~/.aws/config, as aws-cli and the SDKs read them: a profile with the key's name, endpoint, id and secret. A secret. */
    public readonly awsConfig: pulumi.Output<string>;

    constructor(name: string, args: GarageKeyArgs, opts?: pulumi.ComponentResourceOptions) {
        // No inputs are kept for the component itself: a plain secret would lie in the state.
        super("garage-cluster:index:GarageKey", name, {}, opts);
        const spec = validatedKey(this, name, args);
        const opened = open(args.access);
        const made = keyAnswer(key(this, name, spec, opened, args, ownedHooks(this, `key ${name}`, toldIn("key"))));
        this.accessKeyId = pulumi.unsecret(made.apply(({ accessKeyId }) => accessKeyId));
        this.secretAccessKey = pulumi.secret(made.apply(({ secretAccessKey }) => secretAccessKey));
        this.previousAccessKeyIds = pulumi.unsecret(made.apply(({ previousAccessKeyIds }) => previousAccessKeyIds));
        this.awsConfig = pulumi.secret(
            pulumi
                .all([made, opened.facts])
                .apply(([pair, { s3Endpoint, region }]) =>
                    awsConfig({ profile: spec.name, endpoint: s3Endpoint, region, ...pair }),
                ),
        );
        this.registerOutputs();
    }
}

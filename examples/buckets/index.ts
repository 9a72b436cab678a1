import * as pulumi from "@pulumi/pulumi";
// In a project of your own: import { GarageBucket, GarageKey } from "pulumi-garage-cluster";
import { GarageBucket, GarageKey } from "../../sdk";

const config = new pulumi.Config();
// The stack of examples/ssh, say: organization/garage-ssh/prod. It exports `access`, which is root on one of its hosts.
const cluster = new pulumi.StackReference(config.require("cluster"));
const access = cluster.requireOutput("access") as pulumi.Output<string>;

// Another text makes a second key with the same rights; the first works on until `retire` names it.
const app = new GarageKey("app", {
    access,
    rotate: config.get("rotate"),
    retire: config.getObject<string[]>("retire"),
});
const backup = new GarageKey("backup", { access });

const photos = new GarageBucket("photos", {
    access,
    aliases: ["photos", "pictures"],
    quotas: { maxSize: "500G", maxObjects: 1_000_000 },
    keys: [
        { accessKeyId: app.accessKeyId, read: true, write: true },
        { accessKeyId: backup.accessKeyId, read: true },
    ],
    lifecycle: [
        { prefix: "tmp/", expireAfterDays: 7 },
        { id: "unfinished uploads", abortUploadsAfterDays: 2 },
    ],
    cors: [{ origins: ["https://example.org"], methods: ["GET", "HEAD"], maxAgeSeconds: 3600 }],
});

const site = new GarageBucket("site", {
    access,
    website: { indexDocument: "index.html", errorDocument: "404.html" },
    keys: [{ accessKeyId: app.accessKeyId, write: true }],
});

export const photosId = photos.bucketId;
export const website = site.websiteEndpoint;
export const formerKeys = app.previousAccessKeyIds;
// pulumi stack output awsConfig --show-secrets >>~/.aws/config; aws --profile app s3 ls s3://photos
export const awsConfig = app.awsConfig;

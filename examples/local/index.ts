import * as pulumi from "@pulumi/pulumi";
// In a project of your own: import { GarageBucket, GarageCluster, GarageKey } from "pulumi-garage-cluster";
import { GarageBucket, GarageCluster, GarageKey } from "../../sdk";

const config = new pulumi.Config();
// `npm start` sets both where Garage can't be downloaded from its own site: a folder of binaries, and where to look in it.
const mirrorDir = config.get("mirrorDir");
const baseUrl = config.get("binaryBaseUrl");
// `npm start` sets another text for a node whose container is gone.
const reapply = config.getObject<Record<string, string>>("reapply") ?? {};
const container = mirrorDir ? { volumes: [`${mirrorDir}:/srv/garage-mirror:ro`] } : {};

const store = new GarageCluster("store", {
    stateVersion: "2",
    version: "2.5.0",
    nodes: {
        london: { zone: "lon", capacity: "10G", container, reapply: reapply.london },
        paris: { zone: "par", capacity: "10G", container, reapply: reapply.paris },
        rome: { zone: "rom", capacity: "10G", container, reapply: reapply.rome },
    },
    binary: baseUrl ? { baseUrl } : undefined,
});

// `npm stop` removes the nodes with all that is on them. Without it `pulumi destroy` would stop at a bucket that isn't empty.
const kept = { retainOnDelete: true };
const app = new GarageKey("app", { access: store.access }, kept);
const photos = new GarageBucket(
    "photos",
    { access: store.access, keys: [{ accessKeyId: app.accessKeyId, read: true, write: true, owner: true }] },
    kept,
);

export const s3Endpoints = store.s3Endpoints;
export const version = store.version;
export const bucket = photos.bucketName;
export const accessKeyId = app.accessKeyId;
export const secretAccessKey = app.secretAccessKey;
// For ~/.aws/config: pulumi stack output awsConfig --show-secrets
export const awsConfig = app.awsConfig;

import * as pulumi from "@pulumi/pulumi";
// In a project of your own: import { DrainMode, GarageBucket, GarageCluster, GarageKey } from "pulumi-garage-cluster";
import { DrainMode, GarageBucket, GarageCluster, GarageKey } from "../../sdk";

const config = new pulumi.Config();
// Where Garage can't be downloaded from its own site: a folder of binaries, seen by the containers as /srv/garage-mirror.
const mirrorDir = config.get("mirrorDir");
const container = mirrorDir ? { volumes: [`${mirrorDir}:/srv/garage-mirror:ro`] } : {};

const store = new GarageCluster("store", {
    // States a fact: the series of the data on disk. Moved last, alone.
    stateVersion: config.require("stateVersion"),
    // Asks for a release. One of the next series asks for the major upgrade.
    version: config.require("version"),
    nodes: {
        london: { zone: "lon", capacity: "10G", container },
        paris: { zone: "par", capacity: "10G", container },
        rome: { zone: "rom", capacity: "10G", container },
    },
    // Doesn't wait the ten minutes that Garage lets pass after the last write before it looks at a block again.
    majorUpgrade: config.getBoolean("fast") ? { drain: DrainMode.Settled } : undefined,
    binary: mirrorDir ? { baseUrl: "file:///srv/garage-mirror" } : undefined,
});

const app = new GarageKey("app", { access: store.access });
const photos = new GarageBucket("photos", {
    access: store.access,
    keys: [{ accessKeyId: app.accessKeyId, read: true, write: true }],
});

export const s3Endpoints = store.s3Endpoints;
export const version = store.version;
// For clients: pulumi stack output secretAccessKey --show-secrets
export const bucket = photos.bucketName;
export const accessKeyId = app.accessKeyId;
export const secretAccessKey = app.secretAccessKey;

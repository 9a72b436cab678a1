import * as pulumi from "@pulumi/pulumi";
// In a project of your own: import { GarageBucket, GarageCluster, GarageKey } from "pulumi-garage-cluster";
import { GarageBucket, GarageCluster, GarageKey } from "../../sdk";

const config = new pulumi.Config();
// Where Garage can't be downloaded from its own site: a folder of binaries, seen by the containers as /srv/garage-mirror.
const mirrorDir = config.get("mirrorDir");
const container = mirrorDir ? { volumes: [`${mirrorDir}:/srv/garage-mirror:ro`] } : {};

const store = new GarageCluster("store", {
    stateVersion: "2",
    version: config.require("version"),
    nodes: {
        london: { zone: "lon", capacity: "10G", container },
        paris: { zone: "par", capacity: "10G", container },
        rome: { zone: "rom", capacity: "10G", container },
    },
    // The smallest first, say: whoever comes first is the canary. Without it, the order of the names.
    rollOrder: ["rome", "london", "paris"],
    // On the node, as root: to take it out of a load balancer and back.
    beforeStop: "logger -t garage-upgrade 'leaving'",
    afterStart: "logger -t garage-upgrade 'back'",
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

import * as pulumi from "@pulumi/pulumi";
// In a project of your own: import { GarageBucket, GarageCluster, GarageKey } from "pulumi-garage-cluster";
import { GarageBucket, GarageCluster, GarageKey } from "../../sdk";

interface Host {
    name: string;
    zone: string;
    capacity: string;
    host: string;
    port?: number;
    user?: string;
    /** The host's public key, as `ssh-keyscan -t ed25519,ecdsa HOST` prints it, without the address. */
    hostKey?: string;
    /** Any other text goes over the host once more. */
    reapply?: string;
    /** Id of the lost node in whose place this host comes. */
    replace?: string;
}

const config = new pulumi.Config();
const hosts = config.requireObject<Host[]>("hosts");
// Without it the ssh-agent is asked (SSH_AUTH_SOCK).
const privateKey = config.getSecret("privateKey");
// A host in front of the others, if that is the only way to them.
const proxy = config.getObject<{ host: string; port?: number; user?: string; hostKey?: string }>("bastion");

const store = new GarageCluster("store", {
    stateVersion: config.get("stateVersion") ?? "2",
    version: config.get("version") ?? "2.5.0",
    // Never changed later, whatever hosts are added.
    replicationFactor: config.getNumber("replicationFactor") ?? 3,
    nodes: Object.fromEntries(
        hosts.map(({ name, zone, capacity, reapply, replace, ...host }) => [
            name,
            {
                zone,
                capacity,
                reapply,
                replace,
                ssh: { ...host, privateKey, proxy: proxy && { ...proxy, privateKey } },
            },
        ]),
    ),
    // Names of hosts that are dead for now.
    without: config.getObject<string[]>("without"),
    // Of a cluster whose stack was lost.
    clusterId: config.get("clusterId"),
    rpcSecret: config.getSecret("rpcSecret"),
    binary: { baseUrl: config.get("binaryBaseUrl") },
});

const app = new GarageKey("app", { access: store.access });
const photos = new GarageBucket("photos", {
    access: store.access,
    keys: [{ accessKeyId: app.accessKeyId, read: true, write: true }],
});

export const s3Endpoints = store.s3Endpoints;
export const nodeIds = store.nodeIds;
export const version = store.version;
export const layoutVersion = store.layoutVersion;
export const adminToken = store.adminToken;
// For clients: pulumi stack output secretAccessKey --show-secrets
export const bucket = photos.bucketName;
export const accessKeyId = app.accessKeyId;
export const secretAccessKey = app.secretAccessKey;
// For buckets and keys of other stacks: examples/buckets.
export const access = store.access;

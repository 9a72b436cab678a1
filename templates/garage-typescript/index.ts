import * as pulumi from "@pulumi/pulumi";
import { GarageCluster } from "pulumi-garage-cluster";

const config = new pulumi.Config();
const user = config.get("user");
// Without it the ssh-agent is asked (SSH_AUTH_SOCK).
const privateKey = config.getSecret("privateKey");
const ssh = (host: string) => ({ host, user, privateKey });

const store = new GarageCluster("store", {
    // The series of the data on disk: moved once an upgrade to the next one is done, never before.
    stateVersion: "2",
    version: "2.5.0",
    // Can't be changed later.
    replicationFactor: 3,
    // A node's name is its identity: it can't be changed later either.
    nodes: {
        london: { zone: "lon", capacity: "1T", ssh: ssh(config.require("londonHost")) },
        paris: { zone: "par", capacity: "1T", ssh: ssh(config.require("parisHost")) },
        rome: { zone: "rom", capacity: "1T", ssh: ssh(config.require("romeHost")) },
    },
});

export const s3Endpoints = store.s3Endpoints;
export const version = store.version;
// Copy both to a safe place: with them a cluster whose stack was lost is taken up again.
export const clusterId = store.clusterId;
export const rpcSecret = store.rpcSecret;

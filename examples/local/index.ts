import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
// In a project of your own: import { GarageCluster } from "pulumi-garage-cluster";
import { GarageCluster } from "../../sdk";

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

// Buckets and keys belong to Garage, not to this package: here by hand, on one node, through `garage-manage`.
const demo = new remote.Command(
    "demo-bucket-and-key",
    {
        connection: store.connections.apply((connections) => connections.london!),
        create: "bash -s",
        stdin: `set -eu
garage-manage bucket info demo >/dev/null 2>&1 || garage-manage bucket create demo >&2
garage-manage key info demo >/dev/null 2>&1 || garage-manage key create demo >/dev/null
garage-manage bucket allow --read --write --owner demo --key demo >&2
garage-manage key info --show-secret demo | awk -F': +' '/^Key ID:/ { id = $2 } /^Secret key:/ { secret = $2 } END { print id, secret }'`,
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
    },
    { dependsOn: store, additionalSecretOutputs: ["stdout"] },
);
const [id, secretKey] = [0, 1].map((index) => pulumi.secret(demo.stdout).apply((line) => line.split(" ")[index]!));

export const s3Endpoints = store.s3Endpoints;
export const version = store.version;
export const bucket = "demo";
export { secretKey };
export const keyId = pulumi.unsecret(id!);

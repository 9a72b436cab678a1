import { local } from "@pulumi/command";
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { GarageCluster } from "pulumi-garage-cluster";

/** A key pair, made once: the public line, then the private key. */
function keyPair(name: string) {
    const line =
        'D=$(mktemp -d) && ssh-keygen -q -t ed25519 -N "" -C "" -f "$D/k" && cat "$D/k.pub" "$D/k" && rm -r "$D"';
    const made = new local.Command(
        name,
        { create: line, logging: local.Logging.Stderr, addPreviousOutputInEnv: false },
        { additionalSecretOutputs: ["stdout"], ignoreChanges: ["*"] },
    );
    const cut = made.stdout.apply((text) => [text.slice(0, text.indexOf("\n")), text.slice(text.indexOf("\n") + 1)]);
    return { publicKey: pulumi.unsecret(cut.apply(([line]) => line!)), privateKey: cut.apply(([, key]) => `${key}\n`) };
}

const login = keyPair("login-key");
const hostKey = keyPair("host-key");
const allowed = new hcloud.SshKey("login", { publicKey: login.publicKey });

// The machine proves itself by a key that we gave it: the first connection is verified too.
const userData = pulumi.secret(
    pulumi
        .all([hostKey.privateKey, hostKey.publicKey])
        .apply(
            ([key, line]) =>
                `#cloud-config\n${JSON.stringify({ ssh_deletekeys: true, ssh_keys: { ed25519_private: key, ed25519_public: line } })}\n`,
        ),
);

const places = { a: "nbg1", b: "fsn1", c: "hel1" };
const servers = Object.fromEntries(
    Object.entries(places).map(([name, location]) => [
        name,
        new hcloud.Server(
            name,
            { serverType: "cax21", image: "debian-12", location, sshKeys: [allowed.id], userData },
            // A newer image or another key never replaces a machine that holds data.
            { ignoreChanges: ["image", "userData", "sshKeys"], protect: true },
        ),
    ]),
);

const store = new GarageCluster(
    "store",
    {
        stateVersion: "2",
        version: "2.5.0",
        nodes: Object.fromEntries(
            Object.entries(servers).map(([name, { ipv4Address }]) => [
                name,
                {
                    zone: places[name as keyof typeof places],
                    capacity: "60G",
                    ssh: { host: ipv4Address, privateKey: login.privateKey, hostKey: hostKey.publicKey },
                },
            ]),
        ),
    },
    {
        // Destroyed together: a machine that goes isn't dialled to be uninstalled first.
        transforms: [
            ({ name, props, opts }) => {
                const server = /^store-host-/.test(name) ? servers[name.slice("store-host-".length)] : undefined;
                return server && { props, opts: pulumi.mergeOptions(opts, { deletedWith: server }) };
            },
        ],
    },
);

export const s3Endpoints = store.s3Endpoints;
export const nodeIds = store.nodeIds;

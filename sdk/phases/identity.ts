import { createHmac, randomBytes } from "node:crypto";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import { deriveRpcSecret08, RPC_SECRET, sameSecret08 } from "../garage/rpcSecret";
import { isMocked } from "../isMocked";
import { refusal } from "../refusal";

export interface ClusterSecrets {
    clusterId: pulumi.Output<string>;
    rpcSecret: pulumi.Output<string>;
    /** Of daemons of series 0.8. */
    rpcSecret08: pulumi.Output<string>;
    adminToken: pulumi.Output<string>;
    metricsToken: pulumi.Output<string>;
}

/**
 * The cluster's id and secrets: as given, or made once for the cluster and tied to no node. The tokens come from the
 * RPC secret when they aren't given, so that a lost stack finds them again from that one.
 */
export function clusterSecrets(parent: pulumi.Resource, clusterName: string, args: GarageClusterArgs): ClusterSecrets {
    const made = args.clusterId != null && args.rpcSecret != null ? undefined : identity(parent, clusterName);
    const line = (number: number) => made!.apply((lines) => lines[number]!);
    const given = (option: keyof ClusterSecrets) =>
        args[option] == null ? undefined : pulumi.output(args[option]).apply((text) => oneWord(option, text));
    const clusterId = pulumi.unsecret(given("clusterId") ?? line(0));
    const rpcSecret = pulumi.secret(given("rpcSecret") ?? line(1));
    const derived = (purpose: string) =>
        rpcSecret.apply((secret) => createHmac("sha256", Buffer.from(secret, "hex")).update(purpose).digest("hex"));
    return {
        clusterId,
        rpcSecret,
        rpcSecret08: pulumi.secret(apart(rpcSecret, given("rpcSecret08"))),
        adminToken: pulumi.secret(given("adminToken") ?? derived("garage admin token")),
        metricsToken: pulumi.secret(given("metricsToken") ?? derived("garage metrics token")),
    };
}

/** The secret of 0.8: as given, or made from the cluster's own; never that one. */
function apart(rpcSecret: pulumi.Output<string>, given: pulumi.Output<string> | undefined): pulumi.Output<string> {
    if (given === undefined) return rpcSecret.apply(deriveRpcSecret08);
    return pulumi.all([rpcSecret, given]).apply(([own, of08]) => {
        if (!RPC_SECRET.test(of08)) throw refusal("rpcSecret08 isn't 64 hex digits (not shown: it may be a secret).");
        const same = sameSecret08(own, of08);
        if (same !== undefined) throw refusal(same);
        return of08;
    });
}

/**
 * The cluster's id (32 hex digits) and RPC secret (64), as the state keeps them: whatever the program says later is ignored, for a cluster whose
 * secrets change falls apart. A Command without a line runs nothing: what Node has drawn lies in its stdin. Older states have a line, which was
 * run (`openssl rand -hex 16 && openssl rand -hex 32`): what it printed comes first. Type, name and options never change: they stand in states.
 */
function identity(parent: pulumi.Resource, clusterName: string): pulumi.Output<string[]> {
    const drawn = [16, 32].map((bytes) => randomBytes(bytes).toString("hex"));
    const made = new local.Command(
        `${clusterName}-identity`,
        {
            stdin: pulumi.secret(`${drawn.join("\n")}\n`),
            logging: local.Logging.Stderr,
            addPreviousOutputInEnv: false,
        },
        { parent, ignoreChanges: ["*"], additionalSecretOutputs: ["stdout"] },
    );
    const mocked = isMocked();
    const kept = made.stdout.apply((printed) => {
        const text = printed?.trim() ?? "";
        return text === "" || (mocked && !IDENTITY.test(text))
            ? made.stdin.apply((stdin) => stdin?.trim() ?? "")
            : text;
    });
    return pulumi.secret(kept).apply((text) => {
        if (IDENTITY.test(text)) return text.split("\n");
        throw new Error(
            `${clusterName}-identity: the state holds no id and no secret of the cluster; nothing was made of it. Give both, as \`sudo garage-node secrets\` shows them on a host: clusterId and rpcSecret.`,
        );
    });
}

/** Id and secret in a line each. */
const IDENTITY = /^[\w-]{4,64}\n[0-9a-f]{64}$/;

/** A file's text ends in a newline, and on the hosts each secret is a word in a line. The message never holds the text: it is a secret. */
function oneWord(option: string, text: unknown): string {
    const word = typeof text === "string" ? text.trim() : "";
    if (/^[^\s\p{Cc}]+$/u.test(word)) return word;
    const what = word === "" ? "is empty or no text" : "has a space, a line break or a control character inside";
    throw new Error(`${option} ${what} (not shown: it may be a secret). Allowed: one word. Give the secret alone.`);
}

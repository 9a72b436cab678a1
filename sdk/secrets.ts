import { createHmac } from "node:crypto";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "./args";

/**
 * Makes the cluster's id (32 hex digits) and RPC secret (64). The line is frozen: another line would run again and
 * make new ones, and a cluster whose secrets change falls apart.
 */
export const IDENTITY_LINE = "openssl rand -hex 16 && openssl rand -hex 32";

export interface ClusterSecrets {
    clusterId: pulumi.Output<string>;
    rpcSecret: pulumi.Output<string>;
    adminToken: pulumi.Output<string>;
    metricsToken: pulumi.Output<string>;
}

/**
 * The cluster's id and secrets: as given, or made once for the cluster and tied to no node. The tokens come from the
 * RPC secret when they aren't given, so that a lost stack finds them again from that one.
 */
export function clusterSecrets(parent: pulumi.Resource, clusterName: string, args: GarageClusterArgs): ClusterSecrets {
    const made =
        args.clusterId != null && args.rpcSecret != null
            ? undefined
            : new local.Command(
                  `${clusterName}-identity`,
                  { create: IDENTITY_LINE, logging: local.Logging.Stderr, addPreviousOutputInEnv: false },
                  {
                      parent,
                      ignoreChanges: ["*"],
                      additionalSecretOutputs: ["stdout"],
                  },
              );
    const line = (number: number) => pulumi.secret(made!.stdout).apply((text) => text.trim().split("\n")[number]!);
    const given = (option: keyof ClusterSecrets) =>
        args[option] == null ? undefined : pulumi.output(args[option]).apply((text) => oneWord(option, text));
    const clusterId = pulumi.unsecret(given("clusterId") ?? line(0));
    const rpcSecret = pulumi.secret(given("rpcSecret") ?? line(1));
    const derived = (purpose: string) =>
        rpcSecret.apply((secret) => createHmac("sha256", Buffer.from(secret, "hex")).update(purpose).digest("hex"));
    return {
        clusterId,
        rpcSecret,
        adminToken: pulumi.secret(given("adminToken") ?? derived("garage admin token")),
        metricsToken: pulumi.secret(given("metricsToken") ?? derived("garage metrics token")),
    };
}

/** A file's text ends in a newline, and on the hosts each secret is a word in a line. The message never holds the text: it is a secret. */
function oneWord(option: string, text: unknown): string {
    const word = typeof text === "string" ? text.trim() : "";
    if (/^[^\s\p{Cc}]+$/u.test(word)) return word;
    const what = word === "" ? "is empty or no text" : "has a space, a line break or a control character inside";
    throw new Error(`${option} ${what} (not shown: it may be a secret). Allowed: one word. Give the secret alone.`);
}

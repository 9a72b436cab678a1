import { deepStrictEqual, doesNotMatch, rejects } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../../../sdk";
import { deriveRpcSecret08 } from "../../../sdk/garage/rpcSecret";
import { type ClusterSecrets, clusterSecrets } from "../../../sdk/phases/identity";

/** With id and RPC secret given nothing is made, so there is no parent to need. */
function secretsOf(changes: Partial<GarageClusterArgs>): ClusterSecrets {
    const args = { clusterId: "c1d2", rpcSecret: "ab".repeat(32), ...changes } as GarageClusterArgs;
    return clusterSecrets(undefined as unknown as pulumi.Resource, "store", args);
}

const known = <T>(output: pulumi.Output<T>) => (output as unknown as { promise(): Promise<T> }).promise();

describe("given secrets", () => {
    const given = {
        clusterId: "c1d2",
        rpcSecret: "cd".repeat(32),
        rpcSecret08: "ef".repeat(32),
        adminToken: "admin-token-of-16",
        metricsToken: "metrics-token-16",
    };
    const OPTIONS = Object.keys(given) as (keyof ClusterSecrets)[];

    it("are taken without the line break that a file ends in", async () => {
        const ends = ["\n", "\r\n", " ", "\n\n", "\n"];
        const files = OPTIONS.map((option, index) => [option, pulumi.secret(`${given[option]}${ends[index]}`)]);
        const secrets = secretsOf(Object.fromEntries(files));
        for (const option of OPTIONS) deepStrictEqual(await known(secrets[option]), given[option]);
    });

    it("stay marked as secrets, but for the id", async () => {
        const secrets = secretsOf({ ...given, clusterId: pulumi.secret(given.clusterId) });
        const marks = OPTIONS.map((option) => pulumi.isSecret(secrets[option]));
        deepStrictEqual(await Promise.all(marks), [false, true, true, true, true]);
    });

    it("make the same tokens with and without the line break", async () => {
        const secret = "cd".repeat(32);
        const [plain, file] = [
            secretsOf({ rpcSecret: secret }),
            secretsOf({ rpcSecret: pulumi.secret(`${secret}\n`) }),
        ];
        deepStrictEqual(await known(file.adminToken), await known(plain.adminToken));
    });

    it("of series 0.8 are never the cluster's own one, nor anything but a secret, in words that don't show them", async () => {
        const same = { rpcSecret: pulumi.secret("cd".repeat(32)), rpcSecret08: pulumi.secret("CD".repeat(32)) };
        const refused = (words: RegExp) => (error: Error) => {
            doesNotMatch(error.message, /cdcd/i);
            return words.test(error.message);
        };
        await rejects(
            known(secretsOf(same).rpcSecret08),
            refused(/^rpcSecret08 is the same as rpcSecret.*destroy them/),
        );
        const short = { ...same, rpcSecret08: pulumi.secret("cdcd") };
        await rejects(known(secretsOf(short).rpcSecret08), refused(/^rpcSecret08 isn't 64 hex digits/));
        deepStrictEqual(
            await known(secretsOf({ rpcSecret: "0".repeat(64) }).rpcSecret08),
            deriveRpcSecret08("0".repeat(64)),
        );
    });

    for (const [what, text] of Object.entries({
        "a line break inside": "first\nsecond",
        "a space inside": "first second",
        "a NUL inside": "first\0second",
        nothing: "\n",
        "no text": 7,
    }))
        it(`are refused with ${what}, in words that don't show them`, async () => {
            for (const option of OPTIONS) {
                const secrets = secretsOf({ [option]: pulumi.secret(text) });
                await rejects(known(secrets[option]), (error: Error) => {
                    doesNotMatch(error.message, /first|second|7/);
                    return error.message.startsWith(`${option} `) && /Give the secret alone\.$/.test(error.message);
                });
            }
        });
});

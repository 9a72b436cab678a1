import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { root } from "../../../toolchain/shell";
import { awsSays } from "../../graph/awsSupport";
import { reachProviders } from "../../support/providers";

const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n";

interface Made {
    inputs: Record<string, unknown>;
    opts: pulumi.CustomResourceOptions;
}

/** What an example makes that names the package as a project outside of the clone does. */
async function run(example: string, config: Record<string, string>): Promise<Map<string, Made>> {
    const dir = mkdtempSync(join(tmpdir(), "garage-example-"));
    const text = readFileSync(join(root, "examples", example, "index.ts"), "utf8");
    const program = join(dir, "index.ts");
    // Pulumi's mocks know no transforms; that this one does what it should is seen in tests/engine/deletedWith.test.ts.
    const mockable = text.replace(/^ {8}transforms: \[[\s\S]*?^ {8}\],$/m, "");
    writeFileSync(program, mockable.replace('"pulumi-garage-cluster"', JSON.stringify(join(root, "sdk"))));
    const inputs = new Map<string, Record<string, unknown>>();
    const made = new Map<string, Made>();
    const call = (given: pulumi.runtime.MockCallArgs) => {
        if (given.token.endsWith("getAvailabilityZones"))
            return { names: ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"] };
        if (given.token.endsWith("getVpc")) return { cidrBlock: "172.31.0.0/16" };
        const { availabilityZone } = given.inputs;
        return availabilityZone ? { id: `subnet-0000000${availabilityZone.at(-1)}` } : awsSays(given);
    };
    const newResource = ({ name, inputs: given, type }: pulumi.runtime.MockResourceArgs) => {
        inputs.set(name, given);
        const last = name.charCodeAt(name.length - 1);
        const state = { privateIp: `10.0.0.${last}`, publicIp: `203.0.113.${last}`, ipv4Address: `203.0.113.${last}` };
        return {
            id: `${name}-id`,
            state: {
                ...given,
                ...(name.endsWith("-key")
                    ? { stdout: `ssh-ed25519 AAAA\n${KEY}` }
                    : type.startsWith("command:")
                      ? {}
                      : state),
            },
        };
    };
    await pulumi.runtime.setMocks({ call, newResource }, "project", "stack", false);
    pulumi.runtime.setAllConfig(config);
    try {
        await pulumi.runtime.runInPulumiStack(async () => {
            pulumi.runtime.registerStackTransformation(({ name, opts, props }) => {
                made.set(name, { inputs: props, opts });
                return undefined;
            });
            const exported = require(program);
            return typeof exported === "function" ? exported() : exported;
        });
    } finally {
        await pulumi.runtime.disconnect();
        pulumi.runtime.setAllConfig({});
        rmSync(dir, { recursive: true });
    }
    return new Map([...made].map(([name, { opts }]) => [name, { inputs: inputs.get(name) ?? {}, opts }]));
}

describe("examples of machines", () => {
    before(reachProviders);

    it("aws: three availability zones, reached by whoever is named, for clients in the VPC", async () => {
        const made = await run("aws", { "project:adminCidr": "198.51.100.7/32" });
        const zones = ["a", "b", "c"].map((name) => made.get(`store-volume-data-${name}`)!.inputs.availabilityZone);
        assert.deepEqual(zones, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
        assert.ok(made.has("store-allow-22-from-198.51.100.7-32") && made.has("store-allow-3900-from-172.31.0.0-16"));
        const lines = readFileSync(join(root, "examples", "aws", "index.ts"), "utf8")
            .trim()
            .split("\n");
        assert.ok(lines.length < 60);
    });

    it("any-cloud: the host key that a machine was given is the one that is expected of it", async () => {
        const made = await run("any-cloud", {});
        const userData = JSON.stringify(made.get("a")!.inputs.userData);
        assert.match(userData, /#cloud-config\\n.*ed25519_public\\":\\"ssh-ed25519 AAAA\\"/);
        const connection = JSON.stringify(made.get("store-host-a")!.inputs.connection);
        assert.match(connection, /"host":"203\.0\.113\.97","hostKey":"ssh-ed25519 AAAA"/);
        const { ignoreChanges, protect } = made.get("b")!.opts;
        assert.deepEqual([ignoreChanges, protect], [["image", "userData", "sshKeys"], true]);
    });
});

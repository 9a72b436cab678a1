import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { root } from "../../../toolchain/shell";

const ACCESS = JSON.stringify({
    ...{ version: 1, cluster: "c".repeat(32), node: "london", stateVersion: "2", release: "2.5.0", sudo: false },
    ...{ connection: { host: "192.0.2.1" }, s3Endpoint: "http://192.0.2.1:3900", region: "garage" },
    ...{
        webEndpoint: "http://192.0.2.1:3902",
        adminEndpoint: "http://192.0.2.1:3903",
        webRootDomain: ".web.example.org",
    },
});

/** The lines that an example's program would run on hosts, by resource. */
async function linesOf(example: string, config: Record<string, string>): Promise<Record<string, string>> {
    const seen: Record<string, string> = {};
    const mocks: pulumi.runtime.Mocks = {
        call: () => ({}),
        newResource: ({ type, name, inputs }) => {
            if (type === "pulumi:pulumi:StackReference")
                return { id: name, state: { name, outputs: { access: ACCESS }, secretOutputNames: ["access"] } };
            seen[name] = String(inputs.create);
            return { id: name, state: inputs };
        },
    };
    await pulumi.runtime.setMocks(mocks, "project", "stack", false);
    pulumi.runtime.setAllConfig(config);
    const program = require.resolve(`../../../examples/${example}`);
    delete require.cache[program];
    try {
        await pulumi.runtime.runInPulumiStack(async () => require(program));
    } finally {
        await pulumi.runtime.disconnect();
        pulumi.runtime.setAllConfig({});
    }
    return seen;
}

const hosts = JSON.stringify([{ name: "a", zone: "z", capacity: "1G", host: "192.0.2.1" }]);

describe("the examples in TypeScript", () => {
    for (const [example, config, names] of [
        [
            "buckets",
            { "project:cluster": "organization/garage-ssh/prod" },
            ["app-key", "backup-key", "photos-bucket", "site-bucket"],
        ],
        ["local", {}, ["app-key", "photos-bucket"]],
        ["ssh", { "project:hosts": hosts, "project:replicationFactor": "1" }, ["app-key", "photos-bucket"]],
        ["patch-upgrade", { "project:version": "2.4.0" }, ["app-key", "photos-bucket"]],
        ["major-upgrade", { "project:stateVersion": "1", "project:version": "2.5.0" }, ["app-key", "photos-bucket"]],
    ] as const)
        it(`examples/${example} ends with ${names.join(", ")}`, async () => {
            const lines = await linesOf(example, config);
            for (const name of names) {
                const [resource, verb] = name.split("-");
                assert.match(lines[name] ?? "", new RegExp(`^garage-node ${verb} ${resource} `), name);
            }
        });
});

describe("examples in YAML", () => {
    const { resources } = JSON.parse(readFileSync(join(root, "schema.json"), "utf8"));
    const files = readdirSync(join(root, "examples"))
        .map((name) => join(root, "examples", name, "Pulumi.yaml"))
        .filter((file) => existsSync(file) && /^runtime: yaml$/m.test(readFileSync(file, "utf8")));

    for (const file of files)
        it(`${file.slice(root.length + 1)} makes use of outputs that there are`, () => {
            const text = readFileSync(file, "utf8");
            const ours = [...text.matchAll(/^ {2}(\w+):\n {4}type: (garage-cluster:index:\w+)$/gm)];
            assert.ok(ours.length > 0);
            for (const [, name, type] of ours) {
                const used = [...text.matchAll(new RegExp(`\\$\\{${name}\\.(\\w+)`, "g"))].map(([, output]) => output!);
                for (const output of used) assert.ok(output in resources[type!].properties, `${name}.${output}`);
            }
        });
});

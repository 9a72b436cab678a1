import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schemaText } from "../../toolchain/schema";
import { root } from "../../toolchain/shell";

const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("schema.json", function () {
    this.timeout(120_000);

    it("is what the sources say: made by npm run schema", () => {
        assert.deepEqual(JSON.parse(read("schema.json")), JSON.parse(schemaText()));
    });
});

describe("generated SDKs", () => {
    const schema = JSON.parse(read("schema.json"));

    it("have names without a second Args, in a namespace of their own", () => {
        const types = Object.keys(schema.types).map((name) => name.split(":")[2]!);
        assert.ok(types.includes("Node") && types.includes("Ssh"), types.join());
        assert.deepEqual(
            types.filter((name) => name.endsWith("Args")),
            [],
        );
        assert.equal(schema.namespace, "garage-cluster");
    });

    it("have integers for ports, counts and seconds, and no other numbers", () => {
        const { inputProperties, properties } = schema.resources["garage-cluster:index:GarageCluster"];
        const { port } = schema.types["garage-cluster:index:Ssh"].properties;
        for (const each of [
            inputProperties.s3Port,
            inputProperties.healthTimeoutSeconds,
            properties.layoutVersion,
            port,
        ])
            assert.equal(each.type, "integer");
        const { maxObjects } = schema.types["garage-cluster:index:Quotas"].properties;
        const { expireAfterDays } = schema.types["garage-cluster:index:LifecycleRule"].properties;
        for (const each of [maxObjects, expireAfterDays]) assert.equal(each.type, "integer");
        assert.doesNotMatch(read("schema.json"), /"type": "number"/);
    });
});

describe("buckets and keys in other languages", () => {
    const { resources } = JSON.parse(read("schema.json"));
    const of = (kind: string) => resources[`garage-cluster:index:${kind}`];

    it("are components that take access, which is an output of the cluster, as a text", () => {
        assert.equal(of("GarageCluster").properties.access.type, "string");
        for (const kind of ["GarageBucket", "GarageKey"]) {
            assert.equal(of(kind).isComponent, true);
            assert.deepEqual(of(kind).requiredInputs, ["access"]);
            const { type, plain } = of(kind).inputProperties.access;
            assert.deepEqual([type, plain], ["string", undefined], "an Input");
        }
    });

    it("have the outputs that clients need", () => {
        assert.deepEqual(of("GarageBucket").required, ["bucketId", "bucketName", "s3Endpoint", "websiteEndpoint"]);
        assert.deepEqual(of("GarageKey").required, [
            ...["accessKeyId", "awsConfig", "previousAccessKeyIds", "secretAccessKey"],
        ]);
    });
});

describe("a plugin installed without what development needs", () => {
    it("still gets the TypeScript and the ts-node by which Pulumi's run-plugin reads the tsconfig.json of whoever uses it", () => {
        // Pulumi's own old ones refuse what they don't know there, before the plugin has said a word.
        const { packages } = JSON.parse(read("package-lock.json"));
        for (const name of ["typescript", "ts-node"])
            assert.equal(packages[`node_modules/${name}`].dev, undefined, name);
    });
});

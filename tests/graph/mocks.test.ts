import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GarageBucket, GarageCluster, GarageKey } from "../../sdk";
import { threeNodes } from "./support";

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((known) => output.apply(known));

/** What Pulumi's documentation shows for tests of programs, and one that keeps even less. */
const MOCKS: Record<string, (inputs: object) => object> = {
    "state: args.inputs": (inputs) => inputs,
    "state: {}": () => ({}),
};

describe("a user's test with Pulumi's mocks", () => {
    for (const [what, state] of Object.entries(MOCKS))
        for (const [kind, nodes] of Object.entries({
            ssh: threeNodes().nodes,
            container: { a: { zone: "z", capacity: "1G", container: {} }, ...threeNodes().nodes },
        }))
            it(`has a cluster (${kind}), a bucket and a key that answer nothing, and its outputs (${what})`, async () => {
                const thrown: unknown[] = [];
                const note = (error: unknown) => thrown.push(error);
                process.on("unhandledRejection", note);
                try {
                    await pulumi.runtime.setMocks({
                        newResource: ({ name, inputs }) => ({ id: `${name}_id`, state: state(inputs) }),
                        call: ({ inputs }) => inputs,
                    });
                    const store = new GarageCluster("store", threeNodes({ nodes }));
                    const endpoints = await value(store.s3Endpoints);
                    assert.equal(endpoints.paris, "http://192.0.2.1:3900");
                    assert.match(await value(store.clusterId), /^[0-9a-f]{32}$/);
                    assert.match(await value(store.adminToken), /^[0-9a-f]{64}$/);
                    await value(store.nodeIds);
                    await value(store.connections);
                    assert.equal(JSON.parse(await value(store.access)).version, 1);
                    const key = new GarageKey("app", { access: store.access });
                    const keys = [{ accessKeyId: key.accessKeyId, read: true }];
                    const photos = new GarageBucket("photos", { access: store.access, keys });
                    assert.equal(await value(photos.bucketId), "");
                    assert.match(await value(key.awsConfig), /^\[profile app\]\n/);
                    await value(store.version);
                    await value(store.layoutVersion);
                    await new Promise((resolve) => setImmediate(resolve));
                    assert.deepEqual(thrown, []);
                } finally {
                    process.off("unhandledRejection", note);
                }
            });
});

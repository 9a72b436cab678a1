import assert from "node:assert/strict";
import {
    DeleteObjectCommand,
    GetBucketLifecycleConfigurationCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import type { Bed } from "../../support/bed";
import { clientOf, outcome, page, preflight } from "../../support/client";
import type { BesideCluster, ClusterProject, KeyOutputs } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";

interface Rung {
    host: string;
    stateVersion: string;
    version: string;
    quotas?: boolean;
    lifecycle?: boolean;
}

const RUNGS: Rung[] = [
    { host: "seven", stateVersion: "0.7", version: "0.7.0" },
    { host: "eight", stateVersion: "0.8", version: "0.8.7", quotas: true },
    { host: "nine", stateVersion: "0.9", version: "0.9.4", quotas: true, lifecycle: true },
    { host: "one", stateVersion: "1", version: "1.3.0", quotas: true, lifecycle: true },
];

// A cluster of one node a series, all in one program; series 2 is in tests/e2e/all/buckets.
describe("buckets and keys on every series", function () {
    this.timeout(1_200_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let keys: Record<string, KeyOutputs>;
    const clients: S3Client[] = [];

    onHosts(
        "bucketsladder",
        RUNGS.map(({ host }) => host),
        async (made) => {
            ({ bed, cluster } = made);
        },
    );
    after(() => {
        for (const client of clients) client.destroy();
    });

    /** The same for every cluster, with what its series has: names of resources end with the host's. */
    const declare = (wish: (rung: Rung) => BesideCluster) =>
        cluster.declareAll(
            Object.fromEntries(
                RUNGS.map((rung) => {
                    const { host, stateVersion, version } = rung;
                    const { nodes, ...more } = cluster.args({ stateVersion, version, replicationFactor: 1 });
                    return [host, { args: { ...more, nodes: { [host]: nodes[host]! } }, ...wish(rung) }];
                }),
            ),
        );
    const bothKeys = (host: string) => ({ [`app-${host}`]: {}, [`ops-${host}`]: {} });
    const ops = (host: string) => ({ key: `ops-${host}`, read: true, write: true, owner: true });
    const as = (key: string, host: string) => {
        const client = clientOf(bed, host, keys[`${key}-${host}`]!);
        clients.push(client);
        return client;
    };
    const put = (key: string, host: string, name: string, size = 5) =>
        outcome(as(key, host).send(new PutObjectCommand({ Bucket: "photos", Key: name, Body: new Uint8Array(size) })));
    const get = (key: string, host: string, name: string, bucket = "photos") =>
        outcome(as(key, host).send(new GetObjectCommand({ Bucket: bucket, Key: name })));
    /** 0.9 answers with none, later ones that there is none. */
    const rules = async (host: string) => {
        const asked = as("ops", host).send(new GetBucketLifecycleConfigurationCommand({ Bucket: "photos" }));
        const { Rules = [] } = await asked.catch((error: { $metadata?: { httpStatusCode?: number } }) => {
            if (error.$metadata?.httpStatusCode === 404) return {} as { Rules?: undefined };
            throw error;
        });
        return Rules.map(({ ID, Expiration }) => [ID, Expiration?.Days]);
    };
    const onAll = async (look: (rung: Rung) => Promise<void>) => {
        for (const rung of RUNGS)
            await look(rung).catch((error: Error) => {
                error.message = `series ${rung.stateVersion}: ${error.message}`;
                throw error;
            });
    };

    it("refuse at preview what the series can't do, where the cluster is there", async () => {
        declare(() => ({}));
        await cluster.up();
        declare(({ host, quotas, lifecycle }) => ({
            buckets: {
                ...(quotas ? {} : { [`q-${host}`]: { quotas: { maxObjects: 1 } } }),
                ...(lifecycle ? {} : { [`l-${host}`]: { lifecycle: [{ prefix: "tmp/", expireAfterDays: 1 }] } }),
            },
            keys: { [`e-${host}`]: { expiresAt: "2030-01-01T00:00:00Z" } },
        }));
        const { stdout } = await cluster.previewFails(/the cluster runs series 0\.7, which can't do that/);
        assert.match(stdout, /from series (0\.8|0\.9|2) on/);
    });

    it("have all that the series has, and a second up changes nothing", async () => {
        declare(({ host, quotas, lifecycle }) => ({
            keys: bothKeys(host),
            buckets: {
                [`photos-${host}`]: {
                    aliases: ["photos", "pictures"],
                    website: { indexDocument: "index.html", errorDocument: "404.html" },
                    keys: [{ key: `app-${host}`, read: true }, ops(host)],
                    cors: [
                        {
                            origins: ["https://example.org", "https://example.com"],
                            methods: ["GET"],
                            headers: ["Content-Type"],
                        },
                    ],
                    ...(quotas ? { quotas: { maxSize: "2M", maxObjects: 3 } } : {}),
                    ...(lifecycle ? { lifecycle: [{ prefix: "tmp/", expireAfterDays: 7 }] } : {}),
                },
            },
        }));
        await cluster.up();
        await cluster.isSettled();
        keys = await cluster.keys();
        await onAll(async ({ host, quotas, lifecycle }) => {
            assert.equal(await put("ops", host, "index.html"), "ok");
            assert.equal(await put("ops", host, "a"), "ok");
            assert.equal(await get("app", host, "a", "pictures"), "ok");
            assert.equal(await put("app", host, "b"), "403");
            assert.match(await page(bed, host, "photos.web.garage.localhost"), / 200$/);
            for (const origin of ["https://example.org", "https://example.com"])
                assert.equal(await preflight(bed, host, "photos", origin, "GET"), origin);
            if (quotas) assert.equal(await put("ops", host, "large", 3_000_000), "403");
            if (lifecycle) assert.deepEqual(await rules(host), [["tmp/", 7]]);
        });
    });

    it("change with the program, and take back what it no longer names", async () => {
        declare(({ host, quotas, lifecycle }) => ({
            keys: bothKeys(host),
            buckets: {
                [`photos-${host}`]: {
                    aliases: ["photos", "images"],
                    keys: [{ key: `app-${host}`, read: true, write: true }, ops(host)],
                    ...(quotas ? { quotas: { maxObjects: 9 } } : {}),
                    ...(lifecycle ? { lifecycle: [{ prefix: "old/", expireAfterDays: 30 }] } : {}),
                },
            },
        }));
        await cluster.up();
        await cluster.isSettled();
        await onAll(async ({ host, quotas, lifecycle }) => {
            assert.equal(await get("app", host, "a", "images"), "ok");
            assert.equal(await get("app", host, "a", "pictures"), "404");
            assert.equal(await put("app", host, "b"), "ok");
            assert.match(await page(bed, host, "photos.web.garage.localhost"), / 404$/);
            assert.equal(await preflight(bed, host, "photos", "https://example.org", "GET"), "403");
            if (quotas) assert.equal(await put("ops", host, "large", 3_000_000), "ok");
            if (lifecycle) assert.deepEqual(await rules(host), [["old/", 30]]);
        });
    });

    it("bring back what was changed by hand", async () => {
        await onAll(async ({ host }) => {
            const id = keys[`app-${host}`]!.accessKeyId;
            await bed.sh(
                host,
                `garage-manage bucket deny --write photos --key ${id} && garage-manage bucket unalias images`,
            );
            assert.equal(await put("app", host, "b"), "403");
        });
        declare(({ host, quotas }) => ({
            keys: bothKeys(host),
            buckets: {
                [`photos-${host}`]: {
                    aliases: ["photos", "images"],
                    keys: [{ key: `app-${host}`, read: true, write: true }, ops(host)],
                    ...(quotas ? { quotas: { maxObjects: 9 } } : {}),
                    reapply: "2",
                },
            },
        }));
        await cluster.up();
        await onAll(async ({ host, lifecycle }) => {
            assert.equal(await put("app", host, "b"), "ok");
            assert.equal(await get("app", host, "b", "images"), "ok");
            if (lifecycle) assert.deepEqual(await rules(host), []);
        });
    });

    it("rotate keys, the old one working on, until it is retired", async () => {
        const bucket = ({ host, quotas }: Rung) => ({
            [`photos-${host}`]: {
                keys: [{ key: `app-${host}`, read: true, write: true }, ops(host)],
                aliases: ["photos"],
                ...(quotas ? { quotas: { maxObjects: 9 } } : {}),
            },
        });
        declare((rung) => ({
            keys: { ...bothKeys(rung.host), [`app-${rung.host}`]: { rotate: "1" } },
            buckets: bucket(rung),
        }));
        const old = keys;
        await cluster.up();
        await onAll(async ({ host }) => assert.equal(await put("app", host, "b"), "ok"));
        keys = await cluster.keys();
        await onAll(async ({ host }) => {
            assert.notEqual(keys[`app-${host}`]!.accessKeyId, old[`app-${host}`]!.accessKeyId);
            assert.equal(await put("app", host, "b"), "ok");
        });
        declare((rung) => ({
            keys: {
                ...bothKeys(rung.host),
                [`app-${rung.host}`]: { rotate: "1", retire: [old[`app-${rung.host}`]!.accessKeyId] },
            },
            buckets: bucket(rung),
        }));
        await cluster.up();
        const current = keys;
        keys = { ...current, ...Object.fromEntries(Object.entries(old).filter(([name]) => name.startsWith("app-"))) };
        await onAll(async ({ host }) => assert.equal(await put("app", host, "b"), "403"));
        keys = current;
        await onAll(async ({ host }) => assert.equal(await put("app", host, "b"), "ok"));
    });

    it("stay while they are full, and go once they are empty", async () => {
        declare(({ host }) => ({ keys: bothKeys(host), buckets: {} }));
        await cluster.upFails(/object/, "--continue-on-error");
        await onAll(async ({ host }) => {
            assert.equal(await get("ops", host, "a"), "ok");
            await as("ops", host).send(new PutObjectCommand({ Bucket: "photos", Key: "last", Body: "x" }));
        });
        await onAll(async ({ host }) => {
            const client = as("ops", host);
            const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: "photos" }));
            for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: "photos", Key }));
        });
        await cluster.up();
        await onAll(async ({ host }) => assert.doesNotMatch(await bed.sh(host, "garage-manage bucket list"), /photos/));
        declare(() => ({}));
        await cluster.up();
        await onAll(async ({ host }) => assert.doesNotMatch(await bed.sh(host, "garage-manage key list"), /app-|ops-/));
    });
});

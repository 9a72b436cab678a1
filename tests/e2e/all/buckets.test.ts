import assert from "node:assert/strict";
import {
    GetBucketCorsCommand,
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
import type { PulumiRun } from "../../support/pulumiProject";

const WATCH = 'while sleep 0.1; do cat /proc/[0-9]*/cmdline | tr "\\0" " "; done >/root/watched';
const RIGHTS = [
    { key: "app", read: true, write: true },
    { key: "reader", read: true },
    { key: "ops", read: true, write: true, owner: true },
];
const PHOTOS = {
    aliases: ["photos", "pictures"],
    quotas: { maxSize: "2M", maxObjects: 5 },
    website: { indexDocument: "index.html", errorDocument: "404.html" },
    keys: RIGHTS,
    lifecycle: [{ prefix: "tmp/", expireAfterDays: 7, abortUploadsAfterDays: 2 }],
    cors: [{ origins: ["https://example.org", "https://example.com"], methods: ["GET"], headers: ["Content-Type"] }],
};
const KEYS = { app: {}, reader: {}, ops: {} };

// On one node; what the series can't do is in tests/e2e/all/bucketsLadder. Doesn't prove that no process of less than a tenth of a second has a
// secret in its command line.
describe("buckets and keys on real hosts", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let keys: Record<string, KeyOutputs>;
    const said: Record<string, PulumiRun> = {};
    const clients: S3Client[] = [];

    onHosts("buckets", ["london"], async (made) => {
        ({ bed, cluster } = made);
    });
    after(() => {
        for (const client of clients) client.destroy();
    });

    const declare = (beside: BesideCluster) => {
        const args = cluster.args({ stateVersion: "2", version: "2.5.0", replicationFactor: 1 });
        cluster.declareAll({ store: { args, ...beside } });
    };
    const as = (key: string) => {
        const client = clientOf(bed, "london", keys[key]!);
        clients.push(client);
        return client;
    };
    const put = (key: string, name: string, body: string | Uint8Array = name, bucket = "photos") =>
        outcome(as(key).send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: body })));
    const get = (key: string, name: string, bucket = "photos") =>
        outcome(as(key).send(new GetObjectCommand({ Bucket: bucket, Key: name })));
    const listed = async (bucket = "photos") => {
        const { Contents = [] } = await as("ops").send(new ListObjectsV2Command({ Bucket: bucket }));
        return Contents.map(({ Key }) => Key);
    };
    const rules = async () => {
        const { Rules } = await as("ops").send(new GetBucketLifecycleConfigurationCommand({ Bucket: "photos" }));
        return Rules!.map(({ ID, Expiration, Filter }) => [ID, Expiration?.Days, Filter?.Prefix]);
    };
    const manage = (line: string) => bed.sh("london", `garage-manage ${line} 2>&1`);

    it("come up with the cluster in one up, and a second up changes nothing", async () => {
        declare({ keys: KEYS, buckets: { photos: PHOTOS } });
        said.preview = await cluster.project.preview("--diff");
        assert.equal(said.preview.code, 0, said.preview.stdout);
        await bed.sh("london", `systemd-run --quiet --unit=watch bash -c '${WATCH}'`);
        said.up = await cluster.up("--diff");
        await cluster.isSettled();
        keys = await cluster.keys();
        const { photos } = await cluster.buckets();
        assert.match(photos!.bucketId, /^[0-9a-f]{64}$/);
        assert.equal(photos!.bucketName, "photos");
    });

    it("give each key its rights, and no more", async () => {
        assert.equal(await put("app", "index.html", "hello"), "ok");
        assert.equal(await get("reader", "index.html"), "ok");
        assert.equal(await get("app", "index.html", "pictures"), "ok");
        assert.equal(await put("reader", "x"), "403");
        assert.equal(await outcome(as("app").send(new GetBucketCorsCommand({ Bucket: "photos" }))), "403");
    });

    it("have Garage refuse what is more than the quotas", async () => {
        assert.equal(await put("app", "404.html", "not here"), "ok");
        assert.equal(await put("app", "large", new Uint8Array(3_000_000)), "403");
        for (const name of ["a", "b", "c"]) assert.equal(await put("app", name), "ok");
        assert.equal(await put("app", "d"), "403");
    });

    it("show the website by its name, tell browsers what they may, and keep the rule of days", async () => {
        assert.equal(await page(bed, "london", "photos.web.garage.localhost"), "hello 200");
        assert.equal(await page(bed, "london", "photos.web.garage.localhost", "/none"), "not here 404");
        for (const origin of ["https://example.org", "https://example.com"])
            assert.equal(await preflight(bed, "london", "photos", origin, "GET"), origin);
        assert.equal(await preflight(bed, "london", "photos", "https://example.net", "GET"), "403");
        assert.equal(await preflight(bed, "london", "photos", "https://example.org", "PUT"), "403");
        assert.deepEqual(await rules(), [["tmp/", 7, "tmp/"]]);
    });

    it("keep every secret out of the state, the output, the process list and the journal", async () => {
        said.again = await cluster.project.update("--diff");
        declare({ keys: { ...KEYS, app: { reapply: "2" } }, buckets: { photos: PHOTOS } });
        said.changed = await cluster.project.preview("--diff");
        const seen = {
            ...Object.fromEntries(Object.entries(said).map(([name, run]) => [name, run.stdout + run.stderr])),
            state: await cluster.project.exported(),
            journal: await bed.sh("london", "journalctl --no-pager -o cat"),
            processes: await bed.sh("london", "systemctl stop watch; cat /root/watched"),
        };
        assert.match(seen.processes, /garage-node key app/);
        assert.match(seen.journal, /key app/);
        for (const [name, { secretAccessKey }] of Object.entries(keys))
            for (const [where, text] of Object.entries(seen))
                assert.ok(!text.includes(secretAccessKey), `the secret of ${name} stands in: ${where}`);
    });

    it("change with the program, field by field, and what it no longer names is taken back", async () => {
        const changed = {
            aliases: ["photos", "images"],
            quotas: { maxObjects: 8 },
            keys: [{ key: "app", read: true }, RIGHTS[2]!],
            lifecycle: [{ prefix: "old/", expireAfterDays: 30 }],
            cors: [{ origins: ["*"], methods: ["PUT"], headers: ["*"] }],
        };
        declare({ keys: { app: {}, ops: {} }, buckets: { photos: changed } });
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await get("app", "a", "images"), "ok");
        assert.equal(await get("app", "a", "pictures"), "404");
        assert.equal(await put("app", "a"), "403");
        assert.equal(await get("reader", "a"), "403");
        assert.equal(await put("ops", "d"), "ok");
        assert.match(await page(bed, "london", "photos.web.garage.localhost"), / 404$/);
        assert.deepEqual(await rules(), [["old/", 30, "old/"]]);
        assert.equal(await preflight(bed, "london", "photos", "https://example.net", "PUT"), "*");
        assert.doesNotMatch(await manage("key list"), new RegExp(keys.reader!.accessKeyId));

        declare({ keys: { app: {}, ops: {} }, buckets: { photos: { keys: [RIGHTS[0]!, RIGHTS[2]!] } } });
        await cluster.up();
        assert.equal(await get("app", "a", "images"), "404");
        assert.equal(await put("app", "e"), "ok");
        assert.equal(await outcome(rules()), "404");
        assert.equal(await preflight(bed, "london", "photos", "https://example.org", "GET"), "403");
    });

    it("are brought back by reapply where somebody changed them by hand, and what others set stays", async () => {
        const photos = {
            quotas: { maxObjects: 9 },
            website: { indexDocument: "index.html" },
            keys: [RIGHTS[0]!, RIGHTS[2]!],
        };
        declare({ keys: { app: {}, ops: {} }, buckets: { photos } });
        await cluster.up();
        await manage("bucket website --deny photos");
        await manage("bucket set-quotas photos --max-objects none");
        await manage(`bucket deny --write photos --key ${keys.app!.accessKeyId}`);
        await manage("bucket alias photos by-hand");
        await manage("key create visitor");
        await manage("bucket allow --read photos --key visitor");
        await cluster.isSettled();
        assert.equal(await put("app", "f"), "403");
        declare({ keys: { app: {}, ops: {} }, buckets: { photos: { ...photos, reapply: "2" } } });
        const { stdout } = await cluster.up();
        assert.match(stdout, /bucket photos: .*website.*|bucket photos: .*quota/);
        assert.equal(await put("app", "f"), "ok");
        assert.equal(await page(bed, "london", "photos.web.garage.localhost"), "hello 200");
        assert.equal(await get("app", "f", "by-hand"), "ok");
        assert.match(await manage("bucket info photos"), /visitor/);

        declare({ keys: { app: {}, ops: {} }, buckets: { photos: { ...photos, exclusive: true } } });
        await cluster.up();
        assert.equal(await get("app", "f", "by-hand"), "404");
        assert.doesNotMatch(await manage("bucket info photos"), /visitor/);
        assert.equal(await put("app", "f"), "ok");
    });

    it("keep a full bucket that leaves the program, with every object, its key, and all hosts", async () => {
        const before = await listed();
        assert.ok(before.length >= 7, before.join());
        declare({ keys: { app: {}, ops: {} } });
        await cluster.upFails(new RegExp(`${before.length} objects`));
        assert.deepEqual(await listed(), before);
        assert.equal(await put("app", "f"), "ok");
        const pids = await bed.daemons();
        const destroyed = await cluster.project.destroy();
        assert.notEqual(destroyed.code, 0);
        assert.deepEqual(await listed(), before);
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("rotate a key without a moment in which neither works, twice, with the first one's retire left in", async () => {
        const photos = { keys: [RIGHTS[0]!, RIGHTS[2]!] };
        const up = async (app: Record<string, unknown>) => {
            declare({ keys: { app, ops: {} }, buckets: { photos } });
            await cluster.up();
            await cluster.isSettled();
            return (await cluster.keys()).app!;
        };
        const first = keys.app!;
        const second = await up({ rotate: "1" });
        assert.notEqual(second.accessKeyId, first.accessKeyId);
        assert.deepEqual(second.previousAccessKeyIds, [first.accessKeyId]);
        for (const pair of [first, second]) {
            keys.app = pair;
            assert.equal(await put("app", "f"), "ok", pair.accessKeyId);
        }
        const retire = [first.accessKeyId];
        await up({ rotate: "1", retire });
        keys.app = first;
        assert.equal(await put("app", "f"), "403");
        const third = await up({ rotate: "2", retire });
        assert.deepEqual(third.previousAccessKeyIds, [second.accessKeyId]);
        for (const pair of [second, third]) {
            keys.app = pair;
            assert.equal(await put("app", "f"), "ok", pair.accessKeyId);
        }
        declare({ keys: { app: { rotate: "2", retire: [third.accessKeyId] }, ops: {} }, buckets: { photos } });
        await cluster.upFails(new RegExp(third.accessKeyId));
        await up({ rotate: "2", retire: [first.accessKeyId, second.accessKeyId] });
        assert.equal(await put("app", "f"), "ok");
    });

    it("belong to their resource: another name is refused without aliases, and a stranger's taken over only when asked", async () => {
        const app = { rotate: "2", retire: [] };
        const keysNow = { app, ops: {} };
        const photos = { aliases: ["photos"], keys: [RIGHTS[0]!, RIGHTS[2]!] };
        declare({ keys: keysNow, buckets: { other: photos } });
        await cluster.upFails(/aliases/);
        declare({ keys: keysNow, buckets: { other: { ...photos, opts: { aliases: [{ name: "photos" }] } } } });
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await put("app", "f"), "ok");
        await manage("bucket create strange");
        const strange = { keys: [RIGHTS[2]!] };
        declare({ keys: keysNow, buckets: { other: photos, strange } });
        await cluster.upFails(/takeOver/);
        declare({ keys: keysNow, buckets: { other: photos, strange: { ...strange, takeOver: true } } });
        await cluster.up();
        assert.equal(await put("ops", "x", "x", "strange"), "ok");
    });

    it("are let go by retainOnDelete, and deleted once they are empty", async () => {
        const keysNow = { app: { rotate: "2" }, ops: {} };
        const other = { aliases: ["photos"], keys: [RIGHTS[2]!], opts: { retainOnDelete: true } };
        const strange = { keys: [RIGHTS[2]!] };
        declare({
            keys: keysNow,
            buckets: { other, strange: { ...strange, opts: { retainOnDelete: true } }, empty: {} },
        });
        await cluster.up();
        declare({ keys: keysNow, buckets: {} });
        await cluster.up();
        const left = await manage("bucket list");
        assert.match(left, /photos/);
        assert.match(left, /strange/);
        assert.doesNotMatch(left, /empty/);
        assert.equal(await get("ops", "f"), "ok");
    });
});

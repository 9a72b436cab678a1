import { strict as assert } from "node:assert";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
    CreateBucketCommand,
    CreateMultipartUploadCommand,
    GetBucketCorsCommand,
    GetBucketLifecycleConfigurationCommand,
    GetObjectCommand,
    PutBucketCorsCommand,
    PutBucketLifecycleConfigurationCommand,
    PutObjectCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { answered, type BucketAnswer, type KeyAnswer, RealGarage, refused, urn, type Want } from "./realGarage";

const put = (s3: S3Client, bucket: string, key: string, body = "hello") =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: "text/html" }));
const get = async (s3: S3Client, bucket: string, key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body?.transformToString();
const name = (error: unknown) => (error as Error).name;
const denied = (asked: Promise<unknown>, how = /AccessDenied/) =>
    assert.rejects(asked, (error: Error) => how.test(`${error.name} ${error.message}`));

/** What users do with buckets and keys, on a real daemon of one release: proven by S3, not by what the verbs say. */
export function stories(release: string): void {
    describe(`buckets and keys on Garage ${release}`, function () {
        this.timeout(300_000);
        let host: RealGarage;
        const isOf = (...series: string[]) => series.includes(host.series);
        const hasQuotas = () => !isOf("0.7");
        const hasLifecycle = () => !isOf("0.7", "0.8");

        before(async () => {
            host = await RealGarage.start(release);
        });
        after(() => host?.stop());

        const bucket = async (...args: Parameters<RealGarage["bucket"]>) =>
            answered<BucketAnswer>(await host.bucket(...args));
        const key = async (...args: Parameters<RealGarage["key"]>) => answered<KeyAnswer>(await host.key(...args));
        const right = (of: KeyAnswer, flags = "rw") => ({
            accessKeyId: of.accessKeyId,
            read: flags.includes("r"),
            write: flags.includes("w"),
            owner: flags.includes("o"),
        });
        const changes = async (...args: Parameters<RealGarage["bucket"]>) => (await bucket(...args)).changed;
        const keyNames = async () => {
            const said = await host.cli("key", "list");
            return [...said.matchAll(/^ *(GK\S+) +(?:\d{4}-\d\d-\d\d +)?(.*?)(?: +never| +\d{4}-.*)?$/gm)].map(
                ([, , text]) => text!.trim(),
            );
        };

        it("makes a bucket with all that the series has; a second call changes nothing", async () => {
            const app = await key("all-app");
            const reader = await key("all-reader");
            const owner = await key("all-owner");
            const want: Want = {
                aliases: ["all", "all-2"],
                website: { indexDocument: "index.html", errorDocument: "404.html" },
                keys: [right(app), right(reader, "r"), right(owner, "rwo")],
                cors: [{ origins: ["https://example.org"], methods: ["GET"], headers: ["x-a"], maxAgeSeconds: 60 }],
                ...(hasQuotas() ? { quotas: { maxSizeBytes: 500e12, maxObjects: 3 } } : {}),
                ...(hasLifecycle()
                    ? { lifecycle: [{ id: "tmp", prefix: "tmp/<&>", expireAfterDays: 7, abortUploadsAfterDays: 2 }] }
                    : {}),
            };
            const made = await bucket("all", want);
            assert.match(made.bucketId, /^[0-9a-f]{64}$/);
            assert.ok(made.changed.includes("made"));
            assert.deepEqual(await bucket("all", want), { bucketId: made.bucketId, changed: [], warnings: [] });

            const s3 = host.client(app);
            await put(s3, "all", "index.html", "the page");
            assert.equal(await get(host.client(reader), "all-2", "index.html"), "the page");
            await denied(put(host.client(reader), "all", "x"));
            assert.match(host.get(host.web, "/", ["Host: all.web.garage"]), / 200 [\s\S]*the page$/);
            await put(s3, "all", "404.html", "not here");
            assert.match(host.get(host.web, "/nothing", ["Host: all.web.garage"]), / 404 [\s\S]*not here$/);
            const preflight = ["Origin: https://example.org", "Access-Control-Request-Method: GET"];
            const options = ["-X", "OPTIONS"];
            assert.match(
                host.get(host.s3, "/all/index.html", preflight, options),
                /access-control-allow-origin: https:\/\/example.org/i,
            );
            const other = ["Origin: https://other.org", preflight[1]!];
            assert.match(host.get(host.s3, "/all/index.html", other, options), / 403 /);
            const rules = await host.client(owner).send(new GetBucketCorsCommand({ Bucket: "all" }));
            assert.deepEqual(
                rules.CORSRules?.map(({ AllowedOrigins, AllowedHeaders, MaxAgeSeconds }) => [
                    AllowedOrigins,
                    AllowedHeaders,
                    MaxAgeSeconds,
                ]),
                [[["https://example.org"], ["x-a"], 60]],
            );
            if (hasQuotas()) {
                await put(s3, "all", "third");
                await denied(put(s3, "all", "fourth"), /quota/i);
            }
            if (hasLifecycle()) {
                const asked = new GetBucketLifecycleConfigurationCommand({ Bucket: "all" });
                const { Rules } = await host.client(owner).send(asked);
                const [rule] = Rules!;
                assert.equal(Rules!.length, 1);
                assert.equal(rule!.Status, "Enabled");
                assert.equal(rule!.Filter?.Prefix, "tmp/<&>");
                assert.equal(rule!.Expiration?.Days, 7);
                assert.equal(rule!.AbortIncompleteMultipartUpload?.DaysAfterInitiation, 2);
            }
            assert.ok((await keyNames()).every((each) => !each.startsWith("pulumi temporary")));
        });

        it("brings back what somebody has changed by hand", async () => {
            const app = await key("drift-app");
            const want: Want = {
                aliases: ["drift", "drift-2"],
                keys: [right(app, "rwo")],
                website: { indexDocument: "index.html", errorDocument: null },
                cors: [{ origins: ["https://example.org"], methods: ["GET"] }],
                ...(hasQuotas() ? { quotas: { maxSizeBytes: null, maxObjects: 7 } } : {}),
                ...(hasLifecycle() ? { lifecycle: [{ id: "tmp/", prefix: "tmp/", expireAfterDays: 7 }] } : {}),
            };
            await bucket("drift", want);
            await host.cli("bucket", "unalias", "drift-2");
            await host.cli("bucket", "website", "--deny", "drift");
            if (hasQuotas()) await host.cli("bucket", "set-quotas", "drift", "--max-objects", "8");
            const s3 = host.client(app);
            const other = { AllowedMethods: ["PUT"], AllowedOrigins: ["https://other.org"] };
            await s3.send(new PutBucketCorsCommand({ Bucket: "drift", CORSConfiguration: { CORSRules: [other] } }));
            if (hasLifecycle()) {
                const Rules = [{ Status: "Enabled" as const, Filter: { Prefix: "all/" }, Expiration: { Days: 1 } }];
                const configured = { Bucket: "drift", LifecycleConfiguration: { Rules } };
                await s3.send(new PutBucketLifecycleConfigurationCommand(configured));
            }
            await host.cli("bucket", "deny", "--write", "drift", "--key", app.accessKeyId);
            await denied(put(s3, "drift", "x"));
            const changed = (await changes("drift", want)).join(", ");
            assert.match(changed, /alias drift-2 added/);
            assert.match(changed, /write given/);
            await put(s3, "drift-2", "index.html", "back");
            assert.match(host.get(host.web, "/", ["Host: drift.web.garage"]), / 200 [\s\S]*back$/);
            const cors = await s3.send(new GetBucketCorsCommand({ Bucket: "drift" }));
            assert.deepEqual(cors.CORSRules?.[0]?.AllowedOrigins, ["https://example.org"]);
            if (hasQuotas()) assert.match(await host.cli("bucket", "info", "drift"), /7/);
            if (hasLifecycle()) {
                const asked = new GetBucketLifecycleConfigurationCommand({ Bucket: "drift" });
                assert.equal((await s3.send(asked)).Rules?.[0]?.Expiration?.Days, 7);
            }
            assert.deepEqual(await changes("drift", want), []);
        });

        it("takes back what it has set and nobody names any more, and leaves what others have set", async () => {
            const app = await key("back-app");
            const other = await key("back-other");
            const all: Want = {
                aliases: ["back", "back-2"],
                keys: [right(app, "rwo"), right(other)],
                website: { indexDocument: "index.html", errorDocument: null },
                cors: [{ origins: ["https://example.org"], methods: ["GET"] }],
                ...(hasQuotas() ? { quotas: { maxSizeBytes: null, maxObjects: 1 } } : {}),
                ...(hasLifecycle() ? { lifecycle: [{ id: "tmp/", prefix: "tmp/", expireAfterDays: 7 }] } : {}),
            };
            await bucket("back", all);
            const stranger = await key("back-stranger");
            await host.cli("bucket", "allow", "--read", "back", "--key", stranger.accessKeyId);
            await host.cli("bucket", "alias", "back", "back-by-hand");
            const s3 = host.client(app);
            await put(s3, "back", "index.html");
            await bucket("back", { aliases: ["back"], keys: [right(app, "rwo")] });
            await denied(get(host.client(other), "back", "index.html"));
            await assert.rejects(get(s3, "back-2", "index.html"));
            assert.equal(await get(host.client(stranger), "back-by-hand", "index.html"), "hello");
            assert.doesNotMatch(host.get(host.web, "/", ["Host: back.web.garage"]), / 200 /);
            // Up to 1.3 no rules are an empty answer.
            const rules = async () => (await s3.send(new GetBucketCorsCommand({ Bucket: "back" }))).CORSRules ?? [];
            assert.deepEqual(await rules().catch((error) => [name(error)].filter((each) => !/NoSuch/.test(each))), []);
            await put(s3, "back", "second");
            assert.deepEqual(await changes("back", { aliases: ["back"], keys: [right(app, "rwo")] }), []);

            await bucket("back", { aliases: ["back"], keys: [right(app, "rwo")], exclusive: true });
            await denied(get(host.client(stranger), "back", "index.html"));
            await assert.rejects(get(s3, "back-by-hand", "index.html"));
        });

        it("leaves the rules that others have set as they are, beside its own", async () => {
            const app = await key("rules-app");
            const keys = [right(app, "rwo")];
            const s3 = host.client(app);
            const own: Want = {
                keys,
                cors: [{ origins: ["https://example.org"], methods: ["GET"] }],
                ...(hasLifecycle() ? { lifecycle: [{ id: "tmp/", prefix: "tmp/", expireAfterDays: 7 }] } : {}),
            };
            await bucket("rules", own);
            const cors = async () => (await s3.send(new GetBucketCorsCommand({ Bucket: "rules" }))).CORSRules;
            const lifecycle = async () =>
                (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: "rules" }))).Rules;
            const ownCors = await cors();
            const others = {
                AllowedMethods: ["PUT"],
                AllowedOrigins: ["https://a.org", "https://b.org"],
                MaxAgeSeconds: 5,
            };
            const byHand = {
                CORSRules: [others, { AllowedMethods: ["HEAD"], AllowedOrigins: ["*"], ExposeHeaders: ["x"] }],
            };
            await s3.send(new PutBucketCorsCommand({ Bucket: "rules", CORSConfiguration: byHand }));
            const theirCors = await cors();
            const ownLifecycle = hasLifecycle() ? await lifecycle() : undefined;
            if (hasLifecycle()) {
                const And = { Prefix: "a <&> b", ObjectSizeGreaterThan: 10 };
                const Rules = [
                    { ID: "sized", Status: "Disabled" as const, Filter: { And }, Expiration: { Days: 3 } },
                    {
                        Status: "Enabled" as const,
                        Filter: {},
                        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
                    },
                    {
                        ID: "late",
                        Status: "Enabled" as const,
                        Filter: {},
                        Expiration: { Date: new Date("2100-01-01") },
                    },
                ];
                const configured = { Bucket: "rules", LifecycleConfiguration: { Rules } };
                await s3.send(new PutBucketLifecycleConfigurationCommand(configured));
            }
            const theirLifecycle = hasLifecycle() ? await lifecycle() : undefined;
            await bucket("rules", own);
            assert.deepEqual(await cors(), [...ownCors!, ...theirCors!]);
            if (hasLifecycle()) assert.deepEqual(await lifecycle(), [...ownLifecycle!, ...theirLifecycle!]);
            assert.deepEqual(await changes("rules", own), []);
            await bucket("rules", { keys });
            assert.deepEqual(await cors(), theirCors);
            if (hasLifecycle()) assert.deepEqual(await lifecycle(), theirLifecycle);
            assert.deepEqual(await changes("rules", { keys }), []);
            const { changed } = await bucket("rules", { keys, exclusive: true });
            assert.match(
                changed.join(),
                hasLifecycle() ? /lifecycle rules removed.*CORS rules removed/ : /CORS rules removed/,
            );
        });

        it("renames a bucket: the new alias is there before the old one goes, the objects stay", async () => {
            const app = await key("rename-app");
            await bucket("rename", { aliases: ["rename-old"], keys: [right(app)] });
            await put(host.client(app), "rename-old", "x");
            const { changed } = await bucket("rename", { aliases: ["rename-new"], keys: [right(app)] });
            assert.deepEqual(changed, ["alias rename-new added", "alias rename-old removed"]);
            assert.equal(await get(host.client(app), "rename-new", "x"), "hello");
        });

        it("refuses names, keys and options that can't be, before anything is made", async () => {
            const before = await host.cli("bucket", "list");
            const bad = ["ab", "Upper", "a..b.", "-ab", "192.168.0.1", "xn--ab", "ab-s3alias", "a b"];
            for (const each of bad) refused(await host.bucket("bad", { aliases: ["good", each] }), "bucket-name");
            const nobody = { accessKeyId: "GK000000000000000000000000", read: true, write: false, owner: false };
            refused(await host.bucket("bad", { keys: [nobody] }), "bucket-key-missing");
            refused(
                await host.bucket("bad", { lifecycle: [{ id: "a", prefix: "a", expireAfterDays: 0 }] }),
                "want-unfit",
            );
            if (!hasQuotas())
                refused(await host.bucket("bad", { quotas: { maxSizeBytes: 1, maxObjects: null } }), "store-series");
            if (!hasLifecycle())
                refused(
                    await host.bucket("bad", { lifecycle: [{ id: "a", prefix: "a", expireAfterDays: 1 }] }),
                    "store-series",
                );
            assert.equal(await host.cli("bucket", "list"), before);
        });

        it("leaves another resource's and a stranger's bucket alone, and takes a stranger's over when told to", async () => {
            const app = await key("own-app");
            await bucket("own", { keys: [right(app)] });
            refused(
                await host.bucket("own-other", { aliases: ["own"] }),
                "bucket-owned",
                /GarageBucket::own;.*aliases/,
            );
            refused(await host.bucket("own-other", { aliases: ["own-free", "own"] }), "bucket-owned");
            await host.cli("bucket", "create", "own-stranger");
            refused(await host.bucket("own-s", { aliases: ["own-stranger"] }), "bucket-foreign", /takeOver/);
            const want = { aliases: ["own-stranger"], keys: [right(app)] };
            await bucket("own-s", { ...want, takeOver: true });
            assert.deepEqual(await changes("own-s", want), []);
            refused(await host.bucket("own", { aliases: ["own", "own-stranger"] }), "bucket-alias-taken");
        });

        it("takes a stranger's bucket as it is, though this resource has had another one of that name", async () => {
            const app = await key("again-app");
            const own: Want = {
                keys: [right(app)],
                website: { indexDocument: "index.html", errorDocument: null },
                ...(hasQuotas() ? { quotas: { maxSizeBytes: null, maxObjects: 1 } } : {}),
            };
            await bucket("again", own);
            const marks = /(GK\S+).*pulumi owner marks/.exec(await host.cli("key", "list"))![1]!;
            const mark = /pulumi-[0-9a-f]{40}/.exec(await host.cli("bucket", "info", "again"))![0];
            await host.cli("bucket", "unalias", "--local", marks, mark);
            await host.cli("bucket", "delete", "--yes", "again");
            await host.cli("bucket", "create", "again");
            await host.cli("bucket", "allow", "--read", "--write", "again", "--key", app.accessKeyId);
            await host.cli("bucket", "website", "--allow", "again");
            if (hasQuotas()) await host.cli("bucket", "set-quotas", "again", "--max-objects", "1");
            await bucket("again", { takeOver: true });
            await put(host.client(app), "again", "index.html", "the page");
            assert.match(host.get(host.web, "/", ["Host: again.web.garage"]), / 200 [\s\S]*the page$/);
            if (hasQuotas()) await denied(put(host.client(app), "again", "second"), /quota/i);
        });

        it("is found again by its mark: under another name with aliases, and by a node without records", async () => {
            const app = await key("mark-app");
            const { bucketId } = await bucket("mark", { keys: [right(app)] });
            await put(host.client(app), "mark", "x");
            const renamed = [`owner ${urn("Bucket", "mark-2")}`, `alias-owner ${urn("Bucket", "mark")}`];
            assert.equal((await bucket("mark", { keys: [right(app)] }, renamed)).bucketId, bucketId);
            host.forgetRecords();
            const again = await bucket("mark-2", { aliases: ["mark"], keys: [right(app)] });
            assert.deepEqual(again, { bucketId, changed: [], warnings: [] });
            refused(await host.bucket("mark"), "bucket-owned");
            host.forgetRecords();
            const keyAgain = await key("mark-app");
            assert.deepEqual([keyAgain.accessKeyId, keyAgain.changed], [app.accessKeyId, []]);
            const keyRenamed = [`owner ${urn("Key", "mark-app-2")}`, `alias-owner ${urn("Key", "mark-app")}`];
            assert.equal((await key("mark-app", {}, keyRenamed)).accessKeyId, app.accessKeyId);
            assert.equal((await key("mark-app", {}, keyRenamed.slice(0, 1))).accessKeyId, app.accessKeyId);
        });

        it("deletes a bucket only when it is empty, and only for its owner", async () => {
            const app = await key("del-app");
            await bucket("del", { aliases: ["del", "del-2"], keys: [right(app)] });
            const s3 = host.client(app);
            await put(s3, "del", "x");
            const holds = hasQuotas() ? /holds 1 objects and 0 unfinished uploads/ : /holds at least 1 objects/;
            refused(await host.bucketDelete("del"), "bucket-not-empty", holds);
            assert.equal(await get(s3, "del-2", "x"), "hello");
            refused(await host.keyDelete("del-app"), "key-in-use", /retainOnDelete/);
            assert.equal((await host.bucketDelete("del-nobody")).code, 0);
            assert.equal((await host.bucketDelete("del", [`owner ${urn("Bucket", "other")}`])).code, 0);
            assert.equal(await get(s3, "del", "x"), "hello");

            await bucket("upload", { keys: [right(app)] });
            await s3.send(new CreateMultipartUploadCommand({ Bucket: "upload", Key: "big" }));
            refused(await host.bucketDelete("upload"), "bucket-not-empty", /unfinished uploads/);

            await bucket("gone", { keys: [right(app)], website: { indexDocument: "i.html", errorDocument: null } });
            answeredGone(await host.bucketDelete("gone"));
            answeredGone(await host.bucketDelete("gone"));
            assert.doesNotMatch(await host.cli("bucket", "list"), /\bgone\b/);
        });

        it("gives each key its own name and secret, also two of one name", async () => {
            const one = await key("twin-1", { name: "twin" });
            const two = await key("twin-2", { name: "twin" });
            assert.notEqual(one.accessKeyId, two.accessKeyId);
            const again = await key("twin-1", { name: "twin" });
            assert.deepEqual(again, { ...one, changed: [] });
            assert.equal((await key("twin-1", { name: 'tw"in 2' })).accessKeyId, one.accessKeyId);
            assert.ok((await keyNames()).some((each) => each.startsWith('tw"in 2 pulumi:')));
            answeredGone(await host.keyDelete("twin-1"));
            answeredGone(await host.keyDelete("twin-1"));
            assert.equal((await key("twin-2", { name: "twin" })).accessKeyId, two.accessKeyId);
        });

        it("gives a key the right to make buckets, and takes it away", async () => {
            const maker = await key("maker", { allowCreateBucket: true });
            await host.client(maker).send(new CreateBucketCommand({ Bucket: "made-by-s3" }));
            await key("maker");
            // 0.7 has the flag, and heeds it nowhere.
            if (!isOf("0.7"))
                await denied(host.client(maker).send(new CreateBucketCommand({ Bucket: "made-by-s3-2" })));
            await host.cli("key", "allow", "--create-bucket", maker.accessKeyId);
            assert.deepEqual((await key("maker")).changed, ["allowCreateBucket taken away"]);
            refused(await host.keyDelete("maker"), host.series === "0.7" ? "key-in-use" : "key-right-foreign");
        });

        it("rotates: both keys work until the old one is retired", async () => {
            const first = await key("turn");
            await bucket("turn", { keys: [right(first)] });
            await put(host.client(first), "turn", "x");
            const second = await key("turn", { rotate: "1" });
            assert.deepEqual(second.previousAccessKeyIds, [first.accessKeyId]);
            await bucket("turn", { keys: [right(second)] });
            await bucket("turn", { keys: [right(second)], exclusive: true });
            for (const each of [first, second]) assert.equal(await get(host.client(each), "turn", "x"), "hello");
            assert.deepEqual(await key("turn", { rotate: "1" }), { ...second, changed: [] });
            refused(await host.key("turn", { rotate: "1", retire: [second.accessKeyId] }), "key-retire-current");
            const retired = await key("turn", { rotate: "1", retire: [first.accessKeyId] });
            assert.deepEqual(retired.previousAccessKeyIds, []);
            await assert.rejects(get(host.client(first), "turn", "x"));
            const third = await key("turn", { rotate: "2", retire: [first.accessKeyId] });
            assert.deepEqual(third.previousAccessKeyIds, [second.accessKeyId]);
            assert.equal(await get(host.client(third), "turn", "x"), "hello");
            assert.equal((await key("turn", { retire: [first.accessKeyId] })).accessKeyId, third.accessKeyId);
            await bucket("turn");
            for (const each of [second, third]) await denied(get(host.client(each), "turn", "x"));
            const stranger = await key("turn-stranger");
            refused(await host.key("turn", { rotate: "2", retire: [stranger.accessKeyId] }), "key-retire-foreign");
        });

        it("makes nothing twice where the node that is asked learns late of what was made", async () => {
            if (isOf("0.7")) return;
            host.late();
            await key("late-copy");
            await key("late-copy", { rotate: "1" });
            await bucket("late-copy");
            host.program("curl");
            assert.equal((await keyNames()).filter((each) => each.startsWith("late-copy ")).length, 2);
        });

        it("takes an existing pair, or says why not", async () => {
            const pair = { accessKeyId: "GK31c2f218a2e44f485b94239e", secretAccessKey: "ab".repeat(32) };
            if (host.series === "0.7") return refused(await host.key("import", { import: pair }), "store-series");
            const made = await key("import", { import: pair });
            assert.deepEqual([made.accessKeyId, made.secretAccessKey], [pair.accessKeyId, pair.secretAccessKey]);
            assert.deepEqual((await key("import", { import: pair })).changed, []);
            refused(await host.key("import-2", { import: pair }), "key-foreign");
            const turned = await key("import", { import: pair, rotate: "1" });
            assert.deepEqual(turned.previousAccessKeyIds, [pair.accessKeyId]);
            const retired = { import: pair, rotate: "1", retire: [pair.accessKeyId] };
            assert.deepEqual((await key("import", retired)).changed, [`key ${pair.accessKeyId} retired`]);
            assert.deepEqual(await key("import", retired), { ...turned, previousAccessKeyIds: [], changed: [] });
            const other = { accessKeyId: "GK31c2f218a2e44f485b94239f", secretAccessKey: "ab".repeat(32) };
            await key("import", { ...retired, import: other });
            refused(
                await host.key("import", { ...retired, import: { ...other, accessKeyId: turned.accessKeyId } }),
                "key-named-previous",
            );
        });

        it("takes a stranger's key by its id, never another resource's", async () => {
            const made = await host.cli("key", ...(isOf("0.7", "0.8") ? ["new", "--name"] : ["create"]), "by-hand");
            const id = /GK[0-9a-f]{24}/.exec(made)![0];
            const taken = await key("taken", { takeOver: id });
            assert.equal(taken.accessKeyId, id);
            assert.deepEqual((await key("taken")).changed, []);
            refused(await host.key("taken-2", { takeOver: id }), "key-owned", /GarageKey::taken;.*aliases/);
            const handed = [`owner ${urn("Key", "taken-3")}`, `alias-owner ${urn("Key", "taken")}`];
            assert.equal((await key("taken-3", {}, handed)).accessKeyId, id);
            refused(await host.key("taken", { takeOver: id }), "key-owned", /GarageKey::taken-3;/);
            host.forgetRecords();
            refused(await host.key("taken-2", { takeOver: id }), "key-owned", /mark is pulumi:[0-9a-f]{12};/);
            refused(await host.key("taken-2", { takeOver: "GK000000000000000000000000" }), "key-missing");
            const before = await keyNames();
            assert.equal(before.filter((each) => each.includes("taken-2")).length, 0);
        });

        it("lets a key expire where Garage can", async () => {
            const at = { expiresAt: "2100-01-01T00:00:00Z" };
            if (host.series !== "2") return refused(await host.key("late", at), "store-series");
            await key("late", at);
            assert.match(await host.cli("key", "list"), /late.*2100/);
            assert.deepEqual((await key("late", at)).changed, []);
            assert.deepEqual((await key("late")).changed, ["expires no more"]);
        });

        it("warns of quotas below what is used", async () => {
            if (!hasQuotas()) return;
            const app = await key("warn-app");
            await bucket("warn", { keys: [right(app)] });
            for (const each of ["a", "b"]) await put(host.client(app), "warn", each);
            const { warnings } = await bucket("warn", {
                keys: [right(app)],
                quotas: { maxSizeBytes: 3, maxObjects: 1 },
            });
            assert.equal(warnings.length, 2);
            assert.match(warnings[0]!, /maxSize is 3 bytes, and 10 are in use/);
        });

        it("serves many calls at once, one after the other, without a word about it", async () => {
            const all = await Promise.all(["many-1", "many-2", "many-3"].map((each) => host.bucket(each)));
            for (const ran of all) assert.doesNotMatch(ran.stderr, /waiting/);
            assert.equal(new Set(all.map((ran) => answered<BucketAnswer>(ran).bucketId)).size, 3);
        });

        it("touches nothing while a major upgrade is open or S3 is off", async () => {
            host.ledger({ hop: "1-2", hopstate: "open" });
            refused(await host.bucket("closed"), "hop-open");
            refused(await host.keyDelete("twin-2"), "hop-open");
            host.ledger({ held: "for-a-test" });
            refused(await host.key("closed"), "held");
            host.quiet(true);
            for (const ran of [await host.bucket("closed"), await host.bucketDelete("all")]) refused(ran, "s3-off");
            host.quiet(false);
            assert.doesNotMatch(await host.cli("bucket", "list"), /closed/);
        });

        it("tells nobody but the daemon its token, and asks no other S3", async () => {
            const heard: string[] = [];
            const stranger = createServer((asked, answer) => {
                heard.push(JSON.stringify(asked.headers));
                answer.end("[]");
            });
            stranger.listen(0, "127.0.0.1");
            await once(stranger, "listening");
            const { port } = stranger.address() as AddressInfo;
            const info = `/opt/garage/generations/${release}-aaaa/info`;
            const text = host.read(info);
            const stolen = (service: string, from: number) =>
                host.write(info, text.replace(`${service}port ${from}`, `${service}port ${port}`));
            try {
                stolen("admin", host.admin);
                if (!isOf("0.7")) refused(await host.key("stolen"), "garage-silent", /the admin API on 127\.0\.0\.1/);
                stolen("s3", host.s3);
                const cors = [{ origins: ["https://example.org"], methods: ["GET"] }];
                const s3Asked = await host.bucket("stolen", { cors });
                if (release !== "2.4.0" && release !== "2.5.0") refused(s3Asked, "garage-silent", /S3 on 127\.0\.0\.1/);
                assert.deepEqual(heard, []);
            } finally {
                host.write(info, text);
                stranger.close();
            }
        });

        it("writes nothing into what somebody else has put in the place of its records", async () => {
            await key("planted-before");
            const records = "/var/lib/garage/meta/garage-node.owned";
            const aside = host.path(`${records}.aside`);
            renameSync(host.path(records), aside);
            try {
                symlinkSync(aside, host.path(records));
                refused(await host.key("planted"), "unwritable", /who put it there/);
                rmSync(host.path(records));
                mkdirSync(host.path(records));
                const [file] = readdirSync(aside).filter((each) => each.startsWith("key-"));
                const own = join(host.path(records), file!);
                symlinkSync(join(aside, file!), own);
                const [, urnOf] = /^owner (.*)$/m.exec(readFileSync(own, "utf8"))!;
                refused(await host.key("planted", {}, [`owner ${urnOf}`]), "unreadable");
            } finally {
                rmSync(host.path(records), { recursive: true });
                renameSync(aside, host.path(records));
            }
        });

        it("does nothing where what judges ends without a verdict, at once or later", async () => {
            for (const ends of ["exit 3", "read -r line; exit 3"]) {
                host.program("jq", ends);
                refused(await host.bucket("unjudged"), "garage-unclear", /jq ended/);
            }
            host.program("jq");
            assert.deepEqual(await changes("unjudged"), ["made", "alias unjudged added"]);
        });

        it("says no secret but in the key's own answer, to no program either", async () => {
            host.spy();
            const pair = { accessKeyId: "GK41c2f218a2e44f485b94239e", secretAccessKey: "cd".repeat(32) };
            const ran = await host.key("quiet", isOf("0.7") ? {} : { import: pair });
            const { secretAccessKey } = answered<KeyAnswer>(ran);
            const cors = [{ origins: ["https://example.org"], methods: ["GET"] }];
            answered(await host.bucket("quiet", { cors }));
            const seen = host.read("/argv");
            assert.match(seen, /^jq /m);
            for (const text of [ran.stderr, host.records(), seen]) {
                assert.ok(!text.includes(secretAccessKey));
                assert.ok(!text.includes("the-token"));
            }
        });
    });
}

function answeredGone(ran: { code: number; stdout: string; stderr: string }): void {
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout, "gone\n");
}

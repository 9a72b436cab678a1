import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GarageBucket, GarageCluster, GarageKey } from "../../sdk";
import type { GarageBucketArgs } from "../../sdk/bucketArgs";
import { type Graph, graphOfProgram, keyIdOf, threeNodes } from "./support";

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((known) => output.apply(known));
const sheetOf = (graph: Graph, name: string) => {
    const { stdin } = graph.get(name).inputs as { stdin: string | { value: string } };
    return typeof stdin === "string" ? stdin : stdin.value;
};
const lines = (graph: Graph, name: string, key: string) =>
    sheetOf(graph, name)
        .split("\n")
        .filter((line) => line.startsWith(`${key} `))
        .map((line) => line.slice(key.length + 1));
const want = (graph: Graph, name: string) => JSON.parse(lines(graph, name, "want")[0]!);
const urn = (type: string, name: string) => `urn:pulumi:stack::project::garage-cluster:index:${type}::${name}`;

/** Mocks name the stack among the types, where it is a parent. */
const withoutStack = (text: string) => text.replace("pulumi:pulumi:Stack$", "");

/** A cluster, a key, and a bucket that it may read and write. */
function app(more: Partial<GarageBucketArgs> = {}, cluster = threeNodes(), opts?: pulumi.ComponentResourceOptions) {
    const store = new GarageCluster("store", cluster);
    const key = new GarageKey("app", { access: store.access }, opts);
    const keys = [{ accessKeyId: key.accessKeyId, read: true, write: true }];
    const bucket = new GarageBucket("photos", { access: store.access, keys, ...more }, opts);
    return { store, key, bucket };
}

const EVERYTHING: Partial<GarageBucketArgs> = {
    aliases: ["photos", "pictures"],
    quotas: { maxSize: "500G", maxObjects: 1_000_000 },
    website: { indexDocument: "index.html", errorDocument: "404.html" },
    lifecycle: [{ prefix: "tmp/", expireAfterDays: 7 }],
    cors: [{ origins: ["https://example.org", "https://example.com"], methods: ["GET"], headers: ["Content-Type"] }],
};

describe("buckets and keys", () => {
    it("are a Command each, with a delete, on the host that access leads to, under sudo where it has to be", async () => {
        const cluster = threeNodes();
        cluster.nodes.london!.ssh!.user = "admin";
        const graph = await graphOfProgram(() => void app(EVERYTHING, cluster));
        const { inputs } = graph.get("photos-bucket");
        assert.match(String(inputs.create), /^sudo -n garage-node bucket photos [0-9a-f]{12}$/);
        assert.equal(inputs.delete, "sudo -n garage-node bucket-delete photos");
        assert.match(String(graph.get("app-key").inputs.create), /^sudo -n garage-node key app [0-9a-f]{12}$/);
        assert.equal(graph.get("app-key").inputs.delete, "sudo -n garage-node key-delete app");
        const { connection } = inputs as { connection: { value: Record<string, unknown> } };
        const { host, user, dialErrorLimit } = connection.value;
        assert.deepEqual({ host, user, dialErrorLimit }, { host: "192.0.2.2", user: "admin", dialErrorLimit: 10 });
        assert.deepEqual(Object.keys(inputs).sort(), [
            ...["addPreviousOutputInEnv", "connection", "create", "delete", "stdin"],
        ]);
    });

    it("bring the whole wish in a sheet that counts its lines, with cluster, node, stack and owner", async () => {
        const graph = await graphOfProgram(() => void app(EVERYTHING));
        const sheet = sheetOf(graph, "photos-bucket");
        assert.match(
            sheet,
            /^lines 7\ncluster c{32}\nnode london\nregion garage\nstack project\/stack\nowner urn:.*\nwant \{.*\}\n$/,
        );
        const owners = lines(graph, "photos-bucket", "owner").map(withoutStack);
        assert.deepEqual(owners, [urn("GarageBucket", "photos")]);
        const rule = { methods: ["GET"], headers: ["content-type"], exposeHeaders: [] };
        assert.deepEqual(want(graph, "photos-bucket"), {
            aliases: ["photos", "pictures"],
            quotas: { maxSizeBytes: 500e9, maxObjects: 1_000_000 },
            website: { indexDocument: "index.html", errorDocument: "404.html" },
            keys: [{ accessKeyId: keyIdOf("app-key"), read: true, write: true, owner: false }],
            lifecycle: [{ id: "tmp/", prefix: "tmp/", expireAfterDays: 7 }],
            // Up to series 1 Garage answers with all origins of a rule, which browsers refuse; it compares headers letter by letter.
            cors: [
                { origins: ["https://example.org"], ...rule },
                { origins: ["https://example.com"], ...rule },
            ],
            exclusive: false,
            takeOver: false,
        });
        assert.deepEqual(want(graph, "app-key"), { name: "app", allowCreateBucket: false, rotate: null, retire: [] });
    });

    it("say of what isn't asked for that there shall be none", async () => {
        const graph = await graphOfProgram(() => {
            new GarageBucket("photos", { access: new GarageCluster("store", threeNodes()).access });
        });
        assert.deepEqual(want(graph, "photos-bucket"), {
            ...{ aliases: ["photos"], quotas: null, website: null, keys: [], lifecycle: null, cors: null },
            ...{ exclusive: false, takeOver: false },
        });
    });

    it("are asked for in ASCII and in one line, whatever the words", async () => {
        const prefix = "für/\u2028";
        const graph = await graphOfProgram(() => void app({ lifecycle: [{ prefix, expireAfterDays: 1 }] }));
        assert.match(sheetOf(graph, "photos-bucket"), /^[\x20-\x7e\n]*$/);
        assert.equal(want(graph, "photos-bucket").lifecycle[0].prefix, prefix);
    });

    it("come after the cluster's last step, keys before the buckets that name them", async () => {
        const graph = await graphOfProgram(() => void app());
        assert.ok(graph.before("store-release", "app-key"));
        assert.ok(graph.before("app-key", "photos-bucket"));
    });

    it("come after a major upgrade that is asked for in the same up", async () => {
        const graph = await graphOfProgram(() => void app({}, threeNodes({ stateVersion: "1", version: "2.5.0" })));
        for (const node of ["london", "paris", "rome"])
            assert.ok(graph.before(`store-1-to-2-9-resume-${node}`, "app-key"), node);
        assert.ok(graph.before("store-release", "app-key") && graph.before("app-key", "photos-bucket"));
    });

    it("inherit protect and retainOnDelete, as what they delete can't be brought back", async () => {
        const graph = await graphOfProgram(() => void app({}, threeNodes(), { protect: true, retainOnDelete: true }));
        for (const name of ["photos-bucket", "app-key"]) {
            const { protect, retainOnDelete, ignoreChanges } = graph.options.get(name) as pulumi.CustomResourceOptions;
            // Undefined is inherited.
            assert.deepEqual([protect, retainOnDelete, ignoreChanges], [undefined, undefined, undefined], name);
        }
    });

    it("hand over what they own to another name, by aliases of their own and of a parent", async () => {
        class Site extends pulumi.ComponentResource {}
        const graph = await graphOfProgram(() => {
            const { access } = new GarageCluster("store", threeNodes());
            new GarageBucket("pictures", { access }, { aliases: [{ name: "photos" }] });
            const parent = new Site("my:index:Site", "new", {}, { aliases: [{ name: "old" }] });
            new GarageKey("new-app", { access }, { parent });
            const inner = new Site("my:index:Site", "inner", {}, { parent });
            new GarageKey("deep", { access }, { parent: inner, aliases: [{ name: "low" }] });
            new GarageKey("plain", { access });
        });
        assert.deepEqual(lines(graph, "pictures-bucket", "alias-owner"), [urn("GarageBucket", "photos")]);
        assert.deepEqual(lines(graph, "new-app-key", "alias-owner"), [
            "urn:pulumi:stack::project::my:index:Site$garage-cluster:index:GarageKey::old-app",
        ]);
        const chain = "my:index:Site$my:index:Site$garage-cluster:index:GarageKey";
        assert.deepEqual(lines(graph, "deep-key", "alias-owner").map(withoutStack), [
            ...["low", "deep"].map((name) => `urn:pulumi:stack::project::${chain}::${name}`),
        ]);
        assert.deepEqual(lines(graph, "plain-key", "alias-owner"), []);
        assert.match(sheetOf(graph, "pictures-bucket"), /^lines 8\n/);
    });

    it("show in the line that something was changed, also where a key isn't known yet, and run again for another reapply", async () => {
        const line = async (more: Partial<GarageBucketArgs>) => {
            const graph = await graphOfProgram(() => void app(more));
            return String(graph.get("photos-bucket").inputs.create);
        };
        const plain = await line({});
        assert.equal(await line({}), plain);
        assert.notEqual(await line({ quotas: { maxObjects: 5 } }), plain);
        assert.match(await line({ reapply: "2" }), / reapply=2$/);
    });

    it("keep secrets out of lines, and in stdin and stdout marked", async () => {
        const secret = "7".repeat(64);
        const accessKeyId = `GK${"1".repeat(24)}`;
        let key: GarageKey | undefined;
        const graph = await graphOfProgram(() => {
            const { access } = new GarageCluster("store", threeNodes());
            key = new GarageKey("app", { access, accessKeyId, secretAccessKey: secret });
        });
        const { create, delete: undo, stdin, logging } = graph.get("app-key").inputs;
        assert.ok(!JSON.stringify([create, undo]).includes(secret));
        assert.ok(!String(create).includes(accessKeyId));
        assert.equal(typeof stdin, "object", "a marked secret");
        assert.deepEqual(want(graph, "app-key").import, { accessKeyId, secretAccessKey: secret });
        assert.equal(logging, "stderr");
        const { additionalSecretOutputs } = graph.options.get("app-key") as pulumi.CustomResourceOptions;
        assert.ok(additionalSecretOutputs?.includes("stdout"));
        for (const [output, marked] of [
            ["accessKeyId", false],
            ["secretAccessKey", true],
            ["previousAccessKeyIds", false],
            ["awsConfig", true],
        ] as const)
            assert.equal(await pulumi.isSecret(key![output] as pulumi.Output<unknown>), marked, output);
    });

    it("give what clients need: endpoint, name, website, and a profile that aws-cli reads", async () => {
        let made: ReturnType<typeof app> | undefined;
        await graphOfProgram(() => {
            made = app({ ...EVERYTHING, aliases: ["pictures", "photos"] });
        });
        const { bucket, key } = made!;
        assert.equal(await value(bucket.bucketId), "b".repeat(64));
        assert.equal(await value(bucket.bucketName), "pictures");
        assert.equal(await value(bucket.s3Endpoint), "http://192.0.2.2:3900");
        assert.equal(await value(bucket.websiteEndpoint), "http://pictures.web.garage.localhost:3902");
        assert.equal(await value(key.secretAccessKey), "5".repeat(64));
        assert.deepEqual(await value(key.previousAccessKeyIds), ["GK0"]);
        assert.equal(
            await value(key.awsConfig),
            `[profile app]
region = garage
endpoint_url = http://192.0.2.2:3900
aws_access_key_id = ${keyIdOf("app-key")}
aws_secret_access_key = ${"5".repeat(64)}
request_checksum_calculation = when_required
response_checksum_validation = when_required
s3 =
    addressing_style = path
`,
        );
    });

    it("are asked for by an access that came as a plain text from elsewhere, too", async () => {
        let known: Promise<string> | undefined;
        await graphOfProgram(() => {
            known = value(new GarageCluster("store", threeNodes()).access);
        });
        const access = await known!;
        const graph = await graphOfProgram(() => void new GarageBucket("photos", { access }));
        assert.deepEqual(lines(graph, "photos-bucket", "node"), ["london"]);
        const { connection } = graph.get("photos-bucket").inputs as { connection: object };
        assert.ok("value" in connection, "a marked secret");
        const twice = () => {
            for (const name of ["one", "two"]) new GarageBucket(name, { access, aliases: ["photos"] });
        };
        assert.match(await refused(twice), /"photos" is a name of the bucket one of this program too/);
    });

    /** What a run ends with, said by an exception or by the runtime. */
    async function refused(program: () => void): Promise<string> {
        const said: string[] = [];
        const note = (error: unknown) => void said.push(String((error as Error)?.message ?? error));
        process.on("unhandledRejection", note);
        try {
            await graphOfProgram(program).catch(note);
            await new Promise((resolve) => setImmediate(resolve));
        } finally {
            process.off("unhandledRejection", note);
        }
        return said.join("\n");
    }

    it("are refused where the series can't do what is asked, with the one that can, and all of it at once", async () => {
        const rules = { quotas: { maxObjects: 1 }, lifecycle: [{ everything: true, expireAfterDays: 1 }] };
        const old = threeNodes({ stateVersion: "0.7", version: "0.7.0" });
        const said = await refused(() => void app(rules, old));
        assert.match(
            said,
            /bucket photos: nothing was changed:\n {2}- quotas: the cluster runs series 0\.7,.*from series 0\.8 on/,
        );
        assert.match(said, /\n {2}- lifecycle: .*from series 0\.9 on.*series by series/);
        assert.equal(await refused(() => void app({}, old)), "");
        const expiresAt = "2030-01-01T00:00:00Z";
        const withKey = (cluster: typeof old) => () => {
            new GarageKey("app", { access: new GarageCluster("store", cluster).access, expiresAt });
        };
        assert.match(
            await refused(withKey(threeNodes({ stateVersion: "1", version: "1.3.0" }))),
            /key app: nothing was changed:\n {2}- expiresAt: .*from series 2 on/,
        );
        // The upgrade that is asked for in the same run has come first.
        assert.equal(await refused(withKey(threeNodes({ stateVersion: "1", version: "2.5.0" }))), "");
    });

    it("are refused with two buckets of one name in a program, where both were given the same access", async () => {
        const twice = (other: boolean) => () => {
            const { access } = new GarageCluster("store", threeNodes());
            new GarageBucket("photos", { access });
            const second = other ? new GarageCluster("archive", threeNodes()).access : access;
            new GarageBucket("backup", { access: second, aliases: ["backup", "photos"] });
        };
        assert.match(
            await refused(twice(false)),
            /1 problem\(s\) in the arguments of GarageBucket backup.*\n {2}- aliases\[1\]: "photos" is a name of the bucket photos .* too\. Allowed: .*\. Take it out/,
        );
        assert.equal(await refused(twice(true)), "");
        assert.equal(await refused(() => void app()), "", "another run, another program");
    });

    it("are refused by an Output that is no access, or no key's id, in words that don't hold it", async () => {
        const hunter = pulumi.secret("hunter2 and more");
        assert.match(
            await refused(() => void new GarageBucket("photos", { access: hunter })),
            /access: it is no JSON \(not shown/,
        );
        const said = await refused(() => void app({ keys: [{ accessKeyId: hunter, read: true }] }));
        assert.match(said, /keys\[0\]\.accessKeyId: it isn't the id of a key \(not shown.*Take accessKeyId/);
        assert.doesNotMatch(said, /hunter2/);
    });
});

import assert from "node:assert/strict";
import { builtPackage, pluginFolder } from "../support/builtPackage";
import { PulumiProject } from "../support/pulumiProject";
import { SimBed } from "./simHosts";

const NODES = { london: "london", paris: "paris", rome: "rome" };
const SECRET = "5".repeat(64);
const ID = `GK${"1".repeat(24)}`;
const IDENTITY = { clusterId: "c".repeat(32), rpcSecret: "d".repeat(64) };

/** A cluster, a key, a bucket: what of them is there, and with what, is in given.json. */
const PROGRAM = `
const { GarageBucket, GarageCluster, GarageKey } = require(${JSON.stringify(builtPackage())});
const { args, keys, buckets } = require("./given.json");
const store = new GarageCluster("store", args);
const made = Object.fromEntries(Object.entries(keys).map(([name, { opts, ...more }]) =>
    [name, new GarageKey(name, { access: store.access, ...more }, opts)]));
for (const [name, { opts, key, ...more }] of Object.entries(buckets))
    new GarageBucket(name, { access: store.access, keys: key && [{ accessKeyId: made[key].accessKeyId, read: true }], ...more }, opts);
if (made.app) exports.secret = made.app.secretAccessKey;
exports.access = store.access;
exports.keys = Object.values(made).map(({ accessKeyId, secretAccessKey, previousAccessKeyIds, awsConfig }) =>
    ({ accessKeyId, secretAccessKey, previousAccessKeyIds, awsConfig }));
`;

interface Wish {
    keys?: Record<string, object>;
    buckets?: Record<string, object>;
    more?: Record<string, unknown>;
}

const WISH = { keys: { app: {} }, buckets: { photos: { key: "app" } } };

// What the real engine makes of buckets and keys, with hosts that only answer.
describe("buckets and keys on the engine", function () {
    this.timeout(600_000);
    let bed: SimBed;
    let project: PulumiProject;
    const answers = (changed: string[], previous: string[] = []) => {
        for (const host of Object.values(bed.hosts)) {
            const bucketId = "b".repeat(64);
            const warnings = ["holds more than the quota"];
            host.answers.bucket = `garage-node answers ${JSON.stringify({ bucketId, changed, warnings })}`;
            const changedKey = ["may make buckets again"];
            const pair = {
                accessKeyId: ID,
                secretAccessKey: SECRET,
                previousAccessKeyIds: previous,
                changed: changedKey,
            };
            host.answers.key = `garage-node answers ${JSON.stringify(pair)}`;
        }
    };
    const asked = () => bed.log.filter((call) => /^\w+ (bucket|key|release|uninstall)/.test(call));
    const declare = ({ keys = {}, buckets = {}, more = {} }: Wish) =>
        project.write("given.json", JSON.stringify({ args: bed.args(NODES, { ...IDENTITY, ...more }), keys, buckets }));
    async function runs(code: number, ...words: string[]): Promise<string> {
        bed.forget();
        const run = await project.pulumi(...words);
        assert.equal(run.code === 0, code === 0, run.stdout + run.stderr);
        assert.ok(!(run.stdout + run.stderr).includes(SECRET), "a secret is shown");
        return run.stdout + run.stderr;
    }
    const up = (...words: string[]) => runs(0, "up", "--yes", "--skip-preview", "--diff", ...words);
    before(async () => {
        bed = await SimBed.make(...Object.values(NODES));
        project = await PulumiProject.create({ files: { "index.js": PROGRAM } });
    });
    after(async () => {
        project?.remove();
        await bed?.remove();
    });

    it("come after the cluster's last step, keys first; what the host has changed is said, and no secret", async () => {
        answers(["alias pictures added"]);
        declare(WISH);
        const said = await up();
        assert.deepEqual(asked().slice(-3), ["london release 2.5.0", "london key app", "london bucket photos"]);
        assert.match(said, /bucket photos: alias pictures added/);
        assert.match(said, /warning: bucket photos: holds more than the quota/);
        assert.match(said, /key app: may make buckets again/);
        const state = await project.exported();
        assert.ok(state.includes("photos-bucket") && !state.includes(SECRET));
        assert.equal((await project.outputs()).secret, SECRET);
    });

    it("aren't asked for again by a second up, which repeats nothing of what was said", async () => {
        const said = await up("--expect-no-changes");
        assert.deepEqual(asked(), []);
        assert.doesNotMatch(said, /alias pictures added|more than the quota|may make buckets/);
    });

    it("show a change in the line and in the sheet, before anything is asked", async () => {
        declare({ ...WISH, buckets: { photos: { key: "app", quotas: { maxObjects: 4711 } } } });
        const shown = await runs(0, "preview", "--diff");
        assert.match(
            shown,
            /create: "sudo -n garage-node bucket photos [0-9a-f]{12}" => "sudo -n garage-node bucket photos/,
        );
        assert.match(shown, /bucket photos changes:\n +quotas: none → \{"maxObjects":4711\}/);
        assert.doesNotMatch(shown, /app-key\]/);
        declare(WISH);
    });

    it("are asked again for another reapply, and what was brought back is said", async () => {
        answers(["website on again"]);
        declare({ ...WISH, buckets: { photos: { key: "app", reapply: "2" } } });
        assert.match(await up(), /bucket photos: website on again/);
        assert.deepEqual(asked(), ["london bucket photos"]);
    });

    it("are refused at preview by what the series can't do, with whatever is made of them exported: in words, not in traces", async () => {
        const other = await PulumiProject.create({ files: { "index.js": PROGRAM } });
        try {
            const args = bed.args(NODES, { ...IDENTITY, stateVersion: "1", version: "1.3.0" });
            const late = { expiresAt: "2030-01-01T00:00:00Z" };
            const keys = { late, later: late, latest: late, last: late };
            const buckets = Object.fromEntries(Object.keys(keys).map((key) => [`for-${key}`, { key }]));
            other.write("given.json", JSON.stringify({ args, keys, buckets }));
            const { code, stdout, stderr } = await other.preview();
            assert.notEqual(code, 0, stdout);
            // One each that Pulumi has waited for: how many, it alone knows. Before, each came with a trace, and that took minutes.
            assert.match(
                stdout + stderr,
                /key late\w*: nothing was changed:\n +- expiresAt: the cluster runs series 1,/,
            );
            assert.ok((stdout + stderr).length < 20_000, stdout + stderr);
        } finally {
            other.remove();
        }
    });

    it("go away in the order that spares keys: buckets first; where one is refused, its key and all hosts stay", async () => {
        declare({ ...WISH, buckets: { photos: { key: "app", reapply: "2" } } });
        for (const host of Object.values(bed.hosts)) host.fails["bucket-delete"] = "bucket photos holds 3 objects";
        const said = await runs(1, "destroy", "--yes", "--skip-preview");
        assert.match(said, /bucket photos holds 3 objects/);
        assert.deepEqual(asked(), ["london bucket-delete photos"]);
        for (const host of Object.values(bed.hosts)) delete host.fails["bucket-delete"];
    });

    it("stay where retainOnDelete was stored by an up", async () => {
        answers([]);
        declare({ keys: { app: {} }, buckets: { photos: { key: "app", opts: { retainOnDelete: true } } } });
        await up();
        declare({ keys: { app: {} } });
        await up();
        assert.deepEqual(asked(), []);
    });

    it("aren't deleted while they are protected: the preview is refused", async () => {
        declare({ keys: { app: { opts: { protect: true } } } });
        await up();
        declare({});
        assert.match(await runs(1, "preview"), /app-key.*protect|protect.*app-key/s);
        declare({ keys: { app: {} } });
        await up();
        declare({});
        await up();
        assert.deepEqual(asked(), ["london key-delete app"]);
    });

    it("keep what they own under another name, with aliases, and nothing is deleted", async () => {
        declare({ buckets: { photos: { aliases: ["photos"] } } });
        await up();
        declare({ buckets: { pictures: { aliases: ["photos"], opts: { aliases: [{ name: "photos" }] } } } });
        await up();
        assert.deepEqual(asked(), ["london bucket pictures"]);
        const sheet = bed.stdin("london", "bucket");
        assert.match(sheet, /^owner urn:pulumi:dev::test::garage-cluster:index:GarageBucket::pictures$/m);
        assert.match(sheet, /^alias-owner urn:pulumi:dev::test::garage-cluster:index:GarageBucket::photos$/m);
    });

    it("are asked for on the next host where the first one is given up, and go before all hosts", async () => {
        declare({ buckets: { pictures: { aliases: ["photos"] } }, more: { without: ["london"] } });
        await up();
        assert.deepEqual(asked().slice(-2), ["paris release 2.5.0", "paris bucket pictures"]);
        await runs(0, "destroy", "--yes", "--skip-preview");
        assert.deepEqual(asked().slice(0, 1), ["paris bucket-delete pictures"]);
        assert.ok(asked().some((call) => /uninstall/.test(call)));
    });
});

const YAML = (args: object) => `resources:
  store:
    type: garage-cluster:GarageCluster
    properties: ${JSON.stringify(args)}
  app:
    type: garage-cluster:GarageKey
    properties: { access: "\${store.access}" }
  photos:
    type: garage-cluster:GarageBucket
    properties:
      access: \${store.access}
      quotas: { maxObjects: 1000000 }
      keys: [{ accessKeyId: "\${app.accessKeyId}", read: true }]
outputs:
  bucketId: \${photos.bucketId}
  secret: \${app.secretAccessKey}
`;

describe("buckets and keys from YAML", function () {
    this.timeout(600_000);
    let bed: SimBed;
    let project: PulumiProject | undefined;
    before(async () => {
        bed = await SimBed.make(...Object.values(NODES));
    });
    after(async () => {
        project?.remove();
        await bed?.remove();
    });

    it("come after the cluster, keys first, and go before the hosts; secrets stay secrets", async () => {
        const pair = { accessKeyId: ID, secretAccessKey: SECRET, previousAccessKeyIds: [] };
        for (const host of Object.values(bed.hosts)) {
            host.answers.bucket = `garage-node answers {"bucketId":"${"b".repeat(64)}","changed":["made"]}`;
            host.answers.key = `garage-node answers ${JSON.stringify(pair)}`;
        }
        project = await PulumiProject.create({
            yaml: YAML(bed.args(NODES, IDENTITY)),
            env: { PATH: `${pluginFolder()}:${process.env.PATH}` },
        });
        const { code, stdout, stderr } = await project.up();
        assert.equal(code, 0, stdout + stderr);
        assert.deepEqual(bed.log.slice(-3), ["london release 2.5.0", "london key app", "london bucket photos"]);
        assert.match(stdout, /bucket photos: made/);
        assert.ok(!(stdout + stderr + (await project.exported())).includes(SECRET));
        assert.deepEqual(await project.outputs(), { bucketId: "b".repeat(64), secret: SECRET });
        assert.match(bed.stdin("london", "bucket"), /"maxObjects":1000000,?.*"accessKeyId":"GK1{24}"/);
        bed.forget();
        const gone = await project.destroy();
        assert.equal(gone.code, 0, gone.stdout + gone.stderr);
        assert.deepEqual(bed.log.slice(0, 2), ["london bucket-delete photos", "london key-delete app"]);
    });
});

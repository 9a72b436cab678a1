import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { idsOf } from "../cluster/support";
import { inMemory } from "../machine";
import { FakeCluster } from "./cluster";

// The fake prints what the real ones do: for the clusters that the fixtures were captured from, the very same lines.

const FIXTURES = join(__dirname, "..", "cluster", "fixtures");
const BIN = join(__dirname, "bin");
const SERIES = { "0.7.0": "0.7", "0.8.7": "0.8", "0.9.4": "0.9", "1.3.0": "1", "2.5.0": "2" } as const;
type Release = keyof typeof SERIES;
const RELEASES = Object.keys(SERIES) as Release[];
const PORTS = { "0.7.0": 200, "0.8.7": 210, "0.9.4": 220, "1.3.0": 230, "2.5.0": 240 };
const CAPACITIES = { early: [1, 2, 3], late: [1000000000, 1000000001, 1073741824] };

function cluster(release: Release): FakeCluster {
    const series = SERIES[release];
    const made = new FakeCluster(series, release, ["n0", "n1", "n2"]);
    const capacities = CAPACITIES[series < "0.9" ? "early" : "late"];
    for (const [i, id] of idsOf(release).entries()) {
        Object.assign(made.nodes[i]!, { id, address: `127.0.0.1:${PORTS[release]}${i + 1}0`, queue: { resync: 1 } });
        made.layout.roles[i] = { id, zone: `z${i}`, capacity: capacities[i]!, tags: [`node=n${i}`, "extra"] };
    }
    if (series === "0.9") made.layout.version = 2;
    return made;
}

describe("the fake Garage", () => {
    const dir = mkdtempSync(join(inMemory, "fake-garage-"));
    after(() => rmSync(dir, { recursive: true }));

    /** What a node says, by name. */
    function asks(made: FakeCluster, question: string, of = "n0") {
        made.write(join(dir, "cluster"));
        const env = { ...process.env, LC_ALL: "C", FAKE: dir, GARAGE_RPC_HOST: `${made.node(of).id}@x:1` };
        const ran = spawnSync(join(BIN, "garage"), question.split(" "), { env, encoding: "utf8" });
        return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
    }

    /** Lines without what differs from one moment to the next: free space, ages, and figures of the cluster as a whole. */
    const lines = (text: string) =>
        text
            .replace(/\d\d\.\d GB(\/270\.6 GB)? \(28\.\d%\)/g, "76.9 GB$1 (28.4%)")
            .replace(/\b\d\d( seconds|s) ago/g, "37$1 ago")
            .split("\n")
            .map((line) => line.trimEnd())
            .filter((line) => line !== "")
            .sort();
    const captured = (release: Release, file: string) => readFileSync(join(FIXTURES, release, file), "utf8");
    const same = (
        release: Release,
        made: FakeCluster,
        question: string,
        file: string,
        cut: (text: string) => string = (text) => text,
    ) =>
        assert.deepEqual(
            lines(cut(asks(made, question).stdout)),
            lines(cut(captured(release, file))),
            `${release} ${question}`,
        );

    for (const release of RELEASES)
        describe(release, () => {
            it("says who is there", () => {
                same(release, cluster(release), "status", "status");
                const failed = cluster(release);
                failed.nodes[2]!.up = false;
                const file = captured(release, "status-failed");
                if (release === "2.5.0") for (const node of failed.nodes) node.queue = {};
                assert.deepEqual(lines(asks(failed, "status").stdout), lines(file));
            });

            it("says who has no role, or will have one", () => {
                const ids = captured(release, "status-new").match(/^[0-9a-f]{16}/gm)!;
                const made = cluster(release);
                made.layout.roles = [];
                for (const [i, id] of ids.entries()) made.nodes[i]!.id = id.padEnd(64, "0");
                const shape = (text: string) =>
                    text
                        .replace(/\?( {9}| {2}) ?/g, "vm  ")
                        .replace(/127\.0\.0\.1:\d+/g, "ADDRESS")
                        .replace(/ +/g, " ")
                        .replace(/N\/A/g, "1")
                        .replace(/ 0 cargo.*| 1 cargo.*| 1 $/gm, "")
                        .trim();
                assert.deepEqual(
                    lines(shape(asks(made, "status").stdout)).slice(0, 2),
                    lines(shape(captured(release, "status-new"))).slice(0, 2),
                );
            });

            it("shows the layout", () => {
                same(release, cluster(release), "layout show", "layout-show", (text) =>
                    text.replace(/\S+ (MB|GiB|MiB) \(\d+\.\d%\)/g, "usable"),
                );
            });

            it("shows what is staged", () => {
                const made = cluster(release);
                made.layout.changes = [
                    {
                        id: made.nodes[1]!.id,
                        zone: "zz",
                        capacity: release < "0.9" ? 7 : 2000000000,
                        tags: ["node=n2", "a", "b"],
                    },
                    { id: made.nodes[2]!.id, removed: true },
                ];
                const changes = (text: string) => /==== STAGED ROLE CHANGES ====\n(.*\n)+?\n/.exec(text)![0];
                same(release, made, "layout show", "layout-show-staged", changes);
            });

            it("lists buckets and keys", () => {
                const made = cluster(release);
                made.keys = captured(release, "key-list")
                    .match(/GK\S+/g)!
                    .map((id) => ({ id, name: "w" }));
                same(release, made, "key list", "key-list", (text) => text.replace(/ [kwq]( |$)/gm, " w$1"));
                if (release === "2.5.0") return;
                made.buckets = ["bone", "btwo"].map((alias) => ({
                    alias,
                    id: new RegExp(`${alias} +(\\S+)`).exec(captured(release, "bucket-list"))![1]!,
                }));
                same(release, made, "bucket list", "bucket-list");
            });

            it("has figures", () => {
                const made = cluster(release);
                const detailed = release === "0.7.0" ? "stats-d" : release < "1" ? "stats-detailed" : "stats";
                const question = { "stats-d": "stats -d", "stats-detailed": "stats --detailed", stats: "stats" }[
                    detailed
                ]!;
                const text = captured(release, detailed);
                // As many as were there then.
                for (const table of ["bucket", "key", "object", "version", "block_ref"] as const) {
                    const row = new RegExp(
                        `${table}(?:_v2)?\\n? +(?:number of items: )?(\\d+)(?: +\\d+ +\\d+ +(?:\\d+ +)?(\\d+))?`,
                    ).exec(text)!;
                    made.nodes[0]!.tables[table] = { items: Number(row[1]), gc: Number(row[2] ?? 0) };
                }
                const node = (said: string) =>
                    said
                        .split(/^Storage nodes|^==== CLUSTER/m)[0]!
                        .replace(/Merkle tree size: \d+/g, "Merkle tree size: n")
                        .replace(/^( {2}(?:[a-z]\S+) +\d+ +)\d+/gm, "$1n")
                        .replace(/(RC entries[^:]*: +)\d+/, "$1n")
                        .replace(/^ {2}(bucket_alias|bucket_object_counter) .*\n/gm, "")
                        .replace(/ {2}[0-9a-f]{16} 256/g, "  ID 256");
                same(release, made, question, detailed, node);
            });

            it("says who answers through a node", () => {
                const headers = (text: string) =>
                    (text.match(/^(Stats for node|==== NODE).*|.*Not connected.*/gm) ?? []).join("\n");
                same(release, cluster(release), "stats -a", "stats-a", headers);
                const failed = cluster(release);
                failed.nodes[2]!.up = false;
                same(release, failed, "stats -a", "stats-a-failed", headers);
                assert.equal(asks(failed, "stats -a").code, release === "0.7.0" ? 1 : 0);
            });

            if (release !== "0.7.0")
                it("lists workers and blocks with errors", () => {
                    same(release, cluster(release), "worker list", "worker-list");
                    same(release, cluster(release), "block list-errors", "block-list-errors");
                });

            if (release === "0.9.4" || release === "1.3.0")
                it("has the admin API's layout", () => {
                    const json = (text: string) => JSON.stringify(JSON.parse(text));
                    const roles = (text: string) => json(text).replace(/\{"id".*?\]\}/g, (role) => `\n${role}`);
                    same(release, cluster(release), "/v1/layout", "v1-layout", (text) =>
                        roles(text)
                            .replace(/,$/gm, "")
                            .replace(/\],"staged.*/, ""),
                    );
                });

            if (release >= "1")
                it("has a history of layouts", () => {
                    same(release, cluster(release), "layout history", "layout-history");
                    const made = cluster(release);
                    made.layout.version = 2;
                    made.history = [
                        { version: 2, status: "current", storage: 3, gateways: 0 },
                        { version: 1, status: "draining", storage: 3, gateways: 0 },
                    ];
                    made.trackers = [
                        ...captured(release, "layout-history-draining").matchAll(
                            /^([0-9a-f]{16}) +#(\d) +#(\d) +#(\d)/gm,
                        ),
                    ].map(([, id, ack, sync, syncAck]) => ({
                        id: id!,
                        ack: Number(ack),
                        sync: Number(sync),
                        syncAck: Number(syncAck),
                    }));
                    same(release, made, "layout history", "layout-history-draining");
                });
        });

    it("says nothing when it is down", () => {
        const made = cluster("1.3.0");
        made.nodes[0]!.up = false;
        assert.deepEqual([asks(made, "status").code, asks(made, "status").stdout], [1, ""]);
        assert.equal(asks(made, "status", "n1").code, 0);
    });

    it("takes a layout, and applies it by its next number only", () => {
        const made = cluster("1.3.0");
        const [first] = made.nodes;
        const then = (question: string) => {
            const env = { ...process.env, LC_ALL: "C", FAKE: dir, GARAGE_RPC_HOST: `${first!.id}@x:1` };
            return spawnSync(join(BIN, "garage"), question.split(" "), { env, encoding: "utf8" });
        };
        made.write(join(dir, "cluster"));
        assert.equal(then(`layout assign ${first!.id} -z zz -c 2000000000B -t node=n0`).status, 0);
        assert.equal(then("layout apply --version 7").status, 1);
        assert.match(then("layout show").stdout, /STAGED[\s\S]*zz {4}2\.0 GB/);
        assert.equal(then("layout apply --version 2").status, 0);
        assert.match(then("layout show").stdout, /161eae0b657c1d6c {2}node=n0 +zz +2\.0 GB[\s\S]*version: 2\n$/);
    });

    it("runs repairs, which have rows of their own", () => {
        const made = cluster("2.5.0");
        assert.match(asks(made, "repair --yes blocks").stdout, /^0be87f28f7215f40 {2}Repair launched$/m);
        const env = { ...process.env, LC_ALL: "C", FAKE: dir, GARAGE_RPC_HOST: `${made.nodes[0]!.id}@x:1` };
        const list = spawnSync(join(BIN, "garage"), ["worker", "list"], { env, encoding: "utf8" }).stdout;
        assert.match(list, /^60 {3}Done {3}Block repair worker +- +100\.00% +-/m);
    });

    it("says what a test puts into its mouth", () => {
        mkdirSync(join(dir, "says"), { recursive: true });
        writeFileSync(join(dir, "says", "161eae0b657c1d6c.worker-list"), "TID  lies\n");
        assert.equal(asks(cluster("1.3.0"), "worker list").stdout, "TID  lies\n");
        rmSync(join(dir, "says"), { recursive: true });
    });

    it("fails on what nobody told it about", () => {
        assert.equal(asks(cluster("1.3.0"), "bucket delete everything").code, 97);
    });
});

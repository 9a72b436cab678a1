import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const PROGRAM = readFileSync(join(resolve(__dirname, "../../../sdk/host/lib"), "adopt.jq"), "utf8");
const ID = "a".repeat(64);
const OTHER = "b".repeat(64);

// biome-ignore lint/suspicious/noExplicitAny: JSON, changed at will.
type Json = any;

const process = (): Json => ({
    release: "1.3.0",
    exe: "/usr/local/bin/garage",
    sha256: "c".repeat(64),
    replaced: false,
    uid: 998,
    gid: 997,
    keeper: {
        kind: "unit",
        unit: {
            name: "garage.service",
            file: "/etc/systemd/system/garage.service",
            dropIns: [],
            user: null,
            dynamicUser: true,
            enabled: "enabled",
        },
    },
    words: ["server"],
    environment: { RUST_LOG: "garage=info" },
    config: { path: "/etc/garage.toml", changed: 1000 },
});
const directories = (): Json => [
    {
        path: "/var/lib/garage/meta",
        real: "/var/lib/private/garage/meta",
        uid: 998,
        gid: 997,
        mode: "700",
        owners: ["998:997"],
        freeMiB: 5,
    },
    {
        path: "/var/lib/garage/data",
        real: "/var/lib/private/garage/data",
        uid: 998,
        gid: 997,
        mode: "755",
        owners: ["998:997"],
        freeMiB: 5,
    },
];
const found = (): Json => ({
    look: { daemons: [process()] },
    node: {
        id: ID,
        engines: ["lmdb"],
        directories: directories(),
        daemon: {
            engine: "lmdb",
            errors: [],
            answersThrough: [ID.slice(0, 16), OTHER.slice(0, 16)],
            layout: { version: 3, staged: false, live: [{ version: 3, storage: 3 }] },
            queues: { resync: 5, resyncErrors: 0 },
            workers: [{ name: "w", errors: 3, consecutive: 0 }],
        },
    },
});
const seen = (): Json => {
    const { release, exe, sha256, uid, gid, keeper, words, environment, config } = process();
    return {
        id: ID,
        release,
        binary: { path: exe, sha256 },
        process: { uid, gid },
        keeper,
        words,
        environment,
        configuration: config,
        engine: "lmdb",
        directories: directories(),
        layoutVersion: 3,
    };
};

const against = (change: (now: Json) => void): string[] => {
    const now = found();
    change(now);
    const { status, stdout, stderr } = spawnSync(
        "jq",
        [
            "-nr",
            "--argjson",
            "seen",
            JSON.stringify(seen()),
            "--argjson",
            "look",
            JSON.stringify(now.look),
            "--argjson",
            "node",
            JSON.stringify(now.node),
            `${PROGRAM} against($seen; $look; $node; ["${ID}", "${OTHER}"])`,
        ],
        { encoding: "utf8" },
    );
    assert.equal(status, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.pop(), `judged\t${lines.length}`);
    return lines.map((line) => line.replace("\t", " "));
};

describe("what speaks against taking a Garage over", () => {
    it("is nothing where all is as it was, and well", () =>
        assert.deepEqual(
            against(() => {}),
            [],
        ));

    const unit = (now: Json) => now.look.daemons[0].keeper.unit;
    const rows: [string, (now: Json) => void, RegExp][] = [
        ["another id", (now) => (now.node.id = OTHER), /^adopt-stale its id is b+, and was a+$/],
        [
            "another release",
            (now) => (now.look.daemons[0].release = "1.3.1"),
            /^adopt-stale its release is 1\.3\.1, and was 1\.3\.0$/,
        ],
        ["another binary", (now) => (now.look.daemons[0].sha256 = "d"), /^adopt-stale the checksum of its binary is d/],
        [
            "a binary that was replaced",
            (now) => (now.look.daemons[0].replaced = true),
            /^adopt-stale another file lies at/,
        ],
        [
            "another user",
            (now) => (now.look.daemons[0].uid = 0),
            /^adopt-stale the number of its user is 0, and was 998$/,
        ],
        ["another unit", (now) => (unit(now).name = "s3.service"), /^adopt-stale its unit's name is s3\.service/],
        [
            "a drop-in",
            (now) => (unit(now).dropIns = ["/etc/a.conf"]),
            /^adopt-stale its unit's dropIns is \["\/etc\/a\.conf"\], and was \[\]$/,
        ],
        [
            "a container",
            (now) => (now.look.daemons[0].keeper.kind = "container"),
            /^adopt-stale what keeps it running is container/,
        ],
        ["another command line", (now) => now.look.daemons[0].words.push("-c"), /^adopt-stale its command line is/],
        [
            "another environment",
            (now) => (now.look.daemons[0].environment = {}),
            /^adopt-stale its environment is \{\}/,
        ],
        [
            "a configuration written since",
            (now) => (now.look.daemons[0].config.changed = 1001),
            /^adopt-stale the time when \/etc\/garage\.toml was written is 1001, and was 1000$/,
        ],
        [
            "another engine",
            (now) => (now.node.daemon.engine = "sqlite"),
            /^adopt-stale its engine is sqlite, and was lmdb$/,
        ],
        ["another owner", (now) => (now.node.directories[0].uid = 0), /^adopt-stale its directories is/],
        [
            "another layout",
            (now) => (now.node.daemon.layout.version = 4),
            /^adopt-stale the layout's version is 4, and was 3$/,
        ],
        ["no daemon", (now) => (now.look.daemons = []), /^adopt-stale 0 daemons of Garage run here/],
        ["a second daemon", (now) => now.look.daemons.push(process()), /^adopt-stale 2 daemons of Garage run here/],
        [
            "a daemon that was started anew",
            (now) => (now.node = { gone: true }),
            /^adopt-stale the daemon was started anew/,
        ],
        [
            "files of two owners",
            (now) => (now.node.directories[1].owners = ["0:0", "33:33"]),
            /^adopt-owners-mixed \/var\/lib\/garage\/data holds files of 0:0 and 33:33$/,
        ],
        [
            "a node that doesn't answer",
            (now) => now.node.daemon.answersThrough.pop(),
            /^adopt-not-healthy it gets no answer of b{16}$/,
        ],
        [
            "a question without an answer",
            (now) => now.node.daemon.errors.push({ question: "stats", why: "no answer" }),
            /^adopt-not-healthy asked for its stats, it gives no answer$/,
        ],
        [
            "a staged layout",
            (now) => (now.node.daemon.layout.staged = true),
            /^adopt-not-healthy changes of the layout are staged$/,
        ],
        [
            "a layout under way",
            (now) => now.node.daemon.layout.live.push({ version: 2, storage: 3 }),
            /^adopt-not-healthy data still move/,
        ],
        [
            "blocks that are missing",
            (now) => (now.node.daemon.blockErrors = { needed: 2, unneeded: 1 }),
            /^adopt-not-healthy 2 blocks could not be brought in$/,
        ],
        [
            "a worker that fails",
            (now) => (now.node.daemon.workers[0].consecutive = 4),
            /^adopt-not-healthy workers fail: w$/,
        ],
        [
            "partitions without a copy",
            (now) => (now.node.daemon.partitions = { all: 256, ok: 255 }),
            /^adopt-not-healthy not every partition has all its copies \(255 of 256\)$/,
        ],
    ];
    for (const [what, change, words] of rows)
        it(`is ${what}`, () => {
            const [reason, ...more] = against(change);
            assert.match(reason ?? "", words);
            assert.deepEqual(more, []);
        });

    it("isn't our own ledger in its directory, a drop-in of a stop that was cut short, nor blocks that nobody needs", () => {
        const reasons = against((now) => {
            now.node.directories[0].owners = ["0:0", "998:997"];
            unit(now).dropIns = ["/run/systemd/system/garage.service.d/90-garage-node.conf"];
            now.node.daemon.blockErrors = { needed: 0, unneeded: 3 };
            now.node.daemon.queues.resyncErrors = 3;
        });
        assert.deepEqual(reasons, []);
    });

    it("is all of it at once", () => {
        const reasons = against((now) => {
            now.look.daemons[0].release = "1.3.1";
            now.node.daemon.layout.staged = true;
        });
        assert.equal(reasons.length, 2);
    });
});

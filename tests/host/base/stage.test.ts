import * as assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { systemPath } from "../machine";
import { assertRefused, DATA, FakeHost, fakeBinary, METADATA, peerId, toml } from "./fakeHost";

type Change = (lines: string[]) => string[];
const generation = "opt/garage/generations/2.5.0-aa";
const replace =
    (key: string, value: string): Change =>
    (lines) =>
        lines.map((line) => (line.startsWith(`${key} `) ? `${key} ${value}` : line));

describe("stage", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    it("lays binary, configuration and its quiet twin ready, and changes nothing that runs", () => {
        host = FakeHost.like();
        const run = host.stage("2.5.0", ["sv=2"]);
        assert.equal(run.code, 0, run.stderr);
        assert.match(run.stdout, /^[0-9a-f]{8} 2\.5\.0 x86_64:[0-9a-f]{12}\n$/);
        assert.equal(
            host.read(`${generation}/garage.toml`).split("\n").slice(4, 6).join("\n"),
            `rpc_public_addr = "paris.example:3901"\nbootstrap_peers = ["${host.id()}@paris.example:3901", "${peerId("rome")}@192.0.2.3:3901"]`,
        );
        assert.match(host.read(`${generation}.quiet/garage.toml`), /# quiet/);
        assert.equal(
            statSync(host.path(`${generation}.quiet/garage`)).ino,
            statSync(host.path(`${generation}/garage`)).ino,
        );
        assert.equal(statSync(host.path(`${generation}/garage.toml`)).mode & 0o777, 0o400);
        assert.ok(!host.has("opt/garage/current"));
        assert.deepEqual(
            host.calls().filter((call) => call.includes("garage.service")),
            [],
        );
    });

    it("fetches once, keeps its epoch, and takes the same binary for another configuration", () => {
        host = FakeHost.like();
        const first = host.stage("2.5.0", ["sv=2"]).stdout;
        assert.equal(host.stage("2.5.0", ["sv=2", "reapply=again"]).stdout, first);
        const other = host.node(["stage", "2.5.0-bb", "sv=2"], host.stageSheet("2.5.0"));
        assert.match(other.stdout, / 2\.5\.0 x86_64:[0-9a-f]{12}\n$/);
        assert.equal(host.calls().filter((call) => call.startsWith("curl")).length, 1);
    });

    it("writes down where K2V listens, also for a generation that a tool of before has laid ready", () => {
        host = FakeHost.like("2.5.0");
        const k2v = (address: string) => (lines: string[]) =>
            lines.map((line) => line.replace(/^ports .*/, "$& k2v=3904").replace(/^binds .*/, `$& k2v=${address}`));
        const first = host.stage("2.5.0", ["sv=2"]).stdout;
        assert.equal(host.stage("2.5.0", ["sv=2"], k2v("[::]")).stdout, first);
        for (const id of ["2.5.0-aa", "2.5.0-aa.quiet"])
            assert.match(host.read(`opt/garage/generations/${id}/info`), /^k2vport 3904\n(.+\n)*k2vbind \[::\]$/m);
        assert.equal(host.stage("2.5.0", ["sv=2"], k2v("[::]")).stdout, first);
        assertRefused(host.stage("2.5.0", ["sv=2"], k2v("127.0.0.1")), "generation-differs");
    });

    it("brings new addresses to the generation that runs, which stays admitted", () => {
        host = FakeHost.like("2.4.0");
        const run = host.stage("2.5.0", ["sv=2"], (lines) => [
            ...lines,
            `peer oslo ${peerId("oslo")} 192.0.2.9:3901 storage in`,
        ]);
        assert.equal(run.code, 0, run.stderr);
        assert.match(
            host.read("opt/garage/generations/2.4.0-aa/garage.toml"),
            new RegExp(`${peerId("oslo")}@192.0.2.9:3901`),
        );
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("puts a hand-edited garage.toml right", () => {
        host = FakeHost.like("2.5.0");
        host.write(`${generation}/garage.toml`, 'db_engine = "sqlite"\n');
        assert.equal(host.node(["admit"]).code, 1);
        assert.equal(host.stage("2.5.0", ["sv=2"]).code, 0);
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("writes secrets into the file where the series has no other way, and only there", () => {
        host = FakeHost.like();
        host.write("etc/garage-node/secrets/admin_token", 'a"b\\c&d\n');
        const text = toml("sled", 'rpc_secret = "@RPC_SECRET@"\nt = "@ADMIN_TOKEN@"').replace(
            'db_engine = "sled"\n',
            "",
        );
        const run = host.stage("0.7.0", ["sv=0.7"], replace("toml", Buffer.from(text).toString("base64")), "sled");
        assert.equal(run.code, 0, run.stderr);
        const rendered = host.read("opt/garage/generations/0.7.0-aa/garage.toml");
        assert.match(rendered, /rpc_secret = "[0-9a-f]{64}"/);
        assert.ok(rendered.includes('t = "a\\"b\\\\c&d"'), rendered);
        assert.match(rendered, /rpc_public_addr = "192\.0\.2\.1:3901"/, "0.7 needs an address");
    });

    it("leaves 0.7's files as they are when a name can't be resolved", () => {
        host = FakeHost.like("0.7.0");
        const file = "opt/garage/generations/0.7.0-aa/garage.toml";
        const before = host.read(file);
        const nameless = (key: string, from: string) => (lines: string[]) =>
            lines.map((line) => (line.startsWith(`${key} `) ? line.replace(from, "gone.example") : line));
        for (const change of [
            nameless("peer rome", "192.0.2.3"),
            nameless("public", "paris.example"),
            nameless("peer paris", "paris.example"),
        ]) {
            assertRefused(host.stage("0.7.0", ["sv=0.7"], change), "address");
            assertRefused(host.job(["stage", "0.7.0-bb", "sv=0.7"], host.stageSheet("0.7.0", change)), "address");
            assert.equal(host.read(file), before);
        }
    });

    it("keeps addresses in the 0.7 that still runs, where 0.8 is asked for with names", () => {
        host = FakeHost.like("0.7.0");
        const run = host.lib("current_find; stage_addresses 0.8.7-aa", host.stageSheet("0.8.7"));
        assert.equal(run.code, 0, run.stderr);
        const running = host.read("opt/garage/generations/0.7.0-aa/garage.toml");
        assert.match(running, /rpc_public_addr = "192\.0\.2\.1:3901"/);
        assert.match(running, /"[0-9a-f]{64}@192\.0\.2\.1:3901"/);
    });

    it("has on the disk what is in a file before that gets its name", () => {
        host = FakeHost.like("2.5.0");
        host.write(
            "changes.sh",
            `
            source "$TOOL/stage.sh"
            sync() { local file; for file in "$@"; do [ ! -f "$file" ] || SYNCED+=" $file "; done; }
            mv() { case "$SYNCED" in *" $2 "*) echo "\${3##*/}: on the disk" ;; *) echo "\${3##*/}: not yet" ;; esac; command mv "$@"; }
            SHEET_LINES=("option x y")
            stage_options
            toml_rewrite 2.5.0-aa "other text"`,
        );
        const ran = host.lib(`rm "$ROOT"/etc/systemd/system/garage.service.d/*; SYNCED=; source "$ROOT/changes.sh"`);
        const files = ["options", "50-garage-node.conf", "info", "garage.toml", "info"];
        assert.equal(ran.stdout, files.map((name) => `${name}: on the disk\n`).join(""), ran.stderr);
    });

    it("writes the options that only tune, beside the generations", () => {
        host = FakeHost.like();
        host.stage("2.5.0", ["sv=2"], (lines) => [
            ...lines,
            "option stopGraceSeconds 7",
            "option skipChecks disk-space, peers",
        ]);
        assert.equal(
            host.lib("option stopGraceSeconds 10; waived peers && echo yes; waived pee || echo no").stdout,
            "7\nyes\nno\n",
        );
    });

    it("has the new release read its configuration before anything else is changed: a refusal has Garage's own words", () => {
        host = FakeHost.like("2.4.0");
        host.mirror(
            "garage-2.5.0",
            fakeBinary("2.5.0").replace(
                /"\/garage.toml node id -q"\) ;;/,
                '"/garage.toml node id -q") echo "TOML: lmdb_map_size: expected bytes"; exit 1 ;;',
            ),
        );
        const before = [
            host.read(`${METADATA}/garage-node.ledger`),
            host.has("opt/garage/options"),
            host.calls().length,
        ];
        const run = host.stage("2.5.0", ["sv=2"], (lines) => [...lines, "option stopGraceSeconds 60"]);
        assertRefused(run, "setting-refused", /Garage 2\.5\.0 refuses the configuration: TOML: lmdb_map_size/);
        assert.deepEqual(
            [host.read(`${METADATA}/garage-node.ledger`), host.has("opt/garage/options"), host.calls().length - 1],
            before,
        );
    });

    it("is judged by the options that it brings, and leaves the old ones where it refuses", () => {
        host = FakeHost.like("2.4.0");
        host.write("fake/free", "10");
        const waived: Change = (lines) => [...lines, "option skipChecks disk-space"];
        const elsewhere = replace("download", `x86_64 https://mirror.example/missing/garage -`);
        assertRefused(
            host.stage("2.5.0", ["sv=2"], (lines) => waived(elsewhere(lines))),
            "download-missing",
        );
        assert.equal(host.lib("waived disk-space && echo yes || echo no").stdout, "no\n");
        assert.equal(host.stage("2.5.0", ["sv=2"], waived).code, 0);
        assert.equal(host.lib("waived disk-space && echo yes || echo no").stdout, "yes\n");
    });

    it("takes nothing but a number for a time", () => {
        host = FakeHost.like("2.5.0");
        for (const value of ["a[$(touch $GARAGE_NODE_ROOT/ran)]", "08", "", "-1"])
            assertRefused(
                host.stage("2.5.0", ["sv=2"], (lines) => [...lines, `option drainTimeoutSeconds ${value}`]),
                "sheet-unfit",
                /option "drainTimeoutSeconds" is no number/,
            );
        assert.ok(!host.has("ran"));
    });

    it("tells systemd at once how long a daemon that runs gets to stop, and restarts nothing", () => {
        host = FakeHost.like("2.5.0");
        const before = host.calls().length;
        const unit = "etc/systemd/system/garage.service.d/50-garage-node.conf";
        assert.match(host.read(unit), /^TimeoutStopSec=10$/m);
        assert.equal(host.stage("2.5.0", ["sv=2"], (lines) => [...lines, "option stopGraceSeconds 60"]).code, 0);
        assert.match(host.read(unit), /^TimeoutStopSec=60$/m);
        assert.deepEqual(host.calls().slice(before), ["daemon-reload"]);
    });

    it("refuses a configuration that says something else of the data than the call", () => {
        host = FakeHost.like();
        const other = (from: string, to: string): Change =>
            replace("quiet", Buffer.from(toml("lmdb").replace(from, to)).toString("base64"));
        for (const [from, to] of [
            ['db_engine = "lmdb"\n', ""],
            ['"lmdb"', '"sqlite"'],
            [METADATA, "/srv/meta"],
            [DATA, "/srv/data"],
            [DATA, `${DATA}2`],
        ] as const)
            assertRefused(
                host.stage("2.5.0", ["sv=2"], other(from, to)),
                "sheet-incomplete",
                /use one version of the package/,
            );
        const dirs = '[[data_dir]]\npath = "/srv/a"\n\n[[data_dir]]\npath = "/srv/b", capacity = "1T"\n';
        host.write("some.sh", `template_asked toml text; echo "<$text>"`);
        const many = toml("lmdb", dirs).replace(`data_dir = "${DATA}"\n`, "");
        const sheet = host.stageSheet("2.5.0", (lines) =>
            replace(
                "toml",
                Buffer.from(many).toString("base64"),
            )(lines).flatMap((line) => (line.startsWith("data ") ? ["data /srv/a", "data /srv/b"] : [line])),
        );
        assert.equal(host.lib('source "$ROOT/some.sh"', sheet).stdout, `<${many.trimEnd()}>\n`);
    });

    it("knows the lower release by its numbers", () => {
        host = FakeHost.like();
        const pairs = ["0.9.4 0.10.0", "1.2.0 1.2.0", "2.0.0 1.9.9", "0.8.7 1.0.0", "1.0.9 1.0.10"];
        const said = host.lib(
            pairs.map((pair) => `if release_lower ${pair}; then echo lower; else echo no; fi`).join("\n"),
        );
        assert.equal(said.stdout, "lower\nno\nno\nlower\nlower\n");
    });

    it("knows the active generation when it has changed, and when it is gone", () => {
        host = FakeHost.like();
        const said = host.lib(`
            mkdir -p "$GENERATIONS/a" "$GENERATIONS/b"
            for id in a b; do
                ln -sfn "generations/$id" "$OPT/current" && current_find && echo "$CURRENT $(current_generation)"
            done
            rm -r "$GENERATIONS/b" && current_find && echo "$CURRENT"
            rm "$OPT/current" && current_find && echo "none:$CURRENT"`);
        assert.equal(said.stdout, "a a\nb b\nb\nnone:\n");
    });

    it("gives a daemon time to stop by its release, unless the user says how long", () => {
        host = FakeHost.like();
        const grace = (before: string) =>
            host
                .lib(
                    `${before}
                for release in 0.7.3 0.8.7 0.9.1 0.9.2 0.9.4 1.0.0 1.0.1 2.5.0; do
                    mkdir -p "$GENERATIONS/$release"
                    printf 'release %s\\nseries %s\\n' "$release" "$(series_of "$release")" >"$GENERATIONS/$release/info"
                    stop_grace "$release" grace && echo "$grace"
                done`,
                )
                .stdout.split("\n");
        assert.deepEqual(grace("").slice(0, 8), ["30", "10", "10", "2", "2", "2", "10", "10"]);
        assert.deepEqual(grace('echo stopGraceSeconds 60 >"$OPT/options"').slice(0, 8), Array(8).fill("60"));
    });

    it("draws a new epoch when something else is asked for, whatever has become of the last call, and after a going-back", () => {
        host = FakeHost.like("2.4.0");
        const epoch = (release: string) => host.stage(release, ["sv=2"]).stdout.split(" ")[0];
        const first = epoch("2.4.0");
        assert.equal(epoch("2.4.0"), first);
        const moved = epoch("2.5.0");
        // A roll that ended behind the engine's back: set back, it must run again.
        host.lib('ledger_update "generation=2.5.0-aa" release=2.5.0 previous=2.4.0 act=');
        assert.equal(epoch("2.5.0"), moved);
        const undone = epoch("2.4.0");
        host.lib("ledger_update act= redraw=yes");
        const after = epoch("2.4.0");
        assert.equal(epoch("2.4.0"), after);
        assert.equal(new Set([first, moved, undone, after]).size, 4);
    });

    it("refuses another number of copies", () => {
        host = FakeHost.like("2.4.0");
        assertRefused(
            host.stage("2.5.0", ["sv=2"], replace("replicationfactor", "2")),
            "replication-factor-changed",
            /keeps 3 copies, and 2 are asked/,
        );
        assert.ok(!host.has(generation));
    });

    it("converts nobody's database on the way back from a major upgrade", () => {
        host = FakeHost.like("0.8.7");
        host.lib("ledger_update hop=0.8-to-0.9 attempt=1 hopstate=open target=0.9.4 +passed=quiesce");
        const run = host.stage("0.8.7", ["sv=0.8"], (lines) => [...lines, "convert allowed"], "sqlite");
        assertRefused(run, "engine-differs", /Set dbEngine: "lmdb"/);
    });

    it("keeps three generations and whatever is active, allowed or named by a backup", () => {
        host = FakeHost.like("2.4.0");
        host.write("var/lib/garage-backups/b1/manifest", "generation 2.5.0-b1\n");
        for (const name of ["b1", "b2", "b3", "b4", "b5"])
            host.node(["stage", `2.5.0-${name}`, "sv=2"], host.stageSheet("2.5.0"));
        const kept = ["2.4.0-aa", "2.5.0-b1", "2.5.0-b2", "2.5.0-b3", "2.5.0-b5"].filter((id) =>
            host.has(`opt/garage/generations/${id}`),
        );
        assert.ok(
            ["2.4.0-aa", "2.5.0-b1", "2.5.0-b5"].every((id) => kept.includes(id)),
            kept.join(),
        );
        assert.ok(!kept.includes("2.5.0-b2"), kept.join());
    });

    const from = (address: string, sum = "-"): Change => replace("download", `x86_64 ${address} ${sum}`);
    const refusals: [string, string, Change | undefined, ((host: FakeHost) => void)?][] = [
        ["a release that doesn't exist", "download-missing", from("https://mirror.example/missing/garage")],
        ["a truncated download", "download-truncated", from("https://mirror.example/short/garage")],
        ["a download that fails otherwise", "download-failed", from("https://mirror.example/broken/garage")],
        ["a download that takes too long", "download-timeout", from("https://mirror.example/slow/garage")],
        [
            "a download whose attempts take too long together",
            "download-timeout",
            (lines) => [...from("https://mirror.example/endless/garage")(lines), "option downloadTimeoutSeconds 1"],
        ],
        [
            "an architecture without a binary",
            "download-missing",
            replace("download", "aarch64 https://mirror.example/x -"),
        ],
        ["another checksum", "checksum", from("https://mirror.example/garage-2.5.0", "0".repeat(64))],
        ["a binary of another release", "binary-version", from("https://mirror.example/garage-2.4.0")],
        ["a page instead of a binary", "binary-version", undefined, (h) => h.mirror("garage-2.5.0", "<html>")],
        [
            "a build without the engine",
            "binary-engine",
            undefined,
            (h) => h.mirror("garage-2.5.0", fakeBinary("2.5.0", "garage v2.5.0 [features: sqlite]")),
        ],
        [
            "an ELF of another architecture",
            "architecture",
            undefined,
            (h) => h.mirror("garage-2.5.0", `\x7fELF${"\0".repeat(14)}\xb7\0`),
        ],
        ["a full disk", "disk-space", undefined, (h) => h.write("fake/free", "10")],
        ["another cluster", "claim-foreign", replace("cluster", "c2")],
        ["another node", "claim-foreign", replace("node", "rome")],
        ["another metadata directory", "claim-metadata", replace("metadata", "/srv/meta")],
        ["a data directory left out", "data-removed", replace("data", "/srv/data")],
        [
            "a skip",
            "series-skip",
            (lines) => lines,
            (h) => h.lib("ledger_update series=0.9 engine=lmdb born=yes release=0.9.4"),
        ],
        ["a lost ledger", "identity", undefined, (h) => h.write(`${METADATA}/garage-node.ledger`, "")],
        [
            "another id than the stack knows",
            "id-differs",
            (lines) => lines.map((line) => line.replace(/^peer paris [0-9a-f]+/, `peer paris ${"d".repeat(64)}`)),
        ],
        ["a release of another series than said", "sheet-incomplete", replace("series", "1")],
    ];
    for (const [what, id, change, arrange] of refusals)
        it(`refuses ${what} [${id}]: nothing lies ready, nothing is stopped`, () => {
            host = FakeHost.like();
            const sheet = host.stageSheet("2.5.0", change);
            arrange?.(host);
            const run = host.node(["stage", "2.5.0-aa", id === "series-skip" ? "sv=0.9" : "sv=2"], sheet);
            assertRefused(run, id);
            assert.ok(!existsSync(host.path(generation)));
            assert.ok(!host.calls().some((call) => call.includes("garage.service")));
        });

    it("gives a server that stalls no longer than downloadTimeoutSeconds, with the machine's own curl", async () => {
        host = FakeHost.like();
        // Nobody accepts: this process waits for the host, and the kernel takes the connection.
        const server = createServer().listen(0, "127.0.0.1").unref();
        await once(server, "listening");
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/garage`;
        host.write("opt/garage/options", "downloadTimeoutSeconds 2\n");
        const began = Date.now();
        assertRefused(
            host.lib(`PATH=${systemPath}; download ${url} "$OPT/file" 2.5.0 x86_64`),
            "download-timeout",
            /took longer than 2 s/,
        );
        assert.ok(Date.now() - began < 3900, `${Date.now() - began} ms`);
    });

    it("refuses another engine than the data's where no procedure converts", () => {
        host = FakeHost.like("2.5.0");
        assertRefused(host.stage("2.5.0", ["sv=2"], undefined, "fjall"), "engine-differs");
    });

    it("consents to a conversion only where the user has named the engine", () => {
        host = FakeHost.like("2.5.0");
        assertRefused(host.stage("2.5.0", ["sv=2"], undefined, "sqlite"), "engine-differs");
        const named = host.stage("2.5.0", ["sv=2"], (lines) => [...lines, "convert allowed"], "sqlite");
        assert.doesNotMatch(named.stderr, /engine-differs/);
    });

    it("refuses another RPC port than the one that the cluster talks on", () => {
        host = FakeHost.like("2.5.0");
        assertRefused(
            host.stage("2.5.1", ["sv=2"], replace("ports", "rpc=4901 s3=3900 web=3902 admin=3903")),
            "rpc-port-changed",
        );
    });

    it("refuses a known id with other values", () => {
        host = FakeHost.like("2.5.0");
        assertRefused(
            host.stage("2.5.0", ["sv=2"], replace("ports", "rpc=3901 s3=80 web=3902 admin=3903")),
            "generation-differs",
        );
    });

    const versions: [string, string][] = [
        ["garage cargo:1.3.0 [features: k2v]", "1.3.0"],
        ["garage v1.3.0 [features: k2v]", "1.3.0"],
        ["garage 0.7.0", "0.7.0"],
        ["garage git:v2.0.0", "2.0.0"],
        ["garage v1.3.0-rc1", ""],
        ["garage git:abcdef1", ""],
        ["bash: garage: not found", ""],
    ];
    it("reads the release from what --version says", () => {
        host = new FakeHost();
        const calls = versions.map(([text]) => `echo "<$(release_in '${text}')>"`).join(";");
        assert.deepEqual(
            host.lib(calls).stdout.trim().split("\n"),
            versions.map(([, release]) => `<${release}>`),
        );
    });
});

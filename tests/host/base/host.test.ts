import * as assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { packSheet } from "../../../sdk/plan/packedSheet";
import { counted } from "../sheet";
import { assertRefused, DATA, FakeHost, METADATA } from "./fakeHost";

type Change = (lines: string[]) => string[];
const replace =
    (key: string, value: string): Change =>
    (lines) =>
        lines.map((line) => (line.startsWith(`${key} `) ? `${key} ${value}` : line));

describe("host", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    it("sets up a bare host and prints its id, and nothing else", () => {
        host = new FakeHost();
        const run = host.host();
        assert.equal(run.code, 0, run.stderr);
        assert.equal(run.stdout, `${host.id()}\n`);
        assert.match(host.id(), /^[0-9a-f]{64}$/);
        assert.equal(
            host.read("etc/garage-node/claim"),
            `cluster c1\nnode paris\nid ${host.id()}\nmetadata ${METADATA}\nbackups /var/lib/garage-backups\n`,
        );
        for (const [path, mode] of [
            [METADATA, 0o1770],
            [DATA, 0o1770],
            [`${METADATA}/node_key`, 0o440],
            [`${METADATA}/node_key.pub`, 0o440],
            [`${METADATA}/garage-node.ledger`, 0o600],
            [`${DATA}/garage-node.data`, 0o644],
            ["etc/garage-node/claim", 0o600],
            ["etc/garage-node/secrets", 0o750],
            ["etc/garage-node/secrets/rpc_secret", 0o400],
            ["usr/bin/garage-node", 0o755],
            ["etc/systemd/system/garage.service", 0o644],
        ] as const)
            assert.equal(statSync(host.path(path)).mode & 0o7777, mode, path);
        assert.equal(statSync(host.path(`${METADATA}/node_key`)).size, 64);
        assert.deepEqual(host.calls().filter((call) => call.startsWith("useradd")).length, 1);
        assert.deepEqual([host.ledgerValue("born"), host.ledgerValue("series")], ["no", undefined]);
    });

    it("changes nothing the second time", () => {
        host = FakeHost.like();
        const before = host.ledger();
        const run = host.host();
        assert.deepEqual([run.code, run.stdout, run.stderr], [0, `${host.id()}\n`, ""]);
        assert.deepEqual(host.ledger(), before);
    });

    it("claims metadata of its own cluster and node again on a new root disk", () => {
        host = FakeHost.like();
        const id = host.id();
        rmSync(host.path("etc/garage-node"), { recursive: true });
        assert.equal(host.host().stdout, `${id}\n`);
        assert.match(host.read("etc/garage-node/claim"), new RegExp(`id ${id}`));
    });

    it("takes up a first set-up that was cut short while it wrote key or ledger", () => {
        host = new FakeHost();
        host.write(`${METADATA}/node_key.pub`, "k".repeat(32));
        host.write(`${METADATA}/node_key.new`, "half");
        host.write(`${METADATA}/node_key`, "");
        host.write(`${METADATA}/garage-node.ledger.Ab12Cd`, "ledger 1\nclus");
        const run = host.host();
        assert.equal(run.code, 0, run.stderr);
        assert.deepEqual(readdirSync(host.path(METADATA)).sort(), [
            "garage-node.history",
            "garage-node.ledger",
            "node_key",
            "node_key.pub",
        ]);
        assert.equal(run.stdout, `${host.id()}\n`);
    });

    it("has node key and secrets on the disk before they get their names", () => {
        host = new FakeHost();
        host.write("fake/user", "");
        host.write(`${METADATA}/x`, "");
        mkdirSync(host.path("etc/garage-node"));
        host.write(
            "changes.sh",
            `
            SYNCED=
            sync() { SYNCED+=" $* "; }
            mv() { case "$SYNCED" in *" $2 "*) echo "\${3##*/}" ;; *) echo "\${3##*/}: not yet" ;; esac; command mv "$@"; }
            setup_node_key ${METADATA}
            setup_secrets`,
        );
        const run = host.lib('source "$ROOT/changes.sh"', host.hostSheet());
        const names = ["node_key.pub", "node_key", "rpc_secret", "rpc_secret_0.8", "admin_token", "metrics_token"];
        assert.equal(run.stdout, names.map((name) => `${name}\n`).join(""), run.stderr);
    });

    it("refuses other tokens than the daemon has, as it goes on with the old ones", () => {
        host = FakeHost.like();
        for (const [name, option] of [
            ["admin_token", "adminToken"],
            ["metrics_token", "metricsToken"],
        ]) {
            const before = host.read(`etc/garage-node/secrets/${name}`);
            assertRefused(host.host(replace("secret", `${name} new`)), "secret-differs", new RegExp(`by ${option} `));
            assert.equal(host.read(`etc/garage-node/secrets/${name}`), before);
        }
    });

    it("takes the RPC secret in the other case for the same one, and leaves it as it is", () => {
        host = FakeHost.like();
        const secret = "etc/garage-node/secrets/rpc_secret";
        const before = host.read(secret).toUpperCase();
        assert.notEqual(before, host.read(secret));
        host.write(secret, before);
        assert.equal(host.host().code, 0);
        assert.equal(host.read(secret), before);
    });

    it("takes another secret of series 0.8 once the data are past it, as nothing runs with it any more, and no major upgrade is open", () => {
        host = FakeHost.like();
        const file = "etc/garage-node/secrets/rpc_secret_0.8";
        const own = host.read(file);
        host.write(file, "other\n");
        host.lib("ledger_update series=0.9 hop=0.8-to-0.9 hopstate=open hoptool=x");
        assertRefused(host.host(), "tool-in-hop");
        host.lib("ledger_update hopstate=finished");
        assert.equal(host.host().code, 0);
        assert.equal(host.read(file), own);
    });

    it("never takes one secret for both sides of the wall between 0.8 and 0.9", () => {
        host = new FakeHost();
        const secret = "ab".repeat(32);
        const same: Change = (lines) => [
            ...lines.filter((line) => !/^secret rpc_secret/.test(line)),
            `secret rpc_secret ${secret}`,
            `secret rpc_secret_0.8 ${secret.toUpperCase()}`,
        ];
        const ran = host.host(same);
        assertRefused(ran, "secrets-not-apart", /rpcSecret08 is the same as rpcSecret/);
        assert.ok(!/abab/i.test(ran.stderr));
        assert.ok(!host.has("etc/garage-node/claim"));
    });

    it("takes an empty secret for a missing one", () => {
        host = FakeHost.like();
        const secret = "etc/garage-node/secrets/rpc_secret";
        const before = host.read(secret);
        for (const left of ["", "\0".repeat(65)]) {
            host.write(secret, left);
            const run = host.host();
            assert.deepEqual([run.code, run.stderr, host.read(secret)], [0, "", before]);
        }
    });

    it("refuses another tool than a major upgrade was begun with, and touches nothing", () => {
        host = FakeHost.like("2.5.0");
        const tree = () =>
            host.bash(["-c", `cd ${host.root} && find etc opt usr var -printf '%p %m %T@ %l\\n'`]).stdout;
        const other = () => host.job(["host", "paris", "tool=0.2.0-beef"], host.hostSheet());
        const begun = (id: string) => host.link(id, "opt/garage-node/current");
        begun("0.1.0-cafe");
        host.lib("ledger_update hopstate=open hop=1-to-2");
        const before = tree();
        assertRefused(
            other(),
            "tool-in-hop",
            /1-to-2 is open .* with version 0\.1\.0 of .*call is of version 0\.2\.0.*with version 0\.1\.0; then/,
        );
        assert.equal(tree(), before);
        const same = host.job(["host", "paris", "tool=0.1.0-cafe"], host.hostSheet());
        assert.deepEqual([same.code, same.stderr], [0, ""]);
        // On a new root disk the ledger alone knows.
        host.lib("ledger_update hoptool=0.1.0-cafe");
        rmSync(host.path("opt/garage-node/current"));
        assertRefused(other(), "tool-in-hop");
        host.lib("ledger_update hopstate=finished");
        assert.equal(other().code, 0);
        assert.equal(host.bash(["-c", 'readlink "$GARAGE_NODE_ROOT/opt/garage-node/current"']).stdout, "0.2.0-beef\n");
    });

    it("installs what its verbs need and isn't there, waiting for an apt that is at work", () => {
        host = new FakeHost();
        host.lacks("jq");
        const apt =
            'if [ "$2 $(wc -l <"$FAKE/calls")" = "update 1" ]; then echo "E: Could not get lock /var/lib/dpkg/lock-frontend." >&2; exit 100; fi';
        host.write("fake/packages", `${apt}\n[ "$2" = update ] || ln -s /bin/true "$GARAGE_NODE_ROOT/programs/jq"`);
        const run = host.host();
        assert.equal(run.code, 0, run.stderr);
        assert.match(run.stderr, /^paris: installing jq$/m);
        assert.deepEqual(
            host.calls().filter((call) => call.startsWith("apt-get")),
            ["apt-get -qy update", "apt-get -qy update", "apt-get -qy install jq ca-certificates"],
        );
    });

    for (const tool of ["dnf", "yum"])
        it(`gives up on a ${tool} that waits for another one for ever, and says so`, () => {
            host = new FakeHost();
            host.write("fake/packages", "exec sleep 20");
            const ran = host.lib(`NODE_NAME=paris
                command() { case "$2" in apt-get | ${tool === "yum" ? "dnf" : "none"}) return 1 ;; esac; builtin command "$@"; }
                timeout() { builtin command timeout "$1" 0.2 "\${@:3}"; }
                clock() { give "$SECONDS" "$1"; }
                nap() { SECONDS=$((SECONDS + 11)); sleep 0.05; }
                packages_install jq`);
            assert.equal(ran.code, 124, ran.stderr);
            assert.match(
                ran.stderr,
                new RegExp(`paris: waiting for ${tool} .is another .*, 1[0-9] of at most 1800 s\n`),
            );
            assert.match(
                ran.stderr,
                new RegExp(`paris: ${tool} .is another ${tool} .*: not done after 1800 s, and ended`),
            );
            assert.deepEqual(host.calls(), [`${tool} -qy install jq`]);
        });

    it("doesn't take what was killed for what took too long", () => {
        host = new FakeHost();
        const ran = host.lib(`NODE_NAME=paris; watched 3600 "the conversion" timeout 3600 bash -c 'kill -9 $$'`);
        assert.equal(ran.code, 137, ran.stderr);
        assert.match(ran.stderr, /paris: the conversion: killed; for want of memory\?/);
    });

    for (const [what, does] of [
        ["fails", "exit 100"],
        ["ends well, and brings nothing", "exit 0"],
    ] as const)
        it(`refuses before anything is changed where what its verbs need can't be installed: apt ${what}`, () => {
            host = new FakeHost();
            host.lacks("jq");
            host.write("fake/packages", does);
            const tree = () => host.bash(["-c", `cd ${host.root} && find etc opt usr var`]).stdout;
            const before = tree();
            assertRefused(host.host(), "packages", /jq.*nothing else was changed: install/);
            assert.equal(tree(), before);
            assert.ok(!host.calls().some((call) => /useradd|groupadd/.test(call)));
        });

    it("needs jq for nothing that a start, a way back or an uninstall is", () => {
        host = FakeHost.like("2.5.0");
        host.lacks("jq");
        assert.equal(host.node(["admit"]).code, 0);
        assert.equal(host.node(["uninstall", "paris"], counted(["cluster c1", "node paris"])).code, 0);
        assert.ok(!host.has("opt/garage"));
    });

    it("adds a data directory, with its mark", () => {
        host = FakeHost.like();
        const run = host.host((lines) => [...lines, "data /srv/garage/data2"]);
        assert.equal(run.code, 0, run.stderr);
        assert.equal(host.read("srv/garage/data2/garage-node.data"), `${host.id()}\n`);
        assert.ok(host.ledger().includes("data /srv/garage/data2"));
    });

    const refusals: [string, string, string | undefined, (host: FakeHost) => void, Change?][] = [
        ["the claim of another cluster", "claim-foreign", "", () => {}, replace("cluster", "c2")],
        [
            "another metadata directory than claimed",
            "claim-metadata",
            "",
            () => {},
            replace("metadata", "/srv/garage/meta"),
        ],
        [
            "a claim without a ledger: no key is made",
            "ledger-missing",
            "",
            (h) => rmSync(h.path(METADATA), { recursive: true }),
        ],
        [
            "a ledger that can't be read",
            "ledger-unusable",
            "",
            (h) => h.write(`${METADATA}/garage-node.ledger`, "garbage"),
        ],
        [
            "a ledger of a newer tool",
            "ledger-unusable",
            "",
            (h) => h.write(`${METADATA}/garage-node.ledger`, "ledger 2\n"),
        ],
        ["the ledger of another node (swapped volume)", "ledger-foreign", "", (h) => h.lib("ledger_update node=rome")],
        [
            "another id than claimed (copied disk)",
            "ledger-foreign",
            "",
            (h) => h.lib(`ledger_update id=${"a".repeat(64)}`),
        ],
        ["a lost node key", "node-key", "", (h) => rmSync(h.path(`${METADATA}/node_key.pub`))],
        ["a lost private node key", "node-key", "", (h) => rmSync(h.path(`${METADATA}/node_key`))],
        ["another RPC secret", "secret-differs", "", (h) => h.write("etc/garage-node/secrets/rpc_secret", "other\n")],
        [
            "another RPC secret of series 0.8",
            "secret-differs",
            "",
            (h) => {
                h.lib("ledger_update series=0.8");
                h.write("etc/garage-node/secrets/rpc_secret_0.8", "other\n");
            },
        ],
        ["a data directory left out", "data-removed", "", () => {}, replace("data", "/srv/garage/other")],
        [
            "an added data directory with files in it",
            "data-foreign",
            "",
            (h) => h.write("srv/garage/data2/00/block", "x"),
            (l) => [...l, "data /srv/garage/data2"],
        ],
        ["a replaced node that is still here", "replace-same", "", () => {}, (l) => l],
        [
            "metadata of a Garage without a ledger",
            "data-foreign",
            undefined,
            (h) => h.write(`${METADATA}/db.lmdb/data.mdb`, "x"),
        ],
        [
            "an empty data directory with another node's mark",
            "data-foreign",
            undefined,
            (h) => h.write(`${DATA}/garage-node.data`, "c".repeat(64)),
        ],
        [
            "the ledger of a node that has had data, under another name",
            "data-foreign",
            undefined,
            (h) => h.write(`${METADATA}/garage-node.ledger.backup`, "ledger 1\nborn yes\n"),
        ],
        ["blocks without a ledger", "data-foreign", undefined, (h) => h.write(`${DATA}/00/block`, "x")],
        [
            "a garage.service of somebody else",
            "garage-foreign",
            undefined,
            (h) => h.write("etc/systemd/system/garage.service", "[Unit]\n"),
        ],
        [
            "a packaged garage.service",
            "garage-foreign",
            undefined,
            (h) => h.write("usr/lib/systemd/system/garage.service", "[Unit]\n"),
        ],
        ["another machine", "architecture", undefined, (h) => h.write("fake/machine", "armv7l\n")],
        ["a systemd that is too old", "no-systemd", undefined, (h) => h.write("fake/systemd", "219\n")],
        ["a full disk", "disk-space", undefined, (h) => h.write("fake/free", "10\n")],
        ["data in /tmp", "path-unfit", undefined, () => {}, replace("data", "/tmp/data")],
        ["a relative path", "path-unfit", undefined, () => {}, replace("data", "data")],
        ["a sheet that was cut short", "sheet-incomplete", undefined, () => {}, (lines) => ["lines 40", ...lines]],
    ];
    for (const [what, id, setUp, arrange, change] of refusals)
        it(`refuses ${what} [${id}], and changes nothing`, () => {
            host = setUp === undefined ? new FakeHost() : FakeHost.like();
            const sheet: Change =
                id === "replace-same" ? (lines) => [...lines, `replace ${host.id()}`] : (change ?? ((lines) => lines));
            arrange(host);
            const before = host.has(METADATA)
                ? host.bash(["-c", `ls -lR ${host.root}/etc ${host.root}/var ${host.root}/opt`]).stdout
                : "";
            assertRefused(host.host(sheet), id);
            if (before)
                assert.equal(
                    host.bash(["-c", `ls -lR ${host.root}/etc ${host.root}/var ${host.root}/opt`]).stdout,
                    before,
                );
            assert.equal(host.calls().filter((call) => call.startsWith("useradd")).length, setUp === undefined ? 0 : 1);
        });

    it("refuses no systemd [no-systemd], and changes nothing", () => {
        host = new FakeHost();
        rmSync(host.path("run/systemd"), { recursive: true });
        assertRefused(host.node(["host", "paris", "tool=t1"], host.hostSheet()), "no-systemd");
        assert.equal(host.calls().length, 0);
    });

    it("uninstalls under its own claim only, and keeps every byte of data", () => {
        host = FakeHost.like("2.5.0");
        const sheet = (node: string) => counted(["cluster c1", `node ${node}`]);
        const other = host.node(["uninstall", "rome"], sheet("rome"));
        assert.equal(other.code, 0);
        assert.match(other.stderr, /left alone: this host is now node paris/);
        assert.ok(host.has("opt/garage/current/garage"));
        const own = host.node(["uninstall", "paris"], sheet("paris"));
        assert.equal(own.code, 0, own.stderr);
        assert.match(own.stderr, new RegExp(`rm -rf ${DATA} ${METADATA} /var/lib/garage-backups`));
        for (const gone of [
            "opt/garage",
            "etc/garage-node",
            "usr/bin/garage-node",
            "etc/systemd/system/garage.service",
        ])
            assert.ok(!host.has(gone), gone);
        for (const kept of [`${METADATA}/db.lmdb/data.mdb`, `${METADATA}/garage-node.ledger`, `${METADATA}/node_key`])
            assert.ok(host.has(kept), kept);
        assert.match(host.node(["uninstall", "paris"], sheet("paris")).stderr, /nothing to uninstall/);
    });

    it("is left alone by a component from which another one has taken it over", () => {
        host = FakeHost.like("2.5.0");
        const owned = (owner: string) => (lines: string[]) => [...lines, `owner urn:pulumi:dev::p::garage::${owner}`];
        assert.equal(host.host(owned("store")).stderr, "");
        assert.match(host.host(owned("shop")).stderr, /taken over from urn:\S+::store:/);
        const uninstall = (owner: string) =>
            host.node(["uninstall", "paris"], counted(owned(owner)(["cluster c1", "node paris"])));
        for (const former of [
            uninstall("store"),
            host.node(["uninstall", "paris"], counted(["cluster c1", "node paris"])),
        ]) {
            assert.equal(former.code, 0);
            assert.match(former.stderr, /left alone: another component looks after this host now \(urn:\S+::shop\)/);
        }
        assert.equal(host.node(["admit"]).code, 0);
        assert.equal(uninstall("shop").code, 0);
        assert.ok(!host.has("opt/garage"));
    });

    it("nothing is done for a call whose sheet a lost connection took away, or cut short", () => {
        host = FakeHost.like("2.5.0");
        const sheet = host.startSheet(["line paris e1 2.5.0 x86_64:aa"]);
        for (const verb of ["uninstall", "start"])
            for (const arrived of ["", sheet.slice(0, -1), sheet.slice(0, 100), sheet.replace(/^lines .*\n/, "")])
                assertRefused(host.node([verb, "paris"], arrived), "sheet-incomplete", /run pulumi up again/);
        assert.ok(host.has("opt/garage/current/garage"));
    });

    it("reads a sheet that came packed as it reads one in lines, and does nothing for half of it", () => {
        host = FakeHost.like("2.5.0");
        const more = Array.from({ length: 500 }, (_, at) => `option filler${at} ${at}`);
        const sheet = host.startSheet(["line paris e1 2.5.0 x86_64:aa", ...more]);
        const packed = packSheet(sheet);
        assert.match(packed, /^packed \S+\n$/);
        const short = packSheet(sheet.replace(/^lines \d+/, "lines 9"));
        for (const arrived of [packed.slice(0, 200), `${packed.slice(0, 2000)}\n`, "packed \n", short])
            assertRefused(host.node(["start", "paris"], arrived), "sheet-incomplete", /did not arrive whole/);
        const [plain, unpacked] = [sheet, packed].map((text) => host.node(["start", "paris"], text));
        assert.deepEqual(unpacked, plain);
        assert.doesNotMatch(plain!.stderr, /sheet-incomplete/);
    });

    it("has systemd read a unit that changed under a daemon", () => {
        host = FakeHost.like("2.5.0");
        const unit = host.read("etc/systemd/system/garage.service");
        const reloads = () => host.calls().filter((call) => call === "daemon-reload").length;
        const before = reloads();
        assert.equal(host.host().code, 0);
        assert.equal(reloads(), before);
        host.write("etc/systemd/system/garage.service", `${unit}# older\n`);
        assert.equal(host.host().code, 0);
        assert.deepEqual([reloads(), host.read("etc/systemd/system/garage.service")], [before + 1, unit]);
    });

    it("leaves launchers that refuse where the tool is empty or gone: an empty script would admit everything", () => {
        host = FakeHost.like();
        for (const name of ["garage-node", "garage-manage"]) {
            host.write("launcher", host.read(`usr/bin/${name}`).replace("/opt/", `${host.root}/opt/`));
            const launch = () => host.bash(["-c", `sh ${host.path("launcher")} admit now`]);
            const tool = `opt/garage-node/t1/${name}`;
            host.write(tool, '#!/bin/sh\necho "$@"\n');
            chmodSync(host.path(tool), 0o755);
            assert.equal(launch().stdout, "admit now\n");
            for (const text of ["", "\0".repeat(2000), undefined]) {
                if (text === undefined) rmSync(host.path(tool));
                else host.write(tool, text);
                assertRefused(launch(), "install", /set another reapply/);
            }
        }
    });
});

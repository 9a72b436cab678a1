import * as assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertRefused, CLUSTER, DATA, FakeHost, METADATA, peerId, type Run } from "./fakeHost";

const file = `${METADATA}/garage-node.ledger`;

describe("the ledger", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    it("sets, deletes and appends in one write, and keeps all else", () => {
        host = FakeHost.like();
        host.lib(
            "ledger_update a=1 '+p=x y' +p=z && ledger_update a=2 p= +p=w 'held=because of this' && ledger_update held=",
        );
        const rest = host.ledger().filter((line) => /^(a|p|held|ledger|cluster) /.test(line));
        assert.deepEqual(rest, ["ledger 1", `cluster ${CLUSTER}`, "a 2", "p w"]);
    });

    it("writes who did what into its history", () => {
        host = FakeHost.like();
        host.lib('history_add "did something"', "stack proj/dev\npackage 0.1.0\n");
        assert.match(
            host.read(`${METADATA}/garage-node.history`).trim().split("\n").at(-1)!,
            /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ proj\/dev 0\.1\.0 did something$/,
        );
    });

    it("gives its history, which stood in it up to 0.1.0, a file of its own", () => {
        host = FakeHost.like();
        const before = "2026-01-01T00:00:00Z a/b 0.1.0 first\nhistory 2026-01-02T00:00:00Z a/b 0.1.0 second";
        host.write(file, `${host.read(file)}history ${before}\n`);
        assert.equal(host.lib('ledger_update a=1 "@third"').code, 0);
        const lines = host.read(`${METADATA}/garage-node.history`).trim().split("\n");
        assert.deepEqual(lines.slice(0, 2), before.split("\nhistory "));
        assert.match(lines.at(-1)!, / third$/);
        assert.ok(!host.ledger().some((line) => line.startsWith("history ")));
        assert.match(host.node(["ledger", "show"]).stdout, /^history .* first\n.*second\n/m);
    });

    it("is old or new, never torn, when the writer is killed or the disk is full", () => {
        host = FakeHost.like();
        const before = host.read(file);
        for (const broken of ["sync", "mv"]) {
            const dir = join(host.root, `broken-${broken}`);
            host.write(
                `broken-${broken}/${broken}`,
                broken === "sync" ? "#!/bin/bash\nkill -9 $PPID\n" : "#!/bin/bash\nexit 1\n",
            );
            host.bash(["-c", `chmod +x ${dir}/*`]);
            const run = host.lib(`PATH="${dir}:$PATH"; ledger_update a=1`);
            assert.notEqual(run.code, 0);
            assert.equal(host.read(file), before);
        }
        assertRefused(host.lib(`mv() { return 1; }; ledger_update a=1`), "ledger-unwritable");
        assert.equal(host.lib("ledger_update a=1").code, 0);
        assert.equal(host.ledgerValue("a"), "1");
    });

    it("is whole at every moment for a reader while it is written", () => {
        host = FakeHost.like();
        const write = "{ for i in {1..30}; do ledger_update n=$i end= +end=z; done; : >written; } &";
        const read = `mapfile -t lines <"$LEDGER_FILE"; [ "\${lines[0]} \${lines[-1]}" = "ledger 1 end z" ] || echo torn`;
        const run = host.lib(
            `cd "$FAKE"; ledger_update end=z; ledger_find; ${write} until [ -e written ]; do ${read}; done; wait`,
        );
        assert.deepEqual([run.code, run.stdout], [0, ""], run.stderr);
        assert.equal(host.ledgerValue("n"), "30");
    });

    it("refuses a value of more than one line", () => {
        host = FakeHost.like();
        assertRefused(host.lib("ledger_update $'held=a\\nseries 2'"), "ledger-unwritable");
    });

    it("is rebuilt from the files and the active binary, and nothing else changes", () => {
        host = FakeHost.like("2.5.0");
        const id = host.id();
        host.write(file, "garbage");
        const words = ["ledger", "rebuild", "--cluster", CLUSTER, "--node", "paris", "--series"];
        assertRefused(host.node(["ledger", "rebuild"]), "rebuild-words");
        assertRefused(host.node([...words, "1"]), "rebuild-series");
        assertRefused(host.node([...words.map((word) => (word === "paris" ? "rome" : word)), "2"]), "claim-foreign");
        const run = host.node([...words, "2"]);
        assert.equal(run.code, 0, run.stderr);
        for (const [key, value] of Object.entries({
            id,
            series: "2",
            engine: "lmdb",
            release: "2.5.0",
            generation: "2.5.0-aa",
            born: "yes",
            data: DATA,
        }))
            assert.equal(host.ledgerValue(key), value);
        assert.equal(host.node(["admit"]).code, 0);
        assertRefused(host.node([...words, "2"]), "ledger-fine");
    });

    it("isn't rebuilt where Garage has run and no database is left: it would start empty", () => {
        host = FakeHost.like("2.5.0");
        rmSync(host.path(file));
        rmSync(host.path(`${METADATA}/db.lmdb`), { recursive: true });
        const run = host.node(["ledger", "rebuild", "--cluster", CLUSTER, "--node", "paris", "--series", "2"]);
        assertRefused(run, "rebuild-engine");
        assert.match(run.stderr, /no database in .*would start empty/);
    });

    it("isn't rebuilt where two engines have a database, unless told which", () => {
        host = FakeHost.like("2.5.0");
        rmSync(host.path(file));
        host.link("generations/gone", "opt/garage/current");
        host.write(`${METADATA}/db.sqlite`, "data");
        const words = ["ledger", "rebuild", "--cluster", CLUSTER, "--node", "paris", "--series", "2"];
        assertRefused(host.node(words), "rebuild-engine");
        assert.equal(host.node([...words, "--engine", "lmdb"]).code, 0);
        assert.equal(host.ledgerValue("engine"), "lmdb");
    });

    describe("rebuilt", () => {
        const rebuild = (): Run =>
            host.node(["ledger", "rebuild", "--cluster", CLUSTER, "--node", "paris", "--series", "2"]);
        const unmount = () => {
            rmSync(host.path(DATA), { recursive: true });
            mkdirSync(host.path(DATA));
        };
        const blocks = `${DATA}/00/11/block`;

        it("still asks for the mark of every data directory", () => {
            host = FakeHost.like("2.5.0");
            rmSync(host.path(file));
            assert.doesNotMatch(rebuild().stderr, /no mark/);
            assert.equal(host.node(["admit"]).code, 0);
            assert.equal(host.host().code, 0);
            unmount();
            assertRefused(host.node(["admit"]), "admit-data");
        });

        it("says so, and lets no daemon start, where a data volume isn't mounted; host doesn't mark the mount point", () => {
            host = FakeHost.like("2.5.0");
            rmSync(host.path(file));
            unmount();
            const run = rebuild();
            assert.equal(run.code, 0);
            assert.match(run.stderr, new RegExp(`${DATA} has no mark of this node`));
            assert.equal(host.host().code, 0);
            assert.ok(!host.has(`${DATA}/garage-node.data`));
            assertRefused(host.node(["admit"]), "admit-data");
        });

        it("takes back what has this node's mark, where no generation says which data it had, and nothing else", () => {
            host = FakeHost.like("2.5.0");
            rmSync(host.path(file));
            host.link("generations/gone", "opt/garage/current");
            host.write(blocks, "x");
            assert.equal(rebuild().code, 0);
            assert.ok(!host.ledger().some((line) => line.startsWith("data")));
            const id = host.read(`${DATA}/garage-node.data`);
            rmSync(host.path(`${DATA}/garage-node.data`));
            assertRefused(host.host(), "data-unmarked", new RegExp(`write ${host.id()} into ${DATA}/garage-node.data`));
            unmount();
            assertRefused(host.host(), "data-unmarked", /mount the data volume/);
            host.write(`${DATA}/garage-node.data`, peerId("rome"));
            assertRefused(host.host(), "data-foreign", /of another node/);
            host.write(`${DATA}/garage-node.data`, id);
            host.write(blocks, "x");
            assert.equal(host.host().code, 0);
            assert.deepEqual([host.ledgerValue("data"), host.ledgerValue("datamark")], [DATA, DATA]);
        });

        it("by an older package, without marks, gets those that are seen, and no others", () => {
            host = FakeHost.like("2.5.0");
            host.lib("ledger_update datamark=");
            host.write(blocks, "x");
            const id = host.read(`${DATA}/garage-node.data`);
            host.write(`${DATA}/garage-node.data`, "");
            assertRefused(host.host(), "data-unmarked");
            host.write(`${DATA}/garage-node.data`, id);
            assert.equal(host.host().code, 0);
            assert.equal(host.ledgerValue("datamark"), DATA);
            assert.equal(host.ledger().filter((line) => line === `data ${DATA}`).length, 1);
        });
    });

    it("is rebuilt, and status goes on without it, when its header is fine and nothing behind it", () => {
        host = FakeHost.like("2.5.0");
        const damaged = "ledger 1\ncluster c1\n\0\0\0\0\0\0\0\0";
        host.write(`${METADATA}/garage-node.ledger`, damaged);
        const status = host.node(["status"]);
        assert.equal(status.code, 0, status.stderr);
        assert.match(status.stdout, /^trouble the ledger in \S+ can't be read: .*rebuild$/m);
        assert.match(status.stdout, /^current 2\.5\.0-aa\nrunning yes, .*\nhealth sees .*\ntool /m);
        const run = host.node(["ledger", "rebuild", "--cluster", CLUSTER, "--node", "paris", "--series", "2"]);
        assert.equal(run.code, 0, run.stderr);
        assert.deepEqual(
            ["series", "engine", "generation", "born"].map((key) => host.ledgerValue(key)),
            ["2", "lmdb", "2.5.0-aa", "yes"],
        );
        const aside = readdirSync(host.path(METADATA)).find((name) => name.startsWith("garage-node.ledger.broken-"));
        assert.equal(host.read(`${METADATA}/${aside}`), damaged);
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("gives up a hold by hand, but never that of an open major upgrade", () => {
        host = FakeHost.like("2.5.0");
        host.lib("ledger_update held=x hopstate=open hop=1-to-2");
        assertRefused(host.node(["ledger", "forget-hold"]), "hop-open");
        host.lib("ledger_update hopstate=withdrawn");
        assert.equal(host.node(["ledger", "forget-hold"]).stdout, "lifted: x\n");
        assert.equal(host.ledgerValue("held"), undefined);
    });
});

describe("garage-node", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    it("tells status on a bare host and on one that runs", () => {
        host = new FakeHost();
        assert.match(host.node(["status"]).stdout, /^trouble this host is claimed by no cluster/m);
        host.remove();
        host = FakeHost.like("2.5.0");
        const { stdout } = host.node(["status"]);
        for (const line of [
            /^series 2$/m,
            /^release 2\.5\.0$/m,
            /^generation 2\.5\.0-aa$/m,
            /^running yes, process \d+ since today$/m,
            /^health sees 0 up/m,
        ])
            assert.match(stdout, line);
        assert.doesNotMatch(stdout, /[0-9a-f]{64}.*secret|rpc_secret/);
    });

    it("shows the secrets that take a lost stack up again", () => {
        host = FakeHost.like();
        assert.match(
            host.node(["secrets"]).stdout,
            /^clusterId c1\nrpcSecret [0-9a-f]{64}\nadminToken [0-9a-f]{64}\nmetricsToken [0-9a-f]{64}\n$/,
        );
    });

    it("shows nothing of a secret's file that isn't one word: it is the user garage's, and could forge lines", () => {
        host = FakeHost.like();
        for (const text of ["x\nadminToken forged\n", "\u001b[2Jx\n", "a b\n", ""]) {
            host.lib('rm -f "$SECRETS/rpc_secret"');
            host.write("etc/garage-node/secrets/rpc_secret", text);
            const run = host.node(["secrets"]);
            assert.notEqual(run.code, 0);
            assert.match(run.stderr, /secrets\/rpc_secret holds no secret.*\[unreadable\]/);
            assert.equal(run.stdout, "clusterId c1\n");
        }
    });

    it("shows the secret of series 0.8 where that is what runs", () => {
        host = FakeHost.like();
        host.lib("ledger_update series=0.8");
        assert.match(host.node(["secrets"]).stdout, /^rpcSecret [0-9a-f]{64}\nrpcSecret08 [0-9a-f]{64}\nadminToken /m);
    });

    it("asks its daemon where [::] is reached: by ::1 where that takes no IPv4", () => {
        host = FakeHost.like("2.5.0");
        const asked = () => host.lib('current_find; own_rpc_find; echo "$OWN_RPC"').stdout.replace(/^.*@/, "");
        assert.equal(asked(), "127.0.0.1:3901\n");
        host.write("proc/sys/net/ipv6/bindv6only", "1\n");
        assert.equal(asked(), "[::1]:3901\n");
        host.write("curl.sh", `curl() { cat >/dev/null; echo "\${!#}"; }; current_find; admin_get /health`);
        assert.match(host.lib('source "$ROOT/curl.sh"').stdout, /^http:\/\/\[::1\]:3903\/health$/m);
    });

    it("waits for another verb longer than that may take by the limits of its own", () => {
        host = FakeHost.like("2.5.0");
        const limit = (options: string) => {
            host.write("opt/garage/options", options);
            return Number(host.lib('jobs_limit limit; echo "$limit"').stdout);
        };
        assert.ok(limit("") >= 1800 + 3600);
        assert.ok(limit("drainTimeoutSeconds 604800\n") > 604800);
        assert.ok(limit("repairTimeoutSeconds 100000\n") > 500000);
        assert.equal(limit("lockTimeoutSeconds 7\n"), 7);
    });

    it("lets no daemon be stopped where what comes behind the stop finds no room", () => {
        host = FakeHost.like("2.5.0");
        host.write("fake/free", "3");
        assertRefused(
            host.lib("room_to_start"),
            "disk-space",
            /only 3 MiB are free in \/opt\/garage, .* nothing was stopped/,
        );
        host.write("fake/active", "inactive");
        assert.equal(host.lib("room_to_start").code, 0);
    });

    it("leaves no stdin behind: secrets are in no job directory", () => {
        host = FakeHost.like();
        const secret = host.read("etc/garage-node/secrets/rpc_secret").trim();
        host.host();
        assert.equal(
            host.bash(["-c", `grep -rl ${secret} ${host.root}/run ${host.root}/opt ${host.root}/var || true`]).stdout,
            "",
        );
    });

    it("names a verb that it doesn't know", () => {
        host = new FakeHost();
        for (const verb of ["frobnicate", "install", "lib/common", "../x"])
            assertRefused(host.node([verb]), "unknown-verb");
    });

    for (const [what, waits] of [
        ["ends an older call that only waits", true],
        ["waits for an older call that is at work", false],
    ] as const)
        it(what, () => {
            host = FakeHost.like();
            const older = `eval 'echo $BASHPID >"$FAKE/waits"; exec sleep 2'`;
            const run = host.bash([
                "-c",
                `set -eu; for f in "$TOOL"/lib/*.sh; do source "$f"; done; set_paths
                JOB="$RUN/jobs/drain.abc"
                (exec 9>>"$RUN/lock"; flock 9; ${waits ? "waits_only " : ""}${older}) &
                until [ -s "$FAKE/waits" ]; do nap 0.02; done
                bash "$TOOL/garage-node" stage <<<"lines 1" 2>&1 || true; wait || true; ls "$RUN"`,
            ]);
            assert.match(run.stdout, /waiting for the end of/);
            assert.equal(/it only waits, and this call is newer: ending it/.test(run.stdout), waits);
            assert.equal(host.calls().includes("stop garage-node-drain.abc.service"), waits);
            assert.doesNotMatch(run.stdout, /lock\.waits/);
        });

    it("attaches to the same call that still runs, and runs another one after it", async () => {
        host = FakeHost.like();
        writeFileSync(host.path("opt/hold"), "");
        const slow = `flock ${host.path("run/garage-node/lock")} sleep 1.5 & sleep 0.2; H="bash $TOOL/garage-node ledger forget-hold"; $H & sleep 0.5; $H; wait`;
        const run = host.bash(["-c", slow]);
        assert.equal(run.code, 0, run.stderr);
        assert.match(run.stderr, /the same call still runs since .*; attached to it/);
        assert.equal(run.stdout, "this node is not held\nthis node is not held\n");
    });
});

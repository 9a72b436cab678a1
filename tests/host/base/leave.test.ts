import * as assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { AwsHost } from "./awsHost";
import { assertRefused, type Run } from "./fakeHost";

const RELEASE = "2.5.0";
const GENERATION = `${RELEASE}-aa`;

describe("leave", function () {
    this.timeout(120_000);
    let host: AwsHost;
    afterEach(() => host.remove());

    /** The ledger as it lies on the volume, mounted or not. */
    const onVolume = (key: string) =>
        readFileSync(`${host.meta.root}/meta/garage-node.ledger`, "utf8")
            .split("\n")
            .find((line) => line.startsWith(`${key} `))
            ?.slice(key.length + 1);

    const left = /^bbb222 [0-9a-f]{8}\n$/;

    it("consents, stops the node, lets its volumes go, and holds it down", () => {
        host = AwsHost.made(RELEASE);
        const before = host.acts().length;
        const run = host.leave("bbb222");
        assert.match(run.stdout, left, run.stderr);
        assert.deepEqual(host.acts().slice(before), [
            "stop --no-block",
            "stop garage.service",
            "stop srv-garage-data.mount",
        ]);
        assert.deepEqual(host.mounted(), []);
        assert.equal(`${onVolume("left")}\n`, run.stdout);
        assert.equal(host.read("etc/garage-node/left"), `left ${run.stdout}`);
        assert.match(onVolume("before")!, /items\.object=5/);
    });

    it("isn't kept from it by a change of the layout that is done, of which up to 0.9 a line stays", () => {
        host = AwsHost.made(RELEASE);
        host.lib("ledger_update 'layout=2 abc 0.9' 'moving=2 abc 0.9'");
        const run = host.leave("bbb222");
        assert.match(run.stdout, left, run.stderr);
    });

    it("leaves on the volume, whole and for root alone, what must outlive the machine", () => {
        host = AwsHost.made(RELEASE);
        host.lib(
            "rm $ROOT$KEEP/2.5.0-aa/garage; ln -f $GENERATIONS/2.5.0-aa/garage $GENERATIONS/2.5.0-aa.quiet/garage; printf 'logLevel debug\\n' >$OPTIONS",
        );
        assert.match(host.leave("bbb222").stdout, left);
        const kept = `${host.meta.root}/kept`;
        for (const id of [GENERATION, `${GENERATION}.quiet`])
            for (const name of readdirSync(host.path(`opt/garage/generations/${id}`)))
                assert.equal(
                    readFileSync(`${kept}/${id}/${name}`, "utf8"),
                    host.read(`opt/garage/generations/${id}/${name}`),
                    `${id}/${name}`,
                );
        assert.equal(statSync(`${kept}/${GENERATION}/garage`).ino, statSync(`${kept}/${GENERATION}.quiet/garage`).ino);
        assert.equal(readFileSync(`${kept}/options`, "utf8"), "logLevel debug\n");
        assert.match(
            readFileSync(`${kept}/peers`, "utf8"),
            /^replicationfactor 3\npeer paris .*\npeer rome .* storage in\n$/,
        );
        assert.equal(statSync(kept).mode & 0o7777, 0o700);
    });

    it("does nothing where the machine is what is asked for, and answers as before", () => {
        host = AwsHost.made(RELEASE);
        const before = host.calls().length;
        assert.equal(host.leave("abc123").stdout, "abc123 none\n");
        assert.deepEqual(host.calls().slice(before), []);
        const nonce = host.leave("bbb222").stdout.trim().split(" ")[1];
        host.renew();
        host.shape = "bbb222";
        assert.equal(host.back("bbb222", `bbb222 ${nonce}`).code, 0);
        assert.equal(host.leave("bbb222").stdout, `bbb222 ${nonce}\n`);
    });

    it("finds nothing to leave where no node has been set up", () => {
        host = new AwsHost();
        const run = host.leave("bbb222");
        assert.deepEqual([run.code, run.stdout, host.calls()], [0, "bbb222 none\n", []]);
    });

    it("answers the same when it is called again, and asks nobody for what is down already", () => {
        host = AwsHost.made(RELEASE);
        const first = host.leave("bbb222").stdout;
        host.cluster(RELEASE, (cluster) => {
            cluster.node("rome").up = false;
        });
        assert.equal(host.leave("bbb222").stdout, first);
        assert.equal(host.leave("ccc333").stdout, first.replace("bbb222", "ccc333"));
    });

    for (const [what, point] of [
        ["before it was written down on the root disk", "put_file() { return 1; }"],
        ["before the stop", "daemon_stop() { exit 9; }"],
        ["before the volumes were let go", "mounts_end() { exit 9; }"],
    ] as const)
        it(`goes on when it was cut short ${what}`, () => {
            host = AwsHost.made(RELEASE);
            const cut = host.verb(
                "leave",
                ["paris", "tool=t1", "bbb222"],
                host.leaveSheet(),
                point.replace(
                    "put_file() {",
                    'eval "real_$(declare -f put_file)"; put_file() { case "$1" in */left) fail unwritable cut ;; esac; real_put_file "$@"; return; ',
                ),
            );
            assert.notEqual(cut.code, 0);
            const nonce = onVolume("nonce");
            assertRefused(host.node(["admit"]), "admit-left", /has left its machine/);
            assert.equal(host.leave("bbb222").stdout, `bbb222 ${nonce}\n`);
            assert.deepEqual(host.mounted(), []);
        });

    it("asks for consent again where it was cut short before the stop, and others went down meanwhile", () => {
        host = AwsHost.made(RELEASE);
        host.verb("leave", ["paris", "tool=t1", "bbb222"], host.leaveSheet(), "daemon_stop() { exit 9; }");
        host.cluster(RELEASE, (cluster) => {
            cluster.node("rome").up = false;
        });
        const acts = host.acts();
        host.write("opt/garage/options", "healthTimeoutSeconds 1\n");
        assertRefused(host.leave("bbb222"), "peers-unhealthy", /rome doesn't answer.*nothing was touched/);
        assert.deepEqual(host.acts(), acts);
    });

    it("says who keeps a volume, and goes on when he has gone", () => {
        host = AwsHost.made(RELEASE);
        host.write("fake/busy", "");
        assertRefused(
            host.leave("bbb222"),
            "volume-busy",
            /the node is down, but the volume in \/srv\/garage\/metadata is still in use/,
        );
        rmSync(host.path("fake/busy"));
        assert.match(host.leave("bbb222").stdout, left);
        assert.deepEqual(host.mounted(), []);
    });

    it("lets no volume go of which a directory is still mounted, in its place or anywhere else", () => {
        host = AwsHost.made(RELEASE);
        host.write("fake/busy", "var-lib-garage-meta.mount\n");
        for (const _ of ["first", "again"])
            assertRefused(
                host.leave("bbb222"),
                "volume-busy",
                /the volume in \/var\/lib\/garage\/meta is still in use/,
            );
        assert.deepEqual(host.mounted(), ["/var/lib/garage/meta /meta"]);
        rmSync(host.path("fake/busy"));
        const device = host.read("proc/self/mountinfo").split(" ")[2];
        host.append("proc/self/mountinfo", `41 30 ${device} /data /mnt/x rw - ext4 /dev/x rw\n`);
        for (const _ of ["first", "again"])
            assertRefused(host.leave("bbb222"), "volume-busy", /the volume in \/mnt\/x is still in use/);
        host.write("proc/self/mountinfo", "");
        assert.match(host.leave("bbb222").stdout, left);
    });

    it("takes a node away that is down already, while all others are well", () => {
        host = AwsHost.made(RELEASE);
        host.write("fake/active", "failed\n");
        const run = host.leave("bbb222");
        assert.match(run.stdout, left, run.stderr);
        assert.match(run.stderr, /the other nodes see each other; this one is down and is repaired/);
        assert.equal(onVolume("before"), undefined);
    });

    it("asks nobody for a node that has never run", () => {
        host = AwsHost.made();
        const run = host.leave("bbb222");
        assert.match(run.stdout, left, run.stderr);
        assert.deepEqual(host.mounted(), []);
    });

    it("takes the node out by beforeStop, and stays where that fails", () => {
        host = AwsHost.made(RELEASE);
        host.write("opt/garage/options", "beforeStop exit 3\nafterStart echo back >>$GARAGE_NODE_ROOT/hooks\n");
        assertRefused(
            host.leave("bbb222"),
            "hook-failed",
            /beforeStop failed \(exit code 3\); the node was not touched/,
        );
        assert.equal(host.read("hooks"), "back\n");
        host.write(
            "opt/garage/options",
            "beforeStop echo out >>$GARAGE_NODE_ROOT/hooks\nafterStart echo back >>$GARAGE_NODE_ROOT/hooks\n",
        );
        const run = host.leave("bbb222");
        assert.match(run.stdout, left, run.stderr);
        host.renew();
        assert.equal(host.back("bbb222", run.stdout.trim()).code, 0);
        assert.equal(host.read("hooks"), "back\nout\nback\n");
    });

    it("refuses the cluster's load balancer before the stop, also where the same machine comes back", () => {
        host = AwsHost.made(RELEASE);
        host.write("opt/garage/options", "balancer 1 3900,3902 10.0.0.7\n");
        host.write("fake/nft", "");
        const packets = () => host.calls().filter((call) => /^(nft|stop --no-block)/.test(call));
        const run = host.leave("bbb222");
        assert.match(run.stdout, left, run.stderr);
        assert.deepEqual(packets(), ["nft -f -", "stop --no-block garage.service"]);
        assert.equal(host.back("bbb222", run.stdout.trim()).code, 0);
        assert.equal(packets().at(-1), "nft delete table inet garage_balancer");
    });

    it("counts a node that is left out as one that is down, whatever the last stage said: two are too many for as long as a machine takes", () => {
        host = AwsHost.made(RELEASE);
        host.cluster(RELEASE, (cluster) => {
            cluster.node("rome").up = false;
            cluster.partitions.ok = 0;
        });
        assertRefused(
            host.leave("bbb222", (lines) => [...lines, "without rome"]),
            "without-quorum",
            /this one would be away until its machine is back.*nothing was touched: take without out again/,
        );
        assert.ok(!host.calls().some((call) => call.startsWith("stop ")));
    });

    it("is undone by nobody but back: no reboot, no start, no other verb brings the node up, and each says why", () => {
        host = AwsHost.made(RELEASE);
        const id = host.id();
        host.leave("bbb222");
        const refused = (run: Run) =>
            assertRefused(run, "node-left", /comes back by that \(back\): nothing was touched/);
        const sheet = host.leaveSheet((lines) => [...lines, `peer paris ${id} paris.example:3901 storage in`]);
        const verbs = [
            "stage x",
            "start",
            "join",
            "layout",
            "roll x",
            "release x",
            "quiesce 1-to-2",
            "halt 1-to-2",
            "migrate 1-to-2",
            "restore x",
        ];
        for (const verb of verbs) refused(host.job(verb.split(" "), sheet));
        refused(host.host());
        host.reboot();
        host.boot();
        assertRefused(host.node(["admit"]), "admit-left", /has left its machine/);
        for (const verb of verbs) refused(host.job(verb.split(" "), sheet));
        refused(host.host());
        assert.match(host.node(["status"]).stdout, /\nleft bbb222 /);
        // The way of people, who know that the machine stays.
        assert.match(host.node(["ledger", "forget-hold"]).stdout, /^lifted: had left its machine \(bbb222 /);
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("is taken back by a new stack's host on another machine, where nothing of this one is left", () => {
        host = AwsHost.made(RELEASE);
        const id = host.id();
        host.leave("bbb222");
        host.renew();
        assert.equal(host.host().stdout, `${id}\n`);
        assert.equal(onVolume("left"), undefined);
    });

    it("lets uninstall go on", () => {
        host = AwsHost.made(RELEASE);
        host.leave("bbb222");
        assert.equal(host.node(["uninstall", "paris"], host.leaveSheet()).code, 0);
        assert.ok(!host.has("etc/garage-node"));
        assert.ok(existsSync(`${host.meta.root}/meta/db.lmdb/data.mdb`));
    });
});

import * as assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { AwsHost, META_ID } from "./awsHost";
import { assertRefused, METADATA } from "./fakeHost";

const RELEASE = "2.5.0";
const GENERATION = `${RELEASE}-aa`;

describe("back", function () {
    this.timeout(120_000);
    let host: AwsHost;
    afterEach(() => host.remove());

    /** A node that has left its machine; answers what `leave` did. */
    function gone(): string {
        host = AwsHost.made(RELEASE);
        const run = host.leave("bbb222");
        assert.equal(run.code, 0, run.stderr);
        return run.stdout.trim();
    }

    it("is the same node again on a blank machine, from its volumes alone, proven by the whole cluster", () => {
        host = AwsHost.made(RELEASE);
        const [id, ledger, claim] = [host.id(), host.ledger(), host.read("etc/garage-node/claim")];
        const said = host.leave("bbb222").stdout.trim();
        host.renew("i-0456");
        const run = host.back("bbb222", said);
        assert.equal(run.stdout, `${id}\n`, run.stderr);
        assert.match(run.stderr, /paris: is back · seen by 2 of 2 · partitions 256\/256\n$/);
        assert.deepEqual(host.ledger(), [...ledger, `nonce ${said.split(" ")[1]}`]);
        assert.equal(host.read("etc/garage-node/claim"), claim.replace("i-0123", "i-0456").replace("abc123", "bbb222"));
        assert.deepEqual(host.acts(), ["start srv-garage-metadata.mount", "start garage.service"]);
        assert.ok(!host.calls().some((call) => call.startsWith("curl")), "something was downloaded");
        assert.ok(!host.has("etc/garage-node/left"));
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("has what refuses the load balancer on a blank machine too, by the options that lie on the volume", () => {
        host = AwsHost.made(RELEASE);
        host.write("opt/garage/options", "balancer 1 3900,3902 10.0.0.7\n");
        host.write("fake/nft", "");
        const said = host.leave("bbb222").stdout.trim();
        host.renew();
        const bare = `command() { case "$*" in "-v nft" | "-v iptables") return 1 ;; *) builtin command "$@" ;; esac; }
            packages_install() { echo "install $*" >>"$FAKE/calls"; }`;
        host.verb("back", ["paris", "tool=t1", "bbb222"], host.backSheet("bbb222", said), bare);
        assert.ok(host.calls().includes("install nftables"), host.calls().join("\n"));
    });

    it("finds nothing to do the second time, and touches nothing", () => {
        const said = gone();
        host.renew();
        assert.equal(host.back("bbb222", said).code, 0);
        const [acts, ledger] = [host.acts(), host.ledger()];
        const run = host.back("bbb222", said);
        assert.equal(run.stdout, `${host.id()}\n`, run.stderr);
        assert.match(run.stderr, /its node hasn't left it; nothing to do\n$/);
        assert.deepEqual([host.acts(), host.ledger()], [acts, ledger]);
        host.shape = "bbb222";
        assert.equal(host.host().stderr, "");
    });

    it("brings up a machine that was stopped and started as another type, and one that stayed as it was", () => {
        const said = gone();
        host.reboot();
        host.boot();
        assert.equal(host.back("bbb222", said).code, 0);
        assert.match(host.read("etc/garage-node/claim"), /\nshape bbb222\n/);
        const away = host.leave("ccc333").stdout.trim();
        assert.notEqual(away.split(" ")[1], said.split(" ")[1]);
        // The user sets it back before anything was changed.
        const same = host.leave("bbb222").stdout.trim();
        assert.equal(same, away.replace("ccc333", "bbb222"));
        assert.deepEqual(host.mounted(), []);
        // Cut short before it was proven, it isn't taken for what was there before.
        const cut = host.verb(
            "back",
            ["paris", "tool=t1", "bbb222"],
            host.backSheet("bbb222", same),
            "gate_after() { exit 9; }",
        );
        assert.notEqual(cut.code, 0);
        const run = host.back("bbb222", same);
        assert.equal(run.stdout, `${host.id()}\n`, run.stderr);
        assert.match(run.stderr, /is back · seen by 2 of 2/);
        assert.equal(host.leave("bbb222").stdout.trim(), same);
    });

    it("never begins anew: a blank volume is refused, and one of another node, before anything is written", () => {
        const said = gone();
        host.renew();
        renameSync(host.meta.root, `${host.meta.root}.kept`);
        renameSync(host.data.root, `${host.data.root}.kept`);
        assertRefused(host.back("bbb222", said), "volume-blank", /no new key is made/);
        assert.deepEqual(host.acts(), []);
        renameSync(`${host.data.root}.kept`, host.data.root);
        assertRefused(host.back("bbb222"), "volume-blank");
        renameSync(`${host.meta.root}.kept`, host.meta.root);
        writeFileSync(
            `${host.meta.root}/garage-node.volume`,
            `volume ${META_ID}\ncluster c1\nnode rome\nrole metadata\n`,
        );
        assertRefused(host.back("bbb222", said), "volume-foreign");
        assert.deepEqual([host.acts(), host.mounted()], [[], []]);
    });

    it("finds nothing to bring back where no node has been set up, and formats nothing", () => {
        host = new AwsHost();
        for (const said of ["", "bbb222 none"]) {
            const run = host.back("bbb222", said);
            assert.equal(run.stdout, "none\n", run.stderr);
        }
        assert.deepEqual([host.acts(), host.mounted(), host.has("etc/garage-node/claim")], [[], [], false]);
    });

    it("sets up a node that has never run, and leaves its start to start", () => {
        host = AwsHost.made();
        const id = host.id();
        const said = host.leave("bbb222").stdout.trim();
        host.renew();
        const run = host.back("bbb222", said);
        assert.equal(run.stdout, `${id}\n`, run.stderr);
        assert.ok(!host.calls().includes("start garage.service"));
        host.cluster(RELEASE);
        assert.equal(host.stage(RELEASE, ["sv=2"]).code, 0);
        assert.equal(host.start("e1 2.5.0 x86_64:aaaabbbbcccc").code, 0);
    });

    it("leaves a node down that a major upgrade holds, with its generation in place", () => {
        host = AwsHost.made(RELEASE);
        host.lib("ledger_update 'held=by 2-to-3'");
        host.renew();
        const run = host.back("bbb222");
        assert.equal(run.stdout, `${host.id()}\n`, run.stderr);
        assert.match(run.stderr, /stays down: it is held: by 2-to-3/);
        assertRefused(host.node(["admit"]), "admit-held");
        host.lib("ledger_update held=");
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("comes without leave too: from a machine that died", () => {
        host = AwsHost.made(RELEASE);
        const id = host.id();
        host.write("fake/disks/nvme2n1/dirty", "");
        host.renew();
        assert.equal(host.back("bbb222").stdout, `${id}\n`);
    });

    it("brings the options along, by which it is proven and run", () => {
        host = AwsHost.made(RELEASE);
        const options = (lines: string[]) => [...lines, "option logLevel debug", "option healthTimeoutSeconds 77"];
        assert.equal(host.stage(RELEASE, ["sv=2"], options).code, 0);
        const said = host.leave("bbb222").stdout.trim();
        host.renew();
        assert.equal(host.back("bbb222", said).code, 0);
        assert.equal(host.read("opt/garage/options"), "logLevel debug\nhealthTimeoutSeconds 77\n");
        assert.match(host.read("etc/systemd/system/garage.service.d/50-garage-node.conf"), /RUST_LOG=debug/);
    });

    it("fetches the same release where the new machine has another architecture", () => {
        const said = gone();
        host.renew();
        host.write("fake/machine", "aarch64\n");
        const asked = (release: string) => (lines: string[]) => [
            ...lines.filter((line) => !line.startsWith("release ")),
            `release ${release}`,
            `download aarch64 https://mirror.example/garage-${release} -`,
        ];
        assertRefused(
            host.back("bbb222", said, asked("2.4.0")),
            "kept-missing",
            /this machine is aarch64, where Garage 2\.5\.0 is to run, and the call brings a download of 2\.4\.0 only/,
        );
        const run = host.back("bbb222", said, asked("2.5.0"));
        assert.equal(run.stdout, `${host.id()}\n`, run.stderr);
        assert.match(host.read(`opt/garage/generations/${GENERATION}/info`), /\narch aarch64\n/);
        assert.equal(host.node(["admit"]).code, 0);
        assert.match(readFileSync(`${host.meta.root}/kept/${GENERATION}/info`, "utf8"), /\narch aarch64\n/);
    });

    it("starts nothing where the volume has not what is to run, or nobody knows the others", () => {
        const said = gone();
        host.renew();
        const binary = `${host.meta.root}/kept/${GENERATION}/garage`;
        const whole = readFileSync(binary);
        rmSync(binary);
        writeFileSync(binary, "other", { mode: 0o555 });
        assertRefused(
            host.back("bbb222", said),
            "kept-missing",
            /lies neither on this machine nor whole on its metadata volume/,
        );
        rmSync(binary);
        writeFileSync(binary, whole, { mode: 0o555 });
        rmSync(`${host.meta.root}/kept/peers`);
        assertRefused(host.back("bbb222", said), "peers-unknown", /nothing was started/);
        assert.ok(!host.calls().includes("start garage.service"));
        assertRefused(host.node(["admit"]), "admit-left");
    });

    it("leaves every backup usable: a restore works on the new machine, without a download", () => {
        host = AwsHost.made(RELEASE);
        const taken = host.lib(
            "HOP=2-to-3; systemctl stop garage.service; ledger_update hop=2-to-3 attempt=1 attemptid=aa11; backup_make",
            host.leaveSheet(),
        );
        assert.equal(taken.code, 0, taken.stderr);
        const name = taken.stdout.trim().split("/").at(-1)!;
        host.lib("systemctl start garage.service");
        const said = host.leave("bbb222").stdout.trim();
        host.renew();
        assert.equal(host.back("bbb222", said).code, 0);
        host.write(`${METADATA}/db.lmdb/data.mdb`, "newer data");
        host.lib("systemctl stop garage.service");
        host.lib('rm -r "$GENERATIONS"/*');
        const run = host.node(["restore", name, "even-if-finished"]);
        assert.equal(run.code, 0, run.stderr);
        assert.equal(host.read(`${METADATA}/db.lmdb/data.mdb`), "data");
        assert.equal(host.node(["admit"]).code, 0);
        assert.ok(!host.calls().some((call) => call.startsWith("curl")));
    });
});

import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readlinkSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { BY_HAND, CONTAINER, GARAGE, GENERATION, TakeHost } from "./takeHost";
import { goesBack } from "./takeStories";

describe("garage-node take", function () {
    this.timeout(60_000);
    let host: TakeHost;
    afterEach(() => host.done());
    const at = (path: string) => join(host.world.root, path);
    const mode = (path: string) => (statSync(at(path)).mode & 0o7777).toString(8);

    it("puts the old unit aside, hands its files over, and starts and proves ours", () => {
        host = new TakeHost();
        const ran = host.take("canary");
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(ran.stdout, `1.3.0 ${GENERATION}\n`);
        assert.equal(host.runs(), GENERATION);
        assert.deepEqual(
            [host.ledger("adopted"), host.ledger("act"), host.ledger("generation")],
            [["taken"], [], [GENERATION]],
        );
        assert.match(host.world.read("etc/systemd/system/garage.service"), /^# Installed by garage-node/);
        assert.match(host.world.read("etc/garage-node/adopted/unit/garage.service"), /DynamicUser=true/);
        assert.match(host.world.read("etc/garage-node/adopted/unit/garage.service.d/limits.conf"), /LimitNOFILE=99/);
        for (const link of ["default.target.wants/garage.service", "s3.service"])
            assert.ok(!existsSync(at(`etc/systemd/system/${link}`)), link);
        assert.ok(lstatSync(at("var/lib/garage")).isDirectory());
        assert.deepEqual(
            ["", "/node_key", "/node_key.pub"].map((name) => mode(`var/lib/garage/meta${name}`)),
            ["1770", "440", "440"],
        );
        assert.equal(mode("var/lib/garage/data"), "1770");
        assert.equal(host.world.read("var/lib/garage/data/garage-node.data"), `${host.world.cluster.nodes[0]!.id}\n`);
        assert.match(host.world.read("etc/passwd"), new RegExp(`^garage:x:${process.getuid!()}:`, "m"));
    });

    it("touches nothing the second time", () => {
        host = new TakeHost();
        assert.equal(host.take().code, 0);
        host.world.remove("fake/acts");
        const ran = host.take();
        assert.equal(ran.stdout, `1.3.0 ${GENERATION}\n`);
        assert.deepEqual(host.world.acts(), []);
    });

    for (const [what, canary, how, word] of [
        ["the canary", "canary", "doesn't serve S3", "mute"],
        ["every other node", "", "systemd can't start", "refused"],
    ] as const)
        it(`${what} goes back to the old service, all as it was, where ours ${how}`, () => {
            host = new TakeHost();
            goesBack(host, canary, word);
        });

    it("hands the files of root's daemon over, but for what is this tool's own, and back where ours doesn't start", () => {
        host = new TakeHost("garage.service", "other");
        host.world.write("var/lib/garage/data/aa/block", "block", 0o600);
        const before = host.old();
        const owner = (path: string) => lstatSync(at(`var/lib/garage/${path}`)).uid;
        host.world.write(`fake/starts/${GENERATION}`, "refused\n");
        const ran = host.take();
        assert.match(ran.stderr, /\d+ files change their owner, which takes about \d+ s/);
        assert.match(ran.stderr, /\[adopt-failed\]/);
        assert.deepEqual(host.old(), before);
        host.world.remove(`fake/starts/${GENERATION}`);
        assert.equal(host.take().code, 0);
        for (const path of ["data/aa", "data/aa/block", "meta/db.lmdb", "meta/db.lmdb/data.mdb"])
            assert.equal(owner(path), GARAGE, path);
        for (const path of ["meta", "data", "meta/node_key", "meta/garage-node.ledger", "data/garage-node.data"])
            assert.equal(owner(path), 0, path);
    });

    it("stops nothing where a file is somebody else's than the daemon's", () => {
        host = new TakeHost("garage.service", "other");
        host.world.write("var/lib/garage/data/aa/block", "block");
        chownSync(at("var/lib/garage/data/aa/block"), 33, 33);
        assert.match(host.take().stderr, /aa\/block doesn't belong to 0:0.*\[adopt-owners-mixed\]/);
        assert.deepEqual(host.world.acts(), []);
    });

    it("masks a unit of another name, and gives it back where ours doesn't start", () => {
        host = new TakeHost("s3d.service");
        const before = host.old();
        host.world.write(`fake/starts/${GENERATION}`, "refused\n");
        assert.match(host.take().stderr, /\[adopt-failed\]/);
        assert.deepEqual(host.old(), before);
        assert.equal(host.runs(), "old");
        host.world.remove(`fake/starts/${GENERATION}`);
        assert.equal(host.take().code, 0);
        assert.equal(readlinkSync(at("etc/systemd/system/s3d.service")), "/dev/null");
        assert.match(host.world.read("etc/garage-node/adopted/unit/s3d.service"), /DynamicUser/);
    });

    it("overrides a unit of a package, which stays where it is", () => {
        host = new TakeHost();
        mkdirSync(at("usr/lib/systemd/system"), { recursive: true });
        const unit = "usr/lib/systemd/system/garage.service";
        renameSync(at("etc/systemd/system/garage.service"), at(unit));
        const before = host.old();
        host.world.write(`fake/starts/${GENERATION}`, "refused\n");
        assert.match(host.take().stderr, /\[adopt-failed\]/);
        assert.deepEqual([host.old(), host.runs()], [before, "old"]);
        host.world.remove(`fake/starts/${GENERATION}`);
        assert.equal(host.take().code, 0);
        assert.match(host.world.read("etc/systemd/system/garage.service"), /^# Installed by garage-node/);
        assert.match(host.world.read(unit), /DynamicUser/);
    });

    it("stops nothing while another node isn't well, or a process of the old daemon's user runs beside it", () => {
        host = new TakeHost();
        const before = host.old();
        host.world.cluster.node("rome").up = false;
        host.world.tell();
        assert.match(host.take().stderr, /not every node sees every node.*\[peers-unhealthy\]/);
        host.world.cluster.node("rome").up = true;
        host.world.tell();
        host.world.write("proc/900/comm", "garage\n");
        host.world.write("proc/900/cmdline", "garage\0server\0");
        host.world.write("proc/900/status", "Name:\tgarage\nUid:\t0\t0\t0\t0\n");
        assert.match(host.take().stderr, /900 \(garage\); nothing was touched.*\[adopt-user-busy\]/);
        assert.deepEqual([host.old(), host.world.acts().filter((act) => act === "stop")], [before, []]);
        // Anybody may call something garage, and nobody else's can open the database.
        host.world.write("proc/900/status", "Name:\tgarage\nUid:\t4711\t4711\t4711\t4711\n");
        assert.equal(host.take().code, 0);
    });

    const ledger = "var/lib/garage/meta/garage-node.ledger";
    const victim = "srv/victim";
    /** The old daemon's user has put another ledger there. */
    const forged = (...lines: string[]) => {
        host.world.write(ledger, `${host.world.read(ledger)}${lines.join("\n")}\n`);
        mkdirSync(at(victim), { recursive: true });
        chmodSync(at(victim), 0o755);
    };

    it("refuses what a ledger says of data directories and this host hasn't noted, and no act in it switches a refusal off", () => {
        host = new TakeHost();
        const before = host.old();
        forged(`data /${victim}`, `act take ${GENERATION}`);
        assert.match(
            host.take().stderr,
            /data lie in \/srv\/victim, \/var\/lib\/garage\/data, and this host has noted \/var\/lib\/garage\/data; nothing was touched: .*\[ledger-unusable\]/,
        );
        host.world.write(ledger, host.world.read(ledger).replace(`data /${victim}\n`, ""));
        host.world.write("proc/900/comm", "garage\n");
        host.world.write("proc/900/cmdline", "garage\0server\0");
        host.world.write("proc/900/status", "Name:\tgarage\nUid:\t0\t0\t0\t0\n");
        assert.match(host.take().stderr, /900 \(garage\); nothing was touched.*\[adopt-user-busy\]/);
        assert.deepEqual([host.old(), mode(victim), host.world.acts()], [before, "755", []]);
    });

    it("hands over what this host has noted, and no directory of a ledger that was put there behind the look", () => {
        host = new TakeHost();
        forged();
        const behind = (line: string) =>
            `eval "was_$(declare -f places_over)"; places_over() { was_places_over && ${line}; }`;
        const ran = host.take("", behind(`chown 33 "$ROOT/${ledger}"`));
        assert.match(
            ran.stderr,
            /garage-node\.ledger doesn't belong to root.*\n[\s\S]*runs again and is healthy.*\[adopt-failed\]/,
        );
        assert.equal(host.runs(), "old");
        assert.equal(host.take("", behind(`echo "data /${victim}" >>"$ROOT/${ledger}"`)).code, 0);
        assert.equal(mode(victim), "755");
    });

    it("stays as it is where going back would be a second node down", () => {
        host = new TakeHost();
        const rome = host.world.cluster.node("rome");
        host.world.write(`fake/starts/${GENERATION}`, "mute\n");
        const ran = host.take(
            "",
            `back_down() { sed -i 's/^\\(node ${rome.id} .*\\) up$/\\1 down/' "$FAKE/cluster"; }
eval "was_$(declare -f gate_after)"; gate_after() { back_down; was_gate_after "$@"; }`,
        );
        assert.match(ran.stderr, /It stays as it is, under our unit: that would be two nodes down.*\[adopt-failed\]/);
        assert.equal(host.runs(), GENERATION);
        assert.deepEqual(host.ledger("act"), [`failed take ${GENERATION}`]);
    });

    it("leaves the old service alone where the node is removed before its turn, and nothing of its own", () => {
        host = new TakeHost();
        const before = host.old();
        const ran = host.uninstall();
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stderr, /was not taken over: its old service was not touched/);
        assert.deepEqual([host.old(), host.runs(), host.world.acts()], [before, "old", []]);
        for (const path of ["etc/garage-node", "opt/garage", "var/lib/garage/meta/garage-node.ledger"])
            assert.ok(!host.world.has(path), path);
    });

    it("brings the old service back where the node is removed in the middle of its turn", () => {
        host = new TakeHost();
        const before = host.old();
        assert.ok(host.takeDying(25));
        assert.equal(host.runs(), "none");
        assert.equal(host.uninstall().code, 0);
        assert.deepEqual([host.old(), host.runs()], [before, "old"]);
        assert.ok(!host.world.has("etc/garage-node"));
    });

    it("is brought back by `start` where a boot in the middle of going back has systemd try ours again and again", () => {
        host = new TakeHost();
        const unit = "etc/systemd/system/garage.service";
        let before = {};
        const ours = () => host.world.has(unit) && /^# Installed by garage-node/.test(host.world.read(unit));
        for (let at = 25; !ours(); at++) {
            host.done();
            host = new TakeHost();
            before = host.old();
            assert.ok(host.takeDying(at), "our unit has never stood there");
        }
        host.world.write(ledger, host.world.read(ledger).replace(/^generation .*\n/m, ""));
        host.world.write("fake/unit", "activating\n");
        const ran = host.start();
        assert.equal(ran.code, 0, ran.stderr);
        assert.deepEqual([host.old(), host.runs()], [before, "old"]);
    });

    it("leaves a script that brings the old service back where the node is removed later, all as it was", () => {
        host = new TakeHost("s3d.service");
        const before = host.old();
        assert.equal(host.take().code, 0);
        const ran = host.uninstall();
        assert.match(
            ran.stderr,
            /clusterId: "c1" takes them up again\. .*\(s3d\.service\) comes back, .* by: sh \/etc\/garage-node\/adopted\/back\.sh/,
        );
        assert.deepEqual([host.runs(), host.world.has("etc/garage-node/claim")], ["none", false]);
        host.back("systemctl daemon-reload");
        host.back();
        assert.deepEqual([host.old(), host.runs(), host.world.has("etc/garage-node/adopted")], [before, "old", false]);
    });

    it("leaves a script that hands files back one by one, and only those, whatever is put in the place of a directory meanwhile", () => {
        host = new TakeHost("s3d.service", "other");
        host.world.write("var/lib/garage/data/aa/block", "block");
        host.world.write("srv/victim/block", "theirs");
        chownSync(at("srv/victim/block"), GARAGE, GARAGE);
        const before = host.old();
        assert.equal(host.take().code, 0);
        assert.equal(host.uninstall().code, 0);
        host.world.write(
            "swaps/chown",
            `#!/bin/sh
case "$*" in *block*) ;; *) exec /bin/chown "$@" ;; esac
[ -e ${at("aside")} ] || { mv ${at("var/lib/garage/data/aa")} ${at("aside")} && ln -s ${at("srv/victim")} ${at("var/lib/garage/data/aa")}; }
exec /bin/chown "$@"
`,
            0o755,
        );
        const script = "etc/garage-node/adopted/back.sh";
        const find = host.world.read(script).match(/^find \/var\/lib\/garage\/data .*$/m)![0];
        const env = { PATH: `${at("swaps")}:${process.env.PATH}` };
        execFileSync("sh", ["-c", find.replace(/\/var\/lib/g, at("var/lib"))], { env });
        assert.deepEqual(
            ["aside/block", "srv/victim/block"].map((path) => lstatSync(at(path)).uid),
            [0, GARAGE],
        );
        execFileSync("sh", [
            "-c",
            `rm ${at("var/lib/garage/data/aa")} && mv ${at("aside")} ${at("var/lib/garage/data/aa")}`,
        ]);
        host.back();
        assert.deepEqual([host.old(), host.runs(), host.world.has("etc/garage-node")], [before, "old", true]);
    });

    for (const [what, line, words] of [
        ["the data are of a newer series", "series 2", /must never run on them/],
        ["a data directory has come to it", "data /srv/more", /it would miss what lies in the others/],
        ["another release has run on them", "release 1.3.1", /it runs Garage 1\.3\.1 by now/],
        ["a major upgrade is open", "hopstate open\nhop 1-to-2", /the major upgrade 1-to-2 is open/],
    ] as const)
        it(`leaves no script, and says that the old service must not run, where ${what}`, () => {
            host = new TakeHost();
            assert.equal(host.take().code, 0);
            const ledger = "var/lib/garage/meta/garage-node.ledger";
            const text = host.world.read(ledger);
            const one = /^(series|release) /.exec(line)?.[0];
            host.world.write(ledger, one ? text.replace(new RegExp(`^${one}.*$`, "m"), line) : `${text}${line}\n`);
            const { stderr } = host.uninstall();
            assert.match(stderr, /No script brings the service back that was taken over \(garage\.service\)/);
            assert.match(stderr, words);
            assert.ok(!host.world.has("etc/garage-node/adopted/back.sh"));
        });

    it("doesn't take what another user calls garage for one that could open the database", () => {
        host = new TakeHost();
        assert.equal(host.take().code, 0);
        host.world.write("proc/900/comm", "garage\n");
        host.world.write("proc/900/cmdline", "garage\0server\0");
        host.world.write("proc/900/status", "Name:\tgarage\nUid:\t4711\t4711\t4711\t4711\n");
        assert.equal(host.take().code, 0);
        assert.doesNotMatch(host.world.node("admit").stderr, /another Garage/);
        host.world.write("proc/900/status", "Name:\tgarage\nUid:\t0\t0\t0\t0\n");
        assert.match(host.world.node("admit").stderr, /another Garage runs here \(process 900\)/);
    });

    it("opens what StateDirectoryMode= has closed, and closes it on the way back", () => {
        host = new TakeHost();
        chmodSync(at("var/lib/private/garage"), 0o700);
        const before = host.old();
        assert.equal(host.take().code, 0);
        assert.equal(mode("var/lib/garage"), "711");
        assert.equal(host.untake().code, 0);
        assert.deepEqual(host.old(), before);
    });

    it("obeys no call beside another Garage that somebody has started by hand", () => {
        host = new TakeHost();
        assert.equal(host.take().code, 0);
        host.world.write("proc/900/comm", "garage\n");
        host.world.write("proc/900/cmdline", "garage\0server\0");
        assert.match(host.take().stderr, /another Garage runs here \(process 900\).*\[identity\]/);
        assert.match(host.world.node("status").stdout, /^trouble another Garage runs here/m);
    });

    it("of a daemon that runs by hand stops it by its command, and starts ours once it has stayed away", () => {
        host = new TakeHost(undefined, process.getuid!() === 0 ? "other" : "made", BY_HAND);
        host.world.remove("fake/commands");
        const ran = host.take("canary");
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stderr, /taken over from what its startCommand starts/);
        assert.deepEqual([host.runs(), host.world.read("fake/commands")], [GENERATION, "by-hand stop\n"]);
    });

    it("is kept from nothing by what another user calls garage, where the daemon runs by hand", () => {
        host = new TakeHost(undefined, process.getuid!() === 0 ? "other" : "made", BY_HAND);
        host.world.write("proc/100/comm", "garage\n");
        host.world.write("proc/100/cmdline", "garage\0server\0");
        host.world.write("proc/100/status", "Name:\tgarage\nUid:\t4711\t4711\t4711\t4711\n");
        const asked = host.world.lib(
            "daemon_pid; old_commands_stop 1; daemon_stopped && echo stopped; old_commands_start",
            [],
            {},
        );
        assert.deepEqual([asked.code, asked.stdout], [0, "777\nstopped\n"], asked.stderr);
        assert.deepEqual(host.world.read("fake/commands").trim().split("\n").slice(-2), [
            "by-hand stop",
            "by-hand start",
        ]);
        assert.equal(host.runs(), "old");
    });

    it("of a container stops it, keeps it under another name, and nothing starts it again", () => {
        host = new TakeHost(undefined, process.getuid!() === 0 ? "other" : "made", "unless-stopped");
        const ran = host.take("canary");
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stderr, /taken over from the container garaged of docker/);
        assert.deepEqual([host.runs(), host.container()], [GENERATION, `${CONTAINER} garaged-before-garage-node no`]);
        const moves = host.world.acts().filter((act) => /^(start|stop)/.test(act));
        assert.deepEqual(moves, ["stop", `start ${GENERATION}`]);
        host.world.remove("fake/acts");
        assert.equal(host.take().stdout, `1.3.0 ${GENERATION}\n`);
        assert.deepEqual(host.world.acts(), []);
    });

    it("refuses a link in the place of a directory, and goes back", () => {
        const etc = statSync("/etc").mode & 0o7777;
        host = new TakeHost();
        const ran = host.take(
            "",
            `eval "was_$(declare -f places_over)"; places_over() { was_places_over && mv "$ROOT/var/lib/garage/data" "$ROOT/var/lib/garage/data2" && ln -s /etc "$ROOT/var/lib/garage/data"; }
eval "back_$(declare -f places_back)"; places_back() { if [ -L "$ROOT/var/lib/garage/data" ]; then rm "$ROOT/var/lib/garage/data" && mv "$ROOT/var/lib/garage/data2" "$ROOT/var/lib/garage/data"; fi; back_places_back; }`,
        );
        assert.match(ran.stderr, /data is, or leads through, a link/);
        assert.notEqual(ran.code, 0);
        assert.equal(statSync("/etc").mode & 0o7777, etc);
    });
});

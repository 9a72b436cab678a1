import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { AdoptMachine } from "./adoptMachine";
import { assertRefused } from "./fakeHost";
import { ID } from "./fakeMachine";

const replace = (key: string, value: string) => (lines: string[]) =>
    lines.map((line) => (line.startsWith(`${key} `) ? `${key} ${value}` : line));

/** With a word of its own each time. */
const SAME = /^\ngarage-node answers same [0-9a-f]{8}\n$/;

describe("a look before a takeover", function () {
    this.timeout(60_000);
    let machine: AdoptMachine;
    beforeEach(() => {
        machine = new AdoptMachine();
    });
    afterEach(() => machine.remove());

    it("says that all is as it was seen, and leaves nothing", () => {
        const before = machine.files();
        const ran = machine.look();
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stdout, SAME);
        assert.deepEqual(machine.files(), before);
    });

    it("refuses what has changed since, all of it at once, and leaves nothing", () => {
        machine.seen.release = "1.2.0";
        machine.seen.layoutVersion = 7;
        const before = machine.files();
        assertRefused(machine.look(), "adopt-stale", /its release .*, the layout's version /);
        assert.deepEqual(machine.files(), before);
    });

    it("refuses where no daemon runs any more, or a second one", () => {
        machine.runs({ pid: 101 });
        assertRefused(machine.look(), "adopt-stale", /2 daemons of Garage run here, and it was one/);
        for (const pid of [100, 101]) rmSync(join(machine.root, `proc/${pid}`), { recursive: true });
        assertRefused(machine.look(), "adopt-stale", /0 daemons of Garage run here/);
    });

    it("refuses while the cluster isn't well: a node of adopt.json gives no answer", () => {
        assertRefused(
            machine.look((lines) => replace("adoptids", `${ID} ${"e".repeat(64)}`)(lines)),
            "adopt-not-healthy",
            /it gets no answer of eeeeeeeeeeeeeeee; nothing was touched/,
        );
    });

    it("refuses a program whose secrets aren't those that run, and shows none", () => {
        const ran = machine.look((lines) =>
            lines.map((line) => line.replace(/^secret rpc_secret .*/, `secret rpc_secret ${"ab".repeat(32)}`)),
        );
        assertRefused(ran, "secret-differs", /another rpc_secret than the program/);
        assert.ok(!ran.stderr.includes("ab".repeat(32)));
    });

    it("compares the secret of 0.8 with the option of its own, whatever the cluster's is", () => {
        const compared = (of08: string, own: string) =>
            machine.lib(
                `OLD_SEEN='{"series":"0.8"}'; inspected() { echo '{"rpc_secret":"${"ab".repeat(32)}"}'; }; adopt_admin_answers() { :; }; sheet_all() { give $'rpc_secret ${own}\\nrpc_secret_0.8 ${of08}' "$2"; }; adopt_same_secrets`,
            );
        assert.equal(compared("AB".repeat(32), "cd".repeat(32)).code, 0);
        const ran = compared("cd".repeat(32), "ab".repeat(32));
        assertRefused(ran, "secret-differs", /Give the one that runs as rpcSecret08 by the program/);
    });

    it("refuses a program whose directories aren't the daemon's", () => {
        assertRefused(
            machine.look(replace("data", "/srv/data")),
            "adopt-stale",
            /this daemon's are \/var\/lib\/garage\/meta, \/var\/lib\/garage\/data/,
        );
    });

    it("refuses an admin API that doesn't answer", () => {
        machine.fake("curl", "exit 7");
        assertRefused(machine.look(), "adopt-admin-silent");
    });

    it("refuses a unit with which others would be stopped, or which can't be brought back", () => {
        const shown = "MainPID=100\\nFragmentPath=/etc/systemd/system/garage.service\\nNeedDaemonReload=no\\n";
        for (const [property, words] of [
            ["RequiredBy=haproxy.service", /haproxy\.service goes with garage\.service \(RequiredBy\)/],
            ["TriggeredBy=garage.timer", /garage\.timer goes with/],
            ["NeedDaemonReload=yes", /systemd doesn't know it yet/],
            ["FragmentPath=/run/systemd/transient/garage.service", /can't put it aside for good/],
            ["MainPID=99", /the main process of garage\.service is 99, not the daemon \(100\)/],
        ] as const) {
            machine.before(
                "systemctl",
                `case "$*" in *"-p TriggeredBy"*) printf '${shown}${property}\\n'; exit ;; esac`,
            );
            assertRefused(machine.unit(), "adopt-unit-unfit", words);
        }
    });

    it("refuses a directory that a link leads to", () => {
        const data = join(machine.root, "var/lib/garage/data");
        rmSync(data, { recursive: true });
        symlinkSync(join(machine.root, "var/lib/garage/meta"), data);
        machine.seen.directories = machine.now().directories;
        assertRefused(machine.look(), "adopt-place-unfit", /data leads to \/var\/lib\/garage\/meta by a link/);
    });

    it("refuses another cluster's host", () => {
        machine.write("etc/garage-node/claim", `cluster c2\nnode paris\nid ${ID}\nmetadata /var/lib/garage/meta\n`);
        assertRefused(machine.look(), "claim-foreign");
    });

    it("is told from a host that is this node's already", () => {
        assert.equal(machine.host().code, 0);
        assert.equal(machine.look().stdout, "\ngarage-node answers ours none\n");
    });
});

/** As `docker inspect` has it. */
const container = (more: Record<string, object> = {}) => ({
    Id: "d".repeat(64),
    Name: "/garaged",
    RestartCount: 0,
    State: { Status: "running", Pid: 100, StartedAt: "2026-11-29T00:00:00Z", ...more.State },
    Config: { Image: "dxflrs/garage:v1.3.0", ...more.Config },
    HostConfig: { NetworkMode: "host", RestartPolicy: { Name: "always", MaximumRetryCount: 0 }, ...more.HostConfig },
    Mounts: [{ Source: "/var/lib/garage", Destination: "/var/lib/garage", Type: "bind" }],
});

describe("a look at a container before a takeover", function () {
    this.timeout(60_000);
    let machine: AdoptMachine;
    afterEach(() => machine.remove());

    it("says that all is as it was seen; host notes which one it is, and leaves it as it is", () => {
        machine = new AdoptMachine(container());
        const before = machine.files();
        const ran = machine.look();
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stdout, SAME);
        assert.deepEqual(machine.files(), before);
        assert.equal(machine.host().code, 0);
        const noted = machine.read("etc/garage-node/adopted/service.adopted").split("\n");
        assert.deepEqual(noted.slice(0, 4), [
            "kind container",
            "keeper docker",
            `container ${"d".repeat(64)}`,
            "name garaged",
        ]);
        machine.fake("podman", "exit 97");
        const shown = machine.lib(
            "adopt_runs_old; daemon_pid; daemon_active && ! daemon_stopped; old_does named ''; journal_tail 3",
        );
        assert.deepEqual([shown.code, shown.stdout], [0, "100\nthe container garaged of docker\n"], shown.stderr);
    });

    for (const [what, more, words] of [
        ["that goes when it stops", { HostConfig: { AutoRemove: true } }, /removed when it stops/],
        ["with a network of its own", { HostConfig: { NetworkMode: "bridge" } }, /a network of its own/],
        ["that a shell starts", { State: { Pid: 99 } }, /main process \(99\) isn't the daemon \(100\)/],
        [
            "that podman's unit keeps",
            { Config: { Labels: { PODMAN_SYSTEMD_UNIT: "g.service" } } },
            /a unit of systemd keeps it/,
        ],
    ] as const)
        it(`refuses one ${what}`, () => {
            machine = new AdoptMachine(container(more));
            assertRefused(machine.look(), "adopt-container", words);
        });

    it("refuses another one than was seen, and the same one made otherwise", () => {
        machine = new AdoptMachine(container());
        machine.write(
            "container.json",
            JSON.stringify([
                container({ HostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 5 } } }),
            ]),
        );
        assertRefused(machine.look(), "adopt-stale", /its container's restart is on-failure:5, and was always/);
    });

    for (const [what, text] of [
        [
            "by its name, in a line that goes on",
            "[Service]\nExecStartPre=-/usr/bin/docker rm garaged\nExecStart=/usr/bin/docker run \\\n  --name garaged x\n",
        ],
        [
            "by the folder of its compose file",
            "[Service]\nWorkingDirectory=/srv/store\nExecStart=/usr/bin/docker compose up\n",
        ],
    ])
        it(`refuses one that a unit starts, ${what}`, () => {
            const labels = { "com.docker.compose.project.config_files": "/srv/store/compose.yml,/srv/more/garage.yml" };
            machine = new AdoptMachine(container({ Config: { Labels: labels } }));
            machine.write(
                "etc/systemd/system/backup.service",
                "[Service]\nExecStart=/usr/bin/docker exec garaged /garage status\n",
            );
            assert.equal(machine.look().code, 0);
            machine.write("etc/systemd/system/store.service", text!);
            assertRefused(
                machine.look(),
                "adopt-container",
                /^.*\/etc\/systemd\/system\/store\.service starts the container/m,
            );
        });

    it("refuses where something else has the name of our unit, or nobody but root reaches the data", () => {
        machine = new AdoptMachine(container());
        chmodSync(join(machine.root, "var/lib/garage"), 0o700);
        assertRefused(
            machine.look(),
            "adopt-place-unfit",
            /\/var\/lib\/garage lets nobody but its owner in \(mode 700\)/,
        );
        chmodSync(join(machine.root, "var/lib/garage"), 0o755);
        machine.write("etc/systemd/system/garage.service", "[Service]\nExecStart=/usr/bin/false\n");
        assertRefused(machine.look(), "adopt-unit-unfit", /it isn't what runs Garage/);
    });
});

describe("a look at a daemon that runs by hand before a takeover", function () {
    this.timeout(120_000);
    let machine: AdoptMachine;
    beforeEach(() => {
        machine = new AdoptMachine(undefined, { stop: "sv down garage", start: "sv up garage" });
    });
    afterEach(() => machine.remove());
    const noted = () => machine.read("etc/garage-node/adopted/service.adopted").split("\n").slice(0, 3);

    it("says that all is as it was seen; host notes the commands, and takes later ones", () => {
        assert.match(machine.look().stdout, SAME);
        assert.equal(machine.host().code, 0);
        assert.deepEqual(noted(), ["kind commands", "stop sv down garage", "start sv up garage"]);
        const shown = machine.lib("adopt_runs_old; daemon_pid; daemon_active && ! daemon_stopped; old_does named ''");
        assert.deepEqual([shown.code, shown.stdout], [0, "100\nwhat its startCommand starts\n"], shown.stderr);
        machine.seen.commands = { stop: "sv -w 20 down garage", start: "sv up garage" };
        assert.equal(machine.host().code, 0);
        assert.match(machine.read("etc/garage-node/adopted/service.adopted"), /^stop sv -w 20 down garage$/m);
    });

    it("refuses one of which nobody has said how it is stopped and started", () => {
        delete machine.seen.commands.start;
        assertRefused(machine.look(), "adopt-by-hand", /give nodes\.paris\.adopt its stopCommand and startCommand/);
    });
});

describe("host, where a Garage runs that is to be taken over", function () {
    this.timeout(60_000);
    let machine: AdoptMachine;
    beforeEach(() => {
        machine = new AdoptMachine();
    });
    afterEach(() => machine.remove());
    /** But for what is this tool's own. */
    const old = () =>
        machine
            .files()
            .filter(
                (file) =>
                    !/garage-node|garage-manage|^opt|^run|garage-backups|etc\/(passwd|group) |^(etc|usr\/bin|var\/lib|var\/lib\/garage\/meta) /.test(
                        file,
                    ),
            );
    const ledger = () => machine.read("var/lib/garage/meta/garage-node.ledger");

    it("claims it, and nothing of the old service is another", () => {
        const before = old();
        const ran = machine.host();
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(ran.stdout, `${ID}\n`);
        assert.deepEqual(old(), before);
        for (const line of ["adopted waiting", "born yes", "series 1", "release 1.3.0", "engine lmdb"])
            assert.match(ledger(), new RegExp(`^${line}$`, "m"));
        assert.doesNotMatch(ledger(), /^(generation|datamark) /m);
        assert.match(machine.read("etc/garage-node/adopted/service.adopted"), /^unit garage\.service$/m);
        assert.equal(machine.read("etc/garage-node/secrets/admin_token"), "admin-token-of-this-cluster\n");
    });

    it("changes nothing the second time, and looks again", () => {
        assert.equal(machine.host().code, 0);
        const before = ledger();
        assert.equal(machine.host().stdout, `${ID}\n`);
        assert.equal(ledger(), before);
        utimesSync(join(machine.root, "etc/garage.toml"), 1, 1);
        assertRefused(machine.host(), "adopt-stale");
    });

    it("goes by the service that was looked at last, as long as its turn hasn't come", () => {
        const service = "etc/garage-node/adopted/service.adopted";
        assert.equal(machine.host().code, 0);
        machine.write(service, machine.read(service).replace("unit garage.service", "unit old.service"));
        machine.write("etc/garage-node/adopted/before.adopted", "own 1:1 700 /var/lib/garage/meta\n");
        assert.equal(machine.host().code, 0);
        assert.match(machine.read(service), /^unit garage\.service$/m);
        assert.ok(!existsSync(join(machine.root, "etc/garage-node/adopted/before.adopted")));
        const file = "var/lib/garage/meta/garage-node.ledger";
        machine.write(file, machine.read(file).replace("release 1.3.0", "release 1.2.0"));
        assert.equal(machine.host().code, 0);
        assert.match(ledger(), /^release 1\.3\.0$/m);
        assert.equal(ledger().match(/^data /gm)?.length, 1);
        // Only what root has noted too is a takeover that was cut short.
        machine.write(file, `${machine.read(file)}act take x\n`);
        machine.write(service, machine.read(service).replace("unit garage.service", "unit old.service"));
        assert.equal(machine.host().code, 0);
        assert.match(machine.read(service), /^unit garage\.service$/m);
        assert.doesNotMatch(ledger(), /^act /m);
    });

    it("is said to be half-way back where handing it back was cut short behind its ledger", () => {
        assert.equal(machine.host().code, 0);
        machine.write("etc/garage-node/disowned", "");
        rmSync(join(machine.root, "var/lib/garage/meta/garage-node.ledger"));
        assertRefused(machine.host(), "adopt-open", /put adopt with back: true into the program/);
    });

    it("refuses a program that doesn't say any more that it is taken over", () => {
        assert.equal(machine.host().code, 0);
        assertRefused(
            machine.host((lines) => lines.filter((line) => !line.startsWith("adopt"))),
            "adopt-open",
            /put adopt back into the program/,
        );
    });

    it("has a new configuration looked at on a copy of the public key: our user can't reach the old daemon's directory yet", () => {
        assert.equal(machine.host().code, 0);
        const dir = join(machine.root, "opt/garage/generations/g");
        machine.write("opt/garage/generations/g/info", "release 1.3.0\nseries 1\n");
        machine.write(
            "opt/garage/generations/g/garage.toml",
            'metadata_dir = "/var/lib/garage/meta"\ndata_dir = "/d"\n',
        );
        const garage = `#!/bin/sh
dir="$(sed -n 's/^metadata_dir = "\\(.*\\)"/\\1/p' "$2")"
[ "$*" = "-c ${machine.root}/opt/garage/settings/garage.toml node id -q" ] && [ "$dir" = "\${2%/*}" ] && [ -s "$dir/node_key.pub" ] && [ ! -e "$dir/node_key" ]
`;
        machine.write("opt/garage/generations/g/garage", garage, 0o755);
        const ran = machine.lib(`condition_settings ${dir}`);
        assert.equal(ran.code, 0, ran.stderr);
        assert.ok(!existsSync(join(machine.root, "opt/garage/settings")));
    });

    it("refuses what lies in the place of its ledger", () => {
        symlinkSync("/etc/passwd", join(machine.root, "var/lib/garage/meta/garage-node.ledger"));
        assertRefused(machine.host(), "unreadable");
    });
});

describe("the directories of a daemon with DynamicUser", function () {
    this.timeout(60_000);
    let machine: AdoptMachine;
    afterEach(() => machine.remove());

    for (const [what, mount] of [
        ["something is mounted below", "/var/lib/private/garage/data"],
        ["/var/lib/private itself is mounted", "/var/lib/private"],
    ])
        it(`can't be renamed where ${what}`, () => {
            machine = new AdoptMachine();
            renameSync(join(machine.root, "var/lib/garage"), join(machine.root, "var/lib/private-garage"));
            mkdirSync(join(machine.root, "var/lib/private"));
            renameSync(join(machine.root, "var/lib/private-garage"), join(machine.root, "var/lib/private/garage"));
            symlinkSync("private/garage", join(machine.root, "var/lib/garage"));
            machine.seen.directories = machine.now().directories;
            assert.match(machine.seen.directories[0].real, /^\/var\/lib\/private\/garage\/meta$/);
            assert.equal(machine.places().code, 0);
            machine.write("proc/self/mountinfo", `40 30 0:1 / ${mount} rw - ext4 /dev/x rw\n`);
            assertRefused(machine.places(), "adopt-place-unfit", /something is mounted in \/var\/lib\/private\/garage/);
        });
});

import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { counted } from "../sheet";
import { assertRefused, DATA, FakeHost, METADATA, type Run, TOOL } from "./fakeHost";

const GARAGE = 64001;
const SECRETS = "etc/garage-node/secrets";
const ledger = `${METADATA}/garage-node.ledger`;
const key = `${METADATA}/node_key`;
const mark = `${DATA}/garage-node.data`;

// The real chown, stat and setpriv, with numbers that no user of this machine has; so these tests are root's.
describe("what the user garage could do to root", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    let template: FakeHost;
    before(() => {
        template = new FakeHost().garageIs(GARAGE);
        template.bringUp("2.5.0");
        execFileSync("chown", ["-R", `${GARAGE}:${GARAGE}`, template.path(`${METADATA}/db.lmdb`)]);
    });
    after(() => template.remove());
    beforeEach(() => {
        host = new FakeHost();
        execFileSync("cp", ["-a", `${template.root}/.`, host.root]);
    });

    const owner = (path: string) => {
        const { uid, gid, mode } = lstatSync(host.path(path));
        return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
    };
    const owners = () => Object.fromEntries([...RIGHT.keys()].map((path) => [path, owner(path)]));
    const RIGHT = new Map([
        [METADATA, `0:${GARAGE} 1770`],
        [DATA, `0:${GARAGE} 1770`],
        [ledger, "0:0 600"],
        [key, `0:${GARAGE} 440`],
        [`${key}.pub`, `0:${GARAGE} 440`],
        [mark, "0:0 644"],
        [SECRETS, `0:${GARAGE} 750`],
        [`${SECRETS}/rpc_secret`, `${GARAGE}:${GARAGE} 400`],
        [`${SECRETS}/admin_token`, `${GARAGE}:${GARAGE} 400`],
    ]);
    const right = () => assert.deepEqual(owners(), Object.fromEntries(RIGHT));

    /** As the package of 0.1.0 left a node. */
    const asOf010 = () => {
        const all = [METADATA, DATA, key, `${key}.pub`, SECRETS, `${SECRETS}/*`]
            .map((path) => host.path(path))
            .join(" ");
        execFileSync("sh", ["-c", `chown ${GARAGE}:${GARAGE} ${all}`]);
        for (const path of [METADATA, DATA, SECRETS]) chmodSync(host.path(path), 0o700);
        for (const path of [key, `${key}.pub`, `${SECRETS}/rpc_secret`, `${SECRETS}/admin_token`])
            chmodSync(host.path(path), 0o600);
    };

    it("is nothing in its directories, where it makes files of its own", () => {
        right();
        host.asGarage("echo x >peer_list.new; mv peer_list.new peer_list; echo x >db.lmdb/data.mdb");
        host.asGarage(`cd ${host.path(DATA)} && mkdir 00 && echo x >00/block`);
        for (const file of [ledger, key, mark].map((path) => host.path(path)))
            for (const act of [
                `rm -f ${file}`,
                `mv ${file} ${file}.x`,
                `echo x >${file}`,
                `ln -sf /etc/passwd ${file}`,
            ])
                assert.throws(() => host.asGarage(act), act);
        host.asGarage(`cat ${host.path(key)} ${host.path(`${SECRETS}/rpc_secret`)} >/dev/null`);
        assert.throws(() => host.asGarage(`cd ${host.path(SECRETS)} && echo x >new`));
    });

    it("is taken away from a cluster that runs, once and without a restart", () => {
        asOf010();
        const before = host.read(ledger);
        const calls = host.calls().length;
        const run = host.host();
        assert.deepEqual([run.code, run.stderr, run.stdout], [0, "", `${host.id()}\n`]);
        right();
        assert.equal(host.read(ledger), before);
        assert.deepEqual(host.calls().slice(calls), []);
        assert.equal(host.node(["admit"]).code, 0);
        const changed = () => [...RIGHT.keys()].map((path) => statSync(host.path(path)).ctimeMs);
        const times = changed();
        assert.equal(host.host().code, 0);
        assert.deepEqual(changed(), times);
    });

    /** In place of a file that root reads. The first three need no more than the directory. */
    const PLANTS: Record<string, (file: string) => string> = {
        "a link": (file) => `cp ${file} x; rm -f ${file}; ln -s "$PWD/x" ${file}`,
        "a pipe": (file) => `rm -f ${file}; mkfifo ${file}`,
        "a directory": (file) => `rm -f ${file}; mkdir ${file}`,
        "a hard link": (file) => `cp ${file} x; rm -f ${file}; ln x ${file}`,
    };
    for (const [what, plant] of Object.entries(PLANTS))
        for (const path of [ledger, key, `${key}.pub`, mark, `${SECRETS}/rpc_secret`])
            it(`is refused by name: ${what} in the place of ${path.split("/").at(-1)}`, () => {
                asOf010();
                // Whoever had taken the daemon over before the directories became root's.
                if (path === ledger) chmodSync(host.path(path), 0o644);
                host.asGarage(plant(host.path(path)));
                const calls = host.calls().length;
                assertRefused(host.host(), "unreadable", new RegExp(`${path} is ${what}`));
                if (!path.startsWith(SECRETS)) {
                    const admit = host.node(["admit"]);
                    assert.equal(admit.code, 1);
                    assert.match(admit.stderr, new RegExp(`garage-node.ledger is |${path} is ${what}`));
                }
                assert.deepEqual(host.calls().slice(calls), []);
            });

    it("hangs no verb by a pipe in the place of the ledger, a key or a mark", () => {
        const call = host.startSheet(["line paris e1 2.5.0 x86_64:aaaabbbbcccc"]);
        for (const path of [ledger, key, `${key}.pub`, mark]) {
            execFileSync("sh", ["-c", `mv ${host.path(path)} ${host.path("aside")} && mkfifo ${host.path(path)}`]);
            const runs: Record<string, Run> = {
                status: host.node(["status"]),
                show: host.node(["ledger", "show"]),
                secrets: host.node(["secrets"]),
                admit: host.node(["admit"]),
                manage: host.bash([join(TOOL, "garage-manage"), "status"]),
                start: host.job(["start"], call),
                uninstall: host.job(["uninstall", "paris"], counted(["cluster c1", "node rome"])),
            };
            for (const [what, run] of Object.entries(runs)) assert.notEqual(run.code, -1, `${what}: ${path}`);
            if (path !== mark) assert.match(runs.start!.stderr, /is a pipe/);
            assert.match(runs.admit!.stderr, /is a pipe/);
            if (path === ledger) assert.match(runs.show!.stderr, /is a pipe/);
            execFileSync("sh", ["-c", `rm ${host.path(path)} && mv ${host.path("aside")} ${host.path(path)}`]);
        }
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("is a ledger of its own only where it must be taken away from root first", () => {
        execFileSync("chown", [`${GARAGE}:${GARAGE}`, host.path(ledger)]);
        for (const run of [host.host(), host.node(["admit"]), host.stage("2.5.0", ["sv=2"])])
            assert.match(run.stderr, /garage-node\.ledger doesn't belong to root, .*chown root:root/);
        asOf010();
        execFileSync("chown", [`${GARAGE}:${GARAGE}`, host.path(ledger)]);
        assertRefused(host.host(), "ledger-unusable", /doesn't belong to root/);
        execFileSync("chown", ["0:0", host.path(ledger)]);
        assert.equal(host.host().code, 0);
        right();
    });

    it("is no writing through links that it has planted under the names of temporary files", () => {
        asOf010();
        writeFileSync(host.path("victim"), "untouched");
        chmodSync(host.path("victim"), 0o600);
        const names = [
            "node_key.new",
            "garage-node.proof-1-to-2.new",
            "garage-node.ledger.new",
            "garage-node.history.new",
        ];
        for (const name of names) host.asGarage(`ln -s ${host.path("victim")} ${name}`);
        host.asGarage(`ln -s ${host.path("victim")} ${host.path(DATA)}/garage-node.data.new`);
        host.asGarage(`ln -s ${host.path("victim")} ${host.path(SECRETS)}/rpc_secret.new`);
        host.asGarage(`rm node_key.pub; rm ${host.path(mark)}`);
        // In the very moment, by a name that is as good as known.
        const guessed = `mktemp() { ln -s "$ROOT/victim" "\${!#}"; printf '%s\\n' "\${!#}"; }`;
        const proof = "HOP=1-to-2; proof_write proof";
        for (const line of [proof, "ledger_update a=1", `setup_mark ${DATA} x`, 'put_file "$SECRETS/rpc_secret" x 400'])
            host.lib(`${guessed}; garage_user; garage_puts() { return 1; }; ${line}`);
        host.lib(proof);
        assert.match(host.read(`${METADATA}/garage-node.proof-1-to-2`), /\nproof\n$/);
        assert.equal(host.read("victim"), "untouched");
        assert.equal(owner("victim"), "0:0 600");
    });

    it("is given nothing by a link that it has put in the place of a directory; a link of root's leads on", () => {
        for (const path of ["srv/garage", "srv/real"]) mkdirSync(host.path(path), { recursive: true });
        execFileSync("chown", [`${GARAGE}:${GARAGE}`, host.path("srv/garage")]);
        mkdirSync(host.path("others"));
        symlinkSync(host.path("others"), host.path("srv/garage/data"));
        symlinkSync(host.path("srv/real"), host.path("srv/disk"));
        const withData = (path: string) => host.host((lines) => [...lines, `data ${path}`]);
        assertRefused(
            withData("/srv/garage/data"),
            "path-unfit",
            /may put anything in the place of the link .*srv\/garage\/data/,
        );
        assert.equal(owner("others"), "0:0 755");
        // As it swaps it just now, behind the look.
        const swapped = host.lib(
            `garage_user; link_of_others() { REAL="$ROOT/srv/garage/data"; }; setup_directory /srv/garage/data`,
        );
        assert.match(swapped.stderr, /can't be given to root/);
        assert.equal(owner("others"), "0:0 755");
        assert.equal(withData("/srv/disk/data").code, 0);
        assert.equal(owner("srv/real/data"), `0:${GARAGE} 1770`);
    });

    it("gets nobody's directory closed by a link in the place of the backups, nor keeps them itself", () => {
        mkdirSync(host.path("srv/garage"), { recursive: true });
        execFileSync("chown", [`${GARAGE}:${GARAGE}`, host.path("srv/garage")]);
        mkdirSync(host.path("others"));
        symlinkSync(host.path("others"), host.path("srv/garage/backups"));
        const withBackups = () => host.host((lines) => [...lines, "backups /srv/garage/backups"]);
        assertRefused(
            withBackups(),
            "path-unfit",
            /may put anything in the place of the link .*backups.*another backupsDir/,
        );
        const late = `HOP=x; daemon_stopped() { return 0; }; backups_dir() { echo "$ROOT/srv/garage/backups"; }; backup_make`;
        assertRefused(host.lib(`garage_user; ${late}`), "path-unfit", /no backup was taken/);
        // As it swaps it just now, behind the look.
        const swapped = 'link_of_others() { REAL="$1"; }; backups_fit() { link_of_others "$1"; }';
        host.lib(`garage_user; ${swapped}; setup_backups /srv/garage/backups`);
        assert.equal(owner("others"), "0:0 755");
        rmSync(host.path("srv/garage/backups"));
        mkdirSync(host.path("srv/garage/backups"));
        execFileSync("chown", [`${GARAGE}:${GARAGE}`, host.path("srv/garage/backups")]);
        assertRefused(withBackups(), "path-unfit", /doesn't belong to root.*chown root:root/);
        execFileSync("chown", ["0:0", host.path("srv/garage/backups")]);
        assert.equal(withBackups().code, 0);
        assert.equal(owner("srv/garage/backups"), "0:0 700");
    });

    it("is no reading of root's files into its own: an old node key is read with its own rights", () => {
        asOf010();
        writeFileSync(host.path("shadow"), "s".repeat(64), { mode: 0o600 });
        // Between the look and the reading.
        const swap = `as_garage() { rm -f "\${!#}"; ln -s "$ROOT/shadow" "\${!#}"; setpriv "\${AS_GARAGE[@]}" "$@"; }`;
        const dir = `garage_user; chown 0:${GARAGE} "$ROOT${METADATA}"; chmod 1770 "$ROOT${METADATA}"`;
        assertRefused(host.lib(`${swap}; ${dir}; own_key "$ROOT${key}"`), "node-key");
        // Behind the look, and before the directory became root's.
        for (const plant of ["ln -s", "ln"]) {
            execFileSync("sh", ["-c", `rm -f ${host.path(key)}; ${plant} ${host.path("shadow")} ${host.path(key)}`]);
            assertRefused(host.lib(`garage_user; own_key "$ROOT${key}"`), "node-key");
            assert.equal(owner("shadow"), "0:0 600");
        }
        execFileSync("rm", [host.path(key)]);
        host.asGarage("! grep -rqs ssss .");
        assert.equal(owner("shadow"), "0:0 600");
    });

    it("is no reading of root's files before a takeover either: what Garage reads on trial is a key, and is gone behind it", () => {
        host.append(ledger, "adopted waiting\n");
        execFileSync("sed", ["-i", "/^generation /d", host.path(ledger)]);
        host.write(
            "etc/garage-node/adopted/service.adopted",
            `unit g.service\nuid ${GARAGE}\ngid ${GARAGE}\nuser other\n`,
        );
        // Below /var/lib/private.
        chmodSync(host.path("var/lib"), 0o700);
        const dir = host.path("opt/garage/generations/2.5.0-aa");
        const asks = (says: string) =>
            host.lib(
                `as_garage() { echo "$* $(stat -c %u:%a $OPT/settings/node_key.pub)" >>"$ROOT/asked"; ${says}; }; condition_settings ${dir}`,
            );
        assert.equal(asks(":").code, 0);
        assert.match(
            host.read("asked"),
            new RegExp(`-c ${host.path("opt/garage/settings")}/garage.toml .* ${GARAGE}:400`),
        );
        assert.ok(!host.has("opt/garage/settings"));
        assertRefused(asks("return 1"), "setting-refused");
        assert.ok(!host.has("opt/garage/settings"));
        writeFileSync(host.path("shadow"), "s".repeat(64), { mode: 0o600 });
        host.link(host.path("shadow"), `${key}.pub`);
        assertRefused(asks(":"), "node-key", /isn't a key that the old daemon's user can read/);
        assert.ok(!host.has("opt/garage/settings"));
    });

    it("is no pipe that root waits at for ever, where the directory is still the user's: one that came behind the look ends the verb", () => {
        const dir = host.path("theirs");
        mkdirSync(dir);
        writeFileSync(join(dir, "info"), "release 1.3.0\n");
        execFileSync("mkfifo", [join(dir, "manifest")]);
        execFileSync("chown", ["-R", `${GARAGE}:${GARAGE}`, dir]);
        const reads = (what: string) =>
            host.lib(`kv_regular() { :; }; timeout() { shift; command timeout 0.3 "$@"; }; ${what}`);
        const ran = reads(`kv_get ${dir}/info release; text_of ${dir}/info`);
        assert.equal(ran.stdout, "1.3.0\nrelease 1.3.0\n", ran.stderr);
        assertRefused(reads(`kv_get ${dir}/manifest release`), "unreadable", /can't be read to its end/);
        assert.equal(reads(`timeout() { echo "$*"; }; text_of ${dir}/info`).stdout, `10 cat -- ${dir}/info\n`);
    });

    it("is no order to curl, nor a line of garage.toml: its tokens are one word", () => {
        execFileSync("chmod", ["600", host.path(`${SECRETS}/admin_token`)]);
        host.asGarage(`printf 'x"\\noutput = "%s"\\n' ${host.path("victim")} >${host.path(`${SECRETS}/admin_token`)}`);
        host.write("curl.sh", 'curl() { cat >"$ROOT/asked"; }; current_find; admin_get /health');
        assert.notEqual(host.lib('source "$ROOT/curl.sh"').code, 0);
        assert.ok(!host.has("asked"));
        host.asGarage(`printf 'a"b\\\\c' >${host.path(`${SECRETS}/admin_token`)}`);
        assert.equal(host.lib('source "$ROOT/curl.sh"').code, 0);
        assert.equal(host.read("asked"), 'header = "Authorization: Bearer a\\"b\\\\c"\n');
    });

    it("sees that the user has another number on a new root disk, and hands over what was the old one's, and nothing else", () => {
        const old = 64002;
        host.asGarage("mkdir snapshots; echo x >peer_list; echo x >snapshots/one");
        host.asGarage(`cd ${host.path(DATA)} && mkdir 00 && echo x >00/block`);
        execFileSync("sh", [
            "-c",
            `cd ${host.path("var/lib/garage")} && find . -user ${GARAGE} -exec chown ${old}:${old} {} + && chgrp ${old} meta data meta/node_key*`,
        ]);
        // Not the old one's: another user's, root's behind a link, root's own.
        writeFileSync(host.path("victim"), "", { mode: 0o600 });
        execFileSync("sh", [
            "-c",
            `cd ${host.path(METADATA)} && ln -s ${host.path("victim")} link && chown -h ${old} link && echo x >other && chown 64003 other && echo x >roots`,
        ]);
        for (const path of ["etc/garage-node"]) execFileSync("rm", ["-r", host.path(path)]);
        execFileSync("chown", [
            "64002:64002",
            host.path("opt/garage/generations/2.5.0-aa/garage.toml"),
            host.path(mark),
        ]);
        const run = host.host();
        assert.equal(run.code, 0, run.stderr);
        assert.equal(owner("opt/garage/generations/2.5.0-aa/garage.toml"), "64001:64001 400");
        assert.match(run.stderr, /has the number 64001 here, and had 64002: its files are handed over/);
        right();
        for (const path of ["db.lmdb", "db.lmdb/data.mdb", "peer_list", "snapshots/one", "link"])
            assert.match(owner(`${METADATA}/${path}`), /^64001:64001 /, path);
        assert.match(owner(`${DATA}/00/block`), /^64001:64001 /);
        assert.match(owner(`${METADATA}/other`), /^64003:/);
        for (const path of ["victim", `${METADATA}/roots`, ledger]) assert.match(owner(path), /^0:0 /, path);
        assert.equal(host.host().stderr, "");
    });

    it("takes up a handing over that was cut short", () => {
        execFileSync("chown", ["-R", "64002:64002", host.path(`${METADATA}/db.lmdb`)]);
        mkdirSync(host.path(`${DATA}/00`));
        execFileSync("chown", ["-R", "64002:64002", host.path(`${DATA}/00`)]);
        const cut = 'find() { case $* in *samefile*meta*|*/meta\\ *) exit 9 ;; esac; command find "$@"; }';
        host.lib(`${cut}; garage_user; hand_over ${METADATA} ${DATA}`);
        assert.match(owner(`${METADATA}/db.lmdb`), /^64002:/);
        assert.equal(host.host().code, 0);
        assert.match(owner(`${METADATA}/db.lmdb/data.mdb`), /^64001:/);
        assert.match(owner(`${DATA}/00`), /^64001:/);
    });

    it("says of a database that is root's that Garage can't use it", () => {
        execFileSync("chown", ["-R", "0:0", host.path(`${METADATA}/db.lmdb`)]);
        assertRefused(host.host(), "database-owner", /chown -R garage:garage/);
    });

    describe("where nothing can be given to another user", () => {
        const MORE = "/srv/nfs/data2";
        const more = (lines: string[]) => [...lines, `data ${MORE}`];
        const theirs = (path: string) => {
            mkdirSync(host.path(path), { recursive: true });
            execFileSync("chown", [`${GARAGE}:${GARAGE}`, host.path(path)]);
            chmodSync(host.path(path), 0o700);
        };
        it("works, and says what is weaker", () => {
            host.write("commands/chown", "#!/bin/sh\necho 'chown: Operation not permitted' >&2; exit 1\n");
            chmodSync(host.path("commands/chown"), 0o755);
            theirs(MORE);
            const run = host.lib(
                `PATH="$ROOT/commands:$PATH"; source "$TOOL/host.sh"; setup_directories ${METADATA}; setup_mark ${MORE} ${host.id()}`,
                host.hostSheet(more),
            );
            assert.equal(run.code, 0, run.stderr);
            assert.match(run.stderr, new RegExp(`note: ${MORE} can't be given to root .*root_squash`));
            assert.doesNotMatch(run.stderr, /unexpected|Operation not permitted/);
            host.asGarage(`echo x >${host.path(MORE)}/block`);
        });

        /** With all libraries, as root is on NFS with root_squash: nobody, whatever he is called. */
        const squashed = (line: string) => {
            const powers = "-chown,-dac_override,-dac_read_search,-fowner,-fsetid";
            host.write(
                "line.sh",
                `set -euo pipefail; HERE="$TOOL"; for f in "$TOOL"/lib/*.sh "$TOOL/host.sh" "$TOOL/admit.sh"; do source "$f"; done
                set_paths; sheet_read <<<""; garage_user; ${line}`,
            );
            return host.bash([
                "-c",
                `exec /usr/bin/setpriv --bounding-set ${powers} --inh-caps ${powers} -- bash "$GARAGE_NODE_ROOT/line.sh"`,
            ]);
        };

        it("works on data directories where root is nobody: the user garage writes and reads the mark, and looks", () => {
            theirs(MORE);
            host.asGarage(`cd ${host.path(MORE)} && mkdir 00`);
            assertRefused(squashed(`host_refuse_content ${MORE} garage-node.data`), "data-foreign", /not empty \(00\)/);
            const run = squashed(
                `setup_directory ${MORE}; setup_mark ${MORE} ${host.id()}; ledger_update +datamark=${MORE}; admit_data && echo admitted`,
            );
            assert.deepEqual([run.code, run.stdout], [0, "admitted\n"], run.stderr);
            assert.doesNotMatch(run.stderr, /ermission denied/);
            assert.equal(owner(`${MORE}/garage-node.data`), `${GARAGE}:${GARAGE} 600`);
            assert.equal(squashed("admit_data && echo admitted").stdout, "admitted\n");
        });

        it("says that backups could not be taken where root can't write, and refuses a directory that it can't make", () => {
            theirs(MORE);
            const backups = squashed(`setup_backups ${MORE}`);
            assert.equal(backups.code, 0, backups.stderr);
            assert.match(backups.stderr, /can't be closed to other users[\s\S]*set backupsDir/);
            assertRefused(squashed(`setup_directory ${MORE}/deeper`), "path-unfit", /can't make .*deeper/);
        });

        it("refuses what neither root nor the user garage can look into, and metadata in which root can't write", () => {
            theirs(MORE);
            execFileSync("chown", ["64009", host.path(MORE)]);
            assertRefused(
                squashed(`host_refuse_content ${MORE} garage-node.data`),
                "path-unfit",
                /neither root nor the user garage/,
            );
            theirs(MORE);
            assertRefused(squashed(`setup_directories ${MORE}`), "path-unfit", /root can't write in/);
        });
    });
});

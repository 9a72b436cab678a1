import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
    chmodSync,
    copyFileSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    truncateSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { hostTool } from "../../../sdk/phases/hostTool";
import { assertRefused, FakeHost, type Run, TOOL } from "./fakeHost";

/** What is sent to a host: the packed tool as a file, and a script with a sheet. */
describe("the tool that is sent", function () {
    this.timeout(60_000);
    const { toolId, script, pack, remotePath } = hostTool();
    const home = `root/${remotePath}`;
    const own = `opt/garage-node/${toolId}.pack`;
    const tool = `opt/garage-node/${toolId}`;
    let host: FakeHost;
    beforeEach(() => {
        host = new FakeHost();
        send();
    });
    afterEach(() => host.remove());

    const send = () => copyFileSync(pack(), host.path(home));
    const call = (...words: string[]) => host.bash(["-s", "--", ...words], script(host.hostSheet()));
    const setUp = () => call("host", "paris", `tool=${toolId}`);
    const uninstall = () => call("uninstall", "paris");
    const passes = (run: Run) => assert.equal(run.code, 0, run.stderr);

    /** A command that takes the place of the real one; gives the directory for PATH. */
    function command(name: string, text: string): string {
        host.write(`commands/${name}`, `#!/bin/bash\n${text}\n`);
        chmodSync(host.path(`commands/${name}`), 0o755);
        return host.path("commands");
    }

    it("is unpacked, and answers the id alone", () => {
        const run = setUp();
        passes(run);
        assert.equal(run.stdout, `\ngarage-node answers ${host.id()}\n`);
        const source = (file: string) => readFileSync(join(TOOL, file), "utf8");
        assert.equal(host.read(`${tool}/lib/common.sh`), source("lib/common.sh"));
        const cut = script(host.hostSheet());
        assert.equal(host.bash(["-s", "--", "uninstall", "paris"], cut.slice(0, -100)).stdout, "");
        assert.ok(host.has("etc/garage-node/claim"), "a script that was cut short does nothing");
    });

    it("is taken from root's own copy of before, which nobody else can read or change", () => {
        passes(setUp());
        assert.equal(statSync(host.path(own)).mode & 0o777, 0o600);
        rmSync(host.path(home));
        passes(setUp());
        rmSync(host.path(tool), { recursive: true });
        passes(setUp());
        assert.ok(host.has(`${tool}/garage-node`));
    });

    it("is taken from the login's home where root's own copy is lost, or isn't what it was", () => {
        passes(setUp());
        for (const damage of [
            () => truncateSync(host.path(own), 1000),
            () => writeFileSync(host.path(own), ""),
            () => rmSync(host.path("opt/garage-node"), { recursive: true }),
        ]) {
            damage();
            passes(setUp());
            assert.deepEqual(readFileSync(host.path(own)), readFileSync(pack()));
        }
    });

    it("is never unpacked where it isn't what was sent", () => {
        const other = execFileSync("gzip", ["-c"], { input: "lib/common.sh\x1etouch /tmp/planted\x1e" });
        host.write("secret", "not for logins");
        for (const plant of [
            () => {},
            () => writeFileSync(host.path(home), other),
            () => writeFileSync(host.path(home), ""),
            () => writeFileSync(host.path(home), readFileSync(pack()).subarray(0, 100_000)),
            () => symlinkSync(host.path("secret"), host.path(home)),
            () => symlinkSync("/dev/zero", host.path(home)),
            () => execFileSync("mkfifo", [host.path(home)]),
        ]) {
            rmSync(host.path(home), { force: true });
            plant();
            assertRefused(setUp(), "tool-missing", /Set another reapply for this node/);
            assert.ok(!host.has(tool), "nothing was unpacked");
            assert.ok(!host.has("etc/garage-node/claim"), "nothing was set up");
            assert.deepEqual(readdirSync(host.path("opt/garage-node")), ["t1"]);
        }
    });

    it("says so where the disk is full", () => {
        const path = command("head", 'echo "head: write error: No space left on device" >&2; exit 1');
        const run = host.bash(
            ["-c", `PATH="${path}:$PATH" bash -s -- host paris tool=${toolId}`],
            script(host.hostSheet()),
        );
        assertRefused(run, "unwritable", /is the disk full/);
    });

    it("takes older ones out of the login's home, and its own when the node goes", () => {
        host.write("root/.garage-node-0.0.9-00000000.pack", "older");
        host.write("root/other.pack", "not ours");
        passes(setUp());
        assert.deepEqual(readdirSync(host.path("root")).sort(), [remotePath, "other.pack"]);
        passes(uninstall());
        assert.deepEqual(readdirSync(host.path("root")), ["other.pack"]);
        assert.ok(!host.has("opt/garage-node"));
    });

    it("stays where a host is left alone, for it is another component's", () => {
        const sheet = (owner: string) => host.hostSheet((lines) => [...lines, `owner urn:pulumi::${owner}`]);
        const as = (owner: string, ...words: string[]) => host.bash(["-s", "--", ...words], script(sheet(owner)));
        passes(as("store", "host", "paris", `tool=${toolId}`));
        const run = as("shop", "uninstall", "paris");
        passes(run);
        assert.match(run.stderr, /left alone/);
        assert.ok(host.has(home) && host.has(own));
    });

    it("fails nothing that is done where root may not delete in the login's home", () => {
        host.write("root/.garage-node-0.0.9-00000000.pack", "older");
        const path = command("rm", 'case "$*" in */root/.garage-node-*) exit 1 ;; esac; exec /usr/bin/rm "$@"');
        for (const words of [`host paris tool=${toolId}`, "uninstall paris", "uninstall paris"]) {
            const line = `PATH="${path}:$PATH" bash -s -- ${words}`;
            passes(host.bash(["-c", line], script(host.hostSheet())));
        }
    });

    it("isn't done without while another call is at work, which may be setting the host up", () => {
        const line = `root=${host.root}; if is_bare; then echo bare; else echo not yet; fi`;
        const look = (before: string) =>
            host.bash(["-c", `${before} bash -s`], script("").replace(/main .*\n$/, `${line}\n`)).stdout;
        const lock = host.path("run/garage-node/lock");
        assert.equal(look(""), "bare\n");
        assert.equal(look(`flock ${lock}`), "not yet\n");
        assert.equal(look(""), "bare\n", "a lock that nobody holds");
        passes(setUp());
        assert.equal(look(""), "not yet\n");
    });

    it("is put in place once, and whole, by two calls at once", () => {
        const path = command("chmod", 'mkdir "$FAKE/first" 2>/dev/null && sleep 1; exec /usr/bin/chmod "$@"');
        const line = `node=paris pack=${host.path(home)}; mkdir -p ${host.path("opt/garage-node")}; unpack ${host.path(tool)}`;
        const head = script("").replace(/main .*\n$/, `${line}\n`);
        host.write("head", head);
        const one = `bash ${host.path("head")}`;
        const both = `export PATH="${path}:$PATH"; ${one} & first=$!; sleep 0.3; ${one} && wait $first`;
        passes(host.bash(["-c", both]));
        for (const file of ["garage-node", "lib/common.sh", "inspect/main.sh"])
            assert.equal(host.read(`${tool}/${file}`), readFileSync(join(TOOL, file), "utf8"));
        assert.equal(statSync(host.path(`${tool}.lock`)).mode & 0o777, 0o600);
        assert.deepEqual(
            readdirSync(host.path("opt/garage-node")).filter((name) => name.endsWith(".tmp")),
            [],
        );
    });

    it("isn't needed to uninstall what isn't there", () => {
        rmSync(host.path(home));
        const run = uninstall();
        passes(run);
        assert.match(run.stderr, /nothing to uninstall: this host is claimed by no cluster/);
        assert.ok(!host.has(own));
    });

    it("uninstalls by whichever copy is right, and touches nothing where neither is", () => {
        for (const left of [home, own]) {
            send();
            passes(setUp());
            if (left === home) rmSync(host.path("opt/garage-node"), { recursive: true });
            else rmSync(host.path(home));
            passes(uninstall());
            assert.ok(!host.has("etc/garage-node/claim") && !host.has("opt/garage-node"));
        }
        send();
        passes(setUp());
        rmSync(host.path(home));
        rmSync(host.path(own));
        assertRefused(uninstall(), "tool-missing", /Set another reapply/);
        for (const path of ["etc/garage-node/claim", `${tool}/garage-node`, "usr/bin/garage-node"])
            assert.ok(host.has(path), path);
    });

    it("leaves nothing of a look but what was sent", () => {
        const before = execFileSync("find", [host.root]).toString();
        assert.notEqual(call("look", "paris", `tool=${toolId}`).code, 0, "nothing to take over");
        const now = execFileSync("find", [host.root]).toString().split("\n");
        assert.deepEqual(
            now.filter((path) => !before.includes(path) && !/^\S+\/fake\//.test(path)),
            [],
        );
    });

    describe("leave", () => {
        const leave = () => call("leave", "paris", "bbb222");

        it("is done by the tool that the machine was set up with, whatever is sent", () => {
            passes(setUp());
            host.write("opt/garage-node/0.0.9/garage-node", 'cat >"$FAKE/sheet"; echo "garage-node answers $* a1"');
            rmSync(host.path("opt/garage-node/current"));
            symlinkSync("0.0.9", host.path("opt/garage-node/current"));
            for (const file of [home, own]) rmSync(host.path(file));
            const run = leave();
            assertRefused(run, "install", /without its answer/);
            host.write(
                "opt/garage-node/0.0.9/garage-node",
                'cat >"$FAKE/sheet"; echo "$*" >"$FAKE/words"; echo "garage-node answers $3 a1"',
            );
            assert.equal(leave().stdout, "garage-node answers bbb222 a1\n");
            assert.equal(host.read("fake/words"), "leave paris bbb222\n");
            assert.equal(host.read("fake/sheet"), host.hostSheet());
        });

        it("is done by a tool that lies there where the set-up was cut short", () => {
            passes(setUp());
            rmSync(host.path("opt/garage-node/current"));
            host.write(`${tool}.tmp/garage-node`, "exit 1");
            host.write(`${tool}/garage-node`, 'cat >/dev/null; echo "garage-node answers $3 none"');
            assert.equal(leave().stdout, "garage-node answers bbb222 none\n");
        });

        it("has nothing to do on a machine that was never set up, and stops where its tool is gone", () => {
            assert.equal(leave().stdout, "\ngarage-node answers bbb222 none\n");
            passes(setUp());
            rmSync(host.path(tool), { recursive: true });
            assertRefused(leave(), "tool-missing", /with the machine as it was, another reapply/);
        });
    });

    /** Only unpacks the tool, as the script that Pulumi sends does first; gives the directory. */
    function unpack(path = ""): string {
        const dir = host.path(tool);
        const line = `pack=${pack()} PATH="${path}:$PATH"; umask 022; unpack ${dir}`;
        const run = host.bash(["-s"], script("").replace(/main .*\n$/, `${line}\n`));
        assert.equal(run.code, 0, run.stderr);
        return dir;
    }

    it("has its tool on the disk before the tool's directory gets its name", () => {
        const dir = unpack(
            command("sync", `echo "$([ -e ${host.path(tool)} ] && echo named || echo unnamed) $*" >>"$FAKE/synced"`),
        );
        const [files, parent] = host.read("fake/synced").split("\n");
        for (const file of ["/garage-node", "/admit.sh", "/lib/common.sh", "/lib", ""])
            assert.ok(`${files} `.includes(` ${dir}.tmp${file} `), file);
        assert.match(files!, /^unnamed /);
        assert.equal(parent, `named ${host.path("opt/garage-node")}`);
    });

    it("unpacks its tool anew where a file of it is empty, cut short or gone", () => {
        const dir = unpack();
        const file = (name: string) => join(dir, name);
        const before = host.bash(["-c", `cd ${dir} && sha256sum * lib/*`]).stdout;
        for (const damage of [
            () => writeFileSync(file("garage-node"), ""),
            () => truncateSync(file("lib/common.sh"), 4096),
            () => rmSync(file("admit.sh")),
        ]) {
            damage();
            unpack();
            assert.equal(host.bash(["-c", `cd ${dir} && sha256sum * lib/*`]).stdout, before);
        }
        assert.equal(statSync(file("garage-node")).mode & 0o777, 0o755);
        const { ino } = statSync(dir);
        unpack();
        assert.equal(statSync(dir).ino, ino, "what is whole is left alone");
    });

    it("takes nothing else for a node's id", () => {
        for (const answer of ["", "something", `garage-node answers ${"a".repeat(63)}`]) {
            const path = command(
                "bash",
                `case "$1" in */garage-node) cat >/dev/null && echo "${answer}" && exit ;; esac; exec /usr/bin/bash "$@"`,
            );
            const line = `PATH="${path}:$PATH" bash -s -- host paris tool=t2`;
            const run = host.bash(["-c", line], script(host.hostSheet()));
            assertRefused(run, "install", /without the node's id .*Set another reapply/);
        }
    });

    it("takes from back what it answers, and gives it the words of the call", () => {
        const id = "a".repeat(64);
        const says = (verb: string, answer: string) => {
            const path = command(
                "bash",
                `case "$1" in */garage-node) shift; cat >/dev/null && echo "$*" >"$FAKE/words"; echo "garage-node answers ${answer}" && exit ;; esac; exec /usr/bin/bash "$@"`,
            );
            const line = `PATH="${path}:$PATH" bash -s -- ${verb} paris tool=t2 bbb222`;
            return host.bash(["-c", line], script(host.hostSheet()));
        };
        for (const [verb, answer] of [
            ["back", id],
            ["back", "none"],
        ] as const) {
            assert.equal(says(verb, answer).stdout, `garage-node answers ${answer}\n`);
            assert.equal(host.read("fake/words"), `${verb} paris tool=t2 bbb222\n`);
        }
        assertRefused(says("back", "bbb222 none"), "install", /without the node's id/);
    });
});

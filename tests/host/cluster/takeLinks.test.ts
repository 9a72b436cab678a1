import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { TakeHost } from "./takeHost";

const LIB = resolve(__dirname, "../../../sdk/host/lib");
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describe("files given back while the old daemon's user exchanges them", () => {
    let root: string;
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "garage-links-"));
        for (const name of ["meta", "victim"]) mkdirSync(join(root, name), { mode: 0o700 });
        writeFileSync(join(root, "shadow"), "", { mode: 0o600 });
    });
    afterEach(() => rmSync(root, { recursive: true }));
    const run = (script: string) =>
        execFileSync("bash", ["-c", `set -eu; for lib in files oldFiles; do . "${LIB}/$lib.sh"; done; ${script}`], {
            cwd: root,
            encoding: "utf8",
        }).trim();
    const given = (name: string) =>
        run(`own_again ${process.getuid!()}:${process.getgid!()} 4777 ${root}/meta/${name}`);

    it("a key gets its mode where it is root's in a directory of root's, and what a link leads to never does", () => {
        const key = join(root, "meta/node_key");
        for (const directory of [0o700, 0o1770]) {
            chmodSync(join(root, "meta"), directory);
            symlinkSync("../shadow", key);
            given("node_key");
            assert.equal(mode(join(root, "shadow")), "600");
            rmSync(key);
        }
        writeFileSync(key, "", { mode: 0o440 });
        given("node_key");
        assert.equal(mode(key), "777");
        // His own, still: nothing was changed there.
        chmodSync(join(root, "meta"), 0o770);
        chmodSync(key, 0o600);
        given("node_key");
        assert.equal(mode(key), "600");
    });

    it("no other directory is taken for the one meant, whatever its name leads to by the time it is looked at", () => {
        const swap = `cd() { builtin cd -P victim; mv ${root}/victim ${root}/aside; ln -s meta ${root}/victim; }`;
        assert.equal(run(`${swap}; at_place ${root}/meta || echo refused`), "refused");
        assert.equal(run(`at_place ${root}/meta && readlink /proc/self/cwd`), join(root, "meta"));
    });

    it("nor does the script that an uninstall leaves follow a link in the place of a key", () => {
        const host = new TakeHost();
        assert.equal(host.take().code, 0);
        assert.equal(host.uninstall().code, 0);
        const meta = join(host.world.root, "var/lib/garage/meta");
        const victim = join(host.world.root, "shadow");
        writeFileSync(victim, "", { mode: 0o640 });
        rmSync(join(meta, "node_key"));
        symlinkSync(victim, join(meta, "node_key"));
        host.back();
        assert.equal(mode(victim), "640");
        assert.ok(lstatSync(join(meta, "node_key")).isSymbolicLink());
        assert.equal(mode(join(meta, "node_key.pub")), "644");
        assert.equal(host.runs(), "old");
        host.done();
    });
});

import assert from "node:assert/strict";
import { existsSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { FACTS, FakeMachine, SECRET } from "./fakeMachine";

// Any user of a host may start what looks like a daemon.
describe("what inspect does as root for a daemon of somebody else's", () => {
    let machine: FakeMachine;
    beforeEach(() => {
        machine = new FakeMachine();
    });
    afterEach(() => machine.remove());
    const daemon = () => machine.ask("look").daemons[0];

    for (const [where, seen] of [
        ["only-root", null],
        ["for-groups", "x = 1\n"],
    ] as const)
        it(`reads no configuration that its user may not, and one that he may by a group: ${where}`, () => {
            machine.hasUsers();
            machine.write(`etc/${where}/garage.toml`, "x = 1\n");
            machine.runs({ uid: 998, words: ["garage", "-c", `/etc/${where}/garage.toml`, "server"] });
            assert.equal(daemon().config.text, seen);
        });

    it("runs no program with setuid", () => {
        machine.runs({ uid: 0, startedBy: 1000 });
        assert.deepEqual(machine.ask("look").daemons, []);
    });

    for (const [what, file, text] of [
        ["user", "status", "Uid:\t1000\t1000\t1000\t1000\nGid:\t0\t0\t0\t0\n"],
        ["time of its start", "stat", `100 (garage) S ${"0 ".repeat(18)}6000 0\n`],
    ] as const)
        it(`doesn't run it where the process has another ${what} meanwhile`, () => {
            machine.write("usr/bin/garage", `#!/bin/bash\ntouch ${machine.root}/ran\n`, 0o755);
            machine.runs();
            machine.write("other", text);
            // Comes between the two looks.
            machine.fake("sha256sum", `mv "$ROOT/other" "$ROOT/proc/100/${file}"; echo 0`);
            machine.ask("look");
            assert.deepEqual(
                [existsSync(join(machine.root, "other")), existsSync(join(machine.root, "ran"))],
                [false, false],
            );
        });

    it("reads no file that it would read for days", () => {
        machine.runs();
        truncateSync(join(machine.root, "usr/bin/garage"), 2 ** 30);
        machine.fake("sha256sum", "echo 5555");
        assert.equal(daemon().sha256, null);
    });

    for (const [what, cgroup] of [
        ["a unit", "/-Hroot@192.0.2.1:foo.service"],
        ["a container of docker", "/docker---host=tcp:.scope"],
        ["a container of podman", "/libpod---url=ssh:.scope"],
    ] as const)
        it(`asks nobody by a name that is an option, as that of ${what}`, () => {
            for (const name of ["systemctl", "docker", "podman"])
                machine.before(name, `case "$1" in show | inspect) echo "$*" >>"$ROOT/asked" ;; esac`);
            machine.runs({ cgroup, contained: true });
            assert.equal(daemon().keeper.kind, "hand");
            assert.ok(!existsSync(join(machine.root, "asked")));
        });

    for (const [what, words, environment, toml] of [
        ["its command line", ["--rpc-secret-file", "/etc/only-root/secret"], [], ""],
        ["its environment", [], ["GARAGE_RPC_SECRET_FILE=/etc/only-root/secret"], ""],
        [
            "its configuration",
            [],
            [],
            'rpc_secret_file = "/etc/only-root/secret"\nadmin_token_file = "/etc/only-root/secret"\n',
        ],
    ] as const)
        it(`reads no file of root's, because ${what} says that it has the secret`, () => {
            machine.hasUsers();
            machine.write("etc/only-root/secret", SECRET);
            machine.write("etc/garage.toml", toml);
            machine.runs({ uid: 998, words: ["garage", ...words, "server"], environment: [...environment] });
            const { daemon, marks } = machine.ask("ask", FACTS);
            assert.deepEqual([daemon, marks], [null, {}]);
            assert.deepEqual(machine.ask("secrets", FACTS), {});
        });

    it("hands over nothing but a secret", () => {
        machine.write("usr/bin/garage", `#!/bin/bash\ntouch ${machine.root}/ran\n`, 0o755);
        machine.write("etc/garage.toml", `rpc_secret = "root:x:${"0".repeat(64)}"\n`);
        machine.runs();
        assert.equal(machine.ask("ask", FACTS).daemon, null);
        assert.ok(!existsSync(join(machine.root, "ran")));
    });

    it("reads in its directories no file that its user may not", () => {
        for (const name of ["cluster_layout", "node_key.pub"])
            machine.before("setpriv", `[[ "$*" != *${name}* ]] || exit 13`);
        machine.runs({ uid: 998 });
        const { id, layoutFile } = machine.ask("ask", FACTS);
        assert.deepEqual([id, layoutFile], [null, null]);
    });
});

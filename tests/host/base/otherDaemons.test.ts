import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const HOST = resolve(__dirname, "../../../sdk/host");

/** The name that the kernel has for it (15 characters), its command line, and whether that is a daemon of Garage. */
const PROCESSES: [string, string[], boolean][] = [
    ["garage", ["/usr/bin/garage", "server"], true],
    ["garage", ["garage", "-c", "/etc/garage.toml", "server", "--single-node"], true],
    ["garage-v1.0.1", ["/opt/garage-v1.0.1", "server"], true],
    ["garage-x86_64-u", ["/opt/garage-x86_64-unknown-linux-musl", "server"], true],
    ["garage_2", ["garage_2", "server"], true],
    [".garage-wrapped", ["garage", "server"], true],
    ["garage", ["garage", "status"], false],
    ["garage-v1.0.1", ["garage-v1.0.1", "stats", "-a"], false],
    ["garage", ["garage", "key", "new", "--name", "the server of mine"], false],
    ["garage-node", ["/bin/bash", "/usr/bin/garage-node", "host", "server"], false],
    ["garage-manage", ["/bin/bash", "/usr/bin/garage-manage", "server"], false],
    ["nginx", ["nginx", "server"], false],
];

describe("another daemon of Garage on this host", () => {
    const root = mkdtempSync(join(tmpdir(), "garage-processes-"));
    after(() => rmSync(root, { recursive: true }));
    before(() => {
        for (const [i, [comm, words]] of PROCESSES.entries()) {
            const dir = join(root, "proc", `${i + 1}`);
            mkdirSync(dir, { recursive: true });
            writeFileSync(join(dir, "comm"), `${comm}\n`);
            writeFileSync(join(dir, "cmdline"), words.map((word) => `${word}\0`).join(""));
            writeFileSync(join(dir, "status"), "Uid:\t7\t7\t7\t7\n");
        }
    });
    const is = PROCESSES.flatMap(([, , daemon], i) => (daemon ? [`${i + 1}`] : []));
    const found = (script: string) => {
        const env = { ...process.env, ROOT: root, HOST };
        const said = execFileSync("bash", ["-c", `set -euo pipefail\n${script}`], { env, encoding: "utf8" });
        return said.match(/\d+/g)!.sort((a, b) => Number(a) - Number(b));
    };

    it("is seen by whatever its file is called, and none of our own calls is taken for one", () => {
        const each = 'for dir in "$ROOT"/proc/*; do ! garage_server "$dir" || basename "$dir"; done';
        assert.deepEqual(found(`. "$HOST/lib/daemon.sh"; ${each}`), is);
    });

    it("stops the script that brings an old service back", () => {
        // A process of that name, beside whatever else this machine runs; the script's beginning alone is run.
        mkdirSync(join(root, "bin"));
        writeFileSync(join(root, "bin/pgrep"), '#!/bin/sh\n/usr/bin/pgrep "$@" | grep -x "$PID"\n', { mode: 0o755 });
        const named = join(root, "garage-v1.0.1");
        copyFileSync("/bin/bash", named);
        chmodSync(named, 0o755);
        const script = `. "$HOST/lib/oldScript.sh"; old_script_files() { :; }; old_does() { :; }
            old_script | sed '/^set -x/,$d' | sed '$a echo goes on'  >"$ROOT/script"
            "$ROOT/garage-v1.0.1" -c 'read -r _; exit' "$1" < <(sleep 5 2>/dev/null) & pid=$!
            until [ "$(cat /proc/$pid/comm)" = garage-v1.0.1 ]; do sleep 0.05; done
            PID=$pid PATH="$ROOT/bin:$PATH" sh "$ROOT/script" 2>&1 || true; kill $pid; wait $pid || true`;
        const said = (word: string) =>
            execFileSync("bash", ["-c", script, "_", word], {
                env: { ...process.env, ROOT: root, HOST },
                encoding: "utf8",
            });
        assert.equal(said("server"), "a Garage runs here: stop it first\n");
        assert.equal(said("status"), "goes on\n");
    });

    it("is what inspect finds too", () => {
        assert.deepEqual(found('. "$HOST/inspect/process.sh"; garage_processes'), is);
    });

    it("is in the way of files that are handed over", () => {
        // The user who could open the database is 7 here.
        const alone =
            'give() { printf -v "$2" %s "$1"; }; garage_user() { GARAGE_UID=7; }; old_get() { printf -v "$2" %s 5; }; old_alone || sed "s/([^)]*)//g" <<<"$LAST_SEEN"';
        assert.deepEqual(found(`for lib in daemon adopt oldFiles; do . "$HOST/lib/$lib.sh"; done; ${alone}`), is);
    });
});

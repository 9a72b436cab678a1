import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { counted } from "../sheet";
import type { Run } from "./fakeHost";
import { FakeMachine, ID, SECRET, TOML } from "./fakeMachine";

const TOOL = resolve(__dirname, "..", "..", "..", "sdk", "host");
const IDS = readFileSync(join(__dirname, "..", "cluster", "fixtures", "1.3.0", "ids"), "utf8").match(/[0-9a-f]{64}/g)!;
const TOKEN = "admin-token-of-this-cluster";

// biome-ignore lint/suspicious/noExplicitAny: JSON, changed at will.
type Seen = any;

/** A machine whose Garage runs by a unit, and the calls that are to take it over. */
export class AdoptMachine extends FakeMachine {
    readonly seen: Seen;

    /** With a container: that runs its Garage; with commands, nobody that is known here; else a unit does. */
    constructor(container?: object, commands?: object) {
        super();
        for (const dir of ["opt/garage-node/t1", "run/systemd/system", "run/garage-node/jobs", "usr/bin", "proc/net"])
            mkdirSync(join(this.root, dir), { recursive: true });
        this.write(
            "etc/garage.toml",
            TOML.replace('"short"', `"${TOKEN}"`).replace("[admin]", '[admin]\napi_bind_addr = "[::]:3903"'),
        );
        this.write("etc/group", "root:x:0:\n");
        this.fake(
            "curl",
            `cat >/dev/null; case "$*" in *" http://127.0.0.1:3903/v1/health") printf 200 ;; *) exit 7 ;; esac`,
        );
        this.fake("useradd", 'echo "garage:x:$(id -u):$(id -g)::/nonexistent:/sbin/nologin" >>$ROOT/etc/passwd');
        this.fake("groupadd", 'echo "garage:x:$(id -g):" >>$ROOT/etc/group');
        this.fake("getent", 'grep "^$2:" $ROOT/etc/$1');
        this.healthy();
        const environment = ["RUST_LOG=garage=info"];
        if (commands !== undefined) this.runs({ environment, cgroup: "/user.slice/user-0.slice/session-3.scope" });
        else if (container === undefined) this.runs({ environment });
        else {
            this.write("container.json", JSON.stringify([container]));
            this.runs({ environment, cgroup: `/system.slice/docker-${"d".repeat(64)}.scope`, contained: true });
        }
        this.seen = { ...this.now(), commands };
    }

    /** The fixture's workers have errors. */
    private healthy(): void {
        const garage = readFileSync(join(this.root, "usr/bin/garage"), "utf8");
        this.write("usr/bin/garage", garage.replace("worker-list-failing", "worker-list"), 0o755);
    }

    /** As adopt.json would have it (sdk/adopt/adoptFile.ts). */
    now(): Seen {
        const process = this.ask("look").daemons[0];
        const paths = ["metadata /var/lib/garage/meta", "data /var/lib/garage/data"].map(
            (line) => line.split(" ") as [string, string],
        );
        const facts = [
            ["pid", "100"],
            ["ticks", "5000"],
            ["series", "1"],
            ["rpc", "127.0.0.1:3901"],
            ["salt", "x"],
        ] as const;
        const node = this.ask("ask", [...facts, ...paths]);
        return {
            id: ID,
            at: "2026-11-29T00:00:00.000Z",
            layoutVersion: node.daemon.layout.version,
            release: process.release,
            series: "1",
            engine: "lmdb",
            binary: { path: process.exe, sha256: process.sha256 },
            process: { uid: process.uid, gid: process.gid },
            keeper: process.keeper,
            words: process.words,
            environment: process.environment,
            configuration: {
                path: process.config.path,
                changed: process.config.changed,
                values: { rpc_bind_addr: "[::]:3901", admin: { api_bind_addr: "[::]:3903" } },
            },
            directories: node.directories,
        };
    }

    sheet(change: (lines: string[]) => string[] = (lines) => lines): string {
        const lines = [
            "cluster c1",
            "node paris",
            "stack proj/dev",
            "package 0.1.0",
            "metadata /var/lib/garage/meta",
            "data /var/lib/garage/data",
            "backups /var/lib/garage-backups",
            `secret rpc_secret ${SECRET}`,
            `secret admin_token ${TOKEN}`,
            `adopt ${Buffer.from(JSON.stringify(this.seen)).toString("base64")}`,
            `adoptids ${IDS.join(" ")}`,
        ];
        return counted(change(lines));
    }

    /** Only what is asked of the unit. */
    unit(): Run {
        const look = { daemons: [{ pid: 100, keeper: this.seen.keeper }] };
        const line = `set -euo pipefail; for f in ${TOOL}/lib/*.sh; do source "$f"; done; set_paths; OLD_LOOK='${JSON.stringify(look)}'; old_unit_fits`;
        return this.run(["-c", line], "");
    }

    /** Only what is asked of the directories. */
    places(): Run {
        const node = { directories: this.seen.directories };
        const line = `set -euo pipefail; for f in ${TOOL}/lib/*.sh; do source "$f"; done; set_paths; OLD_PRIVATE=""; OLD_NODE='${JSON.stringify(node)}'; old_places_fit true`;
        return this.run(["-c", line], "");
    }

    /** Runs a line of bash with all libraries, as a verb would have them. */
    lib(line: string): Run {
        const load = `set -euo pipefail; for f in ${TOOL}/lib/*.sh; do source "$f"; done; set_paths; `;
        return this.run(["-c", load + line], "");
    }

    look(change?: (lines: string[]) => string[]): Run {
        return this.run([join(TOOL, "garage-node"), "look", "paris", "tool=t1"], this.sheet(change));
    }

    /** As its transient unit runs it. */
    host(change?: (lines: string[]) => string[]): Run {
        const dir = join(this.root, "run/garage-node/jobs/test");
        mkdirSync(dir, { recursive: true });
        this.write("run/garage-node/jobs/test/stdin", this.sheet(change));
        const ran = this.run([join(TOOL, "garage-node"), "--job", dir, "host", "paris", "tool=t1"], "");
        const said = (file: string) => readFileSync(join(dir, file), "utf8");
        const code = Number(said("rc"));
        return { code, stdout: code === 0 ? said("answer") : "", stderr: ran.stderr + said("log") };
    }

    private run(words: string[], input: string): Run {
        const { status, stdout, stderr } = spawnSync("bash", ["--norc", ...words], {
            input,
            env: { GARAGE_NODE_ROOT: this.root, PATH: `${join(this.root, "fakes")}:${process.env.PATH}` },
            encoding: "utf8",
            timeout: 60_000,
        });
        return { code: status ?? -1, stdout, stderr };
    }
}

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    chmodSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { inspectScript, type Verb } from "../../../sdk/inspect/script";
import { inMemory, systemPath } from "../machine";

const FIXTURES = join(__dirname, "..", "cluster", "fixtures", "1.3.0");
export const ID = readFileSync(join(FIXTURES, "ids"), "utf8").match(/[0-9a-f]{64}/)![0];
export const SECRET = "5ec2e7".repeat(11).slice(0, 64);

/** Garage's command line; it fails unless it is asked by the node's address, with the secret, and neither in a word. */
const GARAGE = `#!/bin/bash
[ "$*" != --version ] || { echo "garage cargo:1.3.0 [features: k2v]"; exit; }
[ "$GARAGE_RPC_SECRET" = ${SECRET} ] && [ "$GARAGE_RPC_HOST" = ${ID}@127.0.0.1:3901 ] || exit 9
case "$*" in
    status) cat ${FIXTURES}/status ;;
    "stats -a") cat ${FIXTURES}/stats-a ;;
    stats) cat ${FIXTURES}/stats ;;
    "layout show") cat ${FIXTURES}/layout-show ;;
    "worker list") cat ${FIXTURES}/worker-list-failing ;;
    "layout history") cat ${FIXTURES}/layout-history ;;
    "block list-errors") cat ${FIXTURES}/block-list-errors ;;
    *) exit 8 ;;
esac
`;

export const TOML = `metadata_dir = "/var/lib/garage/meta"
data_dir = "/var/lib/garage/data" # the disk
replication_factor = 3
rpc_bind_addr = "[::]:3901"
rpc_secret = "${SECRET}"
[s3_api]
s3_region = "garage"
[admin]
admin_token = "short"
`;

/** What `ask` goes by. */
export const FACTS = [
    ["pid", "100"],
    ["ticks", "5000"],
    ["series", "1"],
    ["rpc", "127.0.0.1:3901"],
    ["metadata", "/var/lib/garage/meta"],
    ["data", "/var/lib/garage/data"],
    ["salt", "abc"],
] as const;

export interface FakeProcess {
    pid?: number;
    words?: string[];
    environment?: string[];
    cgroup?: string;
    uid?: number;
    /** Its real one, where it is a program with setuid. */
    startedBy?: number;
    /** In a namespace of its own. */
    contained?: boolean;
}

/** A machine under a fake root with a daemon of 1.3.0; what reaches beyond it is faked, and fails on a call that it doesn't know. */
export class FakeMachine {
    readonly root = mkdtempSync(join(inMemory, "garage-inspect-"));
    private programs = systemPath;

    constructor() {
        for (const dir of ["proc/self/ns", "run", "fakes", "var/lib/garage/meta/db.lmdb", "var/lib/garage/data/aa"])
            mkdirSync(join(this.root, dir), { recursive: true });
        symlinkSync("net:[1]", join(this.root, "proc/self/ns/net"));
        symlinkSync("pid:[1]", join(this.root, "proc/self/ns/pid"));
        this.write("proc/stat", "cpu 1 2\nbtime 1800000000\n");
        this.write("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n');
        this.write("etc/passwd", `root:x:0:0::/root:/bin/sh\n`);
        this.write("etc/garage.toml", TOML);
        this.write("usr/bin/garage", GARAGE, 0o755);
        writeFileSync(join(this.root, "var/lib/garage/meta/node_key.pub"), Buffer.from(ID, "hex"));
        writeFileSync(join(this.root, "var/lib/garage/meta/node_key"), "private", { mode: 0 });
        this.write("var/lib/garage/meta/cluster_layout", "G010lh");
        this.fake("systemctl", SYSTEMCTL);
        this.fake("setpriv", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"');
        this.fake("nsenter", '[ "$1 $2 $3 $4" = "--target 100 --net --" ] || exit 7; shift 4; exec "$@"');
        this.fake(
            "docker",
            `words="$*"; [ "\${words/-- /}" = "inspect ${"d".repeat(64)}" ] && cat "$ROOT/container.json"`,
        );
        this.fake(
            "podman",
            `words="$*"; [ "\${words/-- /}" = "inspect ${"e".repeat(64)}" ] && cat "$ROOT/container.json"`,
        );
    }

    remove(): void {
        chmodSync(join(this.root, "var/lib/garage/meta/node_key"), 0o600);
        rmSync(this.root, { recursive: true, force: true });
    }

    write(path: string, text: string, mode = 0o644): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text, { mode });
    }

    fake(name: string, text: string): void {
        this.write(`fakes/${name}`, `#!/bin/bash\nROOT=${this.root}\n${text}\n`, 0o755);
    }

    /** Whoever isn't root reads what lies in the directory `for-groups` with its group 27, and nothing of `only-root`. */
    hasUsers(): void {
        const refused = `[[ " $* " != */only-root/* ]] && [[ " $* " != */for-groups/* || "$groups" = 4,27 ]] || exit 13`;
        this.fake(
            "setpriv",
            `groups=""; while [ "$1" != -- ]; do [ "$1" != --groups ] || groups="$2"; shift; done; shift; ${refused}; exec "$@"`,
        );
    }

    /** A fake that answers some calls before the one that is there. */
    before(name: string, text: string): void {
        const [head, root, ...lines] = this.read(`fakes/${name}`).split("\n");
        this.write(`fakes/${name}`, [head, root, text, ...lines].join("\n"), 0o755);
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    /** From here on that program isn't there. */
    lacks(name: string): void {
        const programs = join(this.root, "programs");
        mkdirSync(programs);
        for (const dir of systemPath.split(":"))
            for (const each of readableDir(dir))
                if (each !== name && !readableDir(programs).includes(each))
                    symlinkSync(join(dir, each), join(programs, each));
        this.programs = programs;
    }

    runs({
        pid = 100,
        words = ["/usr/bin/garage", "server"],
        environment = [],
        uid = 0,
        contained = false,
        startedBy = uid,
        ...more
    }: FakeProcess = {}): void {
        const proc = `proc/${pid}`;
        const nul = (all: string[]) => all.map((each) => `${each}\0`).join("");
        this.write(`${proc}/comm`, "garage\n");
        this.write(`${proc}/cmdline`, nul(words));
        this.write(`${proc}/environ`, nul(environment));
        this.write(
            `${proc}/status`,
            `Name:\tgarage\nPPid:\t1\nUid:\t${startedBy}\t${uid}\t${uid}\t${uid}\nGid:\t${uid}\t${uid}\t${uid}\t${uid}\nGroups:\t4 27 \n`,
        );
        // Started 50 s after the machine, in ticks of a hundredth.
        this.write(`${proc}/stat`, `${pid} (a (b) c) S ${"0 ".repeat(18)}5000 0\n`);
        this.write(`${proc}/cgroup`, `0::${more.cgroup ?? "/system.slice/garage.service"}\n`);
        this.write(
            `${proc}/net/tcp`,
            "  sl\n   0: 0100007F:0F3D 00000000:0000 0A 0 0 0 0 0 77 1\n   1: 0100007F:1111 00000000:0000 0A 0 0 0 0 0 78 1\n",
        );
        mkdirSync(join(this.root, proc, "ns"));
        mkdirSync(join(this.root, proc, "fd"));
        symlinkSync("socket:[77]", join(this.root, proc, "fd/3"));
        symlinkSync(contained ? "net:[2]" : "net:[1]", join(this.root, proc, "ns/net"));
        symlinkSync(contained ? "pid:[2]" : "pid:[1]", join(this.root, proc, "ns/pid"));
        symlinkSync(join(this.root, "usr/bin/garage"), join(this.root, proc, "exe"));
        symlinkSync(this.root, join(this.root, proc, "root"));
        symlinkSync("/etc", join(this.root, proc, "cwd"));
    }

    /** What the script says; a text where it lacks something. */
    // biome-ignore lint/suspicious/noExplicitAny: JSON, looked at by exact values.
    ask(verb: Verb, facts: readonly (readonly [string, string])[] = []): any {
        const env = { GARAGE_NODE_ROOT: this.root, PATH: `${join(this.root, "fakes")}:${this.programs}` };
        const ran = spawnSync("bash", ["-s"], {
            input: inspectScript(verb, "MARK", facts),
            env,
            encoding: "utf8",
            timeout: 60_000,
        });
        const line = ran.stdout.split("\n").find((each) => each.startsWith("MARK "));
        assert.ok(line, `${ran.stdout}\n${ran.stderr}`);
        return line.startsWith("MARK lacks ") ? line.slice(5) : JSON.parse(line.slice(5));
    }

    /** All files with their times, but for those of /proc. */
    files(): string[] {
        return ["etc", "usr", "var", "run"]
            .flatMap((top) =>
                readdirSync(join(this.root, top), { recursive: true, encoding: "utf8" }).map((path) => join(top, path)),
            )
            .map((path) => `${path} ${statSync(join(this.root, path)).mtimeMs}`)
            .sort();
    }
}

const SYSTEMCTL = `case " $* " in *" -- "*) set -- "$1" "\${*: -1}" ;; esac
case "$1 $2" in
    "--version "*) echo "systemd 252 (252.39)" ;;
    "list-units --all") echo "garage.service loaded active running Garage" ;;
    "show garage.service") printf 'Id=garage.service\\nFragmentPath=/etc/systemd/system/garage.service\\nDropInPaths=\\nUnitFileState=enabled\\nUser=\\nDynamicUser=yes\\nMainPID=100\\nRestart=no\\n' ;;
    "show ssh.service") printf 'Id=ssh.service\\nMainPID=1\\n' ;;
    *) exit 97 ;;
esac`;

function readableDir(dir: string): string[] {
    try {
        return readdirSync(dir);
    } catch {
        return [];
    }
}

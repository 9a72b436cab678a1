import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
    lstatSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    renameSync,
    symlinkSync,
    utimesSync,
} from "node:fs";
import { join } from "node:path";
import { napping, type Ran, World } from "../world/world";

export const GENERATION = "1.3.0-bbbb";
export const CONTAINER = "d".repeat(64);
export const BY_HAND = "by hand";
const UNITS = "etc/systemd/system";
/** When the old configuration was written. */
const CHANGED = 1_700_000_000;

/** As before each verb (jobs.sh); users are made in files. */
const USERS = `
old_places_whole
useradd() { echo "useradd $*" >>"$FAKE/users"; printf 'garage:x:%s:%s::/nonexistent:/sbin/nologin\\n' "$GARAGE_UID" "$GARAGE_GID" >>"$ROOT/etc/passwd"; }
groupadd() { printf 'garage:x:%s:\\n' "$GARAGE_GID" >>"$ROOT/etc/group"; }
userdel() { sed -i '/^garage:/d' "$ROOT/etc/passwd"; }
groupdel() { sed -i '/^garage:/d' "$ROOT/etc/group"; }
`;

/** The verb dies, as by SIGKILL, before its Nth command that changes something. */
const dying = (at: number) => `
rm -f "$FAKE/count"
dies() {
    local n=0
    [ ! -f "$FAKE/count" ] || read -r n <"$FAKE/count"
    echo $((n + 1)) >"$FAKE/count"
    [ $((n + 1)) -ne ${at} ] || kill -9 $$ "$BASHPID"
}
for each in mv rm ln chmod chown systemctl sync rmdir; do eval "$each() { dies; command $each \\"\\$@\\"; }"; done
eval "was_$(declare -f apart)"
eval "was_$(declare -f old_engine)"; apart() { dies; was_apart "$@"; }
old_engine() { [ "$2" = inspect ] || dies; was_old_engine "$@"; }
eval "made_$(declare -f useradd)"; useradd() { dies; made_useradd "$@"; }
eval "gone_$(declare -f userdel)"; userdel() { dies; gone_userdel "$@"; }
`;

/** In the background, where the switch runs, time stands still (napping): there a wait is three looks. */
const IMPATIENT = `
OLD_STAYS=0
eval "was_$(declare -f wait_until)"
wait_until() {
    [ "$BASHPID" != $$ ] || { was_wait_until "$@" && return 0 || return 1; }
    shift 2
    "$@" || "$@" || "$@"
}
`;

/** The user garage of this host, where the files are another one's. */
export const GARAGE = 4242;

/**
 * Node london of three: upstream's unit with DynamicUser, or one whose daemon is root, runs its Garage; it is claimed, staged, and not taken over
 * yet. Whoever runs the tests stands for its user; only root can hand his files over.
 */
export class TakeHost {
    readonly world = new World("1.3.0", ["london", "paris", "rome"]);
    /** What was seen of it before. */
    private readonly seen: string;

    constructor(
        readonly unit = "garage.service",
        private readonly user: "made" | "other" = "made",
        /** The old service isn't a unit: it is a container of docker with that restart policy, or runs by hand. */
        private readonly policy?: string,
    ) {
        const { world } = this;
        const number = `${process.getuid!()}`;
        const group = `${process.getgid!()}`;
        world.generation(GENERATION, "1.3.0", "lmdb");
        world.activate(GENERATION);
        world.ledger({
            series: "1",
            release: "1.3.0",
            engine: "lmdb",
            staged: GENERATION,
            adopted: "waiting",
            epoch: "e0",
        });
        const keeper =
            policy === BY_HAND
                ? ["kind commands", `stop ${this.byHand("stop")}`, `start ${this.byHand("start")}`]
                : policy
                  ? ["kind container", "keeper docker", `container ${CONTAINER}`, "name garaged"]
                  : [`unit ${unit}`, `fragment /${UNITS}/${unit}`];
        const service = [
            ...keeper,
            `uid ${number}`,
            `gid ${group}`,
            `user ${user}`,
            "series 1",
            "engine lmdb",
            "configuration /etc/garage.toml",
        ];
        world.write(
            "etc/garage-node/adopted/service.adopted",
            `${[...service, ...(user === "made" ? ["private /var/lib/garage"] : [])].join("\n")}\n`,
            0o600,
        );
        const binary = "#!/bin/sh\n";
        world.write("usr/local/bin/garage", binary, 0o755);
        world.write("etc/garage.toml", 'metadata_dir = "/var/lib/garage/meta"\n');
        utimesSync(join(world.root, "etc/garage.toml"), CHANGED, CHANGED);
        const seen = {
            id: world.cluster.nodes[0]!.id,
            release: "1.3.0",
            binary: { path: "/usr/local/bin/garage", sha256: createHash("sha256").update(binary).digest("hex") },
            configuration: { path: "/etc/garage.toml", changed: CHANGED },
            directories: [{ path: "/var/lib/garage/meta" }, { path: "/var/lib/garage/data" }],
        };
        this.seen = JSON.stringify(seen);
        world.write("etc/garage-node/adopted/seen.json", this.seen, 0o600);
        world.write("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
        world.write("etc/group", "root:x:0:\n");
        mkdirSync(join(world.root, "var/lib/private"));
        mkdirSync(join(world.root, "var/lib/garage/data"), { mode: 0o700 });
        execFileSync("chmod", ["700", join(world.root, "var/lib/garage/meta")]);
        execFileSync("chmod", ["600", join(world.root, "var/lib/garage/meta/node_key")]);
        world.write("var/lib/garage/meta/db.lmdb/data.mdb", "data");
        if (user === "made") {
            renameSync(join(world.root, "var/lib/garage"), join(world.root, "var/lib/private/garage"));
            symlinkSync("private/garage", join(world.root, "var/lib/garage"));
        }
        for (const dir of ["run/garage-node", "usr/bin", "opt/garage-node", UNITS])
            mkdirSync(join(world.root, dir), { recursive: true });
        if (policy === undefined) this.unitLies();
        else if (policy === BY_HAND) world.write("fake/by-hand", "inactive\n");
        else {
            world.write("fake/container.facts", `${CONTAINER} garaged ${policy}\n`);
            world.write("fake/container", "inactive\n");
        }
        world.tell();
        if (policy === undefined) this.systemctl("start");
        else if (policy === BY_HAND) execFileSync("sh", ["-c", this.byHand("start")]);
        else this.docker("start", CONTAINER);
        assert.deepEqual(world.acts(), ["start old"]);
        world.remove("fake/acts");
    }

    private unitLies(): void {
        const { world, unit } = this;
        world.write(
            `${UNITS}/${unit}`,
            "[Service]\nExecStart=/usr/local/bin/garage server\nDynamicUser=true\nRestart=always\n",
        );
        world.write(`${UNITS}/${unit}.d/limits.conf`, "[Service]\nLimitNOFILE=99\n");
        mkdirSync(join(world.root, `${UNITS}/default.target.wants`));
        symlinkSync(`/${UNITS}/${unit}`, join(world.root, `${UNITS}/default.target.wants/${unit}`));
        symlinkSync(`/${UNITS}/${unit}`, join(world.root, `${UNITS}/s3.service`));
        world.write("fake/old", unit);
    }

    /** He is there already. */
    get known(): string {
        return this.user === "other"
            ? `getent() { echo "garage:x:${GARAGE}:${GARAGE}::/nonexistent:/sbin/nologin"; }\n`
            : "";
    }

    /** What each verb gets of fakes here. */
    get steps(): string {
        return napping(120) + USERS + this.known + (this.policy === BY_HAND ? IMPATIENT : "");
    }

    get sheet(): string[] {
        const lines = ["london", "paris", "rome"].map((name, at) => `line ${name} e${at} 1.3.0 x86_64:abc`);
        return this.world.sheet(["replicationfactor 3", ...lines]);
    }

    systemctl(word: string): void {
        this.fake("systemctl", [word, this.unit]);
    }

    private byHand(word: string): string {
        return `${join(__dirname, "..", "world", "bin", "by-hand")} ${this.world.root} ${word}`;
    }

    docker(...words: string[]): string {
        return this.fake("docker", words);
    }

    private fake(name: string, words: string[]): string {
        const world = { GARAGE_NODE_ROOT: this.world.root, FAKE: join(this.world.root, "fake"), APART: "yes" };
        const env = { ...process.env, ...world };
        return execFileSync(join(__dirname, "..", "world", "bin", name), words, {
            env,
            encoding: "utf8",
            stdio: "pipe",
        });
    }

    /** What docker would say: id, name and restart policy. */
    container(): string {
        return this.world.read("fake/container.facts").trim();
    }

    take(words = "", fakes = ""): Ran {
        return this.world.verb(`take ${GENERATION}${words && ` ${words}`}`, this.sheet, this.steps + fakes);
    }

    /** What a call brings that sets back; `looked` is what `look` has answered. */
    backSheet(looked = "ours e0"): string[] {
        const seen = Buffer.from(this.seen).toString("base64");
        const places = [
            "metadata /var/lib/garage/meta",
            "data /var/lib/garage/data",
            "backups /var/lib/garage-backups",
        ];
        return this.world.sheet([
            ...["replicationfactor 3", `looked ${looked}`, `adopt ${seen}`, "adoptback yes"],
            ...places,
        ]);
    }

    /** `peers`: lines of those whom the call knows, where these aren't all. */
    untake(fakes = "", looked?: string, peers?: string[]): Ran {
        return this.world.verb("untake london tool=t1", this.knowing(peers, looked), this.steps + fakes);
    }

    private knowing(peers: string[] | undefined, looked?: string): string[] {
        const lines = this.backSheet(looked);
        return peers ? [...lines.filter((line) => !line.startsWith("peer ")), ...peers] : lines;
    }

    untakeDying(at: number): boolean {
        this.untake(dying(at));
        return Number(this.world.read("fake/count")) >= at;
    }

    hostBack(): Ran {
        return this.world.verb("host london tool=t1", this.backSheet(), this.steps);
    }

    /** Once all nodes are back. */
    disown(sheet = this.backSheet()): Ran {
        return this.world.verb("disown london tool=t1", sheet, this.steps);
    }

    look(peers?: string[]): Ran {
        const ready = "sheet_read() { :; }; sheet_whole() { :; }\n";
        return this.world.verb("look london tool=t1", this.knowing(peers), ready);
    }

    start(): Ran {
        return this.world.verb("start", this.sheet, this.steps);
    }

    uninstall(): Ran {
        return this.world.verb("uninstall", this.sheet, this.steps);
    }

    /** Runs the script that an uninstall leaves, below this host's root; as far as `until`, where it was cut short. */
    back(until?: string): void {
        const { root } = this.world;
        const script = this.world.read("etc/garage-node/adopted/back.sh").split(until ?? "\0")[0]!;
        const text = script
            .replace(/\/(etc|var\/lib)\//g, `${root}/$1/`)
            .split(`ln -sfn ${root}`)
            .join("ln -sfn ");
        const stubs = `pgrep() { return 1; }\nuserdel() { sed -i '/^garage:/d' ${root}/etc/passwd ${root}/etc/group; }\n`;
        const env = {
            PATH: `${join(__dirname, "..", "world", "bin")}:${process.env.PATH}`,
            GARAGE_NODE_ROOT: root,
            FAKE: join(root, "fake"),
            APART: "yes",
        };
        execFileSync("sh", ["-c", stubs + text], { env, stdio: "pipe" });
    }

    /** `take`, but it dies at its Nth step; false where it has fewer. */
    takeDying(at: number): boolean {
        this.take("", dying(at));
        return Number(this.world.read("fake/count")) >= at;
    }

    /** All that is the old service's, with modes and links. */
    old(): Record<string, string> {
        const found: Record<string, string> = {};
        const look = (path: string) => {
            const at = join(this.world.root, path);
            const is = lstatSync(at);
            if (/garage-node|peer|multi-user/.test(path)) return;
            if (is.isSymbolicLink()) found[path] = `-> ${readlinkSync(at)}`;
            else if (is.isDirectory()) {
                found[path] = `${(is.mode & 0o7777).toString(8)} ${is.uid}:${is.gid}`;
                for (const name of readdirSync(at)) look(join(path, name));
            } else
                found[path] =
                    `${(is.mode & 0o7777).toString(8)} ${is.uid}:${is.gid} ${readFileSync(at).toString("base64")}`;
        };
        for (const path of [UNITS, "var/lib", "etc/passwd", "etc/group"]) look(path);
        return found;
    }

    /** Which daemon runs: `old`, a generation, or none. */
    runs(): string {
        const active = (file: string) => this.world.has(file) && this.world.read(file).trim() === "active";
        if (!["unit", "container", "by-hand"].some((each) => active(`fake/${each}`))) return "none";
        const exe = readlinkSync(join(this.world.root, "proc/777/exe"));
        return exe.endsWith("/usr/local/bin/garage") ? "old" : /generations\/([^/]+)\//.exec(exe)![1]!;
    }

    ledger(key: string): string[] {
        return this.world.recorded(key);
    }

    done(): void {
        this.world.done();
    }
}

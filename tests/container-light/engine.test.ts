import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = readFileSync(join(__dirname, "..", "..", "sdk", "container", "container.sh"), "utf8");
const real = (command: string) => execFileSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();

/** Which engine is taken, on machines made of fakes: nothing but what is named here can be called. Starts no container. */
describe("container.sh chooses an engine", () => {
    let bin: string;
    beforeEach(() => {
        bin = mkdtempSync(join(tmpdir(), "engine-"));
        symlinkSync(real("bash"), join(bin, "bash"));
    });
    afterEach(() => rmSync(bin, { recursive: true }));

    function machine(commands: Record<string, string>, words = ["engine"]) {
        for (const [name, body] of Object.entries(commands)) {
            writeFileSync(join(bin, name), `#!${real("bash")}\n${body}\n`);
            chmodSync(join(bin, name), 0o755);
        }
        const options = { input: script, env: { PATH: bin }, encoding: "utf8" } as const;
        const { status, stdout, stderr } = spawnSync(join(bin, "bash"), ["-s", "--", ...words], options);
        return { status, answer: stdout.trim(), said: stderr.trim() };
    }

    const root = { id: "echo 0" };
    const user = { id: "echo 1000" };
    const podman = { podman: "exit 9" };
    const cgroupsV2 = { stat: "echo cgroup2fs" };
    const cgroupsV1 = { stat: "echo tmpfs" };
    const docker = { docker: '[ "$*" = info ]' };
    const dockerDown = { docker: "exit 1" };

    const rows: [string, Record<string, string>, string][] = [
        ["podman as root", { ...root, ...podman, ...cgroupsV2 }, "podman"],
        ["podman before docker, as root", { ...root, ...podman, ...cgroupsV2, ...docker }, "podman"],
        [
            "podman with runc where cgroups are v1 or hybrid",
            { ...root, ...podman, ...cgroupsV1, runc: "" },
            "podman --runtime BIN/runc",
        ],
        ["docker as root where there is no podman", { ...root, ...docker }, "docker"],
        ["docker as an ordinary user who may use it", { ...user, ...docker }, "docker"],
        ["docker as an ordinary user, though there is podman", { ...user, ...podman, ...docker }, "docker"],
    ];
    for (const [what, commands, expected] of rows) {
        it(`takes ${what}`, () => {
            const { status, answer, said } = machine(commands);
            assert.deepEqual({ status, answer, said }, { status: 0, answer: expected.replace("BIN", bin), said: "" });
        });
    }

    const refusals: [string, Record<string, string>, RegExp][] = [
        ["there is none", root, /neither podman nor docker found: apt-get install podman/],
        [
            "podman isn't run by root",
            { ...user, ...podman },
            /^container: run as root \(sudo -E npm start\): .*ordinary user have no address/,
        ],
        ["there is none, and the user is an ordinary one", user, /^container: run as root (?!.*apt-get)/],
        ["docker doesn't answer", { ...user, ...dockerDown }, /docker is installed but doesn't answer/],
        [
            "runc is missing on cgroups v1",
            { ...root, ...podman, ...cgroupsV1 },
            /podman needs runc: apt-get install runc/,
        ],
    ];
    for (const [what, commands, expected] of refusals) {
        it(`says what to do where ${what}`, () => {
            const { status, answer, said } = machine(commands);
            assert.equal(status, 1);
            assert.equal(answer, "");
            assert.match(said, expected);
        });
    }

    it("leaves a container alone that was made without a volume that is asked for", () => {
        const engine = `case "$*" in
            info) ;;
            *'index .Config.Labels "pulumi-garage-volumes"'*) echo "/srv/a:/srv/a meta:/srv/m" ;;
            *'index .Config.Labels "pulumi-garage"'*) echo a/b ;;
            *State.Running*) exit 9 ;;
            *) echo "unknown call: $*" >&2 && exit 8 ;;
        esac`;
        const up = (...volumes: string[]) =>
            machine({ ...root, docker: engine }, [
                ...["up", "name", "default", "a2V5", "a/b"],
                ...volumes.flatMap((volume) => ["--volume", volume]),
            ]);
        const refused = up("/srv/a:/srv/a", "/srv/a:/srv/a2");
        assert.equal(refused.status, 1);
        assert.match(
            refused.said,
            /name: was made without the volume \/srv\/a:\/srv\/a2; it isn't touched. What lies in \/srv\/a2 now/,
        );
        assert.match(refused.said, /docker rm -f name \(its volumes stay\)/);
        assert.doesNotMatch(up("/srv/a:/srv/a", "meta:/srv/m").said, /mounts|volume/);
        assert.match(up("/srv/a:/srv/a", "/srv/b:/srv/b:ro").said, /kept as it is/);
        assert.match(up("meta:/srv/m").said, /kept as it is, though it was made with other mounts/);
    });
});

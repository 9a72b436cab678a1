import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = readFileSync(join(__dirname, "..", "..", "sdk", "container", "container.sh"), "utf8");
const LABEL = `container-test/${process.pid}`;
const NAME = `container-test-${process.pid}`;

interface Ran {
    status: number | null;
    stdout: string;
    stderr: string;
}
const call = (command: string, args: string[], input = ""): Ran =>
    spawnSync(command, args, { input, encoding: "utf8" }) as Ran;
const container = (...args: string[]) => call("bash", ["-s", "--", ...args], script);

/** On a real engine. A container's stop and start stand for a reboot of the machine; a power loss isn't proven here. */
describe("container.sh on a real engine", function () {
    this.timeout(120_000);
    let dir: string;
    let engine: string;
    const keys: Record<string, string> = {};

    const up = (name: string, key: string, ...options: string[]) =>
        container("up", name, "default", keys[key]!, LABEL, ...options);
    const inside = (name: string, line: string) => call(engine, ["exec", name, "sh", "-c", line]);
    const idOf = (name: string) => call(engine, ["inspect", "--format", "{{.Id}}", name]).stdout;
    const ssh = (address: string, key: string, line: string) => {
        const trust = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
        const only = ["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"];
        return call("ssh", ["-i", join(dir, key), ...trust, ...only, `root@${address}`, line]);
    };

    before(() => {
        dir = mkdtempSync(join(tmpdir(), "container-test-"));
        for (const key of ["first", "second"]) {
            call("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, key)]);
            keys[key] = readFileSync(join(dir, `${key}.pub`)).toString("base64");
        }
        engine = container("engine").stdout.trim().split(" ")[0]!;
    });
    after(() => {
        container("purge", LABEL);
        rmSync(dir, { recursive: true });
    });

    let line: string;
    let address: string;

    it("brings a host up and prints one line: address, port, host key", () => {
        const { status, stdout, stderr } = up(NAME, "first", "--hostname", "paris", "--volume", `${dir}:/srv/extra:ro`);
        assert.equal(status, 0, stderr);
        assert.match(stdout, /^\d+\.\d+\.\d+\.\d+ 22 ssh-ed25519 [A-Za-z0-9+/=]+\n$/);
        line = stdout;
        address = stdout.split(" ")[0]!;
        assert.equal(
            ssh(address, "first", "hostname; ls /srv/extra").stdout,
            "paris\nfirst\nfirst.pub\nsecond\nsecond.pub\n",
        );
    });

    it("runs systemd without a failed unit, with a journal and transient units", () => {
        const said = ssh(
            address,
            "first",
            'systemctl is-system-running --wait; systemd-run --quiet --wait --unit=probe sh -c "echo seen" && journalctl -q -o cat -u probe | grep -x seen',
        );
        assert.equal(said.stdout, "running\nseen\n", said.stderr);
    });

    it("starts a unit as hardened as garage.service, which can write to its state directory only", () => {
        const hardening = [
            ...["User=daemon", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes"],
            ...[
                "NoNewPrivileges=yes",
                "RestrictNamespaces=yes",
                "ProtectKernelTunables=yes",
                "ProtectControlGroups=yes",
            ],
            ...[
                "ProtectProc=invisible",
                "MemoryDenyWriteExecute=yes",
                "SystemCallFilter=@system-service",
                "LimitNOFILE=42000",
            ],
            ...["CapabilityBoundingSet=", "StateDirectory=garage", "ReadWritePaths=/var/lib/garage"],
        ];
        const properties = hardening.map((word) => `-p ${word}`).join(" ");
        const line = `systemd-run --quiet --wait --pipe ${properties} sh -c "touch /var/lib/garage/ok && ls /var/lib/garage; touch /etc/no"`;
        const { stdout, stderr } = ssh(address, "first", line);
        assert.equal(stdout, "ok\n", stderr);
        assert.match(stderr, /Read-only file system/);
    });

    it("changes nothing the second time", () => {
        const id = idOf(NAME);
        const { stdout, stderr } = up(NAME, "first", "--hostname", "paris", "--volume", `${dir}:/srv/extra:ro`);
        assert.deepEqual([stdout, stderr, idOf(NAME)], [line, "", id]);
    });

    it("takes a rotated key without making the container anew", () => {
        const id = idOf(NAME);
        assert.equal(up(NAME, "second", "--volume", `${dir}:/srv/extra:ro`).stdout, line);
        assert.equal(idOf(NAME), id);
        assert.equal(ssh(address, "second", "echo in").stdout, "in\n");
        assert.equal(ssh(address, "first", "echo in").status, 255);
    });

    it("keeps a container that was made with other mounts, and says so", () => {
        const { status, stdout, stderr } = up(NAME, "second");
        assert.deepEqual([status, stdout], [0, line]);
        assert.match(
            stderr,
            /kept as it is, though it was made with other mounts.* rm -f .*, then set nodes\.[\w-]+\.reapply to a/,
        );
    });

    it("takes another text to be gone over once more by, and changes nothing that is there", () => {
        const id = idOf(NAME);
        const { stdout, stderr } = up(NAME, "second", "--volume", `${dir}:/srv/extra:ro`, "--reapply", "2");
        assert.deepEqual([stdout, stderr, idOf(NAME)], [line, "", id]);
    });

    it("gives hosts that come up together different addresses", async () => {
        const names = ["b", "c", "d"].map((letter) => `${NAME}-${letter}`);
        const args = names.map((name) => `up ${name} default ${keys.first} ${LABEL}`);
        const file = join(__dirname, "..", "..", "sdk", "container", "container.sh");
        const { stdout } = call("bash", ["-c", `${args.map((words) => `bash ${file} ${words} &`).join(" ")} wait`]);
        const addresses = stdout
            .trim()
            .split("\n")
            .map((made) => made.split(" ")[0]);
        assert.equal(new Set([address, ...addresses]).size, 4, stdout);
    });

    it("wakes what is stopped, at the same addresses", () => {
        const before = inside(`${NAME}-b`, "hostname -I").stdout;
        call(engine, ["stop", NAME, `${NAME}-b`, `${NAME}-c`]);
        // Started in another order than they were made in.
        call(engine, ["start", `${NAME}-c`]);
        const { status, stderr } = container("wake", LABEL);
        assert.equal(status, 0, stderr);
        assert.equal(inside(`${NAME}-b`, "hostname -I").stdout, before);
        assert.equal(ssh(address, "second", "echo in").stdout, "in\n");
        assert.equal(container("wake", LABEL).stderr, "");
    });

    it("refuses a container of another stack, and leaves it as it is", () => {
        const id = idOf(NAME);
        for (const words of [
            ["up", NAME, "default", keys.first!, "other/stack"],
            ["down", NAME, "other/stack"],
        ]) {
            const { status, stdout, stderr } = container(...words);
            assert.deepEqual([status, stdout], [1, ""]);
            assert.match(stderr, new RegExp(`container ${NAME} belongs to "${LABEL}", not to "other/stack"`));
        }
        assert.equal(container("purge", "other/stack").status, 0);
        assert.equal(idOf(NAME), id);
    });

    it("takes a container down but keeps its data, and says how to delete them; it comes back at its address", () => {
        inside(NAME, "echo precious >/var/lib/garage/object; echo copy >/var/lib/garage-backups/object");
        const { status, stdout } = container("down", NAME, LABEL);
        assert.equal(status, 0);
        assert.match(stdout, new RegExp(`${engine} volume rm ${NAME}-garage ${NAME}-backups\n$`));
        assert.equal(idOf(NAME).trim(), "");
        assert.equal(container("down", NAME, LABEL).status, 0);
        assert.equal(up(NAME, "first").stdout.split(" ")[0], address);
        assert.equal(
            inside(NAME, "cat /var/lib/garage/object /var/lib/garage-backups/object").stdout,
            "precious\ncopy\n",
        );
    });

    it("refuses the volumes of another stack", () => {
        container("down", NAME, LABEL);
        const { status, stderr } = container("up", NAME, "default", keys.first!, "other/stack");
        assert.equal(status, 1);
        assert.match(stderr, new RegExp(`volume ${NAME}-garage belongs to "${LABEL}"`));
    });

    it("lists the containers and volumes of all stacks by their labels", () => {
        const lines = container("list").stdout.split("\n");
        assert.equal(lines.filter((line) => line === `container ${LABEL}`).length, 3);
        assert.equal(lines.filter((line) => line === `volume ${LABEL}`).length, 8);
    });

    it("purges the containers and volumes of one stack", () => {
        const { status, stderr } = container("purge", LABEL);
        assert.equal(status, 0);
        assert.match(stderr, /3 containers and 8 volumes removed/);
        const filter = ["--filter", `label=pulumi-garage=${LABEL}`];
        assert.equal(
            call(engine, ["ps", "-aq", ...filter]).stdout + call(engine, ["volume", "ls", "-q", ...filter]).stdout,
            "",
        );
    });

    it("refuses what it doesn't know", () => {
        assert.match(container("destroy").stderr, /unknown verb "destroy"; allowed: up, down/);
        assert.match(container("up", NAME).stderr, /usage: up NAME IMAGE/);
        assert.match(container("purge").stderr, /usage: purge LABEL/);
        assert.match(up(NAME, "first", "--privileged", "yes").stderr, /unknown option "--privileged"; allowed:/);
        const missing = container("up", NAME, "localhost/no-such-image:1", keys.first!, LABEL);
        assert.match(missing.stderr, /image localhost\/no-such-image:1 is neither here nor to be pulled/);
    });
});

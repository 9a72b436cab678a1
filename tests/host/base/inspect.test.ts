import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FACTS, FakeMachine, ID, SECRET, TOML } from "./fakeMachine";

describe("what inspect looks at on a host", () => {
    let machine: FakeMachine;
    beforeEach(() => {
        machine = new FakeMachine();
    });
    afterEach(() => machine.remove());
    const daemon = () => machine.ask("look").daemons[0];

    it("is the daemon, its unit, binary and configuration; it leaves nothing, and no secret goes along", () => {
        machine.runs({ environment: ["RUST_LOG=garage=info", `GARAGE_RPC_SECRET=${SECRET}`] });
        const before = machine.files();
        const look = machine.ask("look");
        assert.deepEqual(machine.files(), before);
        assert.deepEqual(
            [look.host.os, look.host.nixos, look.host.systemd, look.host.claim],
            ["Debian GNU/Linux 12", false, 252, null],
        );
        assert.deepEqual(look.host.units, [{ name: "garage.service", active: "active", sub: "running" }]);
        const [seen] = look.daemons;
        assert.deepEqual(
            [seen.pid, seen.start, seen.uid, seen.user, seen.release],
            [100, 1_800_000_050, 0, "root", "1.3.0"],
        );
        assert.match(seen.sha256, /^[0-9a-f]{64}$/);
        assert.equal(seen.replaced, false);
        assert.deepEqual(seen.listeners, [{ address: "127.0.0.1", port: 3901 }]);
        assert.equal(seen.keeper.kind, "unit");
        assert.equal(seen.keeper.unit.dynamicUser, true);
        assert.deepEqual(seen.environment, { RUST_LOG: "garage=info", GARAGE_RPC_SECRET: "…" });
        assert.equal(seen.config.path, "/etc/garage.toml");
        assert.equal(
            seen.config.text,
            TOML.replace(SECRET, "@secret").replace("short", "@secret").replace("# the disk", ""),
        );
        assert.ok(!JSON.stringify(look).includes(SECRET));
    });

    for (const [what, words, environment] of [
        ["-c", ["/usr/bin/garage", "-c", "/etc/other.toml", "server"], []],
        ["--config=", ["/usr/bin/garage", "--config=/etc/other.toml", "server"], []],
        ["a path from where it was started", ["/usr/bin/garage", "-c", "other.toml", "server"], []],
        ["the environment", ["/usr/bin/garage", "server"], ["GARAGE_CONFIG_FILE=/etc/other.toml"]],
    ] as const)
        it(`is the configuration that is named by ${what}`, () => {
            machine.write("etc/other.toml", "x = 1\n");
            machine.runs({ words: [...words], environment: [...environment] });
            assert.equal(daemon().config.text, "x = 1\n");
        });

    for (const [what, put] of [
        ["nothing", () => {}],
        ["a pipe", (file: string) => execFileSync("mkfifo", [file])],
        ["a device", (file: string) => symlinkSync("/dev/zero", file)],
    ] as const)
        it(`is no configuration where ${what} lies`, () => {
            rmSync(join(machine.root, "etc/garage.toml"));
            put(join(machine.root, "etc/garage.toml"));
            machine.runs();
            assert.deepEqual(daemon().config, { path: "/etc/garage.toml", text: null, changed: null });
        });

    it("is a binary that was replaced, since its file is gone", () => {
        machine.runs();
        rmSync(join(machine.root, "proc/100/exe"));
        symlinkSync("/usr/bin/garage (deleted)", join(machine.root, "proc/100/exe"));
        assert.deepEqual([daemon().exe, daemon().replaced], ["/usr/bin/garage", true]);
    });

    const id = (letter: string) => letter.repeat(64);
    for (const [what, cgroup, contained, expected] of [
        ["a session", "/user.slice/user-0.slice/session-3.scope", false, "hand"],
        ["sshd's service", "/system.slice/ssh.service", false, "hand"],
        ["a service of docker", `/system.slice/docker-${id("d")}.scope`, true, "docker garaged"],
        ["docker with cgroups of old", `/docker/${id("d")}`, true, "docker garaged"],
        ["podman", `/machine.slice/libpod-${id("e")}.scope/container`, true, "podman garaged"],
        [
            "podman in a unit",
            `/system.slice/garage.service/libpod-payload-${id("e")}`,
            true,
            "podman garaged of garage.service",
        ],
        [
            "podman where the hierarchies of cgroups v1 differ",
            `/machine.slice/libpod-${id("e")}.scope\n0::/docker-${id("f")}.scope/system.slice/ssh.service`,
            true,
            "podman garaged",
        ],
        ["a pod", `/kubepods.slice/cri-containerd-${id("a")}.scope`, true, "kubernetes"],
        [
            "this host, which is a container itself",
            `/docker-${id("d")}.scope/system.slice/garage.service`,
            false,
            "garage.service",
        ],
        ["this host, by hand", `/docker-${id("d")}.scope/init.scope`, false, "hand"],
    ] as const)
        it(`is who keeps it running, by its cgroup: ${what}`, () => {
            machine.write(
                "container.json",
                JSON.stringify([{ Name: "garaged", Config: { Image: "i" }, HostConfig: {}, Mounts: [] }]),
            );
            machine.runs({ cgroup, contained });
            const { kind, unit, container } = daemon().keeper;
            const name = container
                ? [container.engine, container.name].filter(Boolean).join(" ")
                : unit
                  ? unit.name
                  : kind;
            assert.equal(container && unit ? `${name} of ${unit.name}` : name, expected);
        });

    it("is a container, whose mounts have one order, and whose environment is nobody's business", () => {
        const mount = (name: string) => ({ Source: `/srv/${name}`, Destination: `/${name}`, Type: "bind" });
        const looked = (names: string[]) => {
            const config = {
                Image: "i",
                Env: [`GARAGE_RPC_SECRET=${SECRET}`],
                Labels: { PODMAN_SYSTEMD_UNIT: "g.service" },
            };
            const host = {
                RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
                NetworkMode: "host",
                AutoRemove: true,
            };
            const shown = {
                Name: "garaged",
                Config: config,
                HostConfig: host,
                Mounts: names.map(mount),
                State: { Pid: 100 },
            };
            machine.write("container.json", JSON.stringify([shown]));
            return daemon().keeper.container;
        };
        machine.runs({ cgroup: `/machine.slice/libpod-${id("e")}.scope`, contained: true });
        const seen = looked(["data", "meta"]);
        assert.deepEqual(looked(["meta", "data"]), seen);
        assert.deepEqual(seen, {
            ...{ engine: "podman", id: id("e"), name: "garaged", image: "i", network: "host", pid: 100 },
            ...{ restart: "on-failure:3", restartFixed: true, autoRemove: true, unit: "g.service", compose: null },
            mounts: ["data", "meta"].map((name) => ({ source: `/srv/${name}`, target: `/${name}`, type: "bind" })),
            ports: [],
        });
    });

    it("is each daemon, and what it is claimed for, and NixOS", () => {
        machine.runs();
        machine.runs({ pid: 101 });
        machine.write("etc/garage-node/claim", "cluster c1\nnode paris\n");
        machine.write("etc/NIXOS", "");
        const { host, daemons } = machine.ask("look");
        assert.deepEqual([daemons.length, host.claim, host.nixos], [2, "cluster c1\nnode paris\n", true]);
    });

    it("is nothing where no Garage runs", () => assert.deepEqual(machine.ask("look").daemons, []));

    it("is nothing without jq, and the line that would install it is said", () => {
        machine.fake("apt-get", "exit 1");
        machine.lacks("jq");
        assert.equal(machine.ask("look"), "lacks jq apt-get install -y jq");
    });
});

describe("what inspect asks of a daemon", () => {
    let machine: FakeMachine;
    beforeEach(() => {
        machine = new FakeMachine();
    });
    afterEach(() => machine.remove());

    it("is its id, what its directories hold, and what it says of the cluster", () => {
        machine.runs();
        const { id, engines, directories, layoutFile, marks, daemon } = machine.ask("ask", FACTS);
        assert.deepEqual([id, engines, Buffer.from(layoutFile, "base64").toString()], [ID, ["lmdb"], "G010lh"]);
        assert.deepEqual(
            directories.map(({ path, there, user, owners }: Record<string, unknown>) => [path, there, user, owners]),
            [
                ["/var/lib/garage/meta", true, "root", ["0:0"]],
                ["/var/lib/garage/data", true, "root", ["0:0"]],
            ],
        );
        assert.deepEqual([daemon.release, daemon.engine, daemon.errors], ["1.3.0", "lmdb", []]);
        assert.equal(daemon.answersThrough.length, 3);
        assert.ok(daemon.workers.length > 0);
        assert.ok(daemon.workers.every(({ errors }: { errors: number }) => errors > 0));
        assert.deepEqual(Object.keys(marks).sort(), ["admin_token", "admin_token.unfit", "rpc_secret"]);
        assert.match(marks.rpc_secret, /^[0-9a-f]{64}$/);
        assert.notEqual(
            marks.rpc_secret,
            machine.ask("ask", [...FACTS.slice(0, 6), ["salt", "other"]]).marks.rpc_secret,
        );
    });

    it("goes by its user, and into its network", () => {
        machine.runs({ uid: 998, contained: true });
        assert.deepEqual(machine.ask("ask", FACTS).daemon.errors, []);
    });

    it("goes with the secret of a file, of the environment, or of a command line", () => {
        const without = TOML.replace(/^rpc_secret.*$/m, 'rpc_secret_file = "/etc/secret"');
        machine.write("etc/secret", `${SECRET}\n`);
        machine.write("etc/garage.toml", without);
        machine.runs();
        assert.deepEqual(machine.ask("ask", FACTS).daemon.errors, []);
        writeFileSync(join(machine.root, "proc/100/environ"), `GARAGE_RPC_SECRET=${SECRET}\0`);
        machine.write("etc/secret", "other");
        assert.deepEqual(machine.ask("ask", FACTS).daemon.errors, []);
        writeFileSync(join(machine.root, "proc/100/environ"), "");
        writeFileSync(join(machine.root, "proc/100/cmdline"), `garage\0--rpc-secret\0${SECRET}\0server\0`);
        assert.deepEqual(machine.ask("ask", FACTS).daemon.errors, []);
    });

    it("is said where it doesn't answer", () => {
        machine.write("usr/bin/garage", "#!/bin/bash\nexit 1\n", 0o755);
        machine.runs();
        const { daemon, id } = machine.ask("ask", FACTS);
        assert.equal(id, ID);
        assert.deepEqual(
            daemon.errors.map(({ why }: { why: string }) => why),
            Array.from({ length: 6 }, () => "no answer"),
        );
    });

    it("sees databases of two engines, an empty directory, and a missing one", () => {
        machine.runs();
        machine.write("var/lib/garage/meta/db.sqlite", "");
        rmSync(join(machine.root, "var/lib/garage/data"), { recursive: true });
        const { engines, directories } = machine.ask("ask", FACTS);
        assert.deepEqual(engines, ["lmdb", "sqlite"]);
        assert.deepEqual(directories[1], { path: "/var/lib/garage/data", there: false });
    });

    it("isn't another daemon than the one that was looked at", () => {
        machine.runs();
        assert.deepEqual(machine.ask("ask", [FACTS[0], ["ticks", "5001"], ...FACTS.slice(2)]), {
            inspect: 1,
            gone: true,
        });
        assert.deepEqual(machine.ask("ask", [["pid", "101"], ...FACTS.slice(1)]), { inspect: 1, gone: true });
    });

    it("has secrets for nobody but who asks for them alone", () => {
        machine.runs();
        assert.deepEqual(machine.ask("secrets", FACTS), { rpc_secret: SECRET, admin_token: "short" });
        assert.ok(!JSON.stringify(machine.ask("ask", FACTS)).includes(SECRET));
    });
});

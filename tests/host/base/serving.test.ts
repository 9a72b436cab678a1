import * as assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { FakeHost } from "./fakeHost";

// Doesn't prove: that the kernel's lists look like this (tests/e2e), or what Garage does when it can't bind (garage-facts 11).

const ANY6 = "0".repeat(32);
const ANY4 = "00000000";
/** 10.0.0.5, fd00::5 and ::ffff:10.0.0.5 as the kernel lists them: words of four bytes, the last one first. */
const TEN = "0500000A";
const FD00 = "000000FD000000000000000005000000";
const MAPPED = `0000000000000000FFFF0000${TEN}`;

interface Socket {
    address: string;
    port: number;
    /** Whose it is: the daemon's, or that of process 99. */
    of?: "daemon" | "other";
}

const PID = 7;

/** What the kernel of the host lists. */
function listening(host: FakeHost, sockets: Socket[], unix: string[] = []): void {
    rmSync(host.path("proc"), { recursive: true, force: true });
    host.write("fake/pid", `${PID}\n`);
    for (const pid of [PID, 99]) mkdirSync(host.path(`proc/${pid}/fd`), { recursive: true });
    host.write("proc/99/comm", "nginx\n");
    for (const list of ["tcp", "tcp6"]) host.write(`proc/net/${list}`, "  sl  local_address …\n");
    sockets.forEach(({ address, port, of = "daemon" }, at) => {
        const inode = 1000 + at;
        symlinkSync(`socket:[${inode}]`, host.path(`proc/${of === "daemon" ? PID : 99}/fd/${at}`));
        const remote = "0".repeat(address.length);
        const hex = port.toString(16).toUpperCase().padStart(4, "0");
        host.append(
            `proc/net/${address.length === 8 ? "tcp" : "tcp6"}`,
            `   ${at}: ${address}:${hex} ${remote}:0000 0A 00000000:00000000 00:00000000 00000000  999        0 ${inode} 1\n`,
        );
    });
    unix.forEach((path, at) => {
        symlinkSync(`socket:[${2000 + at}]`, host.path(`proc/${PID}/fd/u${at}`));
        host.append("proc/net/unix", `0000: 00000002 00000000 00010000 0001 01 ${2000 + at} ${path}\n`);
    });
}

const all = (address = ANY6): Socket[] => [3901, 3900, 3902, 3903].map((port) => ({ address, port }));
const without = (port: number): Socket[] => all().filter((socket) => socket.port !== port);

describe("a daemon serves", () => {
    let host: FakeHost;
    before(() => {
        host = FakeHost.like("2.5.0");
    });
    after(() => host.remove());

    const info = "opt/garage/generations/2.5.0-aa/info";
    const ask = (facts: string[], generation = "2.5.0-aa") => {
        const text = host.read(info);
        host.write(info, [...text.trimEnd().split("\n"), ...facts, ""].join("\n"));
        host.link(`generations/${generation}`, "opt/garage/current");
        const said = host.lib('if serving; then echo serves; else echo "$LAST_SEEN"; fi').stdout.trim();
        host.write(info, text);
        host.link("generations/2.5.0-aa", "opt/garage/current");
        return said;
    };

    const rows: [string, Socket[], string[], string][] = [
        ["with all its ports on [::]", all(), [], "serves"],
        ["without S3", without(3900), [], "Garage doesn't listen for S3 on [::]:3900"],
        ["without websites", without(3902), [], "Garage doesn't listen for websites on [::]:3902"],
        ["without the admin API", without(3903), [], "Garage doesn't listen for the admin API on [::]:3903"],
        ["without its peers", without(3901), [], "Garage doesn't listen for its peers (RPC) on [::]:3901"],
        [
            "where another process has the port of S3",
            [...without(3900), { address: ANY6, port: 3900, of: "other" }],
            [],
            "Garage doesn't listen for S3 on [::]:3900",
        ],
        [
            "with S3 on another address than it should",
            [...without(3900), { address: TEN, port: 3900 }],
            [],
            "Garage doesn't listen for S3 on [::]:3900",
        ],
        ["on IPv4 only, asked for IPv6", all(ANY4), [], "Garage doesn't listen for its peers (RPC) on [::]:3901"],
        [
            "with K2V, where settings have it",
            all(),
            ["k2vport 3904", "k2vbind [::]"],
            "Garage doesn't listen for K2V on [::]:3904",
        ],
        [
            "with K2V that came up",
            [...all(), { address: FD00, port: 3904 }],
            ["k2vport 3904", "k2vbind [fd00::5]"],
            "serves",
        ],
        ["with K2V on a path", all(), ["k2vbind /run/k2v.sock"], "Garage doesn't listen for K2V on /run/k2v.sock"],
        ["with websites turned off", without(3902), ["webport"], "serves"],
    ];
    for (const [what, sockets, facts, says] of rows)
        it(`${what}: ${says}`, () => {
            listening(host, sockets);
            assert.equal(ask(facts), says);
        });

    it("at an address of its own, or at all of them, however the kernel writes it", () => {
        for (const address of [TEN, MAPPED, ANY4, ANY6]) {
            listening(host, [...without(3902), { address, port: 3902 }]);
            assert.equal(ask(["webbind 10.0.0.5"]), "serves", address);
        }
        listening(host, [...without(3902), { address: FD00, port: 3902 }]);
        assert.equal(ask(["webbind [fd00::5]"]), "serves");
    });

    it("on a path for K2V", () => {
        listening(host, all(), ["/run/k2v.sock"]);
        assert.equal(ask(["k2vbind /run/k2v.sock"]), "serves");
    });

    it("when S3 answers a request, which it is asked at the address that it listens on", () => {
        listening(host, all());
        host.write("fake/deaf", "");
        assert.equal(ask([]), "S3 doesn't answer on 127.0.0.1:3900");
        const asked = `curl() { echo "\${!#}"; }\n`;
        const at = (bind: string) =>
            host
                .lib(
                    `${asked} current_info() { case $1 in s3port) KV=3900 ;; s3bind) KV="${bind}" ;; esac; }; serving_s3`,
                )
                .stdout.trim();
        assert.deepEqual(
            ["[::]", "0.0.0.0", "10.0.0.5", "[fd00::5]"].map(at),
            ["127.0.0.1", "127.0.0.1", "10.0.0.5", "[fd00::5]"].map((address) => `http://${address}:3900/`),
        );
        host.write("proc/sys/net/ipv6/bindv6only", "1\n");
        assert.equal(at("[::]"), "http://[::1]:3900/");
        rmSync(host.path("fake/deaf"));
    });

    it("its peers and the admin API alone while quiet", () => {
        host.write("opt/garage/generations/2.5.0-aa.quiet/info", host.read(info));
        listening(
            host,
            all().filter(({ port }) => port === 3901 || port === 3903),
        );
        assert.equal(ask([], "2.5.0-aa.quiet"), "serves");
        listening(host, without(3902));
        assert.equal(ask([], "2.5.0-aa.quiet"), "the daemon listens on port 3900");
        listening(host, [{ address: ANY6, port: 3901 }]);
        assert.equal(ask([], "2.5.0-aa.quiet"), "Garage doesn't listen for the admin API on [::]:3903");
    });

    it("when somebody can see its ports", () => {
        listening(host, all());
        rmSync(host.path(`proc/${PID}/fd`), { recursive: true });
        assert.equal(ask([]), "Garage doesn't listen for its peers (RPC) on [::]:3901");
    });
});

describe("stage looks at what is to be bound", () => {
    let host: FakeHost;
    beforeEach(() => {
        host = FakeHost.like("2.5.0");
        listening(host, all());
        host.write(
            "proc/net/fib_trie",
            "Local:\n  +-- 127.0.0.0/8 2 0 2\n     |-- 127.0.0.0\n        /8 host LOCAL\n     |-- 10.0.0.5\n        /32 host LOCAL\n     |-- 10.0.0.255\n        /32 link BROADCAST\n",
        );
        const route = (to: string, bits: string, flags: string) =>
            `${to} ${bits} ${ANY6} 00 ${ANY6} 00000000 00000002 00000000 ${flags}     eth0\n`;
        host.write(
            "proc/net/ipv6_route",
            [
                route("fd000000000000000000000000000000", "40", "00000001"),
                route("fd000000000000000000000000000005", "80", "80200001"),
                route("fe800000000000000000000000000005", "80", "80200001"),
            ].join(""),
        );
    });
    afterEach(() => host.remove());

    /** Stages other ports and addresses; what was said at the end. */
    const stage = (words: Record<string, string | number>) => {
        const change = (lines: string[]) =>
            lines.map((line) => {
                if (!/^(ports|binds) /.test(line)) return line;
                const now = line.split(" ").map((word) => {
                    const [service, value] = word.split("=");
                    const key = line.startsWith("ports") ? `${service}Port` : `${service}Bind`;
                    return value && key in words ? `${service}=${words[key]}` : word;
                });
                const k2v = words[line.startsWith("ports") ? "k2vPort" : "k2vBind"];
                return [...now, ...(k2v === undefined ? [] : [`k2v=${k2v}`])].join(" ");
            });
        rmSync(host.path("opt/garage/generations/2.5.0-bb"), { recursive: true, force: true });
        const ran = host.job(["stage", "2.5.0-bb", "sv=2"], host.stageSheet("2.5.0", change));
        const changed = host.has("opt/garage/generations/2.5.0-bb");
        assert.equal(changed, ran.code === 0);
        return ran.code === 0 ? "staged" : ran.stderr.trimEnd().split("\n").at(-1)!;
    };

    for (const [what, words] of [
        ["an IPv4 address that the host hasn't", { s3Bind: "10.0.0.6" }],
        ["a broadcast address", { s3Bind: "10.0.0.255" }],
        ["an IPv6 address that the host hasn't", { webBind: "[fd00::6]" }],
        ["a link-local address, whose link Garage can't name", { webBind: "[fe80::5]" }],
        ["a name in place of an address", { k2vBind: "localhost", k2vPort: 3904 }],
    ] as const)
        it(`${what}: refused, nothing laid ready`, () => {
            assert.match(
                stage(words),
                /(s3BindAddress|webBindAddress|k2v_api\.api_bind_addr).*Nothing was stopped \[address-missing\]$/,
            );
        });

    for (const [what, words] of [
        ["addresses that the host has", { s3Bind: "10.0.0.5", webBind: "[fd00::5]", adminBind: "127.0.0.9" }],
        ["services that change places: the daemon holds those ports itself", { s3Port: 3902, webPort: 3900 }],
        ["K2V on a path", { k2vBind: "/run/k2v.sock" }],
    ] as const)
        it(`${what}: staged`, () => {
            assert.equal(stage(words), "staged");
        });

    it("an address of nobody, where the kernel lets anybody bind to any: staged", () => {
        host.write("proc/sys/net/ipv4/ip_nonlocal_bind", "1\n");
        assert.equal(stage({ s3Bind: "10.0.0.6" }), "staged");
        assert.match(stage({ s3Bind: "[fd00::6]" }), /\[address-missing\]/);
    });

    const held: [string, Socket, Parameters<typeof stage>[0], boolean][] = [
        ["on all addresses", { address: ANY6, port: 3910 }, { s3Port: 3910 }, true],
        ["on all of IPv4", { address: ANY4, port: 3910 }, { s3Port: 3910 }, true],
        ["on one address, and all are asked for", { address: TEN, port: 3910 }, { s3Port: 3910 }, true],
        ["on the very address", { address: TEN, port: 3910 }, { s3Port: 3910, s3Bind: "10.0.0.5" }, true],
        ["on all, and one is asked for", { address: ANY6, port: 3910 }, { s3Port: 3910, s3Bind: "10.0.0.5" }, true],
        ["for K2V", { address: ANY6, port: 3910 }, { k2vPort: 3910, k2vBind: "[::]" }, true],
        ["on another address", { address: TEN, port: 3910 }, { s3Port: 3910, s3Bind: "127.0.0.1" }, false],
        ["on IPv4, and IPv6 is asked for", { address: ANY4, port: 3910 }, { s3Port: 3910, s3Bind: "[fd00::5]" }, false],
        ["that isn't asked for", { address: ANY6, port: 3911 }, { s3Port: 3910 }, false],
    ];
    for (const [what, socket, words, refused] of held)
        it(`a port that another process holds ${what}: ${refused ? "refused, and by whom it is held" : "staged"}`, () => {
            listening(host, [...all(), { ...socket, of: "other" }]);
            host.write(
                "proc/net/fib_trie",
                "     |-- 10.0.0.5\n        /32 host LOCAL\n     |-- 127.0.0.0\n        /8 host LOCAL\n",
            );
            const said = stage(words);
            if (refused) assert.match(said, /port 3910, .* is held by nginx \(process 99\): .* \[port-taken\]$/);
            else assert.equal(said, "staged");
        });

    it("where [::] takes no IPv4, somebody's IPv4 port is in nobody's way", () => {
        listening(host, [...all(), { address: TEN, port: 3910, of: "other" }]);
        host.write("proc/sys/net/ipv6/bindv6only", "1\n");
        assert.equal(stage({ s3Port: 3910 }), "staged");
        assert.match(stage({ s3Port: 3910, s3Bind: "0.0.0.0" }), /\[port-taken\]/);
    });

    it("a port of a daemon that is down, and that somebody has taken: refused", () => {
        host.write("fake/active", "failed");
        listening(host, [{ address: ANY6, port: 3900, of: "other" }]);
        assert.match(stage({}), /port 3900, which is to be for S3, .*\[port-taken\]/);
    });

    it("a host without IPv6, and [::] is asked for: refused with all options to set, before anything starts", () => {
        rmSync(host.path("proc/net/tcp6"));
        assert.match(
            stage({ adminBind: "127.0.0.1" }),
            /no IPv6 .*: rpcBindAddress, s3BindAddress, webBindAddress\. Set each of them to "0\.0\.0\.0".* \[ipv6-off\]$/,
        );
    });

    it("ports that nobody can tell from the daemon's own are left for the start to prove", () => {
        rmSync(host.path(`proc/${PID}/fd`), { recursive: true });
        assert.equal(stage({}), "staged");
    });
});

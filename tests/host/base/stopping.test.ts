import * as assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { FakeHost } from "./fakeHost";

/** The daemon's sockets: for its peers, S3 (both families), web, admin. The last two are another service's. */
const LISTENS = [
    ["00000000:0F3D", 9001],
    ["00000000000000000000000000000000:0F3C", 9000],
    ["0100007F:0F3E", 9002],
    ["00000000:0F3F", 9003],
    ["0200007F:0F3E", 77],
    ["00000000:0016", 78],
] as const;

interface Connection {
    local: string;
    peer: string;
    inode: number;
    queues?: string;
    /** As `ss -i` says it; what is 0 isn't said. */
    facts?: string;
}

const IDLE =
    "cubic wscale:7,7 rto:204 bytes_sent:402 bytes_acked:402 bytes_received:1670 segs_in:7 lastsnd:7000 lastrcv:7004 lastack:6960 rcv_space:65483";
const ASKED =
    "cubic wscale:7,7 bytes_sent:402 bytes_acked:402 bytes_received:2500 lastsnd:7000 lastrcv:6900 lastack:6900";

const said = ({ local, peer, inode, queues = "0      0", facts = IDLE }: Connection) =>
    `${queues} ${local} ${peer} uid:998 ino:${inode} sk:1a cgroup:/system.slice/garage.service <->\n\t ts sack ${facts}\n`;

const s3 = (port: number, inode: number, more: Partial<Connection> = {}): Connection => ({
    local: "[::ffff:192.0.2.1]:3900",
    peer: `[::ffff:192.0.2.9]:${port}`,
    inode,
    ...more,
});

const filter = ({ local, peer }: Connection) => `( src ${local} and dst ${peer} )`;

describe("a stop that nobody waits for", () => {
    let host: FakeHost;
    afterEach(() => host.remove());

    /** A running daemon with such clients. */
    function connected(connections: Connection[], release = "2.4.0"): void {
        host = FakeHost.like(release);
        host.write("fake/pid", "777\n");
        mkdirSync(host.path("proc/777/fd"), { recursive: true });
        const own = [9000, 9001, 9002, 9003, ...connections.map(({ inode }) => inode).filter((inode) => inode > 9000)];
        for (const inode of own) symlinkSync(`socket:[${inode}]`, host.path(`proc/777/fd/${inode}`));
        const line = ([address, inode]: readonly [string, number]) =>
            `   0: ${address} 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 ${inode} 1\n`;
        host.write("proc/net/tcp", LISTENS.map(line).join(""));
        host.write(
            "fake/ss-listening",
            [
                "0      128            *:3900       *:*     uid:998 ino:9000 sk:2 v6only:0 <->",
                "0      128    127.0.0.1:3902 0.0.0.0:*     uid:998 ino:9002 sk:3 <->",
                "0      128    127.0.0.2:3902 0.0.0.0:*     uid:33 ino:77 sk:4 <->",
                "",
            ].join("\n"),
        );
        host.write("fake/ss-established", connections.map(said).join(""));
    }

    const stop = (line = "daemon_stop") => {
        const run = host.lib(line);
        assert.equal(run.code, 0, run.stderr);
        const calls = host.calls().filter((call) => /^(ss|stop)/.test(call));
        return { run, calls, said: run.stderr.trim() };
    };
    const LISTENING = "ss -K listening src [::]:3900 or src 127.0.0.1:3902";

    it("tells the daemon first, then who would connect, then who is idle; another service on the same port keeps its sockets", () => {
        const idle = [s3(40001, 9101), s3(40002, 9102), { local: "127.0.0.1:3903", peer: "127.0.0.1:5", inode: 9103 }];
        connected([...idle, s3(40009, 88)]);
        // The other service's connection stays, so the stop is what ends the daemon in the end.
        host.write("opt/garage/options", "stopGraceSeconds 1\n");
        const { calls, said } = stop();
        assert.deepEqual(calls, [
            "stop --no-block garage.service",
            LISTENING,
            `ss -K established ${idle.map(filter).join(" or ")}`,
            "stop garage.service",
        ]);
        assert.match(said, /^paris: ended 3 idle connections of clients$/);
    });

    it("leaves a request under way alone until it is answered", () => {
        const busy = s3(40001, 9101, { facts: ASKED });
        connected([busy, s3(40002, 9102)]);
        host.write("opt/garage/options", "stopGraceSeconds 1\n");
        const { calls } = stop();
        assert.deepEqual(calls.slice(2), [`ss -K established ${filter(s3(40002, 9102))}`, "stop garage.service"]);
    });

    it("hangs up on a client whom the daemon has taken on just before it was told, too", () => {
        const late = s3(40001, 8999);
        connected([late]);
        const { calls } = stop(
            'systemctl() { command systemctl "$@"; case "$*" in *--no-block*) ln -s "socket:[8999]" "$ROOT/proc/777/fd/8999" ;; esac; }; daemon_stop',
        );
        assert.deepEqual(calls.slice(2), [`ss -K established ${filter(late)}`, "stop garage.service"]);
    });

    it("has nothing to do where nobody is connected", () => {
        connected([]);
        const { calls, said } = stop();
        assert.deepEqual([calls, said], [["stop --no-block garage.service", "stop garage.service"], ""]);
    });

    it("ends no socket of a daemon that has not taken the signal: its servers would take that for an error", () => {
        connected([s3(40001, 9101)]);
        host.write("fake/deaf", "");
        const { calls } = stop('wait_until() { shift 2; "$@"; }; daemon_stop');
        assert.deepEqual(calls, ["stop --no-block garage.service", "stop garage.service"]);
    });

    const cannot: [string, string, RegExp][] = [
        ["ss is missing", "ss-missing", /\(ss: command not found\)$/],
        ["root may not (a container)", "ss-refuses", /\(SOCK_DESTROY answers: Operation not permitted\)$/],
        ["the kernel can't", "ss-keeps", /\(not by this kernel\)$/],
    ];
    for (const [what, file, why] of cannot)
        it(`waits as ever where ${what}, and says so once`, () => {
            connected([s3(40001, 9101)]);
            host.write(`fake/${file}`, "");
            const { calls, said } = stop();
            assert.equal(calls.at(-1), "stop garage.service");
            assert.equal(calls.filter((call) => call.includes("established")).length, 0);
            assert.match(
                said,
                /^paris: the daemon waits for its clients, also for those that are idle: they can't be hung up on here/,
            );
            assert.match(said, why);
            assert.equal(said.split("\n").length, 1);
        });

    it("2.5.0, which dies of a block that it is to write after the signal, is told when no request is under way", () => {
        connected([s3(40001, 9101, { facts: ASKED })], "2.5.0");
        host.write("opt/garage/options", "stopGraceSeconds 1\n");
        // The request is answered after the first look.
        host.write("fake/answered", said(s3(40001, 9101)));
        const run = host.lib(
            'ss() { command ss "$@"; [ ! -e "$FAKE/answered" ] || mv "$FAKE/answered" "$FAKE/ss-established"; }; daemon_stop',
        );
        assert.equal(run.code, 0, run.stderr);
        assert.ok(!host.has("fake/answered"));
        const calls = host.calls().filter((call) => /^(ss|stop)/.test(call));
        assert.deepEqual(calls, [
            "stop --no-block garage.service",
            LISTENING,
            `ss -K established ${filter(s3(40001, 9101))}`,
            "stop garage.service",
        ]);
    });

    /** queued received sent got acknowledged answered, three of them in milliseconds ago; and after how long it is taken for idle, if ever. */
    const rows: [string, string, number | undefined][] = [
        ["answered, and the answer acknowledged", "0 1670 {} {+4} {-40} 402", 1500],
        ["answered in the same tick, and acknowledged after", "0 1670 {} {} {-40} 402", 1500],
        ["asked and answered in the same tick, or answered and asked", "0 1670 {} {} {} 402", 5000],
        ["never asked", "0 0 {} {} {} 0", 1500],
        ["an answer that took 600 ms: the next part may come", "0 1670 {} {+600} {-40} 402", 5000],
        ["an answer that took 400 ms", "0 1670 {} {+400} {-40} 402", 1500],
        ["a request that comes in, or is being answered", "0 1670 {+100} {} {} 402", undefined],
        ["a first request that is being answered", "0 800 {+4} {} {} 0", undefined],
        ["an upload that was told to go on, and pauses", "0 1000816 {} {} {} 25", undefined],
        ["an upload that was told to go on, and hasn't yet", "0 816 {} {+4} {-40} 25", undefined],
        ["an answer that the client has not taken yet", "60000 1670 {} {+4} {} 402", undefined],
    ];
    const isIdle = (row: string, silent: number, patience: number) => {
        const text = row.replace(/\{([+-]\d+)?\}/g, (_, more = "0") => String(silent + Number(more)));
        return host.lib(`stopping_idle ${patience} <<<"a:1 b:2 ${text}"`).stdout === "( src a:1 and dst b:2 )\n";
    };
    for (const [what, row, after] of rows)
        it(`takes a connection for idle ${after === undefined ? "never" : `after ${after} ms`}: ${what}`, () => {
            host = FakeHost.like();
            if (after === undefined) assert.equal(isIdle(row, 60_000, 100), false);
            else assert.deepEqual([isIdle(row, after - 4, 1500), isIdle(row, after, 1500)], [false, true]);
        });

    const asked: [string, string, boolean][] = [
        ["answered, and the answer acknowledged", "0 1670 96 100 56 402 0", false],
        ["an answer that the client has not taken yet", "60000 1670 96 100 96 402 0", false],
        ["never asked", "0 0 600 600 600 0 0", false],
        ["a request that comes in, or is being answered", "0 1670 200 100 100 402 0", true],
        ["a request that was not read yet", "900 1670 100 104 60 402 900", true],
        ["an upload that was told to go on, and pauses", "0 1000816 900 900 900 25 0", true],
        ["an upload that was told to go on, and hasn't yet", "0 816 900 904 860 25 0", true],
        ["asked and answered in the same tick, or answered and asked, a moment ago", "0 1670 496 496 496 402 0", true],
        ["the same, half a second ago", "0 1670 500 500 500 402 0", false],
        ["answered in the same tick, and acknowledged after", "0 1670 100 100 60 402 0", false],
    ];
    for (const [what, row, is] of asked)
        it(`${is ? "sees a request under way" : "sees none"}: ${what}`, () => {
            host = FakeHost.like();
            const among = `a:1 b:2 0 1670 96 100 56 402 0\na:1 b:3 ${row}`;
            assert.equal(host.lib(`stopping_asked <<<"${among}" && echo yes`).stdout, is ? "yes\n" : "");
        });

    it("2.5.0 is told at once where nobody is connected", () => {
        connected([], "2.5.0");
        const { calls, said } = stop('wait_until() { shift 2; "$@" || say "waits for $1"; }; daemon_stop');
        assert.deepEqual([calls, said], [["stop --no-block garage.service", "stop garage.service"], ""]);
    });

    it("in the last second before all is cut, a pause between two requests is enough", () => {
        host = FakeHost.like();
        assert.deepEqual(
            [isIdle("0 1670 {} {+4} {-40} 402", 96, 100), isIdle("0 1670 {} {+4} {-40} 402", 100, 100)],
            [false, true],
        );
        assert.equal(isIdle("0 1670 {} {} {} 402", 4000, 100), false);
    });
});

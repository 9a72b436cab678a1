import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { jqEach } from "../jq";

const PORTS = resolve(__dirname, "../../../sdk/host/lib/ports.sh");

/** A socket as /proc/net/tcp and tcp6 have it, words of four bytes in the machine's order, and what a report says of it. */
const ROWS: [kernel: string, address: string, port: number][] = [
    ["0100007F:0F3D", "127.0.0.1", 3901],
    ["0500000A:0F3C", "10.0.0.5", 3900],
    ["00000000:0F3C", "0.0.0.0", 3900],
    ["00000000000000000000000000000000:0F3E", "::", 3902],
    ["0000000000000000FFFF00000500000A:0F3C", "10.0.0.5", 3900],
    ["B80D0120000000000000000005000000:0F3C", "2001:0db8:0000:0000:0000:0000:0000:0005", 3900],
];

describe("an address that a daemon listens on", () => {
    let said: unknown[];
    before(() => {
        const table = ROWS.map(([kernel]) => `   0: ${kernel} 00000000:0000 0A 0 0 0 0 0 77 1\n`).join("");
        const line = `source ${PORTS}; tcp_sockets() { cat; }; tcp_listeners`;
        const { stdout } = spawnSync("bash", ["-c", line], { input: table, encoding: "utf8" });
        said = jqEach("listener", stdout.trim().split("\n"));
    });

    for (const [at, [kernel, address, port]] of ROWS.entries())
        it(`${kernel} is ${address}, port ${port}`, () => assert.deepEqual(said[at], { address, port }));
});

import * as assert from "node:assert/strict";
import { listeners } from "../../../sdk/garage/listeners";
import type { Series } from "../../../sdk/policy";

const spec = (k2v?: unknown, series: Series = "2") => ({
    ports: { rpc: 3901, s3: 3900, web: 3902, admin: 3903 },
    binds: { rpc: "[::]", s3: "10.0.0.5", web: "[::]", admin: "127.0.0.1" },
    settings: k2v === undefined ? {} : { k2v_api: k2v },
    series,
});

const PORTS = "ports rpc=3901 s3=3900 web=3902 admin=3903";
const BINDS = "binds rpc=[::] s3=10.0.0.5 web=[::] admin=127.0.0.1";

describe("the lines that tell hosts where a node listens", () => {
    const rows: [string, ReturnType<typeof spec>, string, string][] = [
        ["are as they always were without K2V", spec(), PORTS, BINDS],
        [
            "name K2V's address",
            spec({ api_bind_addr: "[fd00::5]:3904" }),
            `${PORTS} k2v=3904`,
            `${BINDS} k2v=[fd00::5]`,
        ],
        ["name K2V's path", spec({ api_bind_addr: "/run/k2v.sock" }), PORTS, `${BINDS} k2v=/run/k2v.sock`],
        ["say nothing of K2V for 0.7, which has none", spec({ api_bind_addr: "[::]:3904" }, "0.7"), PORTS, BINDS],
        [
            "pass on what is no address, for the hosts to refuse",
            spec({ api_bind_addr: "here" }),
            PORTS,
            `${BINDS} k2v=here`,
        ],
    ];
    for (const [what, given, ports, binds] of rows)
        it(what, () => assert.deepEqual(listeners(given), { ports, binds }));
});

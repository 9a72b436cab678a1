import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveReach, sshWords } from "../../../sdk/inspect/reach";

const ROWS: [target: string, words: string[] | undefined][] = [
    ["host1", ["host1"]],
    ["admin@host1", ["admin@host1"]],
    ["host3:2222", ["-p", "2222", "host3"]],
    ["admin@10.0.0.5:22", ["-p", "22", "admin@10.0.0.5"]],
    ["admin@[fd00::5]", ["admin@fd00::5"]],
    ["[fd00::5]:2222", ["-p", "2222", "fd00::5"]],
    ["", undefined],
    ["-oProxyCommand=evil", undefined],
    ["admin@-oProxyCommand=evil", undefined],
    ["a b", undefined],
    ["host:port", undefined],
    ["fd00::5", undefined],
];

describe("a host as it is typed", () => {
    for (const [target, words] of ROWS)
        it(`"${target}" is ${words?.join(" ") ?? "refused"}`, () => {
            if (words === undefined) assert.throws(() => sshWords(target), /is no host/);
            else assert.deepEqual(sshWords(target), words);
        });
});

describe("how a host is reached", () => {
    let dir: string;
    before(() => {
        dir = mkdtempSync(join(tmpdir(), "reach-"));
    });
    after(() => rmSync(dir, { recursive: true }));

    it("is what ssh makes of it, with names, ports, users and one bastion of its configuration", () => {
        const file = join(dir, "config");
        const host = "Host store\n HostName 192.0.2.1\n Port 2222\n User deploy\n ProxyJump jump\n";
        const others =
            "Host jump\n HostName 192.0.2.9\n User hop\nHost two\n ProxyJump a,b\nHost odd\n ProxyCommand nc %h %p\n";
        writeFileSync(file, host + others);
        chmodSync(file, 0o600);
        const resolved = (target: string) => resolveReach(target, ["-F", file]);
        assert.deepEqual(resolved("store"), {
            target: "store",
            host: "192.0.2.1",
            port: 2222,
            user: "deploy",
            proxy: { host: "192.0.2.9", port: 22, user: "hop" },
        });
        assert.deepEqual(resolved("root@store:22"), {
            ...resolved("store"),
            target: "root@store:22",
            port: 22,
            user: "root",
        });
        assert.equal(resolved("two").proxyCommand, "ssh by a,b");
        assert.equal(resolved("odd").proxyCommand, "nc %h %p");
        const { proxy, proxyCommand } = resolved("root@192.0.2.7");
        assert.deepEqual([proxy, proxyCommand], [undefined, undefined]);
    });
});

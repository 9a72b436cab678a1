import * as assert from "node:assert/strict";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertRefused, FakeHost, METADATA, peerId } from "./fakeHost";

const FIXTURES = join(__dirname, "fixtures", "0.1.0");
const active = "opt/garage/generations/2.4.0-aa";

/** As version 0.1.0 left a generation: what it is stood in its garage.toml only. */
function asOf010(host: FakeHost): void {
    for (const dir of [active, `${active}.quiet`]) {
        rmSync(host.path(`${dir}/template`));
        host.write(`${dir}/info`, host.read(`${dir}/info`).replace(/^(replicationfactor|rpctimeout) .*\n/gm, ""));
    }
}

describe("a generation of version 0.1.0", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());
    const replaced = (key: string, value: string) => (lines: string[]) =>
        lines.map((line) => (line.startsWith(`${key} `) ? `${key} ${value}` : line));

    it("gets its facts once, by host, out of what was rendered then", () => {
        host = FakeHost.like();
        cpSync(FIXTURES, host.path("opt/garage/generations"), { recursive: true });
        const before = readdirSync(FIXTURES).map((id) => host.read(`opt/garage/generations/${id}/garage.toml`));
        const run = host.host();
        assert.deepEqual([run.code, run.stderr], [0, ""]);
        const facts: Record<string, string> = {
            "0.7.0": "3 300000",
            "0.8.7": "2 300000",
            "0.9.4": "3 10000",
            "2.5.0": "3 20000",
            "2.5.0.quiet": "3 20000",
        };
        for (const [index, id] of readdirSync(FIXTURES).entries()) {
            const [dir, text] = [`opt/garage/generations/${id}`, before[index]!];
            const info = host.read(`${dir}/info`);
            assert.equal(/^replicationfactor (.*)\nrpctimeout (.*)$/m.exec(info)!.slice(1).join(" "), facts[id], id);
            assert.equal(/^k2vport 3904\nk2vbind \[::\]$/m.test(info), id === "0.9.4", id);
            assert.equal(host.read(`${dir}/garage.toml`), text);
            assert.equal(
                host.read(`${dir}/template`),
                text
                    .replace(/^rpc_public_addr = .*$/m, 'rpc_public_addr = "@RPC_PUBLIC_ADDR@"')
                    .replace(/^bootstrap_peers = .*$/m, "bootstrap_peers = [@BOOTSTRAP_PEERS@]"),
                id,
            );
        }
        const changed = () =>
            host.bash(["-c", `cd ${host.path("opt/garage/generations")} && stat -c '%n %Z %Y' */*`]).stdout;
        const times = changed();
        assert.equal(host.host().code, 0);
        assert.equal(changed(), times);
    });

    it("is compared with what is asked for: another number of copies is refused, new addresses reach it, and it stays admitted", () => {
        host = FakeHost.like("2.4.0");
        asOf010(host);
        assert.equal(host.host().code, 0);
        assertRefused(
            host.stage("2.5.0", ["sv=2"], replaced("replicationfactor", "2")),
            "replication-factor-changed",
            /keeps 3 copies, and 2 are asked for/,
        );
        const run = host.stage("2.5.0", ["sv=2"], (lines) => [
            ...replaced("public", "paris.example:4901")(lines),
            `peer oslo ${peerId("oslo")} 192.0.2.9:3901 storage in`,
        ]);
        assert.equal(run.code, 0, run.stderr);
        for (const text of [`${peerId("oslo")}@192.0.2.9:3901`, 'rpc_public_addr = "paris.example:4901"'])
            assert.ok(host.read(`${active}/garage.toml`).includes(text), text);
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("without facts is never taken for equal: it isn't admitted, and nothing is staged beside it", () => {
        host = FakeHost.like("2.4.0");
        asOf010(host);
        assertRefused(host.node(["admit"]), "admit-configuration", /doesn't say all that it is/);
        assertRefused(
            host.stage("2.5.0", ["sv=2"]),
            "facts-missing",
            /Set version and all options back .*run pulumi up/,
        );
        assert.equal(host.stage("2.4.0", ["sv=2"]).code, 0);
        assert.equal(host.node(["admit"]).code, 0);
        assert.equal(host.stage("2.5.0", ["sv=2"]).code, 0);
    });

    for (const [what, from, to] of [
        ["that somebody has changed", "# quiet", "# louder"],
        ["of another engine than it says", '"lmdb"', '"sqlite"'],
        ["of another metadata directory than it says", METADATA, "/srv/meta"],
        ["without its number of copies", "replication_factor = 3", ""],
        ["with a number of copies that is none", "replication_factor = 3", "replication_factor = a[$(id)]"],
        ["with its addresses said twice", "replication_factor = 3", 'rpc_public_addr = "x"\nreplication_factor = 3'],
    ] as const)
        it(`gets no facts from a garage.toml ${what}`, () => {
            host = FakeHost.like("2.4.0");
            asOf010(host);
            const id = what === "that somebody has changed" ? "2.4.0-aa.quiet" : "2.4.0-aa";
            const file = `opt/garage/generations/${id}/garage.toml`;
            host.write(file, host.read(file).replace(from, to));
            if (id === "2.4.0-aa") host.lib(`toml_record ${id} "$(small_sha256 "$GENERATIONS/${id}/garage.toml")"`);
            const run = host.host();
            assert.equal(run.code, 0, run.stderr);
            assert.match(run.stderr, new RegExp(`note: generation ${id} doesn't say what it is`));
            assert.ok(!host.has(`opt/garage/generations/${id}/template`));
            assert.equal(host.lib(`has_facts ${id} && echo yes || echo no`).stdout, "no\n");
        });
});

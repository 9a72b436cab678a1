import { strict as assert } from "node:assert";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { World } from "../world/world";

// garage-node report on a host of its own. That Garage's answers are read rightly is garage.test.ts's.

const RELEASES = ["0.7.0", "0.8.7", "0.9.4", "1.3.0", "2.5.0"];

describe("garage-node report", function () {
    this.timeout(60_000);
    let world: World;
    afterEach(() => world.done());

    const report = (...args: string[]) => {
        const ran = world.node("report", ...args);
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(ran.stderr, "");
        return JSON.parse(ran.stdout);
    };
    const left = () => readdirSync(join(world.root, "run/garage-node")).filter((name) => name.startsWith("asked"));

    for (const release of RELEASES)
        it(`says of ${release} all that is asked`, () => {
            world = new World(release).started();
            const said = report("--items");
            assert.deepEqual([said.report, said.node.name, said.node.cluster], [1, "london", "c1"]);
            assert.match(said.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
            assert.equal(typeof said.took, "number");
            assert.equal(said.trouble, null);
            assert.deepEqual(said.host.unit, {
                state: "active",
                pid: 777,
                since: "Sun 2026-11-29 00:00:00 UTC",
                restarts: 0,
            });
            assert.equal(said.host.systemd, 252);
            assert.equal(said.host.generation, `${release}-aaaa`);
            assert.deepEqual(
                said.host.listeners.map((each: { port: number }) => each.port).sort(),
                [3900, 3901, 3902, 3903],
            );
            assert.equal(said.host.listeners[0].address, "::");
            assert.equal(said.host.disk[0].use, "metadata");
            assert.equal(said.ledger.release, release);
            assert.deepEqual(said.ledger.data, ["/var/lib/garage/data"]);
            assert.deepEqual(said.daemon.errors, []);
            assert.equal(said.daemon.release, release);
            assert.equal(said.daemon.sees.length, 3);
            assert.equal(said.daemon.answersThrough.length, 3);
            assert.deepEqual(said.daemon.items, { bucket: 5, key: 5, object: 5, version: 5, block_ref: 5 });
            assert.deepEqual(left(), []);
        });

    it("is what status --json says, and counts only when told to", () => {
        world = new World("0.9.4").started();
        // The disk is this machine's, which others fill meanwhile.
        const plain = ({ at, took, ...rest }: { at: string; took: number; host: object }) => {
            const host = { ...rest.host, disk: undefined };
            return { ...rest, host };
        };
        const json = world.node("status", "--json");
        const said = report();
        assert.deepEqual(plain(JSON.parse(json.stdout)), plain(said));
        assert.equal(said.daemon.items, undefined);
        assert.ok(!world.calls().some((call) => call.includes("--detailed")));
    });

    it("says what a hanging daemon didn't answer within its limit", () => {
        world = new World();
        world.cluster.hangs = [["london"]];
        world.started();
        world.options("cliTimeoutSeconds 1");
        const { daemon } = report();
        assert.ok(daemon.errors.length >= 7);
        for (const { question, why } of daemon.errors)
            assert.equal(why, `does not answer within ${["roles", "health"].includes(question) ? 10 : 1} s`, question);
        assert.deepEqual(left(), []);
    });

    it("says so when one question alone isn't answered, or isn't understood", () => {
        world = new World();
        world.cluster.hangs = [["london", "worker"]];
        world.started();
        world.says("london", "block list-errors", "Error: no\n");
        world.options("cliTimeoutSeconds 1");
        const { daemon } = report();
        assert.deepEqual(daemon.errors, [
            { question: "workers", why: "does not answer within 1 s" },
            { question: "errors", why: "answers what isn't understood" },
        ]);
        assert.equal(daemon.release, "1.3.0");
    });

    it("asks the admin API only where the daemon itself listens there: anybody else would get its token", () => {
        world = new World().started();
        const tcp = world.read("proc/net/tcp").split("\n");
        world.write("proc/net/tcp", tcp.filter((line) => !line.includes(":0F3F ")).join("\n"));
        const { daemon } = report();
        assert.deepEqual(
            daemon.errors.map((each: { question: string }) => each.question),
            ["roles", "health"],
        );
        assert.ok(!world.calls().some((call) => call.includes("/v1/")));
    });

    it("has nothing of a daemon that doesn't run", () => {
        world = new World().tell();
        const said = report();
        assert.deepEqual(
            [said.host.unit.state, said.host.unit.pid, said.daemon, said.host.listeners],
            ["inactive", null, null, []],
        );
        assert.deepEqual(world.calls(), []);
    });

    it("works on a host that is claimed by nobody", () => {
        world = new World().tell();
        world.remove("etc/garage-node");
        world.remove("var");
        world.remove("opt");
        const said = report();
        assert.deepEqual(said.node, { name: null, id: null, cluster: null });
        assert.deepEqual([said.ledger, said.daemon, said.host.generation], [null, null, null]);
        assert.equal(said.trouble, "this host is claimed by no cluster");
    });

    it("works where the ledger can't be read", () => {
        world = new World().started();
        world.write("var/lib/garage/meta/garage-node.ledger", "ledger 1\nnode london\0\n");
        const said = report();
        assert.match(said.trouble, /ledger rebuild/);
        assert.equal(said.ledger, null);
        assert.equal(said.node.name, "london");
    });

    it("works where another disk is attached", () => {
        world = new World().started();
        world.ledger({ node: "oslo" });
        assert.match(report().trouble, /the ledger's node is oslo, this host is claimed for london/);
    });

    it("holds no secret", () => {
        world = new World("0.8.7").started();
        const { stdout } = world.node("report", "--items");
        for (const secret of ["the-token", "the-secret"]) assert.ok(!stdout.includes(secret));
    });

    it("takes no other word", () => {
        world = new World().started();
        assert.match(world.node("report", "--everything").stderr, /takes --items and nothing else \[option-unknown\]/);
    });

    it("says in one sentence that jq is missing", () => {
        world = new World().started();
        const ran = world.lib('source "$HERE/report.sh"; command() { [ "$2" != jq ]; }; verb_report');
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /^london: jq isn't installed here, [^\n]* \[jq-missing\]\n$/);
    });

    it("leaves nothing behind of one that was killed", () => {
        world = new World().started();
        world.write("run/garage-node/asked.999999999/london.status", "old");
        report();
        assert.deepEqual(left(), []);
    });
});

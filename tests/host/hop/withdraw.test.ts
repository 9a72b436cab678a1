import { strict as assert } from "node:assert";
import { appendFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { attempt, FakeHost } from "./support";
import { status } from "./tables";

const HOP = "0.8-to-0.9";
const INFO = "opt/garage/generations/0.8.7-old.quiet/info";

describe("a major upgrade that is called off where quiesce hasn't passed on all nodes", () => {
    let host: FakeHost;
    let rome: Server;
    let port: number;

    /** `rome` serves clients, this node is quiet; S3 of 127.0.0.1, where this node and london are, is closed. */
    beforeEach(async () => {
        rome = createServer((socket) => socket.destroy()).listen(0, "127.0.0.2");
        await new Promise((ready) => rome.once("listening", ready));
        port = (rome.address() as { port: number }).port;
        host = new FakeHost();
        host.addresses.rome = "127.0.0.2:1";
        host.activate("0.8.7-old.quiet");
        host.ledger(attempt(HOP, ["quiesce"], { generation: "0.8.7-old.quiet", staged: "0.8.7-old" }));
        await host.started();
        host.option("healthTimeoutSeconds 20");
        host.write("start.sh", `source ${process.cwd()}/sdk/host/start.sh\nrequire_identity() { :; }\nverb_start`);
    });
    afterEach(async () => {
        await new Promise((closed) => rome.close(closed));
        host.remove();
    });

    const start = (london: "first" | "last" = "last") => {
        const ports = `ports rpc=3901 s3=${port} web=3 admin=3903`;
        let lines = host.sheet("0.8.7", [], "no answers").replace(/^ports .*$/m, ports);
        if (london === "first") lines = lines.replace(/^(peer paris .*)\n(peer london .*)$/m, "$2\n$1");
        return host.verb(`call source ${host.root}/start.sh`, lines);
    };
    const withdrawn = () => [host.seen("acts"), host.recorded("hopstate")];
    const DONE = [["stop", "start 0.8.7-old 0.8"], ["withdrawn"]];

    it("others serve, all see all: the first of the quiet ones goes down", async () => {
        const ran = await start();
        assert.equal(ran.code, 0, ran.log);
        assert.doesNotMatch(ran.log, /turn/);
        assert.deepEqual(withdrawn(), DONE);
    });

    it("others serve, and one isn't seen by all: nothing is touched, with the way", async () => {
        host.tell("status.3333", status(["rome"]));
        const ran = await start();
        assert.match(ran.log, /not every node sees every node .*nothing was touched.*\[peers-unhealthy\]/);
        assert.deepEqual(withdrawn(), [[], ["open"]]);
    });

    it("one before it doesn't serve yet: it waits for that, but no longer than a node may take", async () => {
        const ran = await start("first");
        assert.match(ran.log, /waiting for this node's turn, .*london, whose turn is before, doesn't serve S3 yet/);
        assert.equal(ran.code, 0, ran.log);
        assert.deepEqual(withdrawn(), DONE);
    });

    for (const [what, arrange] of [
        ["doesn't answer, so nobody knows what it serves", () => (host.addresses.rome = "no.such.host.invalid:1")],
        ["may serve on its loopback, as this one", () => appendFileSync(join(host.root, INFO), "s3bind 127.0.0.1\n")],
    ] as const)
        it(`one ${what}: it counts as serving, and has its time`, async () => {
            host.addresses.rome = "127.0.0.1:1";
            arrange();
            const ran = await start("first");
            assert.match(ran.log, /waiting for this node's turn/);
            assert.equal(ran.code, 0, ran.log);
            assert.deepEqual(withdrawn(), DONE);
        });

    it("nobody serves: all at once, whoever sees whom", async () => {
        host.tell("status.3333", status(["rome"]));
        host.addresses.rome = "127.0.0.1:1";
        const ran = await start("first");
        assert.equal(ran.code, 0, ran.log);
        assert.doesNotMatch(ran.log, /turn/);
        assert.deepEqual(withdrawn(), DONE);
    });
});

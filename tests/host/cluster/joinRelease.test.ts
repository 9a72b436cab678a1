import { strict as assert } from "node:assert";
import { napping, World } from "../world/world";

// What the verbs decide; that nodes really connect is shown by the end-to-end tests.

describe("garage-node join and release", function () {
    this.timeout(60_000);
    let host: World;

    function world(connected: boolean, ledger: Record<string, string> = {}, others = "1.3.0"): void {
        host = new World();
        host.ledger({ series: "1", release: "1.3.0", engine: "lmdb", generation: "1.3.0-aaaa", ...ledger });
        for (const node of host.cluster.nodes.slice(1)) node.release = others;
        if (!connected)
            host.cluster.unseen = [
                ["london", "paris"],
                ["london", "rome"],
                ["paris", "rome"],
                ["rome", "paris"],
            ];
        host.started();
        host.remove("fake/acts");
    }

    const run = (line: string, more: string[] = []) => host.verb(line, host.sheet(more), napping(20));

    afterEach(() => host.done());

    it("connects nodes that don't see each other, by id and address", () => {
        world(false);
        const ran = run("join");
        assert.match(ran.stdout, /^[0-9a-f]{8} 3 nodes\n$/, ran.stderr);
        const wanted = ["paris", "rome"].map(
            (name) => `node connect ${host.cluster.node(name).id}@${host.cluster.node(name).address}`,
        );
        assert.deepEqual([...new Set(host.acts())].sort(), wanted);
    });

    it("finds nothing to do when all see all", () => {
        world(true);
        const ran = run("join");
        assert.match(ran.stdout, /^[0-9a-f]{8} 3 nodes\n$/);
        assert.match(ran.stderr, /nothing to do/);
        assert.deepEqual(host.acts(), []);
    });

    it("touches nothing while a major upgrade is open", () => {
        world(false, { hopstate: "open", hop: "1-to-2" });
        assert.match(run("join").stdout, /^[0-9a-f]{8} 3 nodes\n$/);
        assert.deepEqual(host.acts(), []);
    });

    it("answers another word whenever another layout is asked for, also the one before", () => {
        world(true);
        const word = (layout: string) => run("join", [`layout ${layout}`]).stdout.split(" ")[0];
        const first = word("aaaa");
        assert.equal(word("aaaa"), first);
        const other = word("bbbb");
        const back = word("aaaa");
        assert.equal(word("aaaa"), back);
        assert.equal(new Set([first, other, back]).size, 3);
    });

    const WORDS = "1.3.0 stateVersion=1 replicationFactor=3 dbEngine=lmdb metadataDir=/m nodes=london:l:1";
    const lines = (release: string) =>
        ["london", "paris", "rome"].map((name) => `line ${name} e ${release} x86_64:abc`);

    it("records a release that every node reports, once", () => {
        world(true);
        assert.equal(run(`release ${WORDS}`, lines("1.3.0")).stdout, "1.3.0\n");
        assert.deepEqual(host.recorded("reached"), ["1.3.0"]);
        assert.deepEqual(host.recorded("record"), [WORDS]);
        assert.equal(run(`release ${WORDS}`, lines("1.3.0")).stdout, "1.3.0\n");
        assert.equal(host.history().length, 1);
    });

    it("doesn't call a release reached while a node runs another one, and names it", () => {
        world(true, {}, "1.2.0");
        const ran = run(`release ${WORDS}`, lines("1.3.0"));
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /paris: runs 1\.2\.0, not 1\.3\.0.*\[release-differs\]/);
        assert.deepEqual(host.recorded("reached"), []);
    });

    it("doesn't record another release than the staged one, nor one in an open major upgrade", () => {
        world(true);
        assert.match(run(`release ${WORDS}`, lines("1.2.0")).stderr, /\[stage-differs\]/);
        host.done();
        world(true, { hopstate: "open", hop: "0.9-to-1" });
        assert.match(run(`release ${WORDS}`, lines("1.3.0")).stderr, /\[hop-open\]/);
    });
});

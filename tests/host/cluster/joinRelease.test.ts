import { strict as assert } from "node:assert";
import { World } from "../world/world";

// What the verbs decide; that nodes really connect is shown by the end-to-end tests.

const NAMES = ["london", "paris", "rome"];

describe("garage-node join and release", function () {
    this.timeout(60_000);
    let world: World;
    beforeEach(() => {
        world = new World().started();
    });
    afterEach(() => world.done());

    /** Time goes by naps only. */
    const TIME = 'NOW=0; clock() { give "$NOW" "$1"; }; nap() { NOW=$((NOW + 5)); }';
    const run = (words: string, more: string[] = []) => {
        const [verb, ...rest] = words.split(" ");
        return world.lib(
            `${TIME}; source "$HERE/${verb}.sh"; verb_${verb} ${rest.map((word) => `'${word}'`).join(" ")}`,
            world.sheet(more),
        );
    };
    const connects = () => world.calls().filter((call) => call.includes(" node connect "));
    const ledger = (more: Record<string, string>) =>
        world.ledger({ series: "1", release: "1.3.0", engine: "lmdb", generation: "1.3.0-aaaa", ...more });
    const recorded = (key: string) => {
        const lines = world.read("var/lib/garage/meta/garage-node.ledger").split("\n");
        return lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
    };

    it("join: connects nodes that don't see each other, by id and address", () => {
        const [, paris, rome] = world.cluster.nodes as [object, { id: string }, { id: string }];
        world.cluster.unseen = [
            ["london", "paris"],
            ["london", "rome"],
        ];
        world.tell();
        const ran = run("join");
        assert.match(ran.stdout, /^[0-9a-f]{8} 3 nodes\n$/, ran.stderr);
        assert.match(
            ran.stderr,
            /joining 3 nodes \(.*london sees 1 of 3.*every node sees every node \(seen by 3 of 3\)/s,
        );
        const by = "1".repeat(16);
        assert.deepEqual([...new Set(connects())].sort(), [
            `${by} node connect ${paris.id}@10.0.0.2:3901`,
            `${by} node connect ${rome.id}@10.0.0.3:3901`,
        ]);
    });

    it("join: finds nothing to do when all see all", () => {
        const ran = run("join");
        assert.match(ran.stdout, /^[0-9a-f]{8} 3 nodes\n$/);
        assert.match(ran.stderr, /nothing to do/);
        assert.deepEqual(connects(), []);
    });

    it("join: refused where one stays away", () => {
        world.cluster.node("rome").up = false;
        world.tell();
        const ran = run("join");
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /rome doesn't answer.* after 120 s \[views-incomplete\]/);
    });

    it("join: touches nothing while a major upgrade is open", () => {
        ledger({ hopstate: "open", hop: "1-to-2" });
        world.cluster.unseen = [["london", "paris"]];
        world.tell();
        assert.match(run("join").stdout, /^[0-9a-f]{8} 3 nodes\n$/);
        assert.deepEqual(world.calls(), []);
    });

    it("join: answers another word whenever another layout is asked for, also the one before", () => {
        const word = (layout: string) => run("join", [`layout ${layout}`]).stdout.split(" ")[0];
        const first = word("aaaa");
        assert.equal(word("aaaa"), first);
        const other = word("bbbb");
        const back = word("aaaa");
        assert.equal(word("aaaa"), back);
        assert.equal(new Set([first, other, back]).size, 3);
    });

    const WORDS = "1.3.0 stateVersion=1 replicationFactor=3 dbEngine=lmdb metadataDir=/m nodes=london:l:1";
    const lines = (release: string) => NAMES.map((name) => `line ${name} e ${release} x86_64:abc`);

    it("release: recorded once, where every node reports it", () => {
        assert.equal(run(`release ${WORDS}`, lines("1.3.0")).stdout, "1.3.0\n");
        assert.deepEqual(recorded("reached"), ["1.3.0"]);
        assert.deepEqual(recorded("record"), [WORDS]);
        assert.equal(run(`release ${WORDS}`, lines("1.3.0")).stdout, "1.3.0\n");
        assert.equal(world.read("var/lib/garage/meta/garage-node.history").trim().split("\n").length, 1);
    });

    it("release: isn't reached while a node runs another one, and names it", () => {
        world.cluster.node("paris").release = "1.2.0";
        world.tell();
        const ran = run(`release ${WORDS}`, lines("1.3.0"));
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /not every node runs 1\.3\.0: paris: runs 1\.2\.0, not 1\.3\.0;.*\[release-differs\]/);
        assert.deepEqual(recorded("reached"), []);
    });

    it("release: no other one than was staged is recorded, and none in an open major upgrade", () => {
        assert.match(run(`release ${WORDS}`, lines("1.2.0")).stderr, /\[stage-differs\]/);
        ledger({ hopstate: "open", hop: "0.9-to-1" });
        assert.match(run(`release ${WORDS}`, lines("1.3.0")).stderr, /\[hop-open\]/);
    });
});

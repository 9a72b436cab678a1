import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { CONTAINER, GENERATION, TakeHost } from "./takeHost";
import { comesBack } from "./takeStories";

const LEDGER = "var/lib/garage/meta/garage-node.ledger";
const whose = process.getuid!() === 0 ? "other" : "made";

describe("garage-node untake", function () {
    this.timeout(60_000);
    let host: TakeHost;
    afterEach(() => host.done());
    const at = (path: string) => join(host.world.root, path);
    const acts = () => host.world.acts().filter((act) => /^(start|stop)/.test(act));
    /** A host that is taken over, and what it was before. */
    const taken = (...words: ConstructorParameters<typeof TakeHost>) => {
        host = new TakeHost(...words);
        const before = host.old();
        assert.equal(host.take().code, 0);
        host.world.remove("fake/acts");
        return before;
    };

    for (const [what, words] of [
        ["upstream's unit", []],
        ["a container", ["garage.service", whose, "always"]],
    ] as [string, ConstructorParameters<typeof TakeHost>][])
        it(`brings ${what} back, all as it was, and it can be taken over again`, () => {
            host = new TakeHost(...words);
            comesBack(host, words[2] === "always" ? `${CONTAINER} garaged always` : undefined);
        });

    it("refuses where another container has the name of before, or that one is gone", () => {
        taken("garage.service", whose, "always");
        const engine = (inspect: string) =>
            `eval "asked_$(declare -f old_engine)"; old_engine() { case "$2:$3" in inspect:${inspect}; esac; asked_old_engine "$@"; }\n`;
        assert.match(
            host.untake(engine("garaged) return 0 ;")).stderr,
            /another container is called garaged by now.*\[adopt-back-unfit\]/,
        );
        assert.match(
            host.untake(engine("*) return 1 ;")).stderr,
            /what its container is like: is it gone\?.*\[adopt-back-unfit\]/,
        );
        assert.deepEqual([host.runs(), acts()], [GENERATION, []]);
    });

    it("touches nothing the second time, nor where the node's turn never came", () => {
        host = new TakeHost();
        assert.match(host.untake().stderr, /the service of before \(garage\.service\) runs here; nothing to set back/);
        assert.equal(host.take().code, 0);
        assert.equal(host.untake().code, 0);
        host.world.remove("fake/acts");
        assert.equal(host.untake().stdout, "back\n");
        assert.deepEqual(host.world.acts(), []);
    });

    it("touches nothing on a host that nobody claims", () => {
        const before = taken();
        host.world.remove("etc/garage-node/claim");
        assert.match(host.untake().stderr, /claimed by no cluster; nothing to set back/);
        assert.deepEqual([host.runs(), host.world.acts()], [GENERATION, []]);
        assert.notDeepEqual(host.old(), before);
    });

    it("takes a configuration by a link for the file that it leads to", () => {
        taken();
        renameSync(at("etc/garage.toml"), at("etc/of-garage.toml"));
        symlinkSync("of-garage.toml", at("etc/garage.toml"));
        assert.equal(host.look().stdout, "\ngarage-node answers ours e0\n");
    });

    it("is answered by the look with what was staged there last, and obeys no older call", () => {
        taken();
        assert.equal(host.look().stdout, "\ngarage-node answers ours e0\n");
        assert.match(
            host.untake("", "ours e9").stderr,
            /it says ours e9, and what was staged here last is e0.*\[stale-call\]/,
        );
        assert.deepEqual(host.world.acts(), []);
    });

    it("stops nothing while another node isn't well", () => {
        taken();
        host.world.cluster.node("rome").up = false;
        host.world.tell();
        assert.match(host.untake().stderr, /not every node sees every node.*\[peers-unhealthy\]/);
        assert.deepEqual([host.runs(), acts()], [GENERATION, []]);
    });

    it("brings the old service back where the takeover itself was cut short", () => {
        host = new TakeHost();
        const before = host.old();
        assert.ok(host.takeDying(25));
        assert.equal(host.untake().code, 0);
        assert.deepEqual([host.old(), host.runs()], [before, "old"]);
    });

    it("leaves nothing of this tool once all are back (`disown`), and the old service as it runs", () => {
        const before = taken();
        const sheet = host.backSheet();
        assert.equal(host.untake().code, 0);
        host.world.write("var/lib/garage/meta/garage-node.owned/x", "");
        host.world.remove("fake/acts");
        for (const words of [/handed back: the service of before runs here/, /this host is claimed by no cluster$/m]) {
            const ran = host.disown(sheet);
            assert.equal(ran.code, 0, ran.stderr);
            assert.equal(ran.stdout, "free\n");
            assert.match(ran.stderr, words);
            for (const path of [
                "etc/garage-node",
                "opt/garage",
                "opt/garage-node",
                "usr/bin/garage-node",
                "var/lib/garage/meta/garage-node.ledger",
                "var/lib/garage/meta/garage-node.owned",
            ])
                assert.ok(!host.world.has(path), path);
        }
        assert.deepEqual([host.old(), host.runs(), host.world.acts()], [before, "old", []]);
        assert.match(host.uninstall().stderr, /nothing to uninstall/);
        assert.deepEqual([host.old(), host.runs(), host.world.acts()], [before, "old", []]);
    });

    it("is told by `host` first, which sets nothing up there, claims nothing, and answers the id", () => {
        taken();
        const answered = `${host.world.cluster.nodes[0]!.id}\n`;
        assert.equal(host.hostBack().stdout, answered);
        assert.deepEqual([host.runs(), host.ledger("adopted"), host.world.acts()], [GENERATION, ["taken"], []]);
        host.world.remove("etc/garage-node/claim");
        assert.equal(host.hostBack().stdout, answered);
        assert.ok(!host.world.has("etc/garage-node/claim") && !host.world.has("opt/garage-node"));
    });

    it("is set up anew where its hand-back was cut short: a later one touches nothing before its daemon is back", () => {
        taken();
        host.world.write("etc/garage-node/disowned", "");
        assert.match(host.disown().stderr, /isn't back on its service of before.*\[adopt-back-open\]/);
        host.uninstall();
        assert.equal(host.runs(), "none");
        assert.ok(host.world.has("etc/garage-node/adopted/back.sh"));
    });

    it("is back where handing it back was cut short behind its ledger", () => {
        host = new TakeHost();
        host.world.write("etc/garage-node/disowned", "");
        host.world.remove(LEDGER);
        const ran = host.untake();
        assert.deepEqual([ran.code, ran.stdout], [0, "back\n"], ran.stderr);
        assert.match(host.untake().stderr, /handing this host back was cut short, and goes on/);
        assert.deepEqual([host.runs(), acts()], ["old", []]);
    });

    it("refuses where a node has come since that holds data, or is a gateway; so does the look before all", () => {
        taken();
        const others = host.world.cluster.nodes
            .slice(0, 2)
            .map(({ name, id }) => `peer ${name} ${id} ${name}.example:3901 storage in`);
        const ids = host.world.cluster.nodes.slice(0, 2).map(({ id }) => id);
        for (const ran of [host.untake("", "ours e0", others), host.look([`adoptids ${ids.join(" ")}`])]) {
            assert.match(
                ran.stderr,
                /the layout has rome \(\S+, \d+\), which has come since and isn't in adopt\.json.*There is no way back.*\[adopt-back-unfit\]/,
            );
        }
        assert.deepEqual([host.runs(), acts()], [GENERATION, []]);
    });

    it("gives back what lies in a directory before the directory, no program among it, and by no link", () => {
        host = new TakeHost("garage.service", "other");
        assert.equal(host.take().code, 0);
        const record = "etc/garage-node/adopted/before.adopted";
        host.world.write(record, host.world.read(record).replace(/^(own \S+) \d+ (.*node_key)$/m, "$1 4600 $2"), 0o600);
        const order = 'chmod() { echo "$PWD $*" >>"$FAKE/modes"; command chmod "$@"; }\n';
        assert.equal(host.untake(order).code, 0);
        const modes = host.world.read("fake/modes").trim().split("\n");
        const at = (end: string) => modes.findIndex((line) => line.endsWith(end));
        assert.ok(at("/meta 600 ./node_key") >= 0, modes.join());
        assert.ok(at("/meta 600 ./node_key") < at("/meta 700 ."), modes.join());
    });

    it("takes no claim from a node that isn't back", () => {
        taken();
        assert.match(host.disown().stderr, /isn't back on its service of before.*\[adopt-back-open\]/);
        assert.deepEqual([host.runs(), host.world.acts()], [GENERATION, []]);
    });

    it("has the next look say that what was staged isn't what stands, from its first step on", () => {
        taken();
        host.world.write("fake/old-refused", "");
        assert.equal(host.untake().code, 1);
        assert.equal(host.look().stdout, "\ngarage-node answers ours e0 again\n");
        host.world.remove("fake/old-refused");
        assert.equal(host.untake("", "ours e0 again").code, 0);
        assert.equal(host.look().stdout, "\ngarage-node answers ours e0 again\n");
        host.world.remove("etc/garage-node/claim");
        assert.match(host.look().stdout, /^\ngarage-node answers same [0-9a-f]{8}\n$/);
    });

    it("never takes the old service for ours where its hand-back was cut short, once the ledger is gone", () => {
        host = new TakeHost();
        const before = host.old();
        const sheet = host.backSheet();
        for (const again of [() => host.disown(sheet), () => host.uninstall()]) {
            host.world.verb(
                "disown london tool=t1",
                sheet,
                'rm() { command rm "$@"; case "$*" in *garage-node.ledger*) kill -9 $$ "$BASHPID" ;; esac; }',
            );
            assert.ok(
                !host.world.has("var/lib/garage/meta/garage-node.ledger") && host.world.has("etc/garage-node/claim"),
            );
            const ran = again();
            assert.equal(ran.code, 0, ran.stderr);
            assert.deepEqual([host.old(), host.runs(), host.world.acts()], [before, "old", []]);
            assert.ok(!host.world.has("etc/garage-node"));
            host.done();
            host = new TakeHost();
        }
    });

    const byHand = (name = "london", fakes = "") =>
        host.world.verb(
            `disown ${name}`,
            [],
            `load_verb() { source "$HERE/$1.sh"; }\nSHEET_LINES=()\n${host.steps}${fakes}`,
        );

    it("is typed on a host whose program is lost: it goes back, and nothing of this tool is left", () => {
        const before = taken();
        assert.match(byHand("paris").stderr, /say which node this is: garage-node disown london \[disown-words\]/);
        host.world.cluster.node("rome").up = false;
        host.world.tell();
        assert.match(
            byHand().stderr,
            /this node sees 2 up, 1 down: hand one node back after the other.*\[peers-unhealthy\]/,
        );
        host.world.cluster.node("rome").up = true;
        host.world.tell();
        assert.deepEqual([host.runs(), acts()], [GENERATION, []]);
        const ran = byHand();
        assert.equal(ran.code, 0, ran.stderr);
        assert.deepEqual([host.old(), host.runs(), acts()], [before, "old", ["stop", "start old"]]);
        assert.ok(!host.world.has("etc/garage-node"));
        assert.match(byHand().stderr, /claimed by no cluster, so there is nothing to hand back/);
    });

    it("typed by hand takes only its claim from a host whose turn never came, and nothing from one that had no service before", () => {
        host = new TakeHost();
        const before = host.old();
        assert.equal(byHand().code, 0);
        assert.deepEqual(
            [host.old(), host.runs(), acts(), host.world.has("etc/garage-node")],
            [before, "old", [], false],
        );
        host.done();
        taken();
        host.world.write(LEDGER, `${host.world.read(LEDGER)}adopted \n`);
        assert.match(byHand().stderr, /there was none. Nothing was touched \[adopt-back-unfit\]/);
        assert.deepEqual(acts(), []);
    });
});

describe("garage-node untake, where there is no way back", function () {
    this.timeout(60_000);
    let host: TakeHost;
    let kept: string;
    const at = (path: string) => join(host.world.root, path);
    const copied = (from: string, to: string) => {
        rmSync(to, { recursive: true, force: true });
        execFileSync("cp", ["-a", from, to]);
    };
    // One host for all, as it was when it was taken over.
    before(() => {
        host = new TakeHost();
        assert.equal(host.take().code, 0);
        host.world.remove("fake/acts");
        kept = `${host.world.root}.taken`;
        copied(host.world.root, kept);
    });
    afterEach(() => copied(kept, host.world.root));
    after(() => {
        host?.done();
        rmSync(kept, { recursive: true, force: true });
    });

    const noted = (from: string, to: string) => () => {
        const file = "etc/garage-node/adopted/service.adopted";
        host.world.write(file, host.world.read(file).replace(from, to), 0o600);
    };
    const told = (line: string) => () => {
        host.world.write(LEDGER, `${host.world.read(LEDGER)}${line}\n`);
    };
    for (const [what, odd, words] of [
        [
            "its data are of another series by now",
            noted("series 1", "series 0.9"),
            /are of series 1 \(lmdb\) by now, .* of 0\.9/,
        ],
        [
            "its database was converted",
            noted("engine lmdb", "engine sled"),
            /must never run on them. There is no way back/,
        ],
        [
            "another release runs by now",
            told("release 1.3.1"),
            /it runs Garage 1\.3\.1 by now, and that service is 1\.3\.0/,
        ],
        ["a data directory has come to it", told("data /srv/more"), /would miss what lies in the others/],
        ["a major upgrade is open", told("hopstate open\nhop 1-to-2"), /the major upgrade 1-to-2 is open/],
        ["a roll didn't pass", told("act failed roll 1.3.0-cccc"), /it is half-way \(failed roll 1\.3\.0-cccc\)/],
        ["it is held", told("held by hand"), /it is held: by hand/],
        ["it was never taken over", told("adopted "), /it was never taken over/],
        [
            "owners of before are lost",
            () => host.world.remove("etc/garage-node/adopted/before.adopted"),
            /owners and links of before are lost/,
        ],
        ["what was seen is lost", () => host.world.remove("etc/garage-node/adopted/seen.json"), /what it was is lost/],
        [
            "its unit is gone",
            () => host.world.remove("etc/garage-node/adopted/unit/garage.service"),
            /the file of garage\.service is gone/,
        ],
        [
            "its binary is another one",
            () => host.world.write("usr/local/bin/garage", "new"),
            /isn't the binary that ran then/,
        ],
        [
            "its configuration was changed",
            () => utimesSync(at("etc/garage.toml"), 1, 1),
            /was changed since it was looked at: .*touch -d @1700000000/,
        ],
    ] as [string, () => void, RegExp][])
        it(`refuses, with nothing touched, where ${what}; so does the look before all`, () => {
            odd();
            for (const ran of [host.untake(), host.look()]) {
                assert.equal(ran.code, 1);
                assert.match(ran.stderr, words);
                assert.match(ran.stderr, /nothing was touched \[adopt-back-unfit\]/);
            }
            assert.deepEqual([host.runs(), host.world.acts()], [GENERATION, []]);
        });
});

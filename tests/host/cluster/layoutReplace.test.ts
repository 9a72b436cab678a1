import { strict as assert } from "node:assert";
import { applied, B, C, D, LayoutHost, PEERS, THREE } from "./layoutDaemon";

describe("garage-node layout: a replaced node", function () {
    this.timeout(60_000);
    let host: LayoutHost;
    const world = (...what: ConstructorParameters<typeof LayoutHost>) => {
        host = new LayoutHost(...what);
    };
    afterEach(() => host.done());

    const other = [...PEERS.slice(0, 2), `peer rome ${D} h4:3901 storage in`];

    it("refuses another id under a name, and says how to declare a replacement", () => {
        world({ version: 1, roles: applied() });
        host.refused(
            host.layout(`sv=2 rf=3 ${THREE}`, [], other),
            "layout-name-bound",
            /nodes\.rome\.replace: "cccccccccccccccc"/,
        );
    });

    it("replaces a declared node in one change", () => {
        world({ version: 1, roles: applied() });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other).stdout, "2\n");
        assert.deepEqual(host.calls(), [
            "repair tables",
            `layout assign ${D} -z rom -c 1000000000000B -t node=rome --replace ${C}`,
            "layout apply --version 2",
        ]);
    });

    /** Time passes, and facts change, with each look; nothing is waited for. */
    const clock = `clock() { give "$SECONDS" "$1"; }\nsleep() { :; }\nwaits_only() { "$@"; }\nwait_until() { shift 2; local i; for i in 1 2 3 4 5 6 7 8; do ! "$@" || return 0; SECONDS=$((SECONDS + 100)); done; return 1; }`;

    it("replaces a node when no block of the others waits any more: tables are in sync long before", () => {
        world({ version: 1, roles: applied() });
        host.file(`facts-${B}`, "resync 812\nresync_errors 0\n");
        const shrinks = `${clock}\nnode_facts() { [ $SECONDS -lt 300 ] || rm -f "$ROOT"/facts-*; if [ -e "$ROOT/facts-\${1%%@*}" ]; then text_of "$ROOT/facts-\${1%%@*}"; else printf 'resync 0\\nresync_errors 0\\n'; fi; }`;
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other, shrinks);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.equal(host.calls()[0], "repair tables");
    });

    for (const [what, facts, workers, id] of [
        [
            "still waits after that time",
            "resync 3\nresync_errors 0\n",
            "Busy\tBlock resync worker #1\t0\t0",
            "blocks-missing",
        ],
        ["can't get a block", "resync 3\nresync_errors 1\n", "Idle\tBlock resync worker #1\t0\t0", "blocks-missing"],
        ["doesn't tell", "resync 3\n", "Idle\tBlock resync worker #1\t0\t0", "blocks-missing"],
        ["has looked for all of them", "resync 3\nresync_errors 0\n", "Idle\tBlock resync worker #1\t0\t0", ""],
    ] as const)
        it(`${id ? "replaces nobody" : "replaces a node"} while another one, which blocks wait for, ${what}`, () => {
            world({ version: 1, roles: applied() });
            host.file(`facts-${B}`, facts);
            const ran = host.layout(
                `sv=2 rf=3 ${THREE}`,
                [`replace rome ${C}`],
                other,
                `${clock}\nworkers() { printf '${workers}\\n'; }`,
            );
            if (!id) assert.equal(ran.stdout, "2\n", ran.stderr);
            else {
                assert.match(
                    ran.stderr,
                    /the lost one may have the last copy; nothing was touched.*\[blocks-missing\]/,
                );
                assert.deepEqual(host.calls(), ["repair tables"]);
            }
        });

    for (const [what, release, ledger, sheetLine, repairs] of [
        ["one that was above a boundary shows nothing", "2.4.0", {}, "queuemoved 2.5.0", true],
        ["that boundary is below all of them", "2.5.0", {}, "queuemoved 2.5.0", false],
        ["that boundary is in a series from which nobody goes back", "1.3.0", {}, "queuemoved 2.5.0", false],
        ["this node owes it by its ledger", "2.4.0", { debt: "2.5.0" }, "stack s", true],
    ] as const)
        it(`${repairs ? "repairs all blocks before it" : "doesn't repair blocks before it"} takes empty queues for "all blocks there": ${what}`, () => {
            world({ version: 1, roles: applied(), ledger });
            const facts = `node_facts() { printf 'release ${release}\nresync 0\nresync_errors 0\n'; }
workers() { printf 'Idle\tBlock resync worker #1\t0\t0\n'; }
repair_rows() { echo "repair $1" >>"$ROOT/calls"; }`;
            const ran = host.layout(
                `sv=2 rf=3 ${THREE}`,
                [`replace rome ${C}`, sheetLine],
                other,
                `${clock}\n${facts}`,
            );
            assert.equal(ran.stdout, "2\n", ran.stderr);
            assert.equal(host.calls().includes("repair blocks"), repairs, host.calls().join());
            assert.deepEqual(host.ledger("debt"), []);
        });

    it("repairs no blocks again that every daemon has repaired since its start", () => {
        world({ version: 1, roles: applied() });
        const facts = `node_facts() { printf 'release 2.4.0\nresync 0\nresync_errors 0\n'; }
workers() { printf 'Done\tBlock repair worker\t0\t0\n'; }
repair_rows() { echo "repair $1" >>"$ROOT/calls"; }`;
        const ran = host.layout(
            `sv=2 rf=3 ${THREE}`,
            [`replace rome ${C}`, "queuemoved 2.5.0"],
            other,
            `${clock}\n${facts}`,
        );
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.ok(!host.calls().includes("repair blocks"));
    });

    it("replaces nobody when only the time of day has jumped", () => {
        world({ version: 1, roles: applied() });
        host.file(`facts-${B}`, "resync 3\nresync_errors 0\n");
        const jumps = `sleep() { :; }\nwaits_only() { "$@"; }\nwait_until() { shift 2; "$@" || { SECONDS=$((SECONDS + 3600)); "$@"; }; }`;
        const idle = "workers() { printf 'Idle\\tBlock resync worker #1\\t0\\t0\\n'; }";
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other, `${jumps}\n${idle}`);
        assert.match(ran.stderr, /\[blocks-missing\]/);
        assert.deepEqual(host.calls(), ["repair tables"]);
    });

    it("gives up what only the lost node had, where that was said", () => {
        world({ version: 1, roles: applied() });
        host.file(`facts-${B}`, "resync 3\nresync_errors 1\n");
        host.file("opt/garage/options", "skipChecks blocks-missing\n");
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.match(ran.stderr, /what only the old node had is given up/);
    });

    it("doesn't let the new layout wait for the lost node, from 1.0 on", () => {
        world({ version: 1, roles: applied() });
        host.file("lost", C);
        // Settled for the check before the change, not after it.
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other, "layout_others_in_sync() { :; }");
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.equal(host.calls().at(-1), "layout skip-dead-nodes --version 2");
        assert.deepEqual(host.ledger("moving"), []);
    });

    it("finds nothing to do when the replacement is done", () => {
        world({ version: 2, roles: [...applied().slice(0, 2), `${D} rom 1000000000000 node=rome`] });
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other).stdout, "2\n");
        assert.deepEqual(host.calls(), []);
    });

    it("replaces one node at a time", () => {
        world({ version: 1, roles: applied() });
        const two = [PEERS[0]!, `peer paris ${"e".repeat(64)} h5:3901 storage in`, other[2]!];
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`, `replace paris ${B}`], two);
        host.refused(ran, "layout-replace-one", /one at a time/);
    });
});

import { strict as assert } from "node:assert";
import { A, applied, B, C, D, E, LayoutHost, PEERS, THREE } from "./layoutDaemon";

describe("garage-node layout: a replaced node", function () {
    this.timeout(60_000);
    let host: LayoutHost;
    const world = (...what: ConstructorParameters<typeof LayoutHost>) => {
        host = new LayoutHost(...what);
    };
    afterEach(() => host.done());

    const other = [...PEERS.slice(0, 2), `peer rome ${D} 10.0.0.4:3901 storage in`];

    it("refuses another id under a name, and says how to declare a replacement", () => {
        world({ version: 1, roles: applied() });
        host.refused(
            host.layout(`sv=2 rf=3 ${THREE}`, [], other),
            "layout-name-bound",
            /nodes\.rome\.replace: "3333333333333333"/,
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

    const resync = (state: string) => `worker ${B} ${state} 0 - - Block resync worker #1`;

    it("replaces a node when no block of the others waits any more: tables are in sync long before", () => {
        world({ version: 1, roles: applied() });
        host.waits(B, 812);
        const shrinks = `nap() { NOW=$((NOW + 100)); [ $NOW -lt 1300 ] || sed -i /^queue/d "$FAKE/cluster"; }`;
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other, shrinks);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.equal(host.calls()[0], "repair tables");
    });

    for (const [what, errors, state, refuses] of [
        ["still waits after that time", 0, "Busy", true],
        ["can't get a block", 1, "Idle", true],
        ["doesn't tell", undefined, "Idle", true],
        ["has looked for all of them", 0, "Idle", false],
    ] as const)
        it(`${refuses ? "replaces nobody" : "replaces a node"} while another one, which blocks wait for, ${what}`, () => {
            world({ version: 1, roles: applied() });
            host.waits(B, 3, errors);
            host.tell(resync(state));
            if (errors === undefined) host.says("paris", "stats", "nothing\n");
            const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other);
            if (!refuses) assert.equal(ran.stdout, "2\n", ran.stderr);
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
            world({ release, version: 1, roles: applied(), ledger });
            const ran = host.layout(`sv=${release[0]} rf=3 ${THREE}`, [`replace rome ${C}`, sheetLine], other);
            assert.equal(ran.stdout, "2\n", ran.stderr);
            assert.equal(host.calls().includes("repair blocks"), repairs, host.calls().join());
            assert.deepEqual(host.ledger("debt"), []);
        });

    it("repairs no blocks again that every daemon has repaired since its start", () => {
        world({ version: 1, roles: applied() });
        host.tell(...[A, B, D].map((id) => `worker ${id} Done - - - Block repair worker`));
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`, "queuemoved 2.5.0"], other);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.ok(!host.calls().includes("repair blocks"));
    });

    it("replaces nobody when only the time of day has jumped", () => {
        world({ version: 1, roles: applied() });
        host.waits(B, 3);
        host.tell(resync("Idle"));
        const jumps = `clock() { give 5 "$1"; }
            nap() { SECONDS=$((SECONDS + 3600)) NOW=$((NOW + 1)); [ "$BASHPID" != $$ ] || [ $NOW -lt 1003 ] || exit 9; }`;
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other, jumps);
        assert.equal(ran.code, 9, ran.stderr);
        assert.deepEqual(host.calls(), ["repair tables"]);
    });

    it("gives up what only the lost node had, where that was said", () => {
        world({ version: 1, roles: applied() });
        host.waits(B, 3, 1);
        host.options("skipChecks blocks-missing");
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.match(ran.stderr, /what only the old node had is given up/);
    });

    it("doesn't let the new layout wait for the lost node, from 1.0 on", () => {
        world({ version: 1, roles: applied() });
        host.tell(`lost ${C}`);
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

    it("looks at the others too where the new node has another name", () => {
        world({ version: 1, roles: applied() });
        host.waits(B, 3, 1);
        const named = THREE.replace("rome=", "milan=");
        const peers = [...PEERS.slice(0, 2), `peer milan ${D} 10.0.0.4:3901 storage in`];
        const ran = host.layout(`sv=2 rf=3 ${named}`, [`replace milan ${C}`], peers);
        assert.match(ran.stderr, /nothing was touched.*\[blocks-missing\]/);
        assert.deepEqual(host.calls(), ["repair tables"]);
    });

    it("replaces one node at a time", () => {
        world({ version: 1, roles: applied() });
        const two = [PEERS[0]!, `peer paris ${E} 10.0.0.5:3901 storage in`, other[2]!];
        const ran = host.layout(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`, `replace paris ${B}`], two);
        host.refused(ran, "layout-replace-one", /one at a time/);
    });
});

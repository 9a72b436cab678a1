import { strict as assert } from "node:assert";
import { A, applied, B, C, D, E, LayoutHost, PEERS, THREE } from "./layoutDaemon";

const GATEWAY = `${D} mil gateway node=milan`;
const milan = (part: string) => `peer milan ${D} 10.0.0.4:3901 gateway ${part}`;
const FOUR = `${THREE} milan=mil:gateway`;

describe("garage-node layout: a lost gateway", function () {
    this.timeout(60_000);
    let host: LayoutHost;
    const world = (...what: ConstructorParameters<typeof LayoutHost>) => {
        host = new LayoutHost(...what);
    };
    afterEach(() => host.done());

    it("that was taken out isn't waited for, once nobody sees it any more", () => {
        world({ version: 1, roles: [...applied(), GATEWAY] });
        host.tell(`lost ${D}`, "seen");
        const ran = host.layout(`sv=2 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.deepEqual(host.calls(), [
            "layout remove 4444444444444444",
            "layout apply --version 2",
            "layout skip-dead-nodes --version 2",
            "layout skip-dead-nodes --version 2",
        ]);
        assert.match(ran.stderr, /layout 2 doesn't wait for the lost node 4444444444444444/);
        assert.deepEqual(host.ledger("moving"), []);
    });

    it("is let go also by the next call, when the first was cut short", () => {
        world({ version: 1, roles: [...applied(), GATEWAY] });
        host.tell(`lost ${D}`);
        assert.equal(host.layout(`sv=2 rf=3 ${THREE}`, [], PEERS, "layout_let_go() { exit 1; }").code, 1);
        assert.match(host.ledger("moving")[0]!, /^2 [0-9a-f]{16} 2 4444444444444444$/);
        const ran = host.layout(`sv=2 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.equal(host.calls().at(-1), "layout skip-dead-nodes --version 2");
    });

    it("isn't let go while another node isn't seen: Garage would skip that one too", () => {
        world({ version: 1, roles: [...applied(), GATEWAY] });
        host.tell(`lost ${D}`);
        host.tell(`dead ${B} ${C}`);
        const ran = host.layout(`sv=2 rf=3 ${THREE}`);
        assert.match(ran.stderr, /doesn't come to its end \(.*paris sees 2 of 3.*\).*\[layout-unsettled\]/);
        assert.ok(!host.calls().includes("layout skip-dead-nodes --version 2"));
    });

    it("that another hand took out is left to that hand, as is a node whose data move", () => {
        for (const lost of [D, C]) {
            world({ version: 2, roles: applied() });
            host.tell(`lost ${lost}`);
            assert.equal(host.layout(`sv=2 rf=3 ${THREE}`).stdout, "2\n");
            assert.deepEqual(host.calls(), []);
            if (lost === D) host.done();
        }
    });

    it("is neither put in nor changed while it is left out, and stops no other answer", () => {
        for (const roles of [applied(), [...applied(), GATEWAY], [...applied(), GATEWAY.replace("mil", "ber")]]) {
            world({ version: 3, roles });
            assert.equal(host.layout(`sv=2 rf=3 ${FOUR}`, [], [...PEERS, milan("without")]).stdout, "3\n");
            assert.deepEqual(host.calls(), []);
            if (roles !== undefined) host.done();
        }
        world({ version: 3, roles: applied() });
        assert.equal(host.layout(`sv=2 rf=3 ${FOUR}`, [], [...PEERS, milan("in")]).stdout, "4\n");
    });

    it("that is left out stops a change, and is told how not to", () => {
        world({ version: 3, roles: [...applied(), GATEWAY] });
        host.refused(
            host.layout(`sv=2 rf=3 ${FOUR.replace("lon:1", "lon:2")}`, [], [...PEERS, milan("without")]),
            "layout-without",
            /milan is left out.*take it out of nodes if it is a gateway/,
        );
    });

    it("isn't asked whether it has blocks, when a node is replaced", () => {
        world({ version: 1, roles: [...applied(), GATEWAY] });
        host.waits(D, 5, 5);
        const peers = [...PEERS.slice(0, 2), `peer rome ${E} 10.0.0.5:3901 storage in`, milan("in")];
        const ran = host.layout(`sv=2 rf=3 ${FOUR}`, [`replace rome ${C}`], peers);
        assert.equal(ran.stdout, "2\n", ran.stderr);
    });

    it("leaves no single node alone with its bookkeeping", () => {
        world({ version: 1, roles: [`${A} lon 1000000000 node=london`, GATEWAY] });
        host.tell(`lost ${D}`, "alone");
        const ran = host.layout("sv=2 rf=1 london=lon:1000000000", [], PEERS.slice(0, 1));
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.deepEqual(host.calls().slice(-2), ["layout skip-dead-nodes --version 2", "layout revert --yes"]);
    });

    it("is followed by no such word while anything is staged", () => {
        world({ version: 1, roles: [`${A} lon 1000000000 node=london`] });
        host.tell("alone", `change ${D} mil 5 x`);
        const ran = host.layout(
            "sv=2 rf=1 london=lon:1000000000",
            [],
            PEERS.slice(0, 1),
            "layout_nobody_staged() { :; }",
        );
        assert.match(ran.stderr, /\[layout-unsettled\]/);
        assert.deepEqual(host.calls(), []);
    });
});

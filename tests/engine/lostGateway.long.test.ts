import assert from "node:assert/strict";
import type { PlainArgs } from "../support/clusterProject";
import { SimBed } from "./simHosts";

// What the real engine does with a gateway's resources when its host is lost. What Garage makes of it: tests/e2e/all/deadHost.test.ts.

const nodes = { london: "london", paris: "paris", rome: "rome", edge: "edge" };
const { edge: _edge, ...storage } = nodes;

describe("a lost gateway", function () {
    this.timeout(300_000);
    let bed: SimBed;
    const args = (more: Record<string, unknown> = {}): PlainArgs => {
        const all = bed.args(nodes, more);
        const { capacity: _capacity, ...edge } = all.nodes.edge!;
        all.nodes.edge = { ...edge, gateway: true };
        return all;
    };
    beforeEach(async () => {
        bed = await SimBed.make(...Object.values(nodes));
        bed.cluster.declare(args());
        await bed.cluster.up();
        bed.forget();
    });
    afterEach(() => bed.remove());

    it("is left out and taken out afterwards, and its host is dialled no more", async () => {
        bed.hosts.edge!.fails.uninstall = "bash: nobody should ask this";
        bed.cluster.declare(args({ without: ["edge"] }));
        await bed.cluster.up();
        bed.cluster.declare(bed.args(storage));
        await bed.cluster.up();
        await bed.cluster.isSettled();
        assert.deepEqual(bed.verbs("edge"), []);
    });

    it("is uninstalled when it came back before it is taken out", async () => {
        bed.cluster.declare(args({ without: ["edge"] }));
        await bed.cluster.up();
        bed.cluster.declare(args());
        await bed.cluster.up();
        bed.cluster.declare(bed.args(storage));
        await bed.cluster.up();
        assert.equal(bed.verbs("edge").at(-1), "uninstall edge");
    });

    it("taken out at once fails at the very end, when all else is done, and both ways on are named; each works", async () => {
        const { fails } = bed.hosts.edge!;
        fails.uninstall = "dial tcp: no route to host";
        bed.cluster.declare(bed.args(storage));
        const said = /put nodes\.edge back with without: \["edge"\].*or `pulumi state delete` its `host` resource/;
        await bed.cluster.upFails(said);
        assert.equal(bed.verbs("london").at(-1), "release 2.5.0");
        bed.cluster.declare(args({ without: ["edge"] }));
        await bed.cluster.up();
        bed.cluster.declare(bed.args(storage));
        await bed.cluster.up();
        await bed.cluster.isSettled();
    });
});

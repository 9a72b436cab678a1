import assert from "node:assert/strict";
import { SimBed } from "./simHosts";

// What the real engine runs, and skips, when a call has failed and what was asked is set back. The hosts only answer; that they decide rightly
// is shown by the tests of their scripts.

const nodes = { london: "london", paris: "paris", rome: "rome" };

describe("what was asked is set back after a call that failed", function () {
    this.timeout(300_000);
    let bed: SimBed;
    beforeEach(async () => {
        bed = await SimBed.make(...Object.values(nodes));
    });
    afterEach(() => bed.remove());

    it("a roll that ended though its connection was lost: that node's roll runs again", async () => {
        bed.cluster.declare(bed.args(nodes, { version: "2.4.0" }));
        await bed.cluster.up();
        bed.hosts.paris!.fails.roll = "the connection was lost";
        bed.cluster.declare(bed.args(nodes));
        await bed.cluster.upFails(/store-roll-paris/);
        delete bed.hosts.paris!.fails.roll;
        bed.forget();
        bed.cluster.declare(bed.args(nodes, { version: "2.4.0" }));
        assert.match(
            (await bed.cluster.project.preview()).stdout,
            /The roll to 2\.5\.0, which wasn't finished, is undone: nodes that had moved restart with 2\.4\.0/,
        );
        await bed.cluster.up();
        assert.match(bed.verbs("paris").join(), /roll 2\.4\.0-/);
        await bed.cluster.isSettled();
    });

    it("a major upgrade: the preview says that it is called off", async () => {
        const one = bed.args(nodes, { stateVersion: "1", version: "1.3.0" });
        bed.cluster.declare(one);
        await bed.cluster.up();
        bed.hosts.london!.fails.preflight = "not all nodes are up [peers-unhealthy]";
        bed.cluster.declare(bed.args(nodes, { stateVersion: "1", version: "2.5.0" }));
        await bed.cluster.upFails(/peers-unhealthy/);
        bed.cluster.declare(one);
        assert.match(
            (await bed.cluster.project.preview()).stdout,
            /The major upgrade to 2\.5\.0, which wasn't finished, is called off, as long as step 7 \(migrate\)/,
        );
    });

    it("a layout that was applied though its call failed: it is looked at again", async () => {
        bed.cluster.declare(bed.args(nodes));
        await bed.cluster.up();
        bed.hosts.london!.fails.layout = "layout 2 is applied, but not known everywhere [layout-not-spread]";
        const more = bed.args(nodes);
        more.nodes.paris!.capacity = "9T";
        bed.cluster.declare(more);
        await bed.cluster.upFails(/layout-not-spread/);
        delete bed.hosts.london!.fails.layout;
        bed.forget();
        bed.cluster.declare(bed.args(nodes));
        await bed.cluster.up();
        // `stage` too, on the node that remembers what is asked for; it finds its work done.
        assert.deepEqual(bed.verbs("london").slice(-2), ["join", "layout sv=2"]);
        await bed.cluster.isSettled();
    });
});

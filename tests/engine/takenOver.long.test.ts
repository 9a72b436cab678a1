import assert from "node:assert/strict";
import { SimBed } from "./simHosts";

// Whose hosts they are, on the real engine. That `uninstall` leaves a host alone which has another owner is shown by the tests of the scripts.

const nodes = { london: "london", paris: "paris", rome: "rome" };
const others = { london: "oslo", paris: "milan", rome: "berlin" };
const given = { clusterId: "c".repeat(32), rpcSecret: "d".repeat(64) };

describe("hosts that change hands", function () {
    this.timeout(300_000);
    let bed: SimBed;
    beforeEach(async () => {
        bed = await SimBed.make(...Object.values(nodes), ...Object.values(others));
    });
    afterEach(() => bed.remove());

    const all = () => Object.values(nodes).flatMap((label) => bed.verbs(label));
    const owner = (verb: string) => /^owner (.*)$/m.exec(bed.stdin("london", verb))?.[1];

    for (const [what, words] of [
        ["gone from the program, without a preview", ["up", "--yes", "--skip-preview"]],
        ["destroyed without a preview", ["destroy", "--yes", "--skip-preview"]],
        ["left out of a destroy as protected", ["destroy", "--yes", "--exclude-protected"]],
    ] as const)
        it(`are uninstalled by nobody when a protected component is ${what}`, async () => {
            bed.cluster.declare(bed.args(nodes), { protect: true });
            await bed.cluster.up();
            bed.forget();
            if (words[0] === "up") bed.cluster.declareAll({});
            await bed.cluster.project.pulumi(...words);
            assert.deepEqual(all(), []);
        });

    it("know their new owner before the old one's delete comes: a component with given secrets was renamed", async () => {
        bed.cluster.declare(bed.args(nodes, given));
        await bed.cluster.up();
        const old = owner("host");
        assert.match(old!, /^urn:pulumi:.*::store$/);
        bed.forget();
        bed.cluster.declareAll({ shop: { args: bed.args(nodes, given) } });
        await bed.cluster.up();
        assert.match(owner("host")!, /::shop$/);
        assert.equal(owner("uninstall"), old);
        const verbs = bed.verbs("london").map((call) => call.split(" ")[0]);
        assert.ok(verbs.indexOf("host") < verbs.indexOf("uninstall"), verbs.join());
        await bed.cluster.isSettled();
    });

    it("are refused where none of them was in the cluster: it would be a new, empty one", async () => {
        bed.cluster.declare(bed.args(nodes));
        await bed.cluster.up();
        bed.cluster.declare(bed.args(others));
        for (let count = 0; count < 2; count++) await bed.cluster.upFails(/new, empty cluster.*\[hosts-all-new\]/);
        for (const label of Object.values(others)) assert.ok(!/stage|start/.test(bed.verbs(label).join()), label);
        // One that is replaced, and said to be, is no swap.
        const one = bed.args({ ...nodes, rome: "berlin" });
        bed.cluster.declare(one);
        await bed.cluster.up();
        bed.cluster.declare(bed.args(nodes));
        await bed.cluster.up();
        await bed.cluster.isSettled();
    });
});

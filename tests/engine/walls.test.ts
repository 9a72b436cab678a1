import assert from "node:assert/strict";
import { SimBed } from "./simHosts";

// What is refused when, with a preview and without one (as the Automation API does it). That a host refuses by its own record is shown by the
// tests of the scripts; these hosts only answer.

const NODES = { london: "london", paris: "paris", rome: "rome" };

describe("the walls on the real engine", function () {
    this.timeout(300_000);
    let bed: SimBed;
    beforeEach(async () => {
        bed = await SimBed.make(...Object.values(NODES));
    });
    afterEach(() => bed.remove());

    it("an unset version whose default has moved runs nothing on any host, with a preview or without", async () => {
        bed.cluster.declare(bed.args(NODES, { version: "2.4.0" }));
        await bed.cluster.up();
        bed.forget();
        bed.cluster.declare(bed.args(NODES, { version: undefined }));
        await bed.cluster.previewFails(/\[default-moved\]/);
        await bed.cluster.upFails(/version: "2\.4\.0" to stay.*\[default-moved\]/);
        assert.deepEqual(bed.log, []);
        bed.cluster.declare(bed.args(NODES, { version: "2.5.0" }));
        await bed.cluster.up();
        bed.cluster.declare(bed.args(NODES, { version: undefined }));
        await bed.cluster.isSettled();
    });

    it("a refusal that comes when all has run says so, and its way on works", async () => {
        bed.cluster.declare(bed.args(NODES, { version: "2.4.0" }));
        await bed.cluster.up();
        const both = bed.args(NODES);
        both.nodes.rome!.capacity = "2G";
        bed.cluster.declare(both);
        await bed.cluster.previewFails(/refused, nothing was changed:\s+- nodes: /);
        const late = await bed.cluster.upFails(/refused, but too late: .*the record still says 2\.4\.0/);
        assert.match(late.stdout + late.stderr, /\[nodes-and-release-changed\]/);
        assert.doesNotMatch(late.stdout + late.stderr, /nothing was changed/);
        const record = (await bed.cluster.project.resources())["store-release"]!;
        assert.equal((await bed.cluster.project.pulumi("state", "delete", record.urn, "--yes")).code, 0);
        bed.forget();
        await bed.cluster.up();
        assert.deepEqual(bed.log, ["london release 2.5.0"]);
        await bed.cluster.isSettled();
    });
});

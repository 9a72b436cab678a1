import assert from "node:assert/strict";
import { holdingLine } from "../../support/bed";
import { AS_ROOT } from "../../support/byHand";
import { upKilled, upKilledAt } from "../../support/killed";
import { succeeded } from "../../support/pulumiProject";
import type { Store } from "../../support/store";
import { STORAGE, Takeover } from "../../support/takeover";

const HOOKS = `beforeStop: ${JSON.stringify(holdingLine("before-stop"))}, afterStart: ${JSON.stringify(holdingLine("after-start"))},`;

// Doesn't prove: a power loss (a killed host leaves what it wrote to the kernel).
describe("a takeover that is killed on real hosts", function () {
    this.timeout(900_000);
    let on: Takeover;
    let store: Store;
    let seen: Record<string, string>;

    before(async () => {
        on = await Takeover.make("adoptkills", STORAGE);
    });
    after(async () => {
        await on?.bed.purge();
    });
    beforeEach(async () => {
        store = await on.madeByHand("1.3.0", ["root", "own", "root"]);
        seen = await on.olds();
        await on.inspected();
        on.program(HOOKS);
    });
    afterEach(async function () {
        await on.clear(this.currentTest?.state === "failed");
    });

    /** What comes first on a host comes over the line, and can't be held: killed as the engine begins with it. */
    const killedAsItBegins = async (step: string) =>
        assert.ok(await upKilled(on.project, (output) => output.includes(`-${step} creating`)), step);
    const killedWhileHeld = async (node: string, point: string) =>
        upKilledAt(on.project, await on.bed.hold(node, point));
    const setBack = async () => {
        on.adopts("back: true");
        succeeded(await on.project.update());
        succeeded(await on.project.update("--expect-no-changes"));
        assert.deepEqual(await on.olds(), seen);
        await store.intact(on.nodes);
    };

    it("engine, in each of its steps: the next up goes on, and no client has noticed; set back half-way, and killed in that too, all is as it was", async () => {
        await on.underLoad(store, async () => {
            await killedAsItBegins("look-rome");
            await killedAsItBegins("host-paris");
            await killedWhileHeld("rome", "stage");
            await killedWhileHeld("paris", "start");
            await killedWhileHeld("london", "join");
            await killedWhileHeld("london", "layout");
            await killedWhileHeld("london", "before-stop");
            await killedWhileHeld("paris", "after-start");
            assert.match(await on.bed.sh("rome", "garage-node status"), /^adopted waiting$/m);

            on.adopts("back: true");
            await killedWhileHeld("london", "before-stop");
            await killedWhileHeld("paris", "after-start");
            succeeded(await on.project.update());
            assert.deepEqual(await on.olds(), seen);

            on.program(HOOKS);
            await killedWhileHeld("london", "take");
            await killedWhileHeld("paris", "before-stop");
            await killedWhileHeld("rome", "after-start");
            await killedWhileHeld("london", "release");
            succeeded(await on.project.update());
        });
        await on.isTaken();
        succeeded(await on.project.update("--expect-no-changes"));
        await store.intact(on.nodes);
    });

    /** The host goes down, without a word, in the middle of what it does, and the engine with it; it comes up again, with one daemon at most. */
    const hostKilled = async (node: string, point: string, then = "true") => {
        const hold = await on.bed.hold(node, point);
        const killed = await upKilled(on.project, async () => {
            if (!(await hold.reached())) return false;
            await on.bed.try(node, then);
            await on.bed.power(node, "kill");
            return true;
        });
        assert.ok(killed, `${point} of ${node}`);
        await on.bed.power(node, "start");
        await on.bed.until(node, "systemctl is-system-running | grep -qE 'running|degraded'", 60);
        const daemons = (await on.bed.try(node, "pgrep -xc garage")).stdout.trim();
        assert.match(daemons, /^[01]$/, `${point} of ${node}`);
    };
    const stopped = (point: string) =>
        `rm -f /run/hold-${point}; timeout 60 bash -c 'while systemctl is-active --quiet garage; do :; done'`;

    it("host, before, while and after its service changes: the next up goes on; and back again likewise", async () => {
        await hostKilled("london", "before-stop");
        await hostKilled("london", "before-stop", stopped("before-stop"));
        await hostKilled("paris", "after-start");
        await hostKilled("rome", "before-stop", stopped("before-stop"));
        succeeded(await on.project.update());
        await on.isTaken();
        succeeded(await on.project.update("--expect-no-changes"));
        await store.intact(on.nodes);

        on.adopts("back: true");
        await hostKilled("london", "before-stop", stopped("before-stop"));
        await hostKilled("paris", "after-start");
        succeeded(await on.project.update());
        assert.deepEqual(await on.olds(), seen);
        await on.bed.until("london", `${AS_ROOT} garage status >/dev/null 2>&1`, 60);
        await store.intact(on.nodes);
    });

    it("host, half-way: set back from there all is as it was", async () => {
        await hostKilled("paris", "before-stop", stopped("before-stop"));
        await setBack();
    });
});

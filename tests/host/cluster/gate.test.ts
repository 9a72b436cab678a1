import { strict as assert } from "node:assert";
import { napping, World } from "../world/world";

// What a gate has seen never stands for what has changed since. Its rules are the judge's (tests/host/judge/gateBefore, gateAfter).

/** Time goes by naps only; in the first one things get worse, or better. */
const CLOCK = `${napping(60)}
eval "only_$(declare -f nap)"
nap() { only_nap "$1"; [ "$BASHPID" != $$ ] || [ ! -e "$FAKE/meanwhile" ] || . "$FAKE/meanwhile"; }
`;
const GATE = `${CLOCK}
if gate_after 1.3.0-aaaa "merkle=0 resync_errors=0"; then echo "passed: $GATE_SEEN"; else echo "failed: $LAST_SEEN"; fi`;

describe("the gate of a roll", function () {
    this.timeout(60_000);
    let world: World;
    afterEach(() => world.done());

    it("passes by one look at everything", () => {
        world = new World().started();
        assert.equal(world.lib(GATE).stdout, "passed: seen by 3 of 3 · partitions 256/256\n");
        assert.equal(world.calls().filter((call) => call.endsWith("health")).length, 1);
    });

    for (const [worse, line, why] of [
        ["errors", 'echo "queue $(sed "s/@.*//" "$FAKE/self") errors 7" >>"$FAKE/cluster"', /resync_errors is 7/],
        ["degraded", 'sed -i "s/^partitions .*/partitions 256 9 256/" "$FAKE/cluster"', /partitions 9\/256/],
        ["mute", ': >"$ROOT/proc/net/tcp"', /doesn't listen/],
    ] as const)
        it(`looks again at everything after the views were late: ${worse} that came meanwhile fail it`, () => {
            world = new World();
            world.cluster.unseen = [["paris", "rome"]];
            if (worse === "errors") world.cluster.node("london").blocks = [{ hash: "ab".repeat(32), references: 1 }];
            world.started();
            world.write("fake/meanwhile", `${line}\n`);
            const ran = world.lib(GATE);
            assert.match(ran.stdout, /^failed: /);
            assert.match(ran.stdout, why);
        });

    it("gives a layout time to settle: a daemon that has just started tells so only after a while", () => {
        world = new World();
        world.cluster.history = [
            { version: 2, status: "current", storage: 3, gateways: 0 },
            { version: 1, status: "draining", storage: 3, gateways: 0 },
        ];
        world.cluster.trackers = [{ id: world.cluster.node("rome").id, ack: 2, sync: 1, syncAck: 1 }];
        world.started();
        world.write("fake/meanwhile", 'sed -i "/^history\\|^tracker/d" "$FAKE/cluster"\n');
        const ran = world.lib(`convert_needed() { return 1; }\n${CLOCK}\ngate_before "" x && echo "settled at $NOW"`);
        assert.equal(ran.stdout, "settled at 1060\n", ran.stderr);
    });

    it("waits for this node's answer where the first look isn't well: one that is late isn't what is repaired", () => {
        const gate = `convert_needed() { return 1; }\nwait_until() { echo "waits for $2"; }\ngate_before "" x; echo "up $GATE_UP except=$GATE_EXCEPT"`;
        world = new World().started();
        assert.equal(world.lib(gate).stdout, "up yes except=\n");
        world.cluster.layout.changes = [{ id: "f".repeat(64), removed: true }];
        world.started();
        assert.match(world.lib(gate).stdout, /^waits for the daemon's answer\n/);
    });

    it("doesn't wait for a dead host as long as for data", () => {
        world = new World();
        world.cluster.node("rome").up = false;
        world.started();
        const ran = world.lib(`${CLOCK}\nnap() { NOW=$((NOW + 8)); }\ngate_before "" x`);
        assert.match(
            ran.stderr,
            /rome doesn't answer.*nothing was touched: repair that first, or leave a dead host out.*\[peers-unhealthy\]/,
        );
        assert.equal(world.calls().filter((call) => call.startsWith("1") && call.endsWith(" status")).length, 5);
    });

    it("waits by a clock that doesn't jump with the time of day", () => {
        world = new World();
        const jumps = `
            tries=0
            at_last() { SECONDS=$((SECONDS + 3600)); tries=$((tries + 1)); [ "$tries" -gt 2 ]; }
            sleep() { SECONDS=$((SECONDS + 3600)); command sleep "$1"; }
            wait_until 30 "it" at_last && echo waited
            clock from; settle 1 "settling" 2>/dev/null; clock to; [ $((to - from)) -ge 1 ] && echo settled\n`;
        assert.equal(world.lib(jumps).stdout, "waited\nsettled\n");
    });
});

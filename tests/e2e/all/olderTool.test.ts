import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { type Bed, holdingLine } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { olderPackage } from "../../support/olderPackage";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
/** Held on london, where each step has a call; by then the step before has passed everywhere. */
const STEPS = ["quiesce", "repair", "drain", "halt", "halted", "migrate", "verify", "resume"];

// Doesn't prove: packages older than a361815.
describe("a cluster that the package's 0.1.0 (a361815) set up", function () {
    this.timeout(1_800_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    let older: string;
    const args = (stateVersion: string, version: string, more = {}) =>
        cluster.args({ stateVersion, version, majorUpgrade: { drain: "settled" }, ...more });

    onHosts("older", NODES, async (made) => {
        ({ bed, cluster } = made);
        older = olderPackage();
        cluster.use(older);
        cluster.declare(args("0.8", "0.8.6"));
        store = await made.upFilled();
    });

    it("is taken on in the middle of a roll: waits for what still runs there, then finishes it", async () => {
        cluster.declare(args("0.8", "0.8.7", { beforeStop: holdingLine("before-stop") }));
        const hold = await bed.hold("paris", "before-stop");
        assert.ok(await cluster.upKilled(() => hold.reached()), "pulumi ended well");
        cluster.use();
        const up = cluster.project.start("up", "--yes", "--skip-preview");
        while (!/paris: waiting for the end of: garage-node roll/.test(up.output()))
            if (up.process.exitCode !== null) assert.fail(up.output());
            else await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal(await bed.release("paris"), "0.8.6");
        await hold.letGo();
        const { code, stdout } = await up.ended;
        assert.equal(code, 0, stdout);
        await cluster.isSettled();
        for (const node of NODES) assert.equal(await bed.release(node), "0.8.7", node);
        await store.intact();
    });

    it("goes back to 0.1.0's tool, and on to today's again, without a restart", async () => {
        const pids = await bed.daemons();
        for (const package_ of [older, undefined]) {
            cluster.use(package_);
            cluster.declare(args("0.8", "0.8.7"));
            await cluster.up();
            await cluster.isSettled();
        }
        assert.deepEqual(await bed.daemons(), pids);
        await store.intact();
    });

    it("in the middle of a major upgrade is refused before anything is touched, after each step; 0.1.0 finishes it, and then it is taken on", async () => {
        cluster.use(older);
        cluster.declare(args("0.8", "0.8.7"));
        await cluster.up();
        cluster.declare(args("0.8", "0.9.4"));
        for (const step of STEPS) {
            cluster.use(older);
            const hold = await bed.hold("london", step);
            assert.ok(await cluster.upKilled(() => hold.reached()), "pulumi ended well");
            const before = await state();
            cluster.use();
            // What is held goes on by itself afterwards, as after a lost connection.
            await cluster.upFails(/was begun with version 0\.1\.0 of this package .*\[tool-in-hop\]/);
            assert.deepEqual(await state(), before, step);
            await hold.letGo();
        }
        cluster.use(older);
        await cluster.up();
        for (const node of NODES) assert.equal(await bed.release(node), "0.9.4", node);
        const pids = await bed.daemons();
        cluster.use();
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
        await store.intact();
    });

    /** What runs and what the ledgers say, once that stays: calls that Pulumi made before it was killed go on by themselves. */
    async function state(): Promise<Record<string, unknown>> {
        for (let seen = await look(); ; ) {
            await new Promise((resolve) => setTimeout(resolve, 2000));
            const now = await look();
            if (isDeepStrictEqual(seen, now)) return now;
            seen = now;
        }
    }

    async function look(): Promise<Record<string, unknown>> {
        const ledgers: Record<string, unknown> = {};
        for (const node of NODES) {
            await bed.until(node, "flock -n /run/garage-node/lock true", 120);
            ledgers[node] = await bed.sh(
                node,
                // A node that the last step has finished takes the newer tool, which also shows the history that it keeps apart; London, which it
                // hasn't finished, refuses, and so nobody goes on.
                "if garage-node ledger show | grep -qx 'hopstate open'; then garage-node ledger show | grep -v '^tool '; readlink /opt/garage-node/current; else garage-node ledger show | grep -vE '^(tool|history) '; fi",
            );
        }
        return { ledgers, daemons: await bed.daemons() };
    }
});

// A patch upgrade against a bare SSH loop (stop; swap link; start) on the same hosts in the same run; then both once more
// under load, for what a client notices.
// Run by `npm run bench patch-upgrade`. The loop is what people do by hand; it doesn't wait for the other nodes' views.
import { Bed } from "../tests/support/bed";
import { ClusterProject } from "../tests/support/clusterProject";
import { Load } from "../tests/support/load";
import { Store } from "../tests/support/store";
import { durations, seconds, timed } from "./support";

const NODES = ["london", "paris", "rome"];

async function bareLoop(bed: Bed): Promise<void> {
    const swap = "ln -sfn $(readlink /opt/garage/current) /opt/garage/current";
    for (const node of NODES) await bed.bySsh(node, `systemctl stop garage; ${swap}; systemctl start garage`);
}

/** What a roll took, in seconds, by the line that it printed and by systemd. */
async function rollOf(bed: Bed, node: string, stdout: string) {
    const line = new RegExp(`${node}: stopped \\S+ \\(([\\d.]+) s\\).* · ([\\d.]+) s$`, "m").exec(stdout);
    if (!line) throw new Error(`${node} was not rolled:\n${stdout}`);
    const shown = await bed.sh(
        node,
        "systemctl show garage -p InactiveExitTimestampMonotonic -p ActiveEnterTimestampMonotonic",
    );
    const at = (event: string) => Number(new RegExp(`${event}TimestampMonotonic=(\\d+)`).exec(shown)![1]) / 1e6;
    return { node, s: Number(line[2]), stop: Number(line[1]), start: at("ActiveEnter") - at("InactiveExit") };
}

async function main(): Promise<void> {
    const bed = await Bed.make("bench-patch", NODES);
    const cluster = await ClusterProject.make(bed);
    try {
        const declare = (version: string, more = {}) =>
            cluster.declare(cluster.args({ stateVersion: "1", version, ...more }));
        declare("1.2.0");
        await cluster.up();
        const store = await Store.make(bed, "london");
        await store.fill("london");

        declare("1.3.0");
        const upgrade = await timed(() => cluster.up());
        const rolls = await Promise.all(NODES.map((node) => rollOf(bed, node, upgrade.result.stdout)));
        const took = durations(upgrade.result.stdout);
        /** A phase takes as long as its slowest node. */
        const phases = ["stage", "start", "join", "layout", "release"].map((phase) => {
            const all = Object.entries(took).filter(([name]) => name.includes(`-${phase}`));
            return { phase, s: Math.max(0, ...all.map(([, s]) => s)) };
        });
        const rolling = rolls.reduce((sum, roll) => sum + roll.s, 0);
        const engine = upgrade.ms / 1000 - rolling - phases.reduce((sum, { s }) => sum + s, 0);
        const loop = await timed(() => bareLoop(bed));

        declare("1.2.0", { allowPatchDowngrade: true });
        const upgradeLoad = Load.start(store, NODES);
        await cluster.up();
        const upgraded = await upgradeLoad.stop();
        const loopLoad = Load.start(store, NODES);
        await bareLoop(bed);
        const looped = await loopLoad.stop();
        console.log(
            `pulumi up: ${seconds(upgrade.ms)} s: engine, program and connections ${engine.toFixed(1)} s, ${phases.map(({ phase, s }) => `${phase} ${s} s`).join(", ")}, rolls ${rolling.toFixed(1)} s`,
        );
        for (const { node, s, stop, start } of rolls)
            console.log(
                `  ${node}: ${s.toFixed(1)} s: stop ${stop.toFixed(1)}, start ${start.toFixed(1)}, gate ${(s - stop - start).toFixed(1)}`,
            );
        const further = rolls.slice(1).reduce((sum, roll) => sum + roll.s, 0) / (rolls.length - 1);
        console.log(
            `bare loop: ${seconds(loop.ms)} s; difference a node: ${seconds((upgrade.ms - loop.ms) / NODES.length)} s (limit 4)`,
        );
        console.log(
            `  growth: a further node takes ${further.toFixed(1)} s, in the bare loop ${seconds(loop.ms / NODES.length)} s; the rest is there once`,
        );
        for (const [what, seen] of [
            ["pulumi up under load", upgraded],
            ["bare loop under load", looped],
        ] as const)
            console.log(
                `${what}: ${seen.requests} requests, ${seen.lost.length} lost, ${seen.retried} first tries failed, ${seen.mismatches.length} mismatches, longest time without success ${seconds(seen.longestGapMs)} s`,
            );
    } finally {
        cluster.remove();
        await bed.purge();
    }
}

void main();

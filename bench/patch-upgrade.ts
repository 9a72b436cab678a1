// A patch upgrade against a bare SSH loop (stop; swap link; start) on the same hosts in the same run, both under load.
// Run by `npm run bench patch-upgrade`. The loop is what people do by hand; it doesn't wait for the other nodes' views.
import { Bed } from "../tests/support/bed";
import { ClusterProject } from "../tests/support/clusterProject";
import { Load } from "../tests/support/load";
import { Store } from "../tests/support/store";
import { durations, seconds, timed } from "./support";

const NODES = ["london", "paris", "rome"];

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
        const load = Load.start(store, NODES);
        const upgrade = await timed(() => cluster.up());
        const result = await load.stop();
        const took = durations(upgrade.result.stdout);
        const rolls = Object.entries(took).filter(([name]) => name.includes("-roll-"));
        const rolling = rolls.reduce((sum, [, s]) => sum + s, 0);
        /** A phase takes as long as its slowest node. */
        const phases = ["stage", "start", "join", "layout", "release"].map((phase) => {
            const all = Object.entries(took).filter(([name]) => name.includes(`-${phase}`));
            return { phase, s: Math.max(0, ...all.map(([, s]) => s)) };
        });
        const engine = upgrade.ms / 1000 - rolling - phases.reduce((sum, { s }) => sum + s, 0);

        const loopLoad = Load.start(store, NODES);
        const loop = await timed(async () => {
            for (const node of NODES)
                await bed.bySsh(
                    node,
                    "systemctl stop garage; ln -sfn $(readlink /opt/garage/current) /opt/garage/current; systemctl start garage",
                );
        });
        const looped = await loopLoad.stop();
        console.log(
            `pulumi up: ${seconds(upgrade.ms)} s, of it the rolls ${rolling.toFixed(1)} s (${rolls.map(([name, s]) => `${name} ${s}`).join(", ")})`,
        );
        console.log(
            `  engine and program ${engine.toFixed(1)} s, ${phases.map(({ phase, s }) => `${phase} ${s} s`).join(", ")}`,
        );
        const lines = [...upgrade.result.stdout.matchAll(/\w+: stopped .* · ([\d.]+) s$/gm)];
        for (const [line] of lines) console.log(`  ${line}`);
        const further = lines.slice(1).reduce((sum, [, s]) => sum + Number(s), 0) / (lines.length - 1);
        console.log(
            `bare loop: ${seconds(loop.ms)} s; difference a node: ${seconds((upgrade.ms - loop.ms) / NODES.length)} s (limit 4)`,
        );
        console.log(
            `  growth: a further node takes ${further.toFixed(1)} s, in the bare loop ${seconds(loop.ms / NODES.length)} s; the rest is there once`,
        );
        for (const [what, seen] of [
            ["pulumi up", result],
            ["bare loop", looped],
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

// A patch upgrade against a bare SSH loop (stop; swap link; start) on the same hosts in the same run; then both once more
// under load, for what a client notices; then with clients that hold idle connections to every node, and such a roll once more on hosts
// that can't hang up on them.
// Run by `npm run bench patch-upgrade`. The loop is what people do by hand; it doesn't wait for the other nodes' views.
import { Bed } from "../tests/support/bed";
import { ClusterProject } from "../tests/support/clusterProject";
import { Load, type LoadResult } from "../tests/support/load";
import { Store } from "../tests/support/store";
import { Idlers } from "../tests/support/visitors";
import { durations, seconds, timed } from "./support";

const NODES = ["london", "paris", "rome"];
/** S3, as the pool of an SDK; a browser on the website, a scraper of metrics. */
const IDLE_PORTS = [...Array(20).fill(3900), 3902, 3903];

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

const clientsSaw = ({ requests, lost, retried, hung, mismatches, longestGapMs }: LoadResult) =>
    `${requests} requests, ${lost.length} lost, ${retried} first tries failed, ${hung} hung, ${mismatches.length} mismatches, longest time without success ${seconds(longestGapMs)} s`;

/** A change under load, with clients that hold idle connections to all nodes. */
async function withIdleClients(bed: Bed, store: Store, change: () => Promise<unknown>): Promise<LoadResult> {
    const idlers = await Promise.all(NODES.map((node) => Idlers.at(bed.hosts[node]!.address, IDLE_PORTS)));
    const load = Load.start(store, NODES);
    await change();
    for (const idle of idlers) idle.leave();
    return load.stop();
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

        const held = [];
        for (const [hosts, version, make] of [
            ["idle clients, hosts that can't hang up on them", "1.3.0", "mv /usr/bin/ss /usr/bin/ss-away"],
            ["idle clients", "1.2.0", "mv /usr/bin/ss-away /usr/bin/ss"],
        ] as const) {
            for (const node of NODES) await bed.sh(node, make);
            declare(version, { allowPatchDowngrade: true });
            let stdout = "";
            const seen = await withIdleClients(bed, store, async () => {
                ({ stdout } = await cluster.up());
            });
            const rolls = await Promise.all(NODES.map((node) => rollOf(bed, node, stdout)));
            held.push({ what: `pulumi up under load, ${hosts}`, seen, rolls });
        }
        held.push({
            what: "bare loop under load, idle clients",
            seen: await withIdleClients(bed, store, () => bareLoop(bed)),
            rolls: [],
        });
        console.log(
            `pulumi up: ${seconds(upgrade.ms)} s: engine, program and connections ${engine.toFixed(1)} s, ${phases.map(({ phase, s }) => `${phase} ${s} s`).join(", ")}, rolls ${rolling.toFixed(1)} s`,
        );
        for (const { node, s, stop, start } of rolls)
            console.log(
                `  ${node}: ${s.toFixed(1)} s: stop ${stop.toFixed(1)}, start ${start.toFixed(1)}, gate ${(s - stop - start).toFixed(1)}`,
            );
        const further = rolls.slice(1).reduce((sum, roll) => sum + roll.s, 0) / (rolls.length - 1);
        const stops = rolls.reduce((sum, { stop }) => sum + stop, 0);
        console.log(
            `  without the stops ${(rolling - stops).toFixed(1)} s: how long a stop takes, 0.1 to 1 s, is Garage's own, which ends at the next turn of a loop of a second`,
        );
        console.log(
            `bare loop: ${seconds(loop.ms)} s; difference a node: ${seconds((upgrade.ms - loop.ms) / NODES.length)} s (limit 4)`,
        );
        console.log(
            `  growth: a further node takes ${further.toFixed(1)} s, in the bare loop ${seconds(loop.ms / NODES.length)} s; the rest is there once`,
        );
        console.log(`pulumi up under load: ${clientsSaw(upgraded)}`);
        console.log(`bare loop under load: ${clientsSaw(looped)}`);
        for (const { what, seen, rolls } of held) {
            console.log(`${what}: ${clientsSaw(seen)}`);
            if (rolls.length > 0)
                console.log(
                    `  rolls ${rolls.reduce((sum, { s }) => sum + s, 0).toFixed(1)} s: ${rolls.map(({ node, s, stop }) => `${node} ${s.toFixed(1)} s, of which stop ${stop.toFixed(1)}`).join("; ")}`,
                );
        }
    } finally {
        cluster.remove();
        await bed.purge();
    }
}

void main();

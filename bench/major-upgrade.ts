// Two major upgrades, and how long S3 is off in each, against stopping and starting all nodes at once in the same run.
// Run by `npm run bench major-upgrade`.
import { Bed } from "../tests/support/bed";
import { ClusterProject } from "../tests/support/clusterProject";
import { Store } from "../tests/support/store";
import { durations, seconds, timed } from "./support";

const NODES = ["london", "paris", "rome"];
/** Limits: seconds beyond the bare restart, less the waiting for queues. */
const WAYS = [
    { strategy: "full", stateVersion: "0.9", version: "1.3.0", next: "1", limit: 60 },
    { strategy: "short", stateVersion: "1", version: "2.5.0", next: "2", limit: 10 },
];

async function main(): Promise<void> {
    const bed = await Bed.make("bench-major", NODES);
    const cluster = await ClusterProject.make(bed);
    try {
        cluster.declare(cluster.args({ stateVersion: "0.9", version: "0.9.4" }));
        await cluster.up();
        const store = await Store.make(bed, "london");
        await store.fill("london");
        const all = (line: string) => Promise.all(NODES.map((node) => bed.sh(node, line)));
        for (const { strategy, stateVersion, version, next, limit } of WAYS) {
            const bare = await offWhile(store, async () => {
                await all("systemctl stop garage");
                await all("systemctl start garage");
            });
            const majorUpgrade = strategy === "short" ? { strategy } : { strategy, drain: "settled" };
            cluster.declare(cluster.args({ stateVersion, version, majorUpgrade }));
            let stdout = "";
            let total = 0;
            const off = await offWhile(store, async () => {
                const upgrade = await timed(() => cluster.up());
                stdout = upgrade.result.stdout;
                total = upgrade.ms;
            });
            const steps = Object.entries(durations(stdout)).filter(([name]) => /-to-\d/.test(name));
            for (const [name, s] of steps) console.log(`  ${name}: ${s} s`);
            const waited = steps.find(([name]) => name.endsWith("-4-drain"))?.[1] ?? 0;
            const less = strategy === "full" ? waited * 1000 : 0;
            console.log(
                `${strategy} to ${version}: ${seconds(total)} s in all, S3 off for ${seconds(off)} s, of it ${seconds(less)} s waiting for queues`,
            );
            console.log(
                `  all nodes stopped and started at once: off for ${seconds(bare)} s; difference ${seconds(off - less - bare)} s (limit ${limit})`,
            );
            cluster.declare(cluster.args({ stateVersion: next, version, majorUpgrade }));
            await cluster.up();
        }
        const damage = (await Promise.all(NODES.map((node) => store.damage(node)))).flat();
        console.log(`${store.written.size} objects, ${damage.length} damaged`);
    } finally {
        cluster.remove();
        await bed.purge();
    }
}

/** Milliseconds without an answer of S3, looked at ten times a second until the work is done and S3 answers. */
async function offWhile(store: Store, work: () => Promise<void>): Promise<number> {
    let working = true;
    const done = work().finally(() => {
        working = false;
    });
    let off = 0;
    let offSince = 0;
    while (working || offSince > 0) {
        const answers = await store.get("london", "object-0-1").then(
            () => true,
            () => false,
        );
        if (!answers && offSince === 0) offSince = Date.now();
        if (answers && offSince > 0) {
            off += Date.now() - offSince;
            offSince = 0;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await done;
    return off;
}

void main();

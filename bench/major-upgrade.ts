// A major upgrade, and how long S3 is off, against stopping and starting all nodes at once in the same run.
// Run by `npm run bench major-upgrade`.
import { Bed } from "../tests/support/bed";
import { ClusterProject } from "../tests/support/clusterProject";
import { Store } from "../tests/support/store";
import { durations, seconds, timed } from "./support";

const NODES = ["london", "paris", "rome"];

async function main(): Promise<void> {
    const bed = await Bed.make("bench-major", NODES);
    const cluster = await ClusterProject.make(bed);
    try {
        const declare = (version: string) =>
            cluster.declare(cluster.args({ stateVersion: "1", version, majorUpgrade: { drain: "settled" } }));
        declare("1.3.0");
        await cluster.up();
        const store = await Store.make(bed, "london");
        await store.fill("london");
        const all = (line: string) => Promise.all(NODES.map((node) => bed.sh(node, line)));
        const bare = await timed(async () => {
            await all("systemctl stop garage");
            await all("systemctl start garage");
            await answers(store);
        });

        declare("2.5.0");
        let offSince = 0;
        let off = 0;
        let watching = true;
        const watch = (async () => {
            while (watching) {
                const up = await store.get("london", "object-0-1").then(
                    () => true,
                    () => false,
                );
                if (!up && offSince === 0) offSince = Date.now();
                if (up && offSince > 0) {
                    off += Date.now() - offSince;
                    offSince = 0;
                }
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
        })();
        const upgrade = await timed(() => cluster.up());
        watching = false;
        await watch;
        const steps = Object.entries(durations(upgrade.result.stdout)).filter(([name]) => name.includes("1-to-2"));
        for (const [name, s] of steps) console.log(`  ${name}: ${s} s`);
        console.log(`1.3.0 → 2.5.0: ${seconds(upgrade.ms)} s in all, S3 off for ${seconds(off)} s (drain "settled")`);
        console.log(
            `all nodes stopped and started at once: ${seconds(bare.ms)} s; difference ${seconds(off - bare.ms)} s (limit 60)`,
        );
        const damage = (await Promise.all(NODES.map((node) => store.damage(node)))).flat();
        console.log(`${store.written.size} objects, ${damage.length} damaged`);
    } finally {
        cluster.remove();
        await bed.purge();
    }
}

async function answers(store: Store): Promise<void> {
    while (
        !(await store.get("london", "object-0-1").then(
            () => true,
            () => false,
        ))
    )
        await new Promise((resolve) => setTimeout(resolve, 100));
}

void main();

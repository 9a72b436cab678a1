// How a preview grows with the number of nodes (nothing is dialled), and what the state of 100 nodes weighs, once hosts that only answer are
// up. Run by `npm run bench preview`.
import { generateKeyPairSync } from "node:crypto";
import { SimBed } from "../tests/engine/simHosts";
import { ClusterProject } from "../tests/support/clusterProject";
import { seconds, timed } from "./support";

async function main(): Promise<void> {
    const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
        type: "pkcs8",
        format: "pem",
    });
    const cluster = await ClusterProject.make();
    try {
        const times: Record<number, number> = {};
        for (const count of [3, 30, 100]) {
            const nodes = Object.fromEntries(
                Array.from({ length: count }, (_, i) => [
                    `node-${i}`,
                    { zone: `zone-${i % 5}`, capacity: "1T", ssh: { host: `192.0.2.${i}`, privateKey } },
                ]),
            );
            cluster.declare({ stateVersion: "1", version: "1.3.0", nodes });
            const { ms, result } = await timed(() => cluster.project.preview());
            if (result.code !== 0) throw new Error(result.stdout + result.stderr);
            times[count] = ms;
            console.log(`${count} nodes: ${seconds(ms)} s`);
        }
        console.log(
            `a node beyond the fixed cost: ${((times[100]! - times[3]!) / 97 / 1000).toFixed(3)} s (limit 0.1)`,
        );
    } finally {
        cluster.remove();
    }
    await weigh(100);
}

async function weigh(count: number): Promise<void> {
    const labels = Array.from({ length: count }, (_, i) => `node-${i}`);
    const bed = await SimBed.make(...labels);
    try {
        bed.cluster.declare(bed.args(Object.fromEntries(labels.map((label) => [label, label]))));
        await bed.cluster.up();
        const state = await bed.cluster.project.exported();
        console.log(`state of ${count} nodes: ${(state.length / 1e6).toFixed(1)} MB (limit 12)`);
    } finally {
        await bed.remove();
    }
}

void main();

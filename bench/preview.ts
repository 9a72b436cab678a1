// How a preview grows with the number of nodes (nothing is dialled); and, with hosts that only answer, what a node weighs in the state, and
// what memory the engine takes for an `up` that makes all of them. Run by `npm run bench preview`.
import { execFileSync } from "node:child_process";
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
    for (const count of [10, 100]) await weigh(count);
}

/** Of the largest process of the CLI, in MiB. */
const engineMemory = () =>
    Math.max(
        0,
        ...[...execFileSync("ps", ["-e", "-o", "rss=,comm="], { encoding: "utf8" }).matchAll(/(\d+) +pulumi$/gm)].map(
            ([, kib]) => Number(kib) / 1024,
        ),
    );

// The memory grows with the square of the nodes (some 4 GB at 100): with a passphrase the engine keeps what each secret was encrypted to, step by step.
async function weigh(count: number): Promise<void> {
    const labels = Array.from({ length: count }, (_, i) => `node-${i}`);
    const bed = await SimBed.make(...labels);
    let most = 0;
    const looks = setInterval(() => {
        most = Math.max(most, engineMemory());
    }, 500);
    try {
        bed.cluster.declare(bed.args(Object.fromEntries(labels.map((label) => [label, label]))));
        await bed.cluster.up();
        const state = await bed.cluster.project.exported();
        const megabytes = state.length / 1e6 / count;
        console.log(
            `up of ${count} nodes: ${megabytes.toFixed(2)} MB of state a node (limit 0.12), engine ${most.toFixed(0)} MiB`,
        );
    } finally {
        clearInterval(looks);
        await bed.remove();
    }
}

void main();

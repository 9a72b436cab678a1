// From bare hosts to the first successful PUT, with the binary at hand; and how it grows with the number of nodes.
// Run by `npm run bench bringup`. Figures are of this machine; what counts is the ratio.
import { cpus } from "node:os";
import { Bed } from "../tests/support/bed";
import { ClusterProject } from "../tests/support/clusterProject";
import { Store } from "../tests/support/store";
import { processors, seconds, timed } from "./support";

const NAMES = ["london", "paris", "rome", "berlin", "madrid", "oslo"];

interface Figures {
    ms: number;
    /** Seconds of processor time, of everything on this machine: engine, hosts and Garage share it. */
    worked: number;
}

async function bringUp(count: number): Promise<Figures> {
    const bed = await Bed.make(`bringup${count}`, NAMES.slice(0, count));
    const cluster = await ClusterProject.make(bed);
    try {
        cluster.declare(cluster.args({ stateVersion: "2", version: "2.5.0" }));
        const before = processors();
        const { ms } = await timed(async () => {
            await cluster.up();
            const store = await Store.make(bed, "london");
            await store.put("paris", "first", 1_000);
        });
        const after = processors();
        const worked = after.worked - before.worked;
        const share = worked / (worked + after.idled - before.idled);
        console.log(
            `${count} nodes: ${seconds(ms)} s from bare hosts to the first PUT; ${worked.toFixed(1)} s of processor time, ${(share * 100).toFixed(0)} % of what ${cpus().length} processors have`,
        );
        return { ms, worked };
    } finally {
        cluster.remove();
        await bed.purge();
    }
}

async function main(): Promise<void> {
    const three = await bringUp(3);
    const six = await bringUp(6);
    console.log(`6 nodes took ${(six.ms / three.ms).toFixed(2)} × 3 nodes (limit 1.5); 3 nodes have a limit of 60 s`);
    console.log(`a node costs ${((six.worked - three.worked) / 3).toFixed(1)} s of processor time`);
}

void main();

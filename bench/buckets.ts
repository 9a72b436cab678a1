// What a hundred buckets and twenty keys cost beyond one of each: in a preview, and in an up on a real host. Run by `npm run bench buckets`.
import { Bed } from "../tests/support/bed";
import { ClusterProject } from "../tests/support/clusterProject";
import { seconds, timed } from "./support";

const BUCKETS = 100;
const KEYS = 20;

async function main(): Promise<void> {
    const bed = await Bed.make("benchbuckets", ["london"]);
    const cluster = await ClusterProject.make(bed);
    const declare = (keyCount: number, bucketCount: number) => {
        const args = cluster.args({ stateVersion: "2", version: "2.5.0", replicationFactor: 1 });
        const keys = Object.fromEntries(Array.from({ length: keyCount }, (_, i) => [`key-${i}`, {}]));
        const buckets = Object.fromEntries(
            Array.from({ length: bucketCount }, (_, i) => [
                `bucket-${i}`,
                {
                    quotas: { maxObjects: 1_000 },
                    website: { indexDocument: "index.html" },
                    keys: [{ key: `key-${i % keyCount}`, read: true, write: true }],
                },
            ]),
        );
        cluster.declareAll({ store: { args, keys, buckets } });
    };
    const preview = async () => {
        const { ms, result } = await timed(() => cluster.project.preview());
        if (result.code !== 0) throw new Error(result.stdout + result.stderr);
        return ms;
    };
    try {
        cluster.declareAll({
            store: { args: cluster.args({ stateVersion: "2", version: "2.5.0", replicationFactor: 1 }) },
        });
        await cluster.up();
        declare(1, 1);
        const firstPreview = await preview();
        const first = (await timed(() => cluster.up())).ms;
        declare(KEYS, BUCKETS);
        const manyPreview = await preview();
        const many = (await timed(() => cluster.up())).ms;
        const again = (await timed(() => cluster.isSettled())).ms;
        const more = KEYS + BUCKETS - 2;
        console.log(`1 key, 1 bucket: preview ${seconds(firstPreview)} s, up ${seconds(first)} s`);
        console.log(
            `${KEYS} keys, ${BUCKETS} buckets: preview ${seconds(manyPreview)} s, up ${seconds(many)} s, an up without changes ${seconds(again)} s`,
        );
        console.log(
            `each beyond the first: preview ${((manyPreview - firstPreview) / more / 1000).toFixed(3)} s (limit 0.05)`,
        );
        // The same up without them is what an up without changes takes.
        console.log(`each beyond the first: up ${((many - first) / more / 1000).toFixed(2)} s (limit 1.5)`);
    } finally {
        cluster.remove();
        await bed.purge();
    }
}

void main();

// How a preview grows with the number of nodes on AWS, on the stand-in for its plugin. Nothing is dialled. Run by `npm run bench preview-aws`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorldFile } from "../tests/aws/standIn/world";
import { awsEnvironment, newWorld, SUBNETS } from "../tests/aws/worlds";
import { ClusterProject } from "../tests/support/clusterProject";
import { seconds, timed } from "./support";

const node = (index: number) => ({
    zone: `zone-${index % 3}`,
    capacity: "1G",
    aws: { subnetId: SUBNETS[index % 3], instanceType: "t3.medium", dataVolumeSizeGiB: 10 },
});

async function main(): Promise<void> {
    const dir = mkdtempSync(join(tmpdir(), "garage-aws-world-"));
    const world = new WorldFile(join(dir, "world.json"));
    world.write(newWorld());
    const env = { ...(await awsEnvironment()), AWS_STAND_IN_WORLD: world.path, AWS_REGION: "eu-west-1" };
    const cluster = await ClusterProject.make(undefined, env);
    try {
        const times: Record<number, number> = {};
        for (const count of [3, 30]) {
            const nodes = Object.fromEntries(
                Array.from({ length: count }, (_, index) => [`node-${index}`, node(index)]),
            );
            const aws = { adminCidrs: ["198.51.100.0/24"], clientCidrs: ["10.0.0.0/8"] };
            cluster.declare({ stateVersion: "2", version: "2.5.0", nodes, aws });
            const { ms, result } = await timed(() => cluster.project.preview());
            if (result.code !== 0) throw new Error(result.stdout + result.stderr);
            times[count] = ms;
            console.log(`${count} nodes on AWS: ${seconds(ms)} s`);
        }
        console.log(
            `a node beyond the fixed cost: ${((times[30]! - times[3]!) / 27 / 1000).toFixed(3)} s (limit 0.25)`,
        );
    } finally {
        cluster.remove();
        rmSync(dir, { recursive: true });
    }
}

void main();

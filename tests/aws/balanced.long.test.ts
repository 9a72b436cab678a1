import assert from "node:assert/strict";
import { connect } from "node:net";
import { LEAVING_SECONDS } from "../../sdk/garage/balancer";
import { ClusterProject } from "../support/clusterProject";
import { AwsBed } from "./awsBed";
import { ON_AWS, onAws } from "./simMachines";

// What a roll is for the cluster's load balancer and for a client beside it, on real machines with real packet rules. The balancer itself is one of its
// addresses that knocks at each node; how AWS's own finds out that nobody answers isn't proven.

type Word = "in" | "refused" | "nothing";

/** Whether one gets in at a node's S3, from an address of this machine. */
function knock(host: string, localAddress?: string): Promise<Word> {
    return new Promise((done) => {
        const socket = connect({ host, port: 3900, ...(localAddress ? { localAddress } : {}), timeout: 2_000 });
        const end = (word: Word) => {
            socket.destroy();
            done(word);
        };
        socket.on("connect", () => end("in"));
        socket.on("timeout", () => end("nothing"));
        socket.on("error", (error: NodeJS.ErrnoException) =>
            end(error.code === "ECONNREFUSED" ? "refused" : "nothing"),
        );
    });
}

interface Seen {
    at: number;
    balancer: Word;
    client: Word;
}

/** Knocks at all nodes five times a second, from the balancer's address and as anybody. */
class Knocking {
    readonly seen: Record<string, Seen[]> = Object.fromEntries(ON_AWS.map((node) => [node, []]));
    private running = true;
    private readonly done: Promise<unknown>;

    constructor(bed: AwsBed, balancer: string) {
        this.done = Promise.all(
            Object.values(bed.hosts).map(async ({ name, address }) => {
                while (this.running) {
                    const pause = new Promise((resolve) => setTimeout(resolve, 200));
                    const at = Date.now();
                    const [by, client] = await Promise.all([knock(address, balancer), knock(address)]);
                    this.seen[name]!.push({ at, balancer: by, client });
                    await pause;
                }
            }),
        );
    }

    async stop(): Promise<typeof this.seen> {
        this.running = false;
        await this.done;
        return this.seen;
    }
}

describe("a cluster on AWS behind its load balancer", function () {
    this.timeout(1_800_000);
    let bed: AwsBed;
    let cluster: ClusterProject;
    let balancer: string;
    before(async () => {
        bed = await AwsBed.make("balanced");
        cluster = await ClusterProject.make(undefined, await bed.env());
        cluster.declare(args());
        await cluster.up();
        balancer = await bed.asBalancer();
    });
    after(async () => {
        cluster?.remove();
        await bed?.purge();
    });

    const cidrs = ["10.214.0.0/16"];
    const args = (more: object = {}) =>
        onAws(
            {},
            {
                aws: { adminCidrs: cidrs, clientCidrs: cidrs, loadBalancer: true },
                binary: { baseUrl: "file:///srv/garage-mirror" },
                healthTimeoutSeconds: 600,
                ...more,
            },
        );
    const rules = () => Promise.all(ON_AWS.map((node) => bed.sh(node, "nft list tables")));

    it("lets both in", async () => {
        await cluster.isSettled();
        for (const { address } of Object.values(bed.hosts))
            assert.deepEqual([await knock(address, balancer), await knock(address)], ["in", "in"]);
    });

    it("refuses the balancer alone, one node after the other and long enough before each stop, and takes it again", async () => {
        cluster.declare(args({ logLevel: "garage=debug" }));
        const knocking = new Knocking(bed, balancer);
        await cluster.up();
        const seen = await knocking.stop();
        for (const node of ON_AWS) {
            const all = seen[node]!;
            const refused = all.findIndex((each) => each.balancer === "refused");
            const stopped = all.findIndex((each) => each.client !== "in");
            assert.ok(refused >= 0 && stopped > refused, `${node}: ${refused} ${stopped}`);
            const between = all.slice(refused, stopped);
            assert.ok(
                between.every((each) => each.balancer === "refused"),
                node,
            );
            assert.ok(all[stopped]!.at - all[refused]!.at >= (LEAVING_SECONDS - 1) * 1000, node);
            assert.deepEqual(
                all.slice(0, refused).filter((each) => each.balancer !== "in" || each.client !== "in"),
                [],
                node,
            );
            assert.equal(all.at(-1)!.balancer, "in", node);
        }
        assert.doesNotMatch((await rules()).join(), /garage_balancer/);
        await cluster.isSettled();
    });
});

import assert from "node:assert/strict";
import { LocalWorkspace } from "@pulumi/pulumi/automation";
import type { Bed } from "../../support/bed";
import { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
const CHANGES: [string, Record<string, unknown>][] = [
    ["a skipped series", { stateVersion: "0.9", version: "2.5.0" }],
    ["a moved stateVersion", { stateVersion: "1", version: "1.3.0" }],
    ["both moved together", { stateVersion: "1", version: "2.5.0" }],
    ["a downgrade of the series", { stateVersion: "0.8", version: "0.8.7" }],
    ["a patch downgrade", { stateVersion: "0.9", version: "0.9.3" }],
    ["an unknown series", { stateVersion: "3", version: "3.0.0" }],
];

// Wall 3, the hosts, has to hold alone: here the previews are skipped, the order is cut by --target, the memory is deleted.
describe("illegal changes, whatever way they come", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    let asBefore: Record<string, string>;
    const legal = () => cluster.args({ stateVersion: "0.9", version: "0.9.4" });
    const generations = async () =>
        Object.fromEntries(
            await Promise.all(
                NODES.map(async (node) => [node, (await bed.sh(node, "readlink /opt/garage/current")).trim()]),
            ),
        );
    const untouched = async (what: string) => {
        assert.deepEqual({ ...(await bed.daemons()), ...(await generations()) }, asBefore, what);
    };

    onHosts("walls", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(legal());
        store = await made.upFilled();
        asBefore = { ...(await bed.daemons()), ...(await generations()) };
    });

    for (const [what, change] of CHANGES)
        it(`${what}: refused by preview, by up without preview, and by the hosts under --target`, async () => {
            cluster.declare(cluster.args(change));
            await cluster.previewFails(/\[[a-z-]+\]|not a series|stateVersion/);
            await cluster.upFails(/./);
            await untouched(what);
            const resources = Object.entries(await cluster.project.resources());
            const targets = resources.filter(([name]) => /^store-(stage|start|roll)-rome$|^store-release$/.test(name));
            for (const [name, { urn }] of targets) {
                await cluster.project.update("--target", urn);
                await untouched(`${what}, --target ${name}`);
            }
        });

    it("by the Automation API: refused, and nothing is touched", async () => {
        cluster.declare(cluster.args({ stateVersion: "1", version: "1.3.0" }));
        const stack = await LocalWorkspace.selectStack(
            { stackName: "dev", workDir: cluster.project.dir },
            { envVars: cluster.project.env as Record<string, string> },
        );
        await assert.rejects(stack.up(), /state-version-ahead|series/);
        await untouched("Automation API");
        cluster.declare(legal());
        await stack.up();
        await untouched("Automation API, legal again");
    });

    it("to a cluster with one node on another series: that node is named before anything stops", async () => {
        const ledger = "/var/lib/garage/meta/garage-node.ledger";
        await bed.sh("rome", `cp -p ${ledger} /root/ledger; sed -i 's/^series 0.9/series 1/' ${ledger}`);
        cluster.declare(cluster.args({ stateVersion: "0.9", version: "0.9.4", logLevel: "garage=warn" }));
        await cluster.upFails(/rome: .*series/);
        await untouched("one node on another series");
        await bed.sh("rome", `cp -p /root/ledger ${ledger}`);
        cluster.declare(legal());
        await cluster.up();
        await untouched("the ledger put right");
    });

    it("after the record was deleted from the state: the hosts refuse", async () => {
        cluster.declare(legal());
        await cluster.up();
        const release = (await cluster.project.resources())["store-release"]!;
        assert.equal((await cluster.project.pulumi("state", "delete", release.urn, "--yes")).code, 0);
        for (const [what, change] of CHANGES) {
            cluster.declare(cluster.args(change));
            await cluster.upFails(/./);
            await untouched(what);
        }
        cluster.declare(legal());
        await cluster.up();
        await cluster.isSettled();
        await untouched("legal again");
    });

    it("from a new, empty stack with the right id and secret: the hosts refuse", async () => {
        const { clusterId } = (await cluster.outputs()) as { clusterId: string };
        const { rpcSecrets } = (await cluster.project.outputs()) as { rpcSecrets: { store: string } };
        const another = await ClusterProject.make(bed);
        try {
            for (const [what, change] of CHANGES) {
                another.declare({ ...another.args(change), clusterId, rpcSecret: rpcSecrets.store });
                await another.upFails(/./);
                await untouched(what);
            }
        } finally {
            another.remove();
        }
        await store.intact();
    });
});

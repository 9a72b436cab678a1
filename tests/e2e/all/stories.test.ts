import assert from "node:assert/strict";
import { Bed } from "../../support/bed";
import { ClusterProject, type PlainArgs } from "../../support/clusterProject";

// Stories that broke an earlier design. Two small clusters, in one program, on one host each; on paris nobody logs in as root.
describe("two clusters in one program", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;

    const on = (
        host: string,
        more: Record<string, unknown> = {},
    ): { args: PlainArgs; opts?: Record<string, unknown> } => {
        const all = cluster.args({ stateVersion: "1", version: "1.2.0", replicationFactor: 1, ...more });
        const node = all.nodes[host]!;
        if (host === "paris") node.ssh = { ...(node.ssh as object), user: "deploy" };
        return { args: { ...all, nodes: { [host]: node } } };
    };
    const letIn = () =>
        bed.sh("paris", "install -D -o deploy -m 600 /root/.ssh/authorized_keys /home/deploy/.ssh/authorized_keys");
    const releases = async () => Promise.all(["london", "paris"].map((node) => bed.release(node)));

    before(async () => {
        bed = await Bed.make("stories", ["london", "paris"]);
        await bed.sh("paris", "useradd -m deploy && echo 'deploy ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/deploy");
        await letIn();
        cluster = await ClusterProject.make(bed);
    });
    after(async () => {
        cluster?.remove();
        await bed?.purge();
    });

    it("come up side by side, one resource at a time (--parallel 1)", async () => {
        cluster.declareAll({ store: on("london"), archive: on("paris") });
        await cluster.up("--parallel", "1");
        await cluster.isSettled();
        assert.deepEqual(await releases(), ["1.2.0", "1.2.0"]);
    });

    it("aren't touched by a rotated SSH key", async () => {
        const pids = await bed.daemons();
        await bed.rotateKey();
        await letIn();
        cluster.declareAll({ store: on("london"), archive: on("paris") });
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("are upgraded one without the other, protect: true or not", async () => {
        const pids = await bed.daemons();
        const protectedStore = (version: string, stateVersion = "1") => ({
            store: {
                ...on("london", { version, stateVersion, majorUpgrade: { drain: "settled" } }),
                opts: { protect: true },
            },
            archive: on("paris"),
        });
        cluster.declareAll(protectedStore("1.3.0"));
        await cluster.up();
        assert.deepEqual(await releases(), ["1.3.0", "1.2.0"]);
        cluster.declareAll(protectedStore("2.5.0"));
        await cluster.up("--parallel", "1");
        cluster.declareAll(protectedStore("2.5.0", "2"));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await releases(), ["2.5.0", "1.2.0"]);
        assert.equal((await bed.daemons()).paris, pids.paris);
    });

    it("refuse a host that the other one has, and a disk that was copied", async () => {
        const pids = await bed.daemons();
        cluster.declareAll({
            store: on("london", { version: "2.5.0", stateVersion: "2" }),
            archive: on("paris"),
            third: on("paris"),
        });
        await cluster.upFails(/claim-foreign/);
        assert.deepEqual(await bed.daemons(), pids);
        await bed.sh(
            "paris",
            "systemctl stop garage; cp -a /var/lib/garage/meta /root/meta; rm -r /var/lib/garage/meta/garage-node.ledger",
        );
        cluster.declareAll({
            store: on("london", { version: "2.5.0", stateVersion: "2" }),
            archive: on("paris", { healthTimeoutSeconds: 60 }),
        });
        assert.match((await bed.try("paris", "systemctl start garage; garage-node admit")).stderr, /ledger rebuild/);
        await bed.sh("paris", "cp -a /root/meta/garage-node.ledger /var/lib/garage/meta/ && systemctl start garage");
        await cluster.up();
        await cluster.isSettled();
    });
});

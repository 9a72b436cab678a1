import assert from "node:assert/strict";
import { type Bed, MIRROR } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { Load } from "../../support/load";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];

// Doesn't prove: behaviour under more load than 20 requests a second, or clients that don't try another endpoint.
describe("a patch upgrade on real hosts", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    const args = (version: string, more = {}) => cluster.args({ stateVersion: "1", version, ...more });
    const releases = async () =>
        Object.fromEntries(await Promise.all(NODES.map(async (node) => [node, await bed.release(node)])));

    onHosts("patch", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(args("1.2.0"));
        store = await made.upFilled();
    });

    it("shows its plan in the preview, and touches nothing by that", async () => {
        const pids = await bed.daemons();
        cluster.declare(args("1.3.0"));
        const plan = await cluster.project.preview();
        assert.equal(plan.code, 0, plan.stdout);
        assert.match(
            plan.stdout,
            /1\.2\.0 → 1\.3\.0: patch upgrade, one node at a time: london → paris → rome\. S3 stays up\./,
        );
        const [, diagnostics] = plan.stdout.split("Diagnostics:");
        assert.equal(diagnostics?.match(/No checksum of Garage 1\.3\.0 .*binary\.sha256/g)?.length, 1, plan.stdout);

        const sha256 = { x86_64: "a".repeat(64), aarch64: "b".repeat(64) };
        cluster.declare(args("1.3.0", { binary: { baseUrl: `file://${MIRROR}`, sha256 } }));
        const lines = await cluster.project.preview("--diff");
        assert.doesNotMatch(lines.stdout, /No checksum/);
        assert.match(lines.stdout, /"garage-node roll 1\.2\.0-[0-9a-f]{8}" => "garage-node roll 1\.3\.0-[0-9a-f]{8}"/);
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("goes back on the canary when the new release doesn't start, and leaves the others alone", async () => {
        const pids = await bed.daemons();
        for (const node of NODES)
            await bed.sh(
                node,
                "mkdir -p /root/bad/v1.2.1/x86_64-unknown-linux-musl && printf '#!/bin/sh\\n[ \"$1\" = --version ] && echo garage v1.2.1 && exit\\ncase $* in *node*id*) exit 0 ;; esac\\nexit 3\\n' >/root/bad/v1.2.1/x86_64-unknown-linux-musl/garage && chmod 755 /root/bad/v1.2.1/*/garage",
            );
        cluster.declare(args("1.2.1", { binary: { baseUrl: "file:///root/bad" }, healthTimeoutSeconds: 20 }));
        await cluster.upFails(/london.*back/);
        const after = await bed.daemons();
        assert.deepEqual([after.paris, after.rome], [pids.paris, pids.rome]);
        assert.deepEqual(await releases(), { london: "1.2.0", paris: "1.2.0", rome: "1.2.0" });
        assert.deepEqual(await store.damage("london"), []);
    });

    it("is set back after that by the old version, without a restart", async () => {
        const pids = await bed.daemons();
        cluster.declare(args("1.2.0"));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("loses no request of a client that tries another node, though somebody's idle connection keeps one from ending", async () => {
        cluster.declare(args("1.3.0"));
        const idle = store.client("paris");
        await store.get("paris", [...store.written.keys()][0]!, idle);
        const load = Load.start(store, NODES);
        try {
            await cluster.up();
        } finally {
            idle.destroy();
            const result = await load.stop();
            assert.deepEqual(result.lost, []);
            assert.deepEqual(result.mismatches, []);
            assert.ok(result.longestGapMs < 3_000, `no success for ${result.longestGapMs} ms`);
        }
        assert.deepEqual(await releases(), { london: "1.3.0", paris: "1.3.0", rome: "1.3.0" });
        const pids = await bed.daemons();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("refuses a patch downgrade, a skipped series and a moved stateVersion at preview, and on the hosts without one", async () => {
        const pids = await bed.daemons();
        const rows: [Record<string, unknown>, RegExp][] = [
            [{ version: "1.2.0" }, /patch-downgrade/],
            [{ stateVersion: "2", version: "2.5.0" }, /state-version-ahead/],
            [{ stateVersion: "0.9", version: "0.9.4" }, /series-downgrade|state-version-behind/],
        ];
        for (const [change, words] of rows) {
            cluster.declare(cluster.args({ stateVersion: "1", version: "1.3.0", ...change }));
            await cluster.previewFails(words);
            await cluster.upFails(/refused|older|lower|series|\[/);
            assert.deepEqual(await bed.daemons(), pids, JSON.stringify(change));
        }
        cluster.declare(args("1.3.0"));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
        await store.intact();
    });
});

import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import type { PulumiRun } from "../../support/pulumiProject";
import { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
const MIB = 1024 * 1024;
const WATCH = 'while sleep 0.1; do cat /proc/[0-9]*/cmdline | tr "\\0" " "; done >/root/watched';

// Doesn't prove: hosts of another distribution, a network between the nodes, a power loss (a killed container isn't one), that no process
// of less than a tenth of a second has a secret in its command line.
describe("a new cluster on real hosts", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    let pids: Record<string, string>;
    let first: { preview: PulumiRun; up: PulumiRun };
    const args = () => cluster.args({ stateVersion: "2", version: "2.5.0" });

    onHosts("create", NODES, async (made) => {
        ({ bed, cluster } = made);
    });

    it("comes up from bare hosts, and a second up changes nothing", async () => {
        cluster.declare(args());
        const preview = await cluster.project.preview("--diff");
        assert.equal(preview.code, 0, preview.stdout);
        await bed.sh("london", `systemd-run --quiet --unit=watch bash -c '${WATCH}'`);
        first = { preview, up: await cluster.up("--diff") };
        await cluster.isSettled();
        const outputs = await cluster.outputs();
        assert.equal(outputs.version, "2.5.0");
        assert.equal(outputs.layoutVersion, 1);
        for (const id of Object.values(outputs.nodeIds as Record<string, string>)) assert.match(id, /^[0-9a-f]{64}$/);
        const health = await bed.sh("rome", "garage-manage json-api GetClusterHealth 2>/dev/null");
        const { status, connectedNodes, partitionsAllOk } = JSON.parse(health);
        assert.deepEqual(
            { status, connectedNodes, partitionsAllOk },
            { status: "healthy", connectedNodes: 3, partitionsAllOk: 256 },
        );
    });

    it("stores objects of 1 B to 64 MiB through one node, and each other one reads them", async () => {
        store = await Store.make(bed, "london");
        await store.fill("london", [1, 100, 3_000, 70_000, MIB, 3 * MIB + 5, 12 * MIB, 64 * MIB]);
        await store.intact();
    });

    it("keeps every secret out of the state, the output, the process list and the journal", async () => {
        const files = "rpc_secret rpc_secret_0.8 admin_token metrics_token".split(" ");
        const secrets: Record<string, string> = {};
        for (const file of files)
            secrets[file] = (await bed.sh("paris", `cat /etc/garage-node/secrets/${file}`)).trim();
        assert.equal(new Set(Object.values(secrets)).size, files.length);
        // The first line of every such key is the same; the last one is short.
        const keyLines = bed.privateKey
            .split("\n")
            .slice(2)
            .filter((line) => line.length === 70);
        assert.ok(keyLines.length > 0);
        for (const [index, line] of keyLines.entries()) secrets[`private key, line ${index + 3}`] = line;

        const again = await cluster.project.update("--diff");
        // Another sheet for `host`, which has the secrets in it.
        cluster.declare({ ...args(), backupsDir: "/var/lib/elsewhere" });
        const changed = await cluster.project.preview("--diff");
        cluster.declare(args());
        const journals = await Promise.all(NODES.map((node) => bed.sh(node, "journalctl --no-pager -o cat")));
        const said = Object.entries({ ...first, again, changed }).map(([name, run]) => [name, run.stdout + run.stderr]);
        const seen: Record<string, string> = {
            ...Object.fromEntries(said),
            state: await cluster.project.exported(),
            journals: journals.join("\n"),
            processes: await bed.sh("london", "systemctl stop watch; cat /root/watched"),
        };
        // Each holds what it is looked at for, or it couldn't hold a secret either.
        assert.match(seen.preview!, /connection *: \[secret\]/);
        for (const where of ["up", "changed"]) assert.match(seen[where]!, /stdin *: \[secret\]/, where);
        assert.match(seen.processes!, /garage-node layout/);
        for (const [name, secret] of Object.entries(secrets))
            for (const [where, text] of Object.entries(seen))
                assert.ok(!text.includes(secret), `${name} stands in: ${where}`);
        const modes = await bed.sh("paris", "stat -c '%a %U' /etc/garage-node/secrets/*");
        assert.deepEqual([...new Set(modes.trim().split("\n"))], ["400 garage"]);
    });

    it("runs a daemon that is no more exposed than with the unit of the NixOS module", async () => {
        const exposure = async (unit: string) => {
            const said = await bed.sh("rome", `systemd-analyze security --no-pager ${unit}`);
            const level = /Overall exposure level for \S+: (\d+\.\d+)/.exec(said)?.[1];
            assert.ok(level, said);
            return Number(level);
        };
        // services.garage of nixpkgs, with its defaults.
        const options = "DynamicUser=true ProtectHome=true NoNewPrivileges=true StateDirectory=garage";
        const unit = ["[Service]", "ExecStart=/bin/true", ...options.split(" ")].join("\n");
        const file = "/run/systemd/system/as-on-nixos.service";
        await bed.sh("rome", `echo '${unit}' >${file}; systemctl daemon-reload`);
        const [ours, theirs] = [await exposure("garage.service"), await exposure("as-on-nixos.service")];
        await bed.sh("rome", `rm ${file}; systemctl daemon-reload`);
        console.log(`      exposure ${ours}, of the NixOS module's unit ${theirs}`);
        assert.ok(ours <= theirs, `${ours} > ${theirs}`);
    });

    it("is healthy again without help when all hosts restart at once", async () => {
        await Promise.all(NODES.map((node) => bed.power(node, "kill")));
        await Promise.all(NODES.map((node) => bed.power(node, "start")));
        for (const node of NODES)
            await bed.until(
                node,
                'garage-manage json-api GetClusterHealth 2>/dev/null | grep -q \'"status": "healthy"\'',
                90,
            );
        await store.intact();
        await cluster.isSettled();
    });

    it("lets nobody start a daemon on another engine, series or node's metadata", async () => {
        pids = await bed.daemons();
        const hurt = async (what: RegExp, doing: string, undoing: string) => {
            await bed.sh("paris", `systemctl stop garage; ${doing}`);
            assert.notEqual((await bed.try("paris", "systemctl start garage")).code, 0, doing);
            assert.match((await bed.try("paris", "garage-node admit")).stderr, what);
            assert.equal((await bed.daemons()).paris, "0");
            await bed.sh("paris", undoing);
        };
        const toml = "/opt/garage/current/garage.toml";
        await hurt(
            /admit-configuration/,
            `cp -p ${toml} /root/toml; sed -i 's/lmdb/sqlite/' ${toml}`,
            `cp -p /root/toml ${toml}`,
        );
        const meta = "/var/lib/garage/meta";
        await hurt(/admit-database/, `mv ${meta}/db.lmdb ${meta}/aside`, `mv ${meta}/aside ${meta}/db.lmdb`);
        const ledger = `${meta}/garage-node.ledger`;
        await hurt(
            /admit-series/,
            `cp -p ${ledger} /root/ledger; sed -i 's/^series 2/series 1/' ${ledger}`,
            `cp -p /root/ledger ${ledger}`,
        );
        await hurt(/admit-identity/, `mv ${ledger} /root/ledger2`, `mv /root/ledger2 ${ledger}`);
        await bed.sh("paris", "systemctl start garage");
        await bed.until(
            "paris",
            'garage-manage json-api GetClusterHealth 2>/dev/null | grep -q \'"status": "healthy"\'',
            90,
        );
    });

    it("is taken up by a new, empty stack with its id and secret, without a restart", async () => {
        pids = await bed.daemons();
        const { clusterId } = (await cluster.outputs()) as { clusterId: string };
        const { rpcSecrets } = (await cluster.project.outputs()) as { rpcSecrets: { store: string } };
        const another = await ClusterProject.make(bed);
        try {
            another.declare({ ...args(), clusterId, rpcSecret: rpcSecrets.store });
            await another.up();
            await another.isSettled();
            assert.deepEqual(await bed.daemons(), pids);
            another.declare({ ...args(), clusterId: "wrong", rpcSecret: rpcSecrets.store });
            await another.upFails(/claim-foreign/);
        } finally {
            another.remove();
        }
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("refuses a renamed component without aliases, and uninstalls nothing", async () => {
        pids = await bed.daemons();
        cluster.declare(args(), {}, "renamed");
        await cluster.upFails(/claim-foreign/);
        assert.deepEqual(await bed.daemons(), pids);
        cluster.declare(args());
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("refuses to lose a storage node, the replication factor or the metadata directory, at preview", async () => {
        pids = await bed.daemons();
        const { rome: _, ...two } = args().nodes;
        cluster.declare({ ...args(), replicationFactor: 2, nodes: two, metadataDir: "/var/lib/garage/elsewhere" });
        const run = await cluster.previewFails(/storage-node-removed/);
        for (const id of ["replication-factor-changed", "metadata-dir-changed"]) assert.ok(run.stdout.includes(id), id);
        cluster.declare(args());
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("is left with its data by destroy, and the next up finds them all", async () => {
        const run = await cluster.project.destroy();
        assert.equal(run.code, 0, run.stdout);
        assert.match(run.stdout, /rm -r/);
        assert.deepEqual(await bed.daemons(), { london: "0", paris: "0", rome: "0" });
        const { clusterId, rpcSecret } = identity;
        cluster.declare({ ...args(), clusterId, rpcSecret });
        await cluster.up();
        await cluster.isSettled();
        await store.intact();
    });

    let identity: { clusterId: string; rpcSecret: string };
    beforeEach(async () => {
        const all = (await cluster.project.outputs()) as {
            outputs?: { store: { clusterId: string } };
            rpcSecrets?: { store: string };
        };
        if (all.outputs?.store) identity = { clusterId: all.outputs.store.clusterId, rpcSecret: all.rpcSecrets!.store };
    });
});

import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import type { ClusterProject, PlainArgs } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import { Store } from "../../support/store";

const META = "/var/lib/garage/meta";
const DATA = "/var/lib/garage/data";

// Stories that broke an earlier design. Two small clusters, in one program, on one host each; on paris nobody logs in as root.
describe("two clusters in one program", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;

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
    let reapply = 1;
    const archive = (more: Record<string, unknown> = {}) => {
        const made = on("paris", more);
        made.args.nodes.paris!.reapply = String(reapply);
        cluster.declareAll({ store: on("london", { version: "2.5.0", stateVersion: "2" }), archive: made });
    };
    /** Neither systemd gets a daemon going on paris, nor an ordinary change, nor setting the host up again. */
    const refused = async (admit: RegExp, host: RegExp) => {
        assert.notEqual((await bed.try("paris", "systemctl start garage")).code, 0);
        assert.match((await bed.try("paris", "garage-node admit")).stderr, admit);
        archive({ healthTimeoutSeconds: 70 });
        await cluster.upFails(/paris: .*\[identity\]/);
        reapply++;
        archive();
        await cluster.upFails(host);
        assert.equal((await bed.daemons()).paris, "0");
        // Systemd would try on, and might have had enough when the host is mended.
        await bed.sh("paris", "systemctl stop garage; systemctl reset-failed garage");
    };
    const mended = async () => {
        await bed.sh("paris", "systemctl start garage");
        archive();
        await cluster.up();
        await cluster.isSettled();
        await store.intact(["paris"]);
    };
    const releases = async () => Promise.all(["london", "paris"].map((node) => bed.release(node)));

    onHosts("stories", ["london", "paris"], async (made) => {
        ({ bed, cluster } = made);
        await bed.sh(
            "paris",
            "useradd -m -s /bin/bash deploy && echo 'deploy ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/deploy",
        );
        await letIn();
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

    it("aren't confused by a login shell that prints, and name it; nothing is copied through it", async () => {
        archive();
        await cluster.up();
        await bed.sh("paris", "printf 'echo Welcome to paris, it is 12:30\\necho 2.5.0\\n' >/home/deploy/.bashrc");
        archive({ compressionLevel: 2 });
        const said = await cluster.up();
        assert.match(said.stdout, /paris: the login shell .* prints text on stdout: "Welcome to paris, it is 12:30/);
        const { nodeIds, version, layoutVersion } = await cluster.outputs("archive");
        assert.match((nodeIds as { paris: string }).paris, /^[0-9a-f]{64}$/);
        assert.deepEqual([version, layoutVersion], ["1.2.0", 1]);
        await cluster.isSettled();
        // SFTP speaks through that shell. What the official provider says of it: troubleshooting.md.
        const pids = await bed.daemons();
        reapply++;
        archive({ compressionLevel: 2 });
        await cluster.upFails(/archive-tool-paris.*\*\*creating failed\*\*/);
        await bed.sh("paris", "rm /home/deploy/.bashrc");
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("give nothing of root's to who has taken Garage over", async () => {
        const owners = await bed.sh("paris", `cd ${META} && stat -c '%U:%G %a' . ${DATA} node_key garage-node.ledger`);
        assert.equal(owners, "root:garage 1770\nroot:garage 1770\nroot:garage 440\nroot:root 600\n");
        const asGarage = (line: string) =>
            bed.try("paris", `cd ${META} && setpriv --reuid garage --regid garage --init-groups sh -c '${line}'`);
        for (const file of ["garage-node.ledger", "node_key", "node_key.pub", `${DATA}/garage-node.data`])
            assert.notEqual((await asGarage(`rm -f ${file}`)).code, 0, file);
        assert.notEqual((await asGarage("touch /etc/garage-node/secrets/x")).code, 0);
        const planted = "ln -s /etc/shadow garage-node.proof-1-to-2; mkfifo -- -delete -exec; touch peer_list.mine";
        assert.equal((await asGarage(planted)).code, 0);
        const shadow = await bed.sh("paris", "stat -c '%U %a %Y' /etc/shadow");
        reapply++;
        archive();
        await cluster.up();
        assert.equal(await bed.sh("paris", "stat -c '%U %a %Y' /etc/shadow"), shadow);
        // A pipe in the ledger's place, which only root can put there now: refused at once, by name.
        await bed.sh("paris", `mv ${META}/garage-node.ledger /root/ledger && mkfifo ${META}/garage-node.ledger`);
        reapply++;
        archive();
        await cluster.upFails(/paris: .*garage-node\.ledger is a pipe.*\[unreadable\]/);
        await bed.sh(
            "paris",
            `cd ${META} && rm -- garage-node.proof-1-to-2 -delete -exec peer_list.mine && mv /root/ledger garage-node.ledger`,
        );
        await cluster.up();
        await cluster.isSettled();
    });

    it("refuse the metadata of another node, and start again once their own are back", async () => {
        archive();
        await cluster.up();
        store = await Store.make(bed, "paris");
        await store.fill("paris");
        const copy = await bed.sh("london", `tar -C ${META} -cS . | base64`);
        await bed.sh("paris", `systemctl stop garage; mv ${META} ${META}.own; mkdir ${META}`);
        const put = await bed.try("paris", `base64 -d | tar -C ${META} -x`, copy);
        assert.equal(put.code, 0, put.stderr);
        await refused(
            /copied or swapped disk\?.*\[admit-identity\]/,
            /paris: .*those of node london of cluster.*\[ledger-foreign\]/,
        );
        await bed.sh("paris", `rm -r ${META}; mv ${META}.own ${META}`);
        await mended();
    });

    it("refuse a volume that isn't mounted, and put nothing where it belongs", async () => {
        await bed.sh("paris", `systemctl stop garage; mv ${META} ${META}.own; install -d -o garage -g garage ${META}`);
        await refused(/mount the metadata volume.*\[admit-identity\]/, /paris: .*not mounted.*\[ledger-missing\]/);
        assert.equal(await bed.sh("paris", `ls -A ${META}`), "");
        await bed.sh("paris", `rmdir ${META}; mv ${META}.own ${META}`);
        await mended();
    });

    it("start no daemon without its data volume", async () => {
        await bed.sh("paris", `systemctl stop garage; mv ${DATA} ${DATA}.own; install -d -o garage -g garage ${DATA}`);
        assert.notEqual((await bed.try("paris", "systemctl start garage")).code, 0);
        assert.match((await bed.try("paris", "garage-node admit")).stderr, /mount the data volume.*\[admit-data\]/);
        await bed.sh("paris", `systemctl stop garage; rmdir ${DATA}; mv ${DATA}.own ${DATA}; systemctl start garage`);
        await cluster.isSettled();
        await store.intact(["paris"]);
    });

    it("go on after a lost ledger by the way that the refusal tells", async () => {
        const { clusterId } = (await cluster.outputs("archive")) as { clusterId: string };
        await bed.sh("paris", `systemctl stop garage; mv ${META}/garage-node.ledger /root/lost`);
        await refused(
            /garage-node ledger rebuild.*\[admit-identity\]/,
            /paris: .*garage-node ledger rebuild.*\[ledger-missing\]/,
        );
        await bed.sh("paris", `garage-node ledger rebuild --cluster ${clusterId} --node paris --series 1`);
        await mended();
    });
});

import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];
const K2V = { k2v_api: { api_bind_addr: "[::]:3904" } };

/** systemd itself listens there, until `systemctl stop squatter.socket`. */
const squat = (port: number) =>
    `systemd-run --quiet --unit=squatter --socket-property=ListenStream=${port} sleep infinity`;

// Doesn't prove: a host without IPv6, or without its device (a volume here is a directory that is bound).
describe("green means serving, on real hosts", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;
    const args = (more = {}) =>
        cluster.args({ stateVersion: "1", version: "1.2.0", settings: K2V, healthTimeoutSeconds: 20, ...more });
    /** What each node's S3 says to a request without a name: 403. */
    const s3 = (port: number, path = "") =>
        Promise.all(
            NODES.map((node) =>
                bed.sh(node, `curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:${port}/${path} || true`),
            ),
        );
    const served = ["403", "403", "403"];

    onHosts("serving", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(args());
        store = await made.upFilled();
    });

    it("refuses the address of one host for all of them, and a port that something else has, before anything stops", async () => {
        const pids = await bed.daemons();
        cluster.declare(args({ s3BindAddress: bed.hosts.london!.address }));
        await cluster.upFails(/s3BindAddress: .* is the address of london, which the other nodes haven't got/);
        cluster.declare(args({ s3BindAddress: "192.0.2.1" }));
        await cluster.upFails(/paris: s3BindAddress: this host has no address .*\[address-missing\]/);
        assert.deepEqual(await bed.daemons(), pids);
        await bed.sh("paris", squat(3910));
        cluster.declare(args({ s3Port: 3910 }));
        await cluster.upFails(/paris: port 3910, .* is held by systemd \(process 1\).*\[port-taken\]/);
        await bed.sh("paris", "systemctl stop squatter.socket");
        cluster.declare(args());
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await bed.daemons(), pids);
        assert.deepEqual(await s3(3900), served);
    });

    it("stops nothing where the user's command fails or takes too long, and shows what it said", async () => {
        const pids = await bed.daemons();
        const hook = (beforeStop: string) => args({ s3Port: 3910, beforeStop, hookTimeoutSeconds: 2 });
        cluster.declare(hook(`echo "it has \${x:-none}"; exit 3`));
        await cluster.upFails(/has none.*beforeStop failed \(exit code 3\).*\[hook-failed\]/s);
        cluster.declare(hook("sleep 900"));
        await cluster.upFails(/beforeStop failed \(not done after 2 s\).*\[hook-failed\]/);
        assert.deepEqual(await bed.daemons(), pids);
    });

    it("takes a canary back whose S3 can't bind, for its port was taken after all had looked, and puts it back in service", async () => {
        const pids = await bed.daemons();
        const beforeStop = `touch /root/out; [ "$(hostname)" != london ] || { ${squat(3910)}; }`;
        cluster.declare(args({ s3Port: 3910, beforeStop, afterStart: "rm /root/out" }));
        await cluster.upFails(/london: .*doesn't listen for S3 on \[::\]:3910.*is back on .*\[canary-failed\]/s);
        const after = await bed.daemons();
        assert.deepEqual([after.paris, after.rome], [pids.paris, pids.rome]);
        assert.notEqual(after.london, pids.london);
        assert.deepEqual(await s3(3900), served);
        await bed.sh("london", "test ! -e /root/out && systemctl stop squatter.socket");
        assert.deepEqual(await store.damage("london"), []);
    });

    it("moves S3 to another port, services to each other's, and isn't held up by what a hook leaves behind", async () => {
        cluster.declare(args({ s3Port: 3910, beforeStop: "(exec -a left-by-the-hook sleep 900) &" }));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await s3(3910), served);
        for (const node of NODES) {
            await bed.sh(node, "pgrep -f '[l]eft-by-the-hook' && flock -n /run/garage-node/lock true");
            await bed.sh(node, "pgrep -f '[l]eft-by-the-hook' | xargs kill");
        }
        cluster.declare(args({ s3Port: 3902, webPort: 3910 }));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual(await s3(3902), served);
        assert.deepEqual(await s3(3904, "bucket"), served, "K2V");
        cluster.declare(args());
        await cluster.up();
        await store.intact();
    });

    it("starts a node by itself whose volume comes long after it was first tried", async () => {
        const unit = "/etc/systemd/system/var-lib-garage-meta.mount";
        // systemd makes the source of a bind mount that is missing, but not below a file.
        await bed.sh(
            "rome",
            `touch /var/lib/garage/late && systemctl stop garage && mv /var/lib/garage/meta /var/lib/garage/later && mkdir /var/lib/garage/meta &&
            printf '[Mount]\\nWhat=/var/lib/garage/late/meta\\nWhere=/var/lib/garage/meta\\nType=none\\nOptions=bind\\n' >${unit} &&
            systemctl daemon-reload && ! systemctl start garage`,
        );
        await bed.until("rome", `[ "$(systemctl show garage -p NRestarts --value)" -ge 2 ]`, 60);
        assert.match(await bed.sh("rome", "journalctl -u garage -n 20 -o cat"), /garage must not start/);
        await bed.sh("rome", "cd /var/lib/garage && rm late && mkdir late && mv later late/meta");
        await bed.until("rome", "garage-manage status", 60);
        await bed.sh("rome", "mountpoint -q /var/lib/garage/meta");
        await store.intact();
    });
});

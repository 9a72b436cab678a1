import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Bed } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import { insistently, type Store } from "../../support/store";

const NODES = ["london", "paris", "rome"];

describe("a host that dies for good", function () {
    this.timeout(600_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;

    const args = (stateVersion: string, version: string, more: Record<string, unknown> = {}) =>
        cluster.args({
            stateVersion,
            version,
            majorUpgrade: { drain: "settled" },
            // A block that is new to a node is looked for twice this time later: a minute, and not ten.
            settings: { rpc_timeout_msec: 30_000 },
            ...more,
        });
    const without = { without: ["rome"] };
    /** The old id, which a host without its disks is to take the place of. */
    const idOf = async (name: string) => ((await cluster.outputs()).nodeIds as Record<string, string>)[name]!;
    const replacing = (stateVersion: string, version: string, replace: string, name = "rome") => {
        const all = args(stateVersion, version);
        return { ...all, nodes: { ...all.nodes, [name]: { ...all.nodes[name], replace } } };
    };

    onHosts("dead", NODES, async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(args("1", "1.2.0"));
        store = await made.upFilled();
    });

    it("is gone without it only for a while: the others go on, and it heals by itself when it is back", async () => {
        await bed.power("rome", "kill");
        await insistently(() => store.put("london", "while-rome-is-down", randomBytes(2 * 1024 * 1024)));
        await store.intact(["london", "paris"]);
        await bed.power("rome", "start");
        await bed.until("rome", "curl -s http://127.0.0.1:3903/health | grep -q 'fully operational'", 90);
        assert.deepEqual(await store.damage("rome"), []);
    });

    it("stops a roll before anything is touched, and is named", async () => {
        await bed.power("rome", "kill");
        cluster.declare(args("1", "1.3.0"));
        await cluster.upFails(/store-stage-rome\):\s+error: after 10 failed attempts: dial tcp/);
        assert.deepEqual([await bed.release("london"), await bed.release("paris")], ["1.2.0", "1.2.0"]);
    });

    it("is left out by `without`, and the roll goes on over the others; two are too many", async () => {
        cluster.declare(args("1", "1.3.0", { without: ["rome", "paris"] }));
        await cluster.previewFails(/without/);
        cluster.declare(args("1", "1.3.0", without));
        await cluster.up();
        await cluster.isSettled();
        assert.deepEqual([await bed.release("london"), await bed.release("paris")], ["1.3.0", "1.3.0"]);
        await store.put("paris", "written-without-rome", 300_000);
        await store.intact(["london", "paris"]);
    });

    it("is replaced by an empty host under its name, which gets all the data; never without saying so", async () => {
        const old = await idOf("rome");
        await bed.loseAndRemake("rome");
        cluster.declare(args("1", "1.3.0"));
        await cluster.upFails(/layout-name-bound/);
        cluster.declare(replacing("1", "1.3.0", old));
        await cluster.up();
        assert.notEqual(await idOf("rome"), old);
        await bed.until("london", "garage-manage status | grep rom | grep -v FAILED", 60);
        await cluster.isSettled();
        await store.intact();
    });

    it("in the middle of a major upgrade is left out; when it comes back, it isn't let in", async () => {
        const old = await idOf("rome");
        cluster.declare(args("1", "2.5.0"));
        await cluster.upKilledAt(await bed.hold("london", "drain"));
        await bed.power("rome", "kill");
        cluster.declare(args("1", "2.5.0", without));
        await cluster.up();
        cluster.declare(args("2", "2.5.0", without));
        await cluster.up();
        await cluster.isSettled();
        await store.put("london", "written-on-2", 300_000);
        await store.intact(["london", "paris"]);

        await bed.power("rome", "start");
        cluster.declare(args("2", "2.5.0"));
        await cluster.upFails(/store-stage-rome\):[\s\S]*rome: .*\[hop-open\]/);
        assert.doesNotMatch(await bed.sh("rome", "garage-node ledger show"), /^series 2$/m);
        await store.intact(["london", "paris"]);

        await bed.loseAndRemake("rome");
        cluster.declare(replacing("2", "2.5.0", old));
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await bed.release("rome"), "2.5.0");
        await store.intact();
    });

    const blocks = async (name: string) =>
        (await bed.sh(name, "cd /var/lib/garage/data && find . -type f | sort")).trim();

    // Each waits until those before have their blocks, however long that takes here.
    it("may be followed by all the others, one by one, and every object is there", async () => {
        for (const node of ["paris", "london"]) {
            const old = await idOf(node);
            await bed.loseAndRemake(node);
            cluster.declare(replacing("2", "2.5.0", old, node));
            await cluster.up();
            const [one, other] = NODES.filter((name) => name !== node) as [string, string];
            assert.equal(await blocks(one), await blocks(other));
        }
        await store.intact();
    });
});

describe("a gateway that dies for good", function () {
    this.timeout(900_000);
    let bed: Bed;
    let cluster: ClusterProject;
    let store: Store;

    const args = (stateVersion: string, version: string, gateways: string[], more: Record<string, unknown> = {}) => {
        const all = cluster.args({ stateVersion, version, replicationFactor: 1, ...more });
        const { london } = all.nodes;
        const gateway = (name: string) => [name, { zone: name, gateway: true, ssh: bed.ssh(name) }];
        return { ...all, nodes: { london: london!, ...Object.fromEntries(gateways.map(gateway)) } };
    };
    const history = async () => bed.sh("london", "garage-manage layout history");

    onHosts("gateway", ["london", "edge", "rim"], async (made) => {
        ({ bed, cluster } = made);
        cluster.declare(args("1", "1.2.0", ["edge", "rim"]));
        store = await made.upFilled();
    });

    it("is left out, and the cluster is upgraded", async () => {
        await bed.power("edge", "kill");
        cluster.declare(args("1", "1.3.0", ["edge", "rim"], { without: ["edge"] }));
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await bed.release("london"), "1.3.0");
    });

    it("is taken out afterwards, nobody dials it, and the layout doesn't wait for it", async () => {
        cluster.declare(args("1", "1.3.0", ["rim"]));
        await cluster.up();
        await cluster.isSettled();
        assert.match(await history(), /a single live layout version/);
        await store.intact(["london", "rim"]);
    });

    it("is taken out at once: all else is done, the last step fails and says how to go on", async () => {
        await bed.power("rim", "kill");
        cluster.declare(args("1", "1.3.0", []));
        const { stdout } = await cluster.upFails(/store-host-rim[\s\S]*failed attempts/);
        assert.match(stdout, /put nodes\.rim back with without: \["rim"\]/);
        assert.match(await history(), /a single live layout version/);
        cluster.declare(args("1", "1.3.0", ["rim"], { without: ["rim"] }));
        await cluster.up();
        cluster.declare(args("1", "1.3.0", []));
        await cluster.up();
        await cluster.isSettled();
    });

    it("leaves a single node, which is upgraded also while its own bookkeeping of the layout trails", async () => {
        const layout = [
            'id="$(garage-manage node id -q | cut -d@ -f1)"',
            'garage-manage layout assign "$id" -z lon -c 1GB -t node=london',
            'garage-manage layout apply --version "$(($(garage-manage layout show | sed -n "s/^Current cluster layout version: //p") + 1))"',
        ];
        await bed.sh("london", layout.join(" && "));
        await bed.until("london", "garage-manage layout history | grep -E '^[0-9a-f]{16} +#([0-9]+) +#\\1 +#'", 60);
        assert.doesNotMatch(await history(), /a single live layout version/);
        cluster.declare(args("1", "2.5.0", []));
        await cluster.up();
        cluster.declare(args("2", "2.5.0", []));
        await cluster.up();
        await cluster.isSettled();
        assert.equal(await bed.release("london"), "2.5.0");
        await store.intact(["london"]);
    });
});

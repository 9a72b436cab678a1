import assert from "node:assert/strict";
import { join } from "node:path";
import { SimBed } from "./simHosts";

// The cluster's id and secrets in Pulumi's state: with other ones a cluster falls apart.

const NODES = { london: "london", paris: "paris", rome: "rome" };
/** Made by the commit in its name, whose identity was printed by openssl; less the packed tool. */
const OLD = join(__dirname, "fixtures", "state-of-a361815.json");
const OLD_VALUES = {
    clusterId: "1b80d0c066ea7f2620aa346af78f2a13",
    rpcSecret: "3202ae52bbbe13dc1d155be7e4fac99d085ca25e8f60bf348021c19bae6924e7",
    adminToken: "b78a830b0284c74461e9ba8dbb88333814a07eee1224a63559b7ac423716fb6c",
};

describe("the cluster's identity", function () {
    this.timeout(300_000);
    let bed: SimBed;
    beforeEach(async () => {
        bed = await SimBed.make(...Object.values(NODES));
        bed.cluster.declare(bed.args(NODES));
    });
    afterEach(() => bed.remove());

    async function values() {
        const all = (await bed.cluster.project.outputs()) as Record<string, Record<string, never>>;
        const { clusterId } = all.outputs!.store! as { clusterId: string };
        return { clusterId, rpcSecret: all.rpcSecrets!.store!, adminToken: all.adminTokens!.store! };
    }
    const identity = async () => (await bed.cluster.project.resources())["store-identity"]!;
    const sent = (host: string) => bed.stdin(host, "host");

    it("of a state that has it printed stays, byte for byte, and so do the secrets made of it", async () => {
        const imported = await bed.cluster.project.pulumi("stack", "import", "--file", OLD);
        assert.equal(imported.code, 0, imported.stdout + imported.stderr);
        const before = await identity();
        await bed.cluster.up();
        assert.deepEqual(await values(), OLD_VALUES);
        const { inputs, id, type } = await identity();
        assert.deepEqual({ inputs, id, type }, { inputs: before.inputs, id: before.id, type: before.type });
        assert.equal(inputs.create, "openssl rand -hex 16 && openssl rand -hex 32");
        for (const host of Object.keys(NODES)) {
            assert.match(sent(host), new RegExp(`^secret rpc_secret ${OLD_VALUES.rpcSecret}$`, "m"));
            assert.doesNotMatch(bed.verbs(host).join(), /uninstall/);
        }
        await bed.cluster.isSettled();
        assert.match((await bed.cluster.project.preview()).stdout, /\n {4}\d+ unchanged/);
    });

    it("of a new one is drawn by Node, lies encrypted in the state, and stays", async () => {
        await bed.cluster.up();
        const first = await values();
        assert.match(first.rpcSecret, /^[0-9a-f]{64}$/);
        assert.equal("create" in (await identity()).inputs, false);
        assert.ok(!(await bed.cluster.project.exported()).includes(first.rpcSecret));
        await bed.cluster.isSettled();
        bed.cluster.declare(bed.args(NODES, { logLevel: "debug" }));
        await bed.cluster.up();
        assert.deepEqual(await values(), first);
    });
});

import assert from "node:assert/strict";
import { AS_ROOT, CGROUPS } from "../../support/byHand";
import { succeeded } from "../../support/pulumiProject";
import type { Store } from "../../support/store";
import { GATEWAY, SPOIL, STORAGE, Takeover, WAYS } from "../../support/takeover";

// Doesn't prove: hosts of another distribution, data on volumes of their own.
describe("a Garage that runs already is taken over", function () {
    this.timeout(900_000);
    let on: Takeover;

    before(async () => {
        on = await Takeover.make("adopt", [...STORAGE, GATEWAY]);
    });
    after(async () => {
        await on?.bed.purge();
    });
    afterEach(async function () {
        await on.clear(this.currentTest?.state === "failed");
    });

    /** It can't start: its garage.toml isn't what was staged. Leaves the program without what spoils it. */
    const canaryGoesBack = async (store: Store, says: RegExp) => {
        const seen = await on.olds();
        on.program(`beforeStop: ${JSON.stringify(SPOIL)},`);
        const failed = await on.project.update();
        assert.notEqual(failed.code, 0);
        assert.match(failed.stdout + failed.stderr, says);
        assert.deepEqual(await on.olds(), seen);
        await store.intact(on.nodes);
        on.program();
    };

    /** As in any program: another release, and with it the series of the data, once they are of the new one. */
    const runs = async (version: string, store: Store) => {
        on.changed([/(\n\s*version: ")[^"]*/, `$1${version}`]);
        succeeded(await on.project.update());
        for (const host of on.nodes) assert.equal(await on.bed.release(host), version, host);
        await store.intact(on.nodes);
    };
    /** Blocks that the client has just written stay in the queues for ten minutes, so they needn't be empty. */
    const hops = async (version: string, store: Store) => {
        on.changed([/(new GarageCluster\([^{]*\{)/, '$1 majorUpgrade: { drain: "settled" },']);
        await runs(version, store);
    };
    const dataAre = async (series: string, store: Store, ...changes: [RegExp, string][]) => {
        const daemons = await on.bed.daemons();
        on.changed([/stateVersion: "[^"]*/, `stateVersion: "${series}`], ...changes);
        succeeded(await on.project.update());
        succeeded(await on.project.up());
        assert.deepEqual(await on.bed.daemons(), daemons);
        await store.intact(on.nodes);
    };

    it("1.2.0, with a gateway: the canary goes back by itself, then all are taken over, data and layout as they were; and goes on to 1.3.0 and 2.5.0", async () => {
        const store = await on.madeByHand("1.2.0", [...WAYS, "root"]);
        const before = await on.layout();
        const seen = await on.olds();
        await on.inspected();
        succeeded(await on.project.preview());
        assert.deepEqual(await on.olds(), seen);

        await canaryGoesBack(store, /\[adopt-failed\]/);
        await on.isTakenUnderLoad(store);
        assert.equal(await on.layout(), before);
        await on.isQuietAfterwards();
        await on.bed.power("paris", "restart");
        await on.bed.until("paris", "garage-manage status >/dev/null 2>&1", 60);
        await store.intact(on.nodes);
        await runs("1.3.0", store);
        await hops("2.5.0", store);
        await dataAre("2", store);
    });

    it("0.9.3, with a gateway: goes on to 0.9.4 and 1.3.0", async () => {
        const store = await on.madeByHand("0.9.3", ["root", "own", "dynamic", "own"]);
        await on.inspected();
        await on.isTakenUnderLoad(store);
        await on.isQuietAfterwards();
        await runs("0.9.4", store);
        await hops("1.3.0", store);
        await dataAre("1", store);
    });

    it("2.4.0, with a gateway: its nodes get our tag beside theirs, once all are taken over; goes on to 2.5.0", async () => {
        const store = await on.madeByHand("2.4.0", ["own", "dynamic", "root", "own"]);
        await on.inspected();
        on.adopts("tagNodes: true");
        await on.isTakenUnderLoad(store);
        const layout = await on.layout();
        for (const host of on.nodes)
            assert.match(layout, new RegExp(`[ [](${host}, *node=${host}|node=${host}, *${host})[\\] ]`));
        assert.match(layout, /Current cluster layout version: 2$/m);
        await on.isQuietAfterwards();
        succeeded(await on.project.update("--expect-no-changes"));
        assert.equal(await on.layout(), layout);
        await runs("2.5.0", store);
    });

    it("1.3.0: half-way, and whole, it is set back, each time all as it was, with nothing left; between the two it is taken over", async () => {
        const store = await on.madeByHand("1.3.0", WAYS);
        const before = await on.layout();
        const seen = await on.olds();
        await on.inspected();
        const setBack = async () => {
            on.adopts("back: true");
            await on.underLoad(store, async () => void succeeded(await on.project.update()));
            assert.deepEqual(await on.olds(), seen);
            assert.equal(await on.layout(), before);
            for (const host of on.nodes)
                await on.bed.sh(
                    host,
                    "! ls -d /etc/garage-node /opt/garage* /usr/bin/garage-node /var/lib/garage/*/garage-node*",
                );
            succeeded(await on.project.update("--expect-no-changes"));
            await store.intact(on.nodes);
        };

        await on.bed.sh("paris", "touch /etc/breaks");
        const hook = `[ ! -e /etc/breaks ] || ${SPOIL}`;
        on.program(`beforeStop: ${JSON.stringify(hook)},`);
        const failed = await on.project.update();
        assert.match(failed.stdout + failed.stderr, /\[adopt-failed\]/);
        assert.match(await on.bed.sh("london", "garage-node status"), /^adopted taken$/m);
        await setBack();

        on.program();
        await on.isTakenUnderLoad(store);
        await on.isQuietAfterwards();
        on.program();
        await setBack();
        const daemons = await on.bed.daemons();
        succeeded(await on.project.destroy());
        assert.deepEqual(await on.bed.daemons(), daemons);
        assert.deepEqual(await on.olds(), seen);
    });

    it("1.3.0: a container of podman, a daemon by hand, a unit: the container goes back by itself as canary, then all are taken over, a boot starts ours alone, and they come back by the scripts that are left", async () => {
        const store = await on.madeByHand("1.3.0", ["podman", "hand", "own"]);
        const before = await on.layout();
        const seen = await on.olds();
        await on.inspected();
        const preview = succeeded(await on.project.preview()).stdout;
        assert.match(preview, /stops: the container garaged of podman, which stays as garaged-before-garage-node/);
        assert.match(preview, /stops: what runs there by hand, by: pkill -INT -x garage;/);

        await canaryGoesBack(store, /the container garaged of podman.*\[adopt-failed\]/);
        await on.isTakenUnderLoad(store);
        assert.equal(await on.layout(), before);
        await on.isQuietAfterwards();
        await store.intact(on.nodes);

        await on.bed.power("london", "restart");
        await on.bed.until("london", "garage-manage status >/dev/null 2>&1", 60);
        assert.equal((await on.bed.sh("london", "pgrep -xc garage")).trim(), "1");
        await store.intact(on.nodes);
        // Somebody starts the old one by hand: ours doesn't start beside it, and says so. What it writes then is root's.
        await on.bed.sh("london", `systemctl stop garage; ${CGROUPS}; podman start garaged-before-garage-node`);
        assert.notEqual((await on.bed.try("london", "garage-node admit")).code, 0);
        assert.match(await on.bed.sh("london", "garage-node status"), /^trouble another Garage runs here/m);
        await on.bed.sh("london", "podman stop -t 20 garaged-before-garage-node");

        succeeded(await on.project.destroy());
        for (const host of on.nodes) await on.bed.sh(host, "sh /etc/garage-node/adopted/back.sh");
        assert.deepEqual(await on.olds(), seen);
        await on.bed.until("london", `${AS_ROOT} garage status >/dev/null 2>&1`, 60);
    });

    it("0.8.6, with a gateway: taken over with the secret that runs; goes on to 0.8.7, and to 0.9.4 with one of its own", async () => {
        const store = await on.madeByHand("0.8.6", [...WAYS, "root"]);
        const before = await on.layout();
        const secret = (await on.bed.sh("rome", "cat /etc/garage/rpc_secret")).trim();
        await on.inspected();
        on.changed(["rpcSecret08:", `rpcSecret: "${secret}", rpcSecret08:`]);
        const refused = await on.project.preview();
        assert.match(refused.stdout + refused.stderr, /rpcSecret08 is the same as rpcSecret/);
        on.program();
        await on.isTakenUnderLoad(store);
        assert.equal(await on.layout(), before);
        const read = (name: string) => `cat /etc/garage-node/secrets/${name}`;
        assert.equal((await on.bed.sh("rome", read("rpc_secret_0.8"))).trim(), secret);
        assert.notEqual((await on.bed.sh("rome", read("rpc_secret"))).trim(), secret);
        await on.isQuietAfterwards();

        await runs("0.8.7", store);
        await hops("0.9.4", store);
        await dataAre("0.9", store, [/\s*rpcSecret08:[^,]*,/, ""]);
        assert.notEqual((await on.bed.sh("rome", read("rpc_secret_0.8"))).trim(), secret);
    });

    for (const [release, ways] of [
        ["2.5.0", ["own", "dynamic", "root", "own"]],
        ["0.7.0", ["dynamic", "root", "own"]],
    ] as const)
        it(`${release}: ${ways.join(", ")}, under load, and removed: the old service comes back by the script that is left`, async () => {
            const store = await on.madeByHand(release, [...ways]);
            const before = await on.layout();
            const seen = await on.olds();
            await on.inspected();
            await on.isTakenUnderLoad(store);
            assert.equal(await on.layout(), before);
            await on.isQuietAfterwards();
            await store.intact(on.nodes);
            succeeded(await on.project.destroy());
            for (const host of on.nodes) await on.bed.sh(host, "sh /etc/garage-node/adopted/back.sh");
            assert.deepEqual(await on.olds(), seen);
            await on.bed.until("london", `${AS_ROOT} garage status >/dev/null 2>&1`, 60);
        });
});

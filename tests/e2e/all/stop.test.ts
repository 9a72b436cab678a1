import assert from "node:assert/strict";
import type { Bed } from "../../support/bed";
import type { ClusterProject } from "../../support/clusterProject";
import { onHosts } from "../../support/onHosts";
import type { Store } from "../../support/store";
import { Door, Idlers, slowDownload, slowUpload, underWay } from "../../support/visitors";

const NODES = ["london", "paris", "rome"];
const S3 = 3900;

/** How the nodes come to be rolled: up to 1.0.0 a daemon waits for ever, after that 10 s; 2.5.0 dies of a block after the signal. */
const ROLLS = [
    { stateVersion: "0.9", from: { version: "0.9.3" }, to: { version: "0.9.4" } },
    { stateVersion: "1", from: { version: "1.2.0" }, to: { version: "1.3.0" } },
    {
        stateVersion: "2",
        from: { version: "2.5.0" },
        to: { version: "2.5.0", s3RootDomain: ".s3" },
    },
];

/** Where it is asked for, the roll waits before the stop, for what the test does then. */
const HELD = "paris";
const BEFORE_STOP =
    "[ ! -e /run/hold ] || { mv /run/hold /run/about-to-stop; until [ -e /run/may-stop ]; do sleep 0.05; done; rm /run/may-stop; }";

// Doesn't prove: clients behind a slow network, an answer that pauses (for that: the rows of tests/host/base/stopping.test.ts).
for (const { stateVersion, from, to } of ROLLS)
    describe(`a stop that nobody waits for, series ${stateVersion}`, function () {
        this.timeout(600_000);
        let bed: Bed;
        let cluster: ClusterProject;
        let store: Store;
        let address: string;

        const declare = (what: Record<string, unknown>) =>
            cluster.declare(
                cluster.args({
                    stateVersion,
                    beforeStop: BEFORE_STOP,
                    stopGraceSeconds: 10,
                    allowPatchDowngrade: true,
                    ...what,
                }),
            );
        /** Begins a roll; once it is about to stop the node, lets clients come, and goes on. */
        const rollWith = async <T>(roll: () => Promise<T>, come: () => Promise<void>): Promise<T> => {
            await bed.sh(HELD, ": >/run/hold");
            const rolled = roll();
            await Promise.race([rolled, bed.until(HELD, "[ -e /run/about-to-stop ]", 120)]);
            await come();
            await bed.sh(HELD, "rm /run/about-to-stop; : >/run/may-stop");
            return rolled;
        };

        onHosts(`stop-${stateVersion}`, NODES, async (made) => {
            ({ bed, cluster } = made);
            declare(from);
            store = await made.upFilled();
            await store.put("london", "large", 24_000_000);
            address = bed.hosts[HELD]!.address;
        });

        it("what is idle is hung up on, new clients are refused, a download and an upload go on to their ends; then all is open again", async () => {
            declare(to);
            const idlers = await Idlers.at(address, [...Array(10).fill(S3), 3902, 3903]);
            let door!: Door;
            let transfers!: Promise<unknown>;
            const run = await rollWith(
                () => cluster.up(),
                async () => {
                    door = Door.at(address, S3);
                    const download = underWay((begun) => slowDownload(store, HELD, "large", 6, begun));
                    const upload = underWay((begun) => slowUpload(store, HELD, "slowly", 3, begun));
                    const downloaded = download.done.then((checksum) => {
                        assert.equal(checksum, store.written.get("large"));
                        return [door.knocks.includes("refused"), idlers.closed];
                    });
                    transfers = Promise.all([downloaded, upload.done]);
                    await Promise.all([download.begun, upload.begun, door.until("open")]);
                },
            );
            const [whileUnderWay] = (await transfers) as [[boolean, number]];
            assert.deepEqual(whileUnderWay, [true, 12]);
            assert.match(run.stdout, /paris: ended 1[2-9] idle connections of clients/);
            await door.until("open");
            await door.leave();
            assert.ok(!door.knocks.includes("hung"), door.knocks.join(" "));
            await store.intact();
            await cluster.isSettled();
        });

        it("the verb is killed while the node stops: what was refused is open again after the next up", async () => {
            declare(from);
            const door = Door.at(address, S3);
            const idlers = await Idlers.at(address, [S3]);
            let download!: Promise<string>;
            await rollWith(
                () => cluster.upFails(/job-lost/),
                async () => {
                    const under = underWay((begun) => slowDownload(store, HELD, "large", 6, begun));
                    download = under.done;
                    await under.begun;
                    void door
                        .until("refused")
                        .then(() => bed.sh(HELD, "systemctl kill -s KILL 'garage-node-roll.*.service'"));
                },
            );
            assert.equal(await download, store.written.get("large"));
            await cluster.up();
            await door.until("open");
            await door.leave();
            idlers.leave();
            assert.ok(!door.knocks.includes("hung"), door.knocks.join(" "));
            await store.intact();
            await cluster.isSettled();
        });
    });

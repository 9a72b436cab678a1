import { strict as assert } from "node:assert";
import { Killer } from "./killing";
import { answered, type BucketAnswer, type KeyAnswer, type Ran, RealGarage } from "./realGarage";

/** A verb that dies behind each of its acts, one after the other, and is called again: nothing is there twice, nothing is left behind. */
export function killedStories(release: string): void {
    describe(`a verb that is killed, on Garage ${release}`, function () {
        this.timeout(900_000);
        let host: RealGarage;
        let killer: Killer;
        before(async () => {
            host = await RealGarage.start(release);
            killer = await Killer.between(host);
        });
        after(() => {
            killer?.stop();
            host?.stop();
        });

        const live = () => killer.after(0);
        const keys = async () => (await host.cli("key", "list")).split("\n");
        const count = (lines: string[], word: string) => lines.filter((line) => line.includes(word)).length;

        /** Dies behind act 1, 2, … until it comes to its end before. How often it died. */
        async function killedEverywhere(
            run: (act: number, started: (group: number) => void) => Promise<Ran>,
            again: (act: number) => Promise<void>,
            prepare: (act: number) => Promise<void> = async () => {},
        ): Promise<number> {
            for (let act = 1; ; act++) {
                await prepare(act);
                const ran = await run(act, killer.after(act));
                if (ran.code !== -1) {
                    assert.equal(ran.code, 0, ran.stderr);
                    return act - 1;
                }
                await again(act);
            }
        }

        it("makes one bucket, as it is to be, and leaves no key behind", async () => {
            const app = answered<KeyAnswer>(await host.key("app"));
            const want = (act: number) => ({
                aliases: [`killed-${act}`, `killed-${act}-2`],
                keys: [{ accessKeyId: app.accessKeyId, read: true, write: true, owner: false }],
                website: { indexDocument: "index.html", errorDocument: null },
                quotas: release.startsWith("0.7") ? null : { maxSizeBytes: null, maxObjects: 5 },
                cors: [{ origins: ["https://example.org"], methods: ["GET"] }],
            });
            const died = await killedEverywhere(
                (act, started) => host.bucket(`b${act}`, want(act), [], started),
                async (act) => {
                    answered(await host.bucket(`b${act}`, want(act), [], live()));
                    const listed = (await host.cli("bucket", "list")).trim().split("\n").slice(1);
                    assert.equal(listed.length, act, listed.join("\n"));
                    assert.equal(count(await keys(), "pulumi temporary"), 0);
                },
            );
            assert.ok(died >= 5, `${died} acts`);
            const last = await host.bucket(`b${died}`, want(died), [], live());
            assert.deepEqual(answered<BucketAnswer>(last).changed, []);
            assert.equal(count(await keys(), "pulumi owner marks"), 1);
        });

        it("makes one key, and one more for a rotation, with the rights of the first", async () => {
            const right = (accessKeyId: string) => ({ accessKeyId, read: true, write: false, owner: false });
            const died = await killedEverywhere(
                (act, started) => host.key(`turn${act}`, { rotate: "x" }, [], started),
                async (act) => {
                    const made = answered<KeyAnswer>(await host.key(`turn${act}`, { rotate: "x" }, [], live()));
                    assert.equal(made.previousAccessKeyIds.length, 1);
                    assert.match(await host.cli("bucket", "info", `turn${act}`), new RegExp(made.accessKeyId));
                    assert.equal(count(await keys(), `turn${act} pulumi:`), 2);
                },
                async (act) => {
                    const { accessKeyId } = answered<KeyAnswer>(await host.key(`turn${act}`, {}, [], live()));
                    answered(await host.bucket(`turn${act}`, { keys: [right(accessKeyId)] }, [], live()));
                },
            );
            assert.equal(died, 3);
        });

        it("makes the first key once", async () => {
            const died = await killedEverywhere(
                (act, started) => host.key(`first${act}`, { allowCreateBucket: true }, [], started),
                async (act) => {
                    answered(await host.key(`first${act}`, { allowCreateBucket: true }, [], live()));
                    assert.equal(count(await keys(), `first${act} pulumi:`), 1);
                },
            );
            assert.equal(died, 2);
        });

        it("deletes what it was to delete, called again", async () => {
            await killedEverywhere(
                (act, started) => host.bucketDelete(`gone${act}`, [], started),
                async (act) => {
                    assert.equal((await host.bucketDelete(`gone${act}`, [], live())).stdout, "gone\n");
                    assert.equal((await host.bucketDelete(`gone${act}`, [], live())).stdout, "gone\n");
                    assert.doesNotMatch(await host.cli("bucket", "list"), /\bgone/);
                },
                async (act) => {
                    const aliases = [`gone${act}`, `gone${act}-2`];
                    answered(await host.bucket(`gone${act}`, { aliases }, [], live()));
                },
            );
            await killedEverywhere(
                (act, started) => host.keyDelete(`left${act}`, [], started),
                async (act) => {
                    assert.equal((await host.keyDelete(`left${act}`, [], live())).stdout, "gone\n");
                    assert.equal(count(await keys(), `left${act} `), 0);
                },
                async (act) => {
                    answered(await host.key(`left${act}`, {}, [], live()));
                },
            );
        });
    });
}

import { strict as assert } from "node:assert";
import { CONTAINER, GENERATION, TakeHost } from "./takeHost";

const OURS = "etc/systemd/system/garage.service";
const whose = process.getuid!() === 0 ? "other" : "made";

for (const [what, made, kept] of [
    ["a unit", () => new TakeHost(), undefined],
    ["a container", () => new TakeHost(undefined, whose, "always"), `${CONTAINER} garaged always`],
] as const)
    describe(`a takeover of ${what} that is killed before any of its steps`, function () {
        this.timeout(900_000);
        /** A boot starts at most one of them. */
        const startsOne = (host: TakeHost, at: number) => {
            if (kept === undefined || !host.world.has(OURS)) return;
            assert.match(host.container(), / no$/, `killed before step ${at}`);
        };

        // All three of them go through all steps, each through every third one.
        for (const [end, refused, first] of [
            ["is taken over by the next call", false, 1],
            ["goes back, all as it was, where the next call's daemon doesn't start", true, 2],
        ] as const)
            it(end, () => {
                for (let at = first; ; at += 3) {
                    const host = made();
                    const before = host.old();
                    if (refused) host.world.write(`fake/starts/${GENERATION}`, "refused\n");
                    if (!host.takeDying(at)) {
                        assert.ok(at > 20, `only ${at} steps`);
                        host.done();
                        break;
                    }
                    startsOne(host, at);
                    const ran = host.take();
                    if (refused) {
                        assert.match(ran.stderr, /\[adopt-failed\]/, `killed before step ${at}`);
                        assert.deepEqual(host.old(), before, `killed before step ${at}`);
                        assert.equal(host.runs(), "old", `killed before step ${at}`);
                        if (kept) assert.equal(host.container(), kept, `killed before step ${at}`);
                    } else {
                        assert.equal(ran.code, 0, `killed before step ${at}: ${ran.stderr}`);
                        assert.equal(host.runs(), GENERATION);
                        assert.deepEqual(host.ledger("adopted"), ["taken"]);
                    }
                    host.done();
                }
            });

        it("leaves the old service, or ours, to `start`, which knows nothing of the cluster", () => {
            for (let at = 3; ; at += 3) {
                const host = made();
                if (!host.takeDying(at)) {
                    host.done();
                    break;
                }
                const ran = host.start();
                assert.equal(ran.code, 0, `killed before step ${at}: ${ran.stderr}`);
                assert.notEqual(host.runs(), "none", `killed before step ${at}: ${ran.stderr}`);
                host.done();
            }
        });
    });

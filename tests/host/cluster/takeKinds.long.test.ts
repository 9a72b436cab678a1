import { strict as assert } from "node:assert";
import { existsSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { BY_HAND, CONTAINER, GENERATION, TakeHost } from "./takeHost";
import { comesBack, goesBack } from "./takeStories";

const whose = process.getuid!() === 0 ? "other" : "made";

// More kinds of what take.test.ts and untake.test.ts tell.
describe("a takeover, and the way back, in all their kinds", function () {
    this.timeout(60_000);
    let host: TakeHost;
    afterEach(() => host.done());
    const at = (path: string) => join(host.world.root, path);
    const ledger = (...keys: string[]) => keys.map((key) => host.ledger(key).join());

    for (const [what, canary] of [
        ["the canary", "canary"],
        ["every other node", ""],
    ] as const)
        for (const [how, word] of [
            ["systemd can't start", "refused"],
            ["answers nobody", "silent"],
            ["doesn't serve S3", "mute"],
        ] as const)
            it(`${what} goes back to the old service, all as it was, where ours ${how}`, () => {
                host = new TakeHost();
                goesBack(host, canary, word);
            });

    for (const word of ["silent", "mute"])
        it(`a container starts again under its name and policy, all as it was, where ours is ${word}`, () => {
            host = new TakeHost(undefined, whose, "unless-stopped");
            const kept = `${CONTAINER} garaged unless-stopped`;
            const away = `${CONTAINER} garaged-before-garage-node no`;
            goesBack(host, "canary", word, { old: "the container garaged of docker", kept, away });
        });

    for (const [what, words] of [
        ["root's daemon, whose files were handed over", ["garage.service", "other"]],
        ["a unit of another name", ["s3d.service"]],
        ["a daemon by hand", ["garage.service", whose, BY_HAND]],
    ] as [string, ConstructorParameters<typeof TakeHost>][])
        it(`${what} comes back, all as it was, and can be taken over again`, () => {
            host = new TakeHost(...words);
            comesBack(host);
        });

    it("overrides drop-ins of garage.service that lie elsewhere, as long as the unit is ours", () => {
        host = new TakeHost();
        const before = host.old();
        host.world.write(
            "fake/drop-ins",
            "/etc/systemd/system/garage.service.d/limits.conf /usr/lib/systemd/system/garage.service.d/vendor.conf /usr/lib/systemd/system/service.d/all.conf\n",
        );
        host.world.write(`fake/starts/${GENERATION}`, "refused\n");
        assert.match(host.take().stderr, /\[adopt-failed\]/);
        assert.deepEqual(host.old(), before);
        host.world.remove(`fake/starts/${GENERATION}`);
        assert.equal(host.take().code, 0);
        assert.equal(readlinkSync(at("etc/systemd/system/garage.service.d/vendor.conf")), "/dev/null");
        assert.ok(!existsSync(at("etc/systemd/system/garage.service.d/all.conf")));
    });

    it("says so where the old service doesn't start, goes on when it does, or is taken over again", () => {
        host = new TakeHost();
        const before = host.old();
        assert.equal(host.take().code, 0);
        host.world.write("fake/old-refused", "");
        assert.match(
            host.untake().stderr,
            /the old service \(garage\.service\) did not come back either .*\[adopt-back-failed\]/,
        );
        assert.deepEqual(ledger("adopted", "act", "generation"), ["waiting", `untake ${GENERATION}`, ""]);
        host.world.remove("fake/old-refused");
        assert.equal(host.untake().code, 0);
        assert.deepEqual([host.old(), host.runs()], [before, "old"]);

        assert.equal(host.take().code, 0);
        host.world.write("fake/old-refused", "");
        assert.equal(host.untake().code, 1);
        assert.equal(host.take().code, 0);
        assert.deepEqual([host.runs(), ...ledger("adopted", "act")], [GENERATION, "taken", ""]);
    });
});

import { strict as assert } from "node:assert";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { BY_HAND, CONTAINER, GENERATION, TakeHost } from "./takeHost";
import { goesBack } from "./takeStories";

describe("garage-node take", function () {
    this.timeout(60_000);
    let host: TakeHost;
    afterEach(() => host.done());
    const at = (path: string) => join(host.world.root, path);

    describe("of a daemon that runs by hand", () => {
        const whose = process.getuid!() === 0 ? "other" : "made";
        beforeEach(() => {
            host = new TakeHost(undefined, whose, BY_HAND);
            host.world.remove("fake/commands");
        });
        const commands = () =>
            host.world.has("fake/commands") ? host.world.read("fake/commands").trim().split("\n") : [];

        it("starts it again by its command, all as it was, where ours doesn't start", () => {
            const before = host.old();
            host.world.write(`fake/starts/${GENERATION}`, "refused\n");
            assert.match(host.take("canary").stderr, /runs again and is healthy.*\[adopt-failed\]/);
            assert.deepEqual([host.old(), host.runs(), commands()], [before, "old", ["by-hand stop", "by-hand start"]]);
        });

        for (const [what, file, words] of [
            ["doesn't end it", "deaf", /the daemon did not end/],
            ["ends it, and something starts it again", "supervised", /the daemon did not end|has started it again/],
        ] as const)
            it(`leaves it running, all as it was, where its command ${what}`, () => {
                const before = host.old();
                host.world.write(`fake/${file}`, "");
                const ran = host.take();
                assert.match(ran.stderr, words);
                assert.match(ran.stderr, /runs again and is healthy.*\[adopt-failed\]/);
                assert.deepEqual(
                    [host.old(), host.runs(), commands().filter((each) => each === "by-hand stop")],
                    [before, "old", ["by-hand stop"]],
                );
                host.world.remove(`fake/${file}`);
                assert.equal(host.take().code, 0);
            });

        it("leaves a script that brings it back where the node is removed later", () => {
            const before = host.old();
            assert.equal(host.take().code, 0);
            assert.match(host.uninstall().stderr, /comes back, .* by: sh \/etc\/garage-node\/adopted\/back\.sh/);
            host.back();
            assert.deepEqual([host.old(), host.runs()], [before, "old"]);
        });
    });

    describe("of a container", () => {
        const kept = `${CONTAINER} garaged unless-stopped`;
        const away = `${CONTAINER} garaged-before-garage-node no`;
        const whose = process.getuid!() === 0 ? "other" : "made";
        beforeEach(() => {
            host = new TakeHost(undefined, whose, "unless-stopped");
        });

        it("starts it again under its name and policy, all as it was, where ours doesn't start", () => {
            goesBack(host, "canary", "refused", { old: "the container garaged of docker", kept, away });
        });

        it("stops nothing that it can't put away: goes back where another one has that name", () => {
            const ran = host.take(
                "",
                'was="$(declare -f old_container_rename)"; old_container_rename() { [ "$1" = garaged ] || { LAST_SEEN="docker could not rename it"; return 1; }; eval "$was"; old_container_rename "$@"; }',
            );
            assert.match(ran.stderr, /docker could not rename it[\s\S]*runs again and is healthy.*\[adopt-failed\]/);
            assert.deepEqual([host.runs(), host.container()], ["old", kept]);
        });

        it("is brought back where the node is removed in the middle of its turn, and left alone before it", () => {
            const before = host.old();
            assert.equal(host.uninstall().code, 0);
            assert.deepEqual([host.old(), host.runs(), host.container(), host.world.acts()], [before, "old", kept, []]);
            host.done();
            host = new TakeHost(undefined, whose, "unless-stopped");
            assert.ok(host.takeDying(25));
            assert.equal(host.uninstall().code, 0);
            assert.deepEqual([host.old(), host.runs(), host.container()], [before, "old", kept]);
        });

        it("leaves a script that brings it back where the node is removed later", () => {
            const before = host.old();
            assert.equal(host.take().code, 0);
            assert.match(
                host.uninstall().stderr,
                /\(the container garaged of docker\) comes back, .* by: sh \/etc\/garage-node\/adopted\/back\.sh/,
            );
            host.back();
            assert.deepEqual([host.old(), host.runs(), host.container()], [before, "old", kept]);
        });

        it("obeys no call, and starts nothing, beside it or another one that somebody has started by hand", () => {
            assert.equal(host.take().code, 0);
            host.world.write("proc/900/comm", "garage\n");
            host.world.write("proc/900/cmdline", "/garage\0server\0");
            mkdirSync(at("proc/900/ns"));
            symlinkSync("pid:[4026532576]", at("proc/900/ns/pid"));
            assert.match(host.take().stderr, /another Garage runs here \(process 900\).*\[identity\]/);
            assert.match(host.world.node("admit").stderr, /another Garage runs here/);
        });
    });
});

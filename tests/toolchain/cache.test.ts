import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { tryRun } from "../../toolchain/shell";
import { cached, prebuilt, type Way } from "../../toolchain/tools/cache";
import { Sandbox } from "./support";

const PROGRAM = "#!/bin/sh\necho works\n";
const works = async (file: string) => (await tryRun(file, [])).stdout === "works\n";

describe("the toolchain's cache", () => {
    let box: Sandbox;
    let called: string[];
    beforeEach(() => {
        box = new Sandbox();
        called = [];
    });
    afterEach(() => box.end());

    const way = (origin: Way["origin"], make: (file: string) => boolean): Way => ({
        origin,
        make: async (file) => {
            called.push(origin);
            return make(file);
        },
    });
    const writes = (content: string) => (file: string) => {
        writeFileSync(file, content);
        return true;
    };
    const closed = way("found on this machine", () => false);
    const fails = way("official download", () => {
        throw new Error("404");
    });
    const broken = way("prebuilt (GARAGE_TOOLCHAIN)", writes("#!/bin/sh\nexit 1\n"));
    const good = way("built from its package registry", writes(PROGRAM));

    it("takes the first way that leads to a program which works, and leaves nothing of the others", async () => {
        const found = await cached("tool", "a/tool", [closed, fails, broken, good], works);
        assert.deepEqual(found, { path: box.path("cache/pulumi-garage-cluster/a/tool"), origin: good.origin });
        assert.equal(statSync(found!.path).mode & 0o777, 0o755);
        assert.deepEqual(called, [closed.origin, fails.origin, broken.origin, good.origin]);
        assert.deepEqual(readdirSync(box.path("cache/pulumi-garage-cluster")), ["a"]);
    });

    it("removes what a killed run has left, and nothing of one that still runs", async () => {
        const ended = spawnSync("true").pid;
        const cache = box.path("cache/pulumi-garage-cluster");
        for (const pid of [ended, process.ppid])
            mkdirSync(join(cache, `making-${hostname()}-${pid}-x/build`), { recursive: true });
        mkdirSync(join(cache, `making-another-${ended}-x`));
        await cached("tool", "a/tool", [good], works);
        assert.deepEqual(
            readdirSync(cache),
            ["a", `making-${hostname()}-${process.ppid}-x`, `making-another-${ended}-x`].sort(),
        );
    });

    it("tries nothing the second time, and still knows where it came from", async () => {
        await cached("tool", "a/tool", [good], works);
        called = [];
        assert.equal((await cached("tool", "a/tool", [fails, good], works))?.origin, good.origin);
        assert.deepEqual(called, []);
    });

    it("says that there is none where no way leads to one", async () => {
        assert.equal(await cached("tool", "a/tool", [closed, fails, broken], works), undefined);
        assert.equal(existsSync(box.path("cache/pulumi-garage-cluster/a/tool")), false);
    });

    it("holds the program only once it is whole", async () => {
        const target = box.path("cache/pulumi-garage-cluster/a/tool");
        const slow = way("official download", (file) => {
            writeFileSync(file, "#!/bin/sh\necho wo");
            assert.equal(existsSync(target), false);
            return writes(PROGRAM)(file);
        });
        await cached("tool", "a/tool", [slow], works);
        assert.equal(readFileSync(target, "utf8"), PROGRAM);
    });

    describe("GARAGE_TOOLCHAIN", () => {
        const pack = (sum?: string) => {
            box.setEnv("GARAGE_TOOLCHAIN", box.path("prebuilt"));
            const file = box.write("prebuilt/tool-1.0.xz", "");
            writeFileSync(file, execFileSync("xz", ["-c"], { input: PROGRAM }));
            const real = execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ")[0];
            box.write("prebuilt/SHA256SUMS", `${"0".repeat(64)}  other-1.0.xz\n${sum ?? real}  tool-1.0.xz\n`);
        };
        const take = () => cached("tool", "tool", [prebuilt(/^tool-1\.0\.xz$/)], works);

        it("is unpacked when the checksum fits", async () => {
            pack();
            assert.equal((await take())?.origin, "prebuilt (GARAGE_TOOLCHAIN)");
        });
        it("is refused when the checksum doesn't fit", async () => {
            pack("1".repeat(64));
            assert.equal(await take(), undefined);
        });
        it("is refused when no checksum is known", async () => {
            pack();
            box.write("prebuilt/SHA256SUMS", "");
            assert.equal(await take(), undefined);
        });
        it("is no way where it isn't set, isn't there, or has no such file", async () => {
            assert.equal(await take(), undefined);
            box.setEnv("GARAGE_TOOLCHAIN", box.path("nowhere"));
            assert.equal(await take(), undefined);
            pack();
            assert.equal(await cached("tool", "tool", [prebuilt(/^tool-2\.0\.xz$/)], works), undefined);
        });
    });
});

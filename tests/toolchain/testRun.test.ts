import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ALL, FAST, ON_LOOPBACK, QUICK, sideBySide, sumUp, test, VERBS } from "../../toolchain/checks/testRun";
import { root } from "../../toolchain/shell";
import { Sandbox } from "./support";

describe("npm test", function () {
    this.timeout(90_000);
    let box: Sandbox;
    beforeEach(() => {
        box = new Sandbox();
    });
    afterEach(() => box.end());

    const mocha = (...more: string[]) => {
        const env = { ...process.env, MOCHA_COUNTS: box.path("counts.json") };
        const options = [
            "--require",
            "tsx/cjs",
            "--reporter",
            "./toolchain/checks/mochaReporter.ts",
            "--forbid-only",
            "--exit",
        ];
        const { status } = spawnSync(join(root, "node_modules/.bin/mocha"), [...options, ...more], { cwd: root, env });
        return { status, counts: () => JSON.parse(readFileSync(box.path("counts.json"), "utf8")) };
    };

    it("leaves no file of tests out, and runs none twice", () => {
        const files = readdirSync(join(root, "tests"), { recursive: true, encoding: "utf8" });
        for (const file of files.filter((each) => each.endsWith(".test.ts"))) {
            const sets = [...FAST, ...VERBS, ...ON_LOOPBACK, ...QUICK, ...ALL].filter((folder) =>
                file.startsWith(`${folder}/`),
            );
            assert.equal(sets.length, 1, file);
        }
    });

    it("sums up all runners", () => {
        const counts = [
            { passed: 1, failed: 0, skipped: 0 },
            { passed: 20, failed: 2, skipped: 3 },
        ];
        assert.deepEqual(sumUp(counts), { passed: 21, failed: 2, skipped: 3 });
    });

    for (const [how, more] of [
        ["in one process", []],
        ["side by side", sideBySide],
    ] as const) {
        it(`counts what mocha ran ${how}`, () => {
            const some = `it("passes", () => {}); it("fails", () => { throw new Error("no"); }); it("waits"); it("passes too", () => {});`;
            const files = [box.write("some.test.ts", some), box.write("other.test.ts", `it("passes", () => {});`)];
            const { status, counts } = mocha(...more, ...files);
            assert.equal(status, 1);
            assert.deepEqual(counts(), { passed: 3, failed: 1, skipped: 1 });
        });

        it(`fails on a test that was singled out, and on a file that doesn't load, ${how}`, () => {
            const good = box.write("good.test.ts", `it("passes", () => {});`);
            assert.equal(mocha(...more, good).status, 0);
            assert.notEqual(mocha(...more, good, box.write("only.test.ts", `it.only("x", () => {});`)).status, 0);
            assert.notEqual(mocha(...more, good, box.write("bad.test.ts", `throw new Error("no");`)).status, 0);
        });
    }

    it("refuses a set that it doesn't know", async () => {
        await assert.rejects(test("slow"), /unknown set of tests "slow"; allowed: fast, verbs, quick, all/);
    });

    it("finds fault with a bad shell script, wherever it is tracked", () => {
        // In a clone, so that the tree of whoever runs this stays as it is.
        const clone = box.path("clone");
        execFileSync("git", ["-c", "safe.directory=*", "clone", "-q", root, clone]);
        execFileSync("ln", ["-s", join(root, "node_modules"), join(clone, "node_modules")]);
        const check = () =>
            spawnSync("node_modules/.bin/tsx", ["toolchain/checks/shellcheck.ts"], { cwd: clone, encoding: "utf8" });
        assert.doesNotMatch(check().stdout, /launcher/);
        box.write("clone/sdk/host/launcher", "#!/bin/bash\necho $1\n");
        const { status, stdout } = check();
        assert.equal(status, 1);
        assert.match(stdout, /launcher line 2:[\s\S]*SC2086/);
    });
});

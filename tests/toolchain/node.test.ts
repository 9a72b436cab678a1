import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as semver from "semver";
import { root } from "../../toolchain/shell";
import { Sandbox } from "./support";

const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));
const { engines } = read("package.json");

/** The packages of the lock file that say they don't run there. */
function unfit(version: string): string[] {
    const all = Object.entries(read("package-lock.json").packages as Record<string, { engines?: { node?: string } }>);
    return all.flatMap(([name, { engines: own }]) =>
        name === "" || !own?.node || semver.satisfies(version, own.node) ? [] : [`${name}: ${own.node}`],
    );
}

/** run.sh in a tree of its own, with a Node that only says a version. */
describe("npm start on a machine whose Node", () => {
    let box: Sandbox;
    beforeEach(() => {
        box = new Sandbox();
        mkdirSync(box.path("toolchain"), { recursive: true });
        copyFileSync(join(root, "toolchain", "run.sh"), box.path("toolchain/run.sh"));
        box.write("bin/npm", "#!/bin/sh\nexit 9\n", 0o755);
        box.write("node_modules/.package-lock.json", "{}");
        box.write("node_modules/.bin/tsx", "#!/bin/sh\necho went on\n", 0o755);
    });
    afterEach(() => box.end());

    const start = (version: string) => {
        box.write("bin/node", `#!/bin/sh\necho ${version}\n`, 0o755);
        const env = { PATH: `${box.path("bin")}:/usr/bin:/bin` };
        return spawnSync("bash", [box.path("toolchain/run.sh"), "start"], { env, encoding: "utf8" });
    };

    for (const version of ["v20.19.0", "v20.20.1", "v22.12.0", "v23.0.0", "v24.1.0"])
        it(`is ${version}: goes on`, () => {
            assert.equal(start(version).stdout, "went on\n");
            // v23 is none that packages name: it has come to its end.
            if (!version.startsWith("v23")) assert.deepEqual(unfit(version), []);
        });

    for (const version of ["v18.20.4", "v20.18.9", "v21.7.3", "v22.11.0"])
        it(`is ${version}: says which is needed`, () => {
            const { status, stdout, stderr } = start(version);
            assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
            assert.match(
                stderr,
                new RegExp(`this Node is ${version} \\(.*/bin/node\\); needed is Node 20\\.19 or newer of Node 20,`),
            );
        });

    it("is 20 has the package by its lock file only: by its ranges package managers take Pulumi SDKs that ask for 22", () => {
        assert.equal(semver.satisfies("20.20.1", engines.node), false);
        for (const version of ["22.12.0", "24.1.0"]) assert.ok(semver.satisfies(version, engines.node), version);
    });
});

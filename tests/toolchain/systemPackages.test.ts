import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { systemPackages } from "../../toolchain/tools/systemPackages";
import { Sandbox } from "./support";

/** Against a fake apt-get: that Debian has packages of these names isn't proven here. */
describe("missing system packages", () => {
    let box: Sandbox;
    const getuid = process.getuid;
    const asUser = (uid: number) => {
        process.getuid = () => uid;
    };
    beforeEach(() => {
        box = new Sandbox();
        box.write(
            "bin/apt-get",
            `#!/bin/sh\necho "$*" >>${box.path("log")}\n[ "$1" = update ] || { echo >${box.path("bin/tool")}; /bin/chmod +x ${box.path("bin/tool")}; }\n`,
            0o755,
        );
        box.setEnv("PATH", box.path("bin"));
    });
    afterEach(() => {
        process.getuid = getuid;
        box.end();
    });

    it("are installed by apt as root, each once, and nothing is removed for them", async () => {
        asUser(0);
        await systemPackages({ tool: "tool-package", "tool-too": "tool-package", "apt-get": "apt" });
        assert.match(
            readFileSync(box.path("log"), "utf8"),
            /^(update -q\n)?install -q -y --no-remove --no-install-recommends tool-package\n$/,
        );
        const log = readFileSync(box.path("log"), "utf8");
        await systemPackages({ tool: "tool-package" });
        assert.equal(readFileSync(box.path("log"), "utf8"), log);
    });

    it("are installed one after the other, as two apts don't run side by side", async () => {
        asUser(0);
        box.write(
            "bin/apt-get",
            `#!/bin/sh\n/bin/mkdir ${box.path("lock")} || exit 100\necho "$*" >>${box.path("log")}\n/bin/sleep 0.1; /bin/rmdir ${box.path("lock")}\n`,
            0o755,
        );
        await Promise.all(["one", "two", "three"].map((name) => systemPackages({ [name]: name })));
        assert.equal(readFileSync(box.path("log"), "utf8").match(/^install /gm)?.length, 3);
    });

    it("are named to an ordinary user, with the line to run; nothing is installed", async () => {
        asUser(1000);
        await assert.rejects(systemPackages({ tool: "tool-package", other: "other-package" }), {
            message: "missing on this machine: tool, other; install: sudo apt-get install tool-package other-package",
        });
        assert.equal(existsSync(box.path("log")), false);
    });
});

import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { root } from "../../toolchain/shell";
import { commandPlugin } from "../../toolchain/tools/commandPlugin";
import { languageHost } from "../../toolchain/tools/languageHost";
import { prepare } from "../../toolchain/tools/prepare";
import { pulumiCli } from "../../toolchain/tools/pulumiCli";
import { Sandbox } from "./support";

const offline = join(root, "toolchain", "offline", "bin");
const pathWithout = (...hidden: string[]) =>
    process.env
        .PATH!.split(delimiter)
        .filter((dir) => !hidden.some((word) => dir.includes(word)))
        .join(delimiter);

/** Fakes stand for what a user may have installed. */
describe("the toolchain takes what is on the machine", () => {
    let box: Sandbox;
    beforeEach(() => {
        box = new Sandbox();
        box.setEnv("PATH", `${box.path("bin")}${delimiter}${pathWithout("pulumi", "offline")}`);
        box.setEnv("PULUMI_HOME", box.path("their-home"));
    });
    afterEach(() => box.end());
    const install = (name: string, body = "") => box.write(`bin/${name}`, `#!/bin/sh\n${body}\n`, 0o755);
    const cli = () => ({
        what: "",
        version: "",
        origin: "found on this machine" as const,
        path: box.path("bin/pulumi"),
    });

    it("the CLI", async () => {
        const path = install("pulumi", "echo v3.300.1");
        assert.deepEqual(await pulumiCli(), {
            what: "pulumi CLI",
            version: "3.300.1",
            origin: "found on this machine",
            path,
        });
    });

    it("the language host beside the CLI", async () => {
        const path = install("pulumi-language-nodejs");
        assert.deepEqual(await languageHost(cli()), {
            what: "Node language host",
            version: "",
            origin: "found on this machine",
            path,
        });
    });

    it("the command plugin from the user's own plugin cache", async () => {
        const version = require("@pulumi/command/package.json").version;
        const rel = `plugins/resource-command-v${version}/pulumi-resource-command`;
        box.write(`their-home/${rel}`, "#!/bin/sh\n", 0o755);
        const found = await commandPlugin(cli(), box.path("home"));
        assert.deepEqual([found.origin, found.path], ["found on this machine", box.path("home", rel)]);
    });
});

describe("the environment for Pulumi", function () {
    this.timeout(600_000);
    it("has real programs first and stand-ins last, a home of its own, and asks for no update", async () => {
        const { env, lines, path: added, pulumi } = await prepare({ garage: [] });
        const path = env.PATH!.split(delimiter);
        assert.ok(path.includes(join(pulumi, "..")));
        const own = process.env.PATH!.split(delimiter).filter((dir) => ![...added.front, ...added.back].includes(dir));
        assert.deepEqual(path, [...added.front, ...new Set(own), ...added.back]);
        const standIns = lines.filter((line) => line.includes("STAND-IN IN USE"));
        assert.equal(path.at(-1) === offline, standIns.length > 0);
        assert.equal(path.indexOf(offline), standIns.length > 0 ? path.length - 1 : -1);
        assert.match(env.PULUMI_HOME!, /pulumi-garage-cluster\/pulumi-home$/);
        assert.equal(env.PULUMI_SKIP_UPDATE_CHECK, "true");
        assert.deepEqual(
            lines.map((line) => line.slice(0, 20).trim()),
            ["pulumi CLI", "Node language host", "command plugin"],
        );
    });
});

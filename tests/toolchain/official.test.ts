import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { OFFICIAL_BASE_URL } from "../../sdk/garage/download";
import { root, which } from "../../toolchain/shell";
import { PULUMI_VERSION } from "../../toolchain/tools/officialPulumi";
import { Sandbox } from "./support";

/** A release that no checksum is known of: its bytes are this test's. */
const RELEASE = "2.999.0";

/** A server on loopback stands for Pulumi's and Garage's sites; that the real ones hold these files isn't proven here. */
describe("where the official sites are reached", function () {
    this.timeout(60_000);
    let box: Sandbox;
    let site: Server;
    const asked: string[] = [];

    /** Pulumi's archive: all it has to do here is to say what it is, and to fetch a plugin. */
    function archive(): Buffer {
        const program = (name: string, body: string) => box.write(`site/pulumi/${name}`, `#!/bin/sh\n${body}\n`, 0o755);
        const plugin = '"$PULUMI_HOME/plugins/resource-command-v$5"';
        const install = `mkdir -p ${plugin} && cp "$0" ${plugin}/pulumi-resource-command`;
        program("pulumi", `case "$1" in version) echo v${PULUMI_VERSION} ;; plugin) ${install} ;; esac`);
        for (const language of ["nodejs", "yaml"]) program(`pulumi-language-${language}`, "exit 1");
        execFileSync("tar", ["-czf", box.path("pulumi.tar.gz"), "-C", box.path("site"), "pulumi"]);
        return readFileSync(box.path("pulumi.tar.gz"));
    }

    before(async () => {
        box = new Sandbox();
        const files: Record<string, string | Buffer> = {
            pulumi: archive(),
            garage: `#!/bin/sh\necho garage v${RELEASE}\n`,
        };
        site = createServer((request, response) => {
            if (request.method === "GET") asked.push(request.url!);
            response.end(files[request.url!.includes("garage") ? "garage" : "pulumi"]);
        });
        await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
        const here = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
        const official = ["https://get.pulumi.com", new URL(OFFICIAL_BASE_URL).origin];
        const words = official.map((url) => `${url}*) url="${here}/\${word#https://}" ;;`).join("\n");
        box.write(
            "bin/curl",
            `#!/bin/bash\nargs=()\nfor word; do url="$word"\ncase "$word" in\n${words}\nesac\nargs+=("$url"); done\nexec ${which("curl")} --noproxy '*' "\${args[@]}"\n`,
            0o755,
        );
        for (const builder of ["go", "cargo", "apt-get"])
            box.write(`bin/${builder}`, `#!/bin/sh\necho "$0 $*" >>'${box.path("built")}'\nexit 1\n`, 0o755);
    });
    after(() => {
        site.close();
        box.end();
    });

    it("all comes from them: nothing is built, and nothing stands in", async () => {
        const tools = ["pulumi", "pulumi-language-nodejs", "pulumi-language-yaml", "pulumi-resource-command", "garage"];
        const hasNone = (dir: string) => !tools.some((tool) => existsSync(join(dir, tool)));
        const path = [box.path("bin"), ...process.env.PATH!.split(delimiter).filter(hasNone)].join(delimiter);
        const program = `require("./toolchain/tools/prepare").prepare({ garage: ["${RELEASE}"], yaml: true })
            .then(({ lines, env }) => console.log(JSON.stringify({ lines, path: env.PATH })));`;
        const env = { ...process.env, PATH: path, PULUMI_HOME: box.path("their-home") };
        const child = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", program], { cwd: root, env });
        let said = "";
        child.stdout.on("data", (text) => {
            said += text;
        });
        child.stderr.on("data", (text) => {
            said += text;
        });
        assert.equal(await new Promise((ended) => child.on("close", ended)), 0, said);
        const { lines, path: added } = JSON.parse(said.trim().split("\n").at(-1)!);
        assert.deepEqual(
            lines.map((line: string) => line.replace(/ +/g, " ")),
            [
                `pulumi CLI ${PULUMI_VERSION} official download`,
                `Node language host ${PULUMI_VERSION} official download`,
                "command plugin 1.2.1 official download",
                "YAML language host 1.12.0 official download",
                `garage ${RELEASE} official download`,
            ],
        );
        assert.equal(existsSync(box.path("built")), false, "nothing was built or installed");
        assert.doesNotMatch(added, /offline.bin/);
        assert.equal(asked.length, 2, `each file is fetched once: ${asked.join(", ")}`);
    });
});

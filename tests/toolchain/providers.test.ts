import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../../toolchain/shell";
import { PROVIDERS, providers } from "../../toolchain/tools/providers";
import { Sandbox } from "./support";

/** As Pulumi's Node host looks for plugins that a program needs: through all folders, after each link. */
function demanded(dir: string, inModules = false, seen = new Set<string>()): string[] {
    const real = realpathSync(dir);
    if (seen.has(real)) return [];
    seen.add(real);
    return readdirSync(real).flatMap((name) => {
        const path = join(real, name);
        if (!existsSync(path)) return [];
        if (statSync(path).isDirectory()) return demanded(path, inModules || basename(real) === "node_modules", seen);
        if (!inModules || name !== "package.json") return [];
        const found = JSON.parse(readFileSync(path, "utf8"));
        return found.pulumi?.resource ? [found.name as string] : [];
    });
}

describe("the plugins that this repository's own programs demand", function () {
    this.timeout(60_000);

    it("are command's alone: the Node host finds no other package of one", () => {
        assert.deepEqual(demanded(root), ["@pulumi/command"]);
    });

    it("are found where there is a package of one", () => {
        const box = new Sandbox();
        box.write("a/node_modules/@x/y/package.json", JSON.stringify({ name: "@x/y", pulumi: { resource: true } }));
        box.write("b/package.json", JSON.stringify({ name: "b", pulumi: { resource: true } }));
        assert.deepEqual(demanded(box.dir), ["@x/y"]);
        box.end();
    });

    it("aren't more by npm ci: aws is a peer that nobody has to have", () => {
        const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));
        const lock = read("package-lock.json");
        for (const { peerDependencies, peerDependenciesMeta } of [read("package.json"), lock.packages[""]]) {
            assert.deepEqual(peerDependencies, { "@pulumi/aws": "^7.6.0" });
            assert.deepEqual(peerDependenciesMeta, { "@pulumi/aws": { optional: true } });
        }
        assert.equal(lock.packages["node_modules/@pulumi/aws"], undefined);
    });
});

describe("the providers that all is checked against", () => {
    let box: Sandbox;
    beforeEach(() => {
        box = new Sandbox();
        box.setEnv("PATH", `${box.path("bin")}:${process.env.PATH}`);
        box.write("package/index.js", "exports.here = true;\n");
        execFileSync("tar", ["-czf", box.path("packed.tgz"), "-C", box.dir, "package"]);
    });
    afterEach(() => box.end());

    const integrity = (bytes: Buffer) => `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    /** Packs the same for every name; says the checksum that is expected, unless there is another. */
    const npm = (said?: string) => {
        const sums = PROVIDERS.map(({ name, version, integrity }) => `${name}@${version}) sum=${integrity} ;;`);
        box.write(
            "bin/npm",
            `#!/bin/sh\necho "$*" >>${box.path("log")}\ncase $2 in ${sums.join("\n")}\nesac
cp ${box.path("packed.tgz")} "$5/x.tgz"\necho "[{\\"filename\\":\\"x.tgz\\",\\"integrity\\":\\"${said ?? "$sum"}\\"}]"\n`,
            0o755,
        );
    };

    it("come by npm, once, under their names, and bring nothing along", async () => {
        npm();
        const folders = await providers();
        assert.equal(folders.length, PROVIDERS.length);
        PROVIDERS.forEach(({ name }, index) => {
            assert.deepEqual(readdirSync(join(folders[index]!, name)), ["index.js"]);
            assert.doesNotMatch(folders[index]!, /node_modules/);
        });
        await providers();
        const asked = readFileSync(box.path("log"), "utf8").trim().split("\n");
        assert.equal(asked.length, PROVIDERS.length);
    });

    it("are refused where npm has another package under that version", async () => {
        npm(integrity(Buffer.from("other")));
        await assert.rejects(providers(), /@pulumi\/aws@7\.48\.0: npm has another package/);
        assert.equal(existsSync(box.path("cache/pulumi-garage-cluster/providers")), false);
    });
});

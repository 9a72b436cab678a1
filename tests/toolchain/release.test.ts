import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { repo } from "../support/pulumiProject";
import { Sandbox } from "./support";

const PUBLISHER = "toolchain/publisher.json";
const LEFT_OUT = new Set(["node_modules", ".git", "dist", ".local"]);

// Doesn't prove: `npm test` in it (left out by --checked), a push, a publication.
describe("npm run release", function () {
    this.timeout(180_000);
    let sandbox: Sandbox;
    let dir: string;
    const git = (...words: string[]) => execFileSync("git", words, { cwd: dir, encoding: "utf8" }).trim();
    const commit = (file: string, text: string) => {
        sandbox.write(join("clone", file), text);
        git("commit", "--all", "--quiet", "--message", file);
    };
    const release = (version: string) => {
        const words = [join(dir, "toolchain", "release.ts"), version, "--checked", "--dir", sandbox.dir];
        return spawnSync(join(repo, "node_modules", ".bin", "tsx"), words, { cwd: dir, encoding: "utf8" });
    };

    before(() => {
        sandbox = new Sandbox();
        dir = sandbox.path("clone");
        cpSync(repo, dir, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
        git("init", "--quiet", "--initial-branch=main");
        git("config", "user.name", "somebody");
        git("config", "user.email", "somebody@example.com");
        git("add", "--all");
        git("commit", "--quiet", "--message", "all");
        symlinkSync(join(repo, "node_modules"), join(dir, "node_modules"));
        sandbox.write("clone/.git/info/exclude", "node_modules\n");
    });
    after(() => sandbox.end());

    it("says all that stands in its way at once, and changes nothing", () => {
        sandbox.write("clone/README.md", "changed");
        const { status, stdout } = release("v0.0.1");
        git("checkout", "--quiet", "README.md");
        assert.equal(status, 1);
        for (const said of [/"v0.0.1" is no version/, /aren't committed/, /"repository" is empty/, /"author" is empty/])
            assert.match(stdout, said);
        assert.match(release("0.0.1").stdout, /0\.0\.1 is lower than/);
        assert.equal(git("status", "--porcelain"), "");
        assert.equal(git("tag"), "");
    });

    it("commits the version everywhere, and tags a child of that commit which has what is built", () => {
        const who = { repository: "https://git.example/garage", bugs: "https://git.example/garage/issues" };
        commit(PUBLISHER, JSON.stringify({ ...who, homepage: "https://garage.example", author: "Somebody" }));
        const { status, stdout, stderr } = release("7.8.9");
        assert.equal(status, 0, stdout + stderr);
        assert.equal(git("log", "-1", "--format=%s"), "Release 7.8.9");
        assert.equal(git("status", "--porcelain"), "");
        assert.equal(git("rev-parse", "v7.8.9^{commit}^"), git("rev-parse", "HEAD"));
        assert.equal(git("ls-tree", "HEAD", "dist"), "");
        assert.match(git("ls-tree", "-r", "--name-only", "v7.8.9", "dist"), /^dist\/index\.js$/m);
        const manifest = JSON.parse(git("show", "HEAD:package.json"));
        assert.deepEqual(
            [manifest.version, manifest.repository.url, manifest.author],
            ["7.8.9", who.repository, "Somebody"],
        );
        assert.equal(JSON.parse(git("show", "HEAD:schema.json")).version, "7.8.9");
        assert.equal(JSON.parse(git("show", "HEAD:package-lock.json")).packages[""].version, "7.8.9");
        const template = JSON.parse(git("show", "HEAD:templates/garage-typescript/package.json"));
        assert.equal(template.dependencies["pulumi-garage-cluster"], "^7.8.9");
        assert.match(git("show", "HEAD:CHANGELOG.md"), /## \[Unreleased\]\n\n## \[7\.8\.9\] - \d{4}-\d\d-\d\d\n/);
        const packed = sandbox.path("pulumi-garage-cluster-7.8.9.tgz");
        assert.ok(existsSync(packed), stdout);
        assert.match(
            execFileSync("tar", ["-tzf", packed], { encoding: "utf8" }),
            /^package\/dist\/host\/garage-node$/m,
        );
        assert.match(readFileSync(join(dir, "CHANGELOG.md"), "utf8"), /Unreleased/);
    });

    it("does no version twice, nor one of which the changelog says nothing", () => {
        const { stdout } = release("7.8.9");
        assert.match(stdout, /there is a tag v7\.8\.9 already/);
        assert.match(stdout, /CHANGELOG\.md says nothing/);
    });
});

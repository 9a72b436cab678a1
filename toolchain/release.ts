// npm run release -- X.Y.Z [--checked] [--dir DIR]: a release, as a commit, a tag and a package file, all of them on this machine: nothing
// is pushed or published. What it refuses, it refuses before it changes anything. docs/releasing.md tells the way around it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as semver from "semver";
import { run, say, tryRun } from "./shell";

const PUBLISHER = "toolchain/publisher.json";
const UNRELEASED = "## [Unreleased]";
/** Who publishes it, and where: not known before the first release, so it stands in a file that is filled in then. */
const FIELDS = ["repository", "bugs", "homepage", "author"] as const;

type Publisher = Record<(typeof FIELDS)[number], string>;

export class Release {
    constructor(
        readonly version: string,
        readonly root: string,
        readonly today: string,
    ) {}

    get tag(): string {
        return `v${this.version}`;
    }

    /** Everything that stands in the way, at once. */
    async problems(): Promise<string[]> {
        const found: string[] = [];
        const { version } = this.manifest();
        if (semver.valid(this.version) !== this.version || semver.prerelease(this.version))
            found.push(`"${this.version}" is no version: X.Y.Z, without a v`);
        else if (semver.lt(this.version, version)) found.push(`${this.version} is lower than ${version}, the last one`);
        if ((await this.git("tag", "--list", this.tag)) !== "") found.push(`there is a tag ${this.tag} already`);
        if ((await this.git("status", "--porcelain")) !== "")
            found.push("there are changes that aren't committed: a release is what a commit says");
        const publisher = this.publisher();
        for (const field of FIELDS) if (!publisher[field]) found.push(`${PUBLISHER}: "${field}" is empty`);
        if (this.news() === "") found.push(`CHANGELOG.md says nothing under "${UNRELEASED}"`);
        return found;
    }

    /** Version and publisher everywhere that they stand. */
    write(): void {
        const publisher = this.publisher();
        this.edit("package.json", (text) => {
            const { name, version: _, description, ...rest } = JSON.parse(text);
            for (const field of FIELDS) delete rest[field];
            const { repository, bugs, homepage, author } = publisher;
            const who = { repository: { type: "git", url: repository }, bugs, homepage, author };
            return json({ name, version: this.version, description, ...who, ...rest });
        });
        this.edit("package-lock.json", (text) => {
            const lock = JSON.parse(text);
            lock.version = this.version;
            lock.packages[""].version = this.version;
            return json(lock);
        });
        this.edit("templates/garage-typescript/package.json", (text) => {
            const template = JSON.parse(text);
            template.dependencies["pulumi-garage-cluster"] = `^${this.version}`;
            return json(template);
        });
        this.edit("CHANGELOG.md", (text) =>
            text.replace(UNRELEASED, `${UNRELEASED}\n\n## [${this.version}] - ${this.today}`),
        );
    }

    /**
     * The release is a commit of the branch, as any other; the tag is on a child of it that also has what is built: whoever takes the tag as
     * a plugin has no compiler. The branch never has it.
     */
    async tagBuilt(): Promise<void> {
        const dir = mkdtempSync(join(tmpdir(), "garage-release-"));
        const env = { ...process.env, GIT_INDEX_FILE: join(dir, "index") };
        const git = (...words: string[]) => run("git", words, { cwd: this.root, env });
        try {
            await git("read-tree", "HEAD");
            await git("add", "--force", "dist");
            const tree = await git("write-tree");
            const commit = await git("commit-tree", tree, "-p", "HEAD", "-m", `${this.version}, with what is built`);
            await git(
                "tag",
                "--annotate",
                this.tag,
                commit,
                "--message",
                `${this.version}\n\n${this.news(this.version)}`,
            );
        } finally {
            rmSync(dir, { recursive: true, force: true });
        }
    }

    git(...words: string[]): Promise<string> {
        return run("git", words, { cwd: this.root });
    }

    /** What the changelog has under a version's heading, or under that of what isn't released. */
    private news(version?: string): string {
        const heading = version ? `## [${version}]` : UNRELEASED;
        const [, after = ""] = this.text("CHANGELOG.md").split(`\n${heading}`);
        return after.split("\n## ")[0]!.split("\n").slice(1).join("\n").trim();
    }

    private publisher(): Publisher {
        return JSON.parse(this.text(PUBLISHER));
    }

    private manifest(): { version: string } {
        return JSON.parse(this.text("package.json"));
    }

    private text(file: string): string {
        return readFileSync(join(this.root, file), "utf8");
    }

    private edit(file: string, change: (text: string) => string): void {
        writeFileSync(join(this.root, file), change(this.text(file)));
    }
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

async function main(): Promise<void> {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: { checked: { type: "boolean" }, dir: { type: "string" } },
    });
    const root = resolve(__dirname, "..");
    const release = new Release(positionals[0] ?? "", root, new Date().toISOString().slice(0, 10));
    const problems = await release.problems();
    if (problems.length > 0)
        throw new Error(`nothing was changed:\n${problems.map((each) => `  - ${each}`).join("\n")}`);
    if (!values.checked) await must("npm", ["test"], root);
    release.write();
    await must("npm", ["run", "--silent", "schema"], root);
    await must("npm", ["run", "--silent", "build"], root);
    await release.git("commit", "--all", "--quiet", "--message", `Release ${release.version}`);
    await release.tagBuilt();
    const dir = resolve(values.dir ?? ".");
    const file = await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", dir], { cwd: root });
    say(
        `${release.version} is committed, and tagged ${release.tag}; the package is ${join(dir, file)}. Nothing has left this machine:`,
    );
    say(`  git push --atomic origin HEAD ${release.tag} && npm publish ${join(dir, file)}`);
}

async function must(command: string, words: string[], cwd: string): Promise<void> {
    const { code } = await tryRun(command, words, { cwd, show: true });
    if (code !== 0) throw new Error(`${command} ${words.join(" ")} failed; see above. What was changed: git diff`);
}

if (require.main === module)
    main().catch((error: Error) => {
        say(error.message);
        process.exitCode = 1;
    });

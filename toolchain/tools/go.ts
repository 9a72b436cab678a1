import { chmodSync, copyFileSync, existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as semver from "semver";
import { run, tryRun, which, withProgress } from "../shell";
import { cacheDir, inScratch } from "./cache";
import { systemPackages } from "./systemPackages";

/** What the go.mod of the CLI (PULUMI_VERSION) asks for. */
const GO_VERSION = "1.25.11";

export interface Go {
    command: string;
    env: NodeJS.ProcessEnv;
}

async function isNewEnough(go: string): Promise<boolean> {
    const version = semver.coerce(/ go(\d[\d.]*)/.exec((await tryRun(go, ["version"])).stdout)?.[1]);
    return version !== null && semver.gte(version, GO_VERSION);
}

/** The machine's own Go where it is new enough; else the one in the cache, which any older Go, as Debian's, can fetch. */
export async function go(): Promise<Go> {
    const installed = which("go");
    if (installed && (await isNewEnough(installed))) return { command: installed, env: process.env };
    const dir = join(cacheDir(), `go-${GO_VERSION}`);
    if (!existsSync(dir)) await fetchInto(dir);
    // GOROOT would lead to the other Go's library.
    return { command: join(dir, "bin", "go"), env: { ...process.env, GOROOT: undefined } };
}

/** Go's releases are modules of its package registry, with checksums like all others. */
async function fetchInto(dir: string): Promise<void> {
    await systemPackages({ go: "golang-go" });
    const by = which("go")!;
    const release = `golang.org/toolchain@v0.0.1-go${GO_VERSION}.linux-${process.arch === "arm64" ? "arm64" : "amd64"}`;
    await inScratch(async (cwd) => {
        const env = { ...process.env, GOMODCACHE: cwd, GOFLAGS: "-modcacherw", GOTOOLCHAIN: "local" };
        await withProgress(`fetching Go ${GO_VERSION} from its package registry, by ${by}`, () =>
            run(by, ["mod", "download", release], { cwd, env }),
        );
        makeUsable(join(cwd, release));
        renameSync(join(cwd, release), dir);
    });
}

const filesIn = (dir: string) =>
    readdirSync(dir, { recursive: true, encoding: "utf8" })
        .map((name) => join(dir, name))
        .filter((file) => statSync(file).isFile());

/** What a newer Go does at first use: a module holds neither programs nor another module's go.mod. */
function makeUsable(dir: string): void {
    for (const file of [...filesIn(join(dir, "bin")), ...filesIn(join(dir, "pkg", "tool"))]) chmodSync(file, 0o755);
    for (const file of filesIn(dir).filter((each) => basename(each) === "_go.mod")) {
        copyFileSync(file, join(dirname(file), "go.mod"));
    }
}

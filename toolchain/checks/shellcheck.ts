import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, say, tryRun } from "../shell";
import { cacheDir, inScratch } from "../tools/cache";
import { systemPackages } from "../tools/systemPackages";

/** Every tracked or new shell script, by its name or its first line. */
async function scripts(): Promise<string[]> {
    const listed = await run("git", [
        ...["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        ...["sdk", "toolchain", "tests", "bench", "examples", ".ci"],
    ]);
    return listed.split("\n").filter((file) => {
        if (!existsSync(join(root, file))) return false;
        if (file.endsWith(".sh")) return true;
        if (!file || /\.[a-z]+$/.test(file)) return false;
        return /^#!.*\b(ba)?sh\b/.test(readFileSync(join(root, file), "utf8").split("\n")[0]!);
    });
}

/** Digests of the scripts that were found clean, as they were then. */
const cleanOnes = () => join(cacheDir(), "shellcheck.json");

/** Checks all shell scripts, but for those that were clean the last time and haven't changed; true where there is nothing to say. */
export async function shellcheck(): Promise<boolean> {
    await systemPackages({ shellcheck: "shellcheck", git: "git" });
    const files = await scripts();
    const version = await run("shellcheck", ["--version"]);
    const digest = (file: string) =>
        createHash("sha256")
            .update(version)
            .update(file)
            .update(readFileSync(join(root, file)))
            .digest("hex");
    const clean: string[] = existsSync(cleanOnes()) ? JSON.parse(readFileSync(cleanOnes(), "utf8")) : [];
    const changed = files.filter((file) => !clean.includes(digest(file)));
    const { code, stdout, stderr } = changed.length
        ? await tryRun("shellcheck", changed)
        : { code: 0, stdout: "", stderr: "" };
    if (code === 0) {
        // By a rename: half a file, of a run that was interrupted, would fail every later one.
        await inScratch(async (dir) => {
            writeFileSync(join(dir, "clean"), JSON.stringify(files.map(digest)));
            renameSync(join(dir, "clean"), cleanOnes());
        });
    } else console.log(`${stdout}${stderr}`);
    const findings = code === 0 ? "nothing found" : "findings above";
    say(`shellcheck: ${files.length} scripts, ${changed.length} of them new or changed, ${findings}`);
    return code === 0;
}

if (require.main === module) {
    shellcheck().then(
        (clean) => process.exit(clean ? 0 : 1),
        (error: Error) => {
            console.error(error.message);
            process.exit(1);
        },
    );
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, say, tryRun } from "./shell";
import { systemPackages } from "./systemPackages";

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

/** Checks all shell scripts; true where there is nothing to say against any. */
export async function shellcheck(): Promise<boolean> {
    await systemPackages({ shellcheck: "shellcheck", git: "git" });
    const files = await scripts();
    const { code, stdout, stderr } = await tryRun("shellcheck", files);
    if (code !== 0) console.log(`${stdout}${stderr}`);
    say(`shellcheck: ${files.length} scripts, ${code === 0 ? "nothing found" : "findings above"}`);
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

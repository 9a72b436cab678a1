import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repo } from "./pulumiProject";

/**
 * The package as it was at a361815 (`git archive a361815 sdk package.json`), with the tool that clusters out there were set up with: what a
 * program imports. Gone at the process's end.
 */
export function olderPackage(): string {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), "garage-older-")));
    process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
    execFileSync("tar", ["-xzf", join(__dirname, "older", "0.1.0-a361815.tgz"), "-C", dir]);
    symlinkSync(join(repo, "node_modules"), join(dir, "node_modules"));
    const sources = readdirSync(join(dir, "sdk"), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(dir, "sdk", file));
    execFileSync(join(repo, "node_modules", ".bin", "esbuild"), [
        ...sources,
        "--format=cjs",
        "--log-level=warning",
        `--outdir=${join(dir, "sdk")}`,
    ]);
    return dir;
}

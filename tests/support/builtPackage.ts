import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repo } from "./pulumiProject";

let built: string | undefined;

/** The package as users get it, compiled: what a program imports. Built once a process, gone at its end. */
export function builtPackage(): string {
    if (built === undefined) {
        const dir = realpathSync(mkdtempSync(join(tmpdir(), "garage-package-")));
        process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
        const tsc = join(repo, "node_modules", "typescript", "bin", "tsc");
        for (const part of ["package.json", "sdk"]) cpSync(join(repo, part), join(dir, part), { recursive: true });
        const folders = ["--outDir", join(dir, "sdk"), "--declarationDir", join(dir, "types")];
        execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", ...folders], { cwd: repo });
        symlinkSync(join(repo, "node_modules"), join(dir, "node_modules"));
        built = dir;
    }
    return built;
}

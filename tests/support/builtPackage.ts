import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repo } from "./pulumiProject";

let built: string | undefined;

/** The package as users get it, compiled: what a program imports, and what runs as a plugin. Built once a process, gone at its end. */
export function builtPackage(): string {
    if (built === undefined) {
        const dir = realpathSync(mkdtempSync(join(tmpdir(), "garage-package-")));
        process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
        const parts = ["package.json", "schema.json", "PulumiPlugin.yaml", "README.md", "toolchain/build.mjs"];
        for (const part of parts) cpSync(join(repo, part), join(dir, part));
        execFileSync(process.execPath, [join(repo, "toolchain", "build.mjs"), join(dir, "dist")]);
        symlinkSync(join(repo, "node_modules"), join(dir, "node_modules"));
        built = dir;
    }
    return built;
}

/** A folder for PATH, by which a program in another language finds the component as a plugin. */
export function pluginFolder(): string {
    const bin = join(builtPackage(), "bin");
    mkdirSync(bin, { recursive: true });
    const launcher = join(bin, "pulumi-resource-garage-cluster");
    const runPlugin = join(repo, "node_modules", "@pulumi", "pulumi", "cmd", "run-plugin");
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${runPlugin}' '${builtPackage()}' "$@"\n`);
    chmodSync(launcher, 0o755);
    return bin;
}

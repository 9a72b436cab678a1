// node toolchain/build.mjs [--if-needed] [DIR]: what users get and the plugin runs, from sdk/ into dist/ (or DIR): JavaScript, declarations,
// the scripts of the hosts. In plain JavaScript, as npm runs it (`prepare`) before anything else is sure to be there.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function resolved(module) {
    try {
        return createRequire(join(root, "package.json")).resolve(module);
    } catch {
        return undefined;
    }
}

/** Whoever compiles JavaScript too, by the rules of a program around us (ts-node with `allowJs` and `checkJs`), finds nothing to complain of. */
function markAsBuilt(dir) {
    const files = readdirSync(dir, { recursive: true }).filter((file) => file.endsWith(".js"));
    for (const file of files.map((each) => join(dir, each)))
        writeFileSync(file, `// @ts-nocheck\n${readFileSync(file, "utf8")}`);
}

function build(tsc, target) {
    const made = join(dirname(target), `.${basename(target)}-${process.pid}`);
    try {
        const words = [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", made];
        const { status } = spawnSync(process.execPath, words, { stdio: ["ignore", 2, 2] });
        if (status !== 0) throw new Error("the compiler found something: see above");
        markAsBuilt(made);
        for (const scripts of ["host", "container"])
            cpSync(join(root, "sdk", scripts), join(made, scripts), { recursive: true });
        rmSync(target, { recursive: true, force: true });
        renameSync(made, target);
    } finally {
        rmSync(made, { recursive: true, force: true });
    }
}

function main(words) {
    const dir = words.find((word) => !word.startsWith("-"));
    const target = resolve(dir ?? join(root, "dist"));
    // A release comes with what is built: in the npm package without the sources, in a tag, when it is installed as a plugin, without what
    // development needs (tsx, say).
    const developed = existsSync(join(root, "sdk", "index.ts")) && resolved("tsx/package.json");
    if (words.includes("--if-needed") && existsSync(join(target, "index.js")) && !developed) return;
    const tsc = resolved("typescript/lib/tsc.js");
    if (!tsc) throw new Error(`${target} isn't built, and TypeScript isn't here: take a release (a tag), or run npm ci`);
    build(tsc, target);
}

try {
    main(process.argv.slice(2));
} catch (error) {
    console.error(`build: ${error.message}`);
    process.exit(1);
}

// node toolchain/build.mjs [--if-needed] [DIR]: what users get and the plugin runs, from sdk/ into dist/ (or DIR): one file of JavaScript for
// programs and one for the command line, declarations, the scripts of the hosts. In plain JavaScript, as npm runs it (`prepare`) before anything else is sure to be there.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const require = createRequire(join(root, "package.json"));

function resolved(module) {
    try {
        return require.resolve(module);
    } catch {
        return undefined;
    }
}

/**
 * One file, and one that nobody checks: where the tsconfig.json of whoever uses the plugin has `allowJs` and `checkJs`, Pulumi's ts-node
 * compiles each file of JavaScript too, a second or two each, by rules that aren't ours.
 */
const BUNDLE = { bundle: true, platform: "node", target: "node20", packages: "external", banner: { js: "// @ts-nocheck" } };

function build(tsc, esbuild, target) {
    const made = join(dirname(target), `.${basename(target)}-${process.pid}`);
    try {
        const words = [tsc, "-p", "tsconfig.build.json", "--outDir", made];
        const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: ["ignore", 2, 2] });
        if (status !== 0) throw new Error("the compiler found something: see above");
        const bundle = (name, first = "") => {
            const banner = { js: `${first}${BUNDLE.banner.js}` };
            const entryPoints = [join(root, "sdk", `${name}.ts`)];
            esbuild.buildSync({ ...BUNDLE, banner, entryPoints, outfile: join(made, `${name}.js`), absWorkingDir: root });
        };
        bundle("index");
        bundle("cli", "#!/usr/bin/env node\n");
        chmodSync(join(made, "cli.js"), 0o755);
        for (const scripts of ["host", "container"])
            cpSync(join(root, "sdk", scripts), join(made, scripts), { recursive: true });
        pack(esbuild, made);
        rmSync(target, { recursive: true, force: true });
        renameSync(made, target);
    } finally {
        rmSync(made, { recursive: true, force: true });
    }
}

/** The packed tool of the hosts, by the code that packs it for whoever runs the sources. */
function pack(esbuild, dir) {
    const outfile = join(dir, "pack.js");
    const entryPoints = [join(root, "sdk", "phases", "hostTool.ts")];
    // With all that it needs: where it is built there may be no packages yet.
    esbuild.buildSync({ ...BUNDLE, packages: "bundle", entryPoints, outfile, absWorkingDir: root });
    require(outfile).hostTool().pack();
    rmSync(outfile);
}

function main(words) {
    const dir = words.find((word) => !word.startsWith("-"));
    const target = resolve(dir ?? join(root, "dist"));
    // A release comes with what is built: in the npm package without the sources, in a tag, when it is installed as a plugin, without what
    // development needs (tsx, say).
    const developed = existsSync(join(root, "sdk", "index.ts")) && resolved("tsx/package.json");
    if (words.includes("--if-needed") && existsSync(join(target, "index.js")) && !developed) return;
    const [tsc, esbuild] = [resolved("typescript/lib/tsc.js"), resolved("esbuild")];
    if (!tsc || !esbuild) throw new Error(`${target} isn't built, nor can it be: take a release (a tag), or run npm ci`);
    build(tsc, require(esbuild), target);
}

try {
    main(process.argv.slice(2));
} catch (error) {
    console.error(`build: ${error.message}`);
    process.exit(1);
}

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { root, say, tryRun } from "../shell";
import { QUICK_RELEASES, TESTED_RELEASES } from "../tools/garage";
import { prepare } from "../tools/prepare";
import { providers } from "../tools/providers";
import { systemPackages } from "../tools/systemPackages";
import { shellcheck } from "./shellcheck";
import { types } from "./types";

export interface Counts {
    passed: number;
    failed: number;
    skipped: number;
}

/** Rules, the graph, judges and readers: the inner loop, under a minute. */
export const FAST = ["unit", "graph", "host/judge", "host/report", "host/world", "container-light"];
/** Each verb, whole, against a fake host: thousands of processes. */
export const VERBS = ["host/base", "host/cluster", "host/hop"];
/** Real programs, no machines: the engine, Garage on loopback, the stand-ins. */
export const ON_LOOPBACK = ["store", "standins", "engine", "aws"];
/** Machines, and this one as npm start uses it. */
export const QUICK = ["toolchain", "container", "e2e/quick"];
export const ALL = ["e2e/all"];

interface TestSet {
    fast: string[];
    /** With the files that take long. */
    long: boolean;
    /** How many values each fuzzer forges. */
    fuzz: number;
    /** Other major versions of Node, for what runs in the user's program. */
    nodes: number[];
    onLoopback: string[];
    onHosts: string[];
    garage: string[];
}

const SETS: Record<string, TestSet> = {
    fast: { fast: FAST, long: false, fuzz: 100, nodes: [], onLoopback: [], onHosts: [], garage: [] },
    verbs: { fast: VERBS, long: false, fuzz: 100, nodes: [], onLoopback: [], onHosts: [], garage: [] },
    quick: {
        fast: [...FAST, ...VERBS],
        long: false,
        fuzz: 100,
        nodes: [],
        onLoopback: ON_LOOPBACK,
        onHosts: QUICK,
        garage: QUICK_RELEASES,
    },
    all: {
        fast: [...FAST, ...VERBS],
        long: true,
        fuzz: 10_000,
        nodes: [22, 24],
        onLoopback: ON_LOOPBACK,
        onHosts: [...QUICK, ...ALL],
        garage: TESTED_RELEASES,
    },
};

const bin = (name: string) => join(root, "node_modules", ".bin", name);
const one = (passed: boolean): Counts => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });

/** The last line of a run: what all runners counted together. */
export function sumUp(counts: Counts[]): Counts {
    const sum = (key: keyof Counts) => counts.reduce((total, count) => total + count[key], 0);
    return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** `*.long.test.ts` are test:all's, wherever they lie. */
function testFiles(folders: string[], long: boolean): string[] {
    return folders.flatMap((folder) => {
        const dir = join(root, "tests", folder);
        if (!existsSync(dir)) return [];
        const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter(
            (file) => file.endsWith(".test.ts") && (long || !file.endsWith(".long.test.ts")),
        );
        return files.sort().map((file) => join("tests", folder, file));
    });
}

/** By this Node, or by the newest of another major version, from npm's registry. */
const nodeOf = (major?: number) =>
    major === undefined
        ? [process.execPath]
        : ["npm", "exec", "--yes", `--package=node-linux-${process.arch}@${major}`, "--", "node"];

interface MochaOptions {
    more?: string[];
    /** Of Node, another one than this. */
    major?: number;
    /** Its output is shown once it has ended: another one's is shown meanwhile. */
    later?: boolean;
}

async function mocha(files: string[], env: NodeJS.ProcessEnv, options: MochaOptions = {}): Promise<Counts> {
    const { more = [], major, later = false } = options;
    if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
    const dir = mkdtempSync(join(tmpdir(), "garage-tests-"));
    const file = join(dir, "counts.json");
    const reporter = "./toolchain/checks/mochaReporter.ts";
    const usual = ["--require", "tsx/cjs", "--reporter", reporter, "--forbid-only", "--exit"];
    const limit = ["--timeout", "60000"];
    const [program, ...words] = [...nodeOf(major), bin("mocha")];
    const { code, stdout, stderr } = await tryRun(program!, [...words, ...usual, ...limit, ...more, ...files], {
        env: { ...env, MOCHA_COUNTS: file },
        show: !later,
    });
    if (later) console.log(`${stdout}${stderr}`);
    const counts: Counts = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : one(false);
    rmSync(dir, { recursive: true, force: true });
    // Mocha can fail without a failed test, as when a file doesn't load.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Large files take the longest, mostly: begun last, one of them would be what all other processes wait for. */
const largestFirst = (files: string[]) => {
    const size = (file: string) => statSync(join(root, file)).size;
    return files.sort((a, b) => size(b) - size(a));
};

/**
 * For tests that share nothing: two processes for each core, as they also wait, and each on one core (a tenth less work than where their
 * many small children wander). What runs on real hosts stays in one process.
 */
export const sideBySide = [
    ...["--parallel", "--jobs", String(2 * availableParallelism())],
    ...["--require", "./toolchain/checks/onOneCore.ts"],
];

async function step(name: string, work: () => Promise<Counts>): Promise<Counts> {
    const started = Date.now();
    const counts = await work().catch((error: Error) => {
        say(`${name}: ${error.message}`);
        return one(false);
    });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    say(`${name}: ${counts.failed ? "FAILED" : "ok"} (${seconds} s)`);
    return counts;
}

/** Its output is shown once it has ended, and only where it fails: several of these run side by side. */
const check = (name: string, work: () => ReturnType<typeof tryRun>) =>
    step(name, async () => {
        const { code, stdout, stderr } = await work();
        if (code !== 0) console.log(`${stdout}${stderr}`);
        return one(code === 0);
    });

/** Runs a set of tests: all runners, whatever one of them finds. True where nothing failed. */
export async function test(set: string): Promise<boolean> {
    const folders = SETS[set];
    if (!folders) throw new Error(`unknown set of tests "${set}"; allowed: ${Object.keys(SETS).join(", ")}`);
    // At once: two apts don't run side by side.
    await systemPackages({ jq: "jq", shellcheck: "shellcheck", git: "git" });
    // Types and tests reach them in the cache, side by side: fetched before.
    await providers();
    const counts = await Promise.all([
        check("biome", () => tryRun(bin("biome"), ["check", "."])),
        step("shellcheck", async () => one(await shellcheck())),
        check("types", () => types(false)),
        step("fast tests", () =>
            mocha(
                largestFirst(testFiles(folders.fast, folders.long)),
                { ...process.env, FUZZ_RUNS: String(folders.fuzz) },
                { more: sideBySide },
            ),
        ),
    ]);
    for (const major of folders.nodes)
        counts.push(
            await step(`the program's tests on Node ${major}`, () =>
                mocha(testFiles(["unit", "graph"], folders.long), process.env, { more: sideBySide, major }),
            ),
        );
    counts.push(...(await onRealParts(folders)));
    const { passed, failed, skipped } = sumUp(counts);
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed === 0;
}

/** Machines wait for each other most of the time: beside them there is a core for what needs none. */
async function onRealParts({ onLoopback, onHosts, long, garage }: TestSet): Promise<Counts[]> {
    if (onHosts.length === 0) return [];
    const toolchain = await prepare({ garage, yaml: true, containers: true, providers: true }).catch((error: Error) => {
        say(error.message);
    });
    if (toolchain === undefined) return [one(false)];
    const env = { ...toolchain.env, GARAGE_MIRROR: toolchain.mirrorDir };
    // Two files at a time, but with the long ones, of which some have machines. The first takes longest: it stays the first.
    const more = long ? [] : ["--parallel", "--jobs", "2"];
    return Promise.all([
        step("tests on loopback", () => mocha(testFiles(onLoopback, long), env, { more, later: true })),
        step("tests on real hosts", () => mocha(testFiles(onHosts, long), env)),
    ]);
}

import { type SpawnOptions, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export const root = join(__dirname, "..");

/** One line of the toolchain's own log. */
export function say(line: string): void {
    console.log(`toolchain: ${line}`);
}

export interface RunOptions {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    /** What the program reads; nothing by default. */
    input?: string;
    /** Let the user see what it prints, as it prints it; then it isn't in the answer. */
    show?: boolean;
    /** Gets what it prints, piece by piece, as it prints it. */
    heard?: (text: string) => void;
}

/** Runs a program to its end. Never fails by itself: the caller looks at `code`. */
export function tryRun(
    command: string,
    args: string[],
    options: RunOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
    const out = options.show ? "inherit" : "pipe";
    const spawnOptions: SpawnOptions = { cwd: options.cwd ?? root, env: options.env, stdio: ["pipe", out, out] };
    return new Promise((resolve) => {
        const child = spawn(command, args, spawnOptions);
        let stdout = "";
        let stderr = "";
        child.stdout?.on("data", (chunk) => {
            stdout += chunk;
            options.heard?.(String(chunk));
        });
        child.stderr?.on("data", (chunk) => {
            stderr += chunk;
            options.heard?.(String(chunk));
        });
        child.on("error", (error) => resolve({ code: 127, stdout, stderr: error.message }));
        child.on("close", (code) => resolve({ code: code ?? 130, stdout, stderr }));
        // A program that ends without reading isn't a failure.
        child.stdin?.on("error", () => {});
        child.stdin?.end(options.input ?? "");
    });
}

/** Runs a program that has to succeed; the error holds the end of what it said. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await tryRun(command, args, options);
    if (code !== 0) {
        const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
        throw new Error(`${command} ${args.slice(0, 3).join(" ")} … failed (exit code ${code})${said && `:\n${said}`}`);
    }
    return stdout.trim();
}

/** Our own stand-ins, which the tests have on their PATH, don't count as programs of this machine. */
const standIns = join(root, "toolchain", "offline", "bin");

/** The file that a command's name stands for, or nothing. */
export function which(command: string, path = process.env.PATH ?? ""): string | undefined {
    const folders = path.split(delimiter).filter((dir) => dir !== standIns);
    const candidates = command.includes("/") ? [command] : folders.map((dir) => join(dir || ".", command));
    for (const file of candidates) {
        try {
            accessSync(file, constants.X_OK);
            if (statSync(file).isFile()) return file;
        } catch {
            // not here
        }
    }
    return undefined;
}

export const isRoot = () => process.getuid?.() === 0;

/** How much of something is done. */
export type Progress = (done: number, total: number) => void;

/** What `withProgress` says after some seconds: for how long it has run and, where known, how far it is and how long the rest takes at this pace. */
export function progressLine(what: string, seconds: number, done = 0, total = 0): string {
    const so = `${what} … ${Math.round(seconds)} s`;
    if (done <= 0 || done > total) return so;
    return `${so}, ${done} of ${total}, about ${Math.round((seconds / done) * (total - done))} s to go`;
}

/** Says what is being done and, while it lasts, every 20 s for how long and how far it is. */
export async function withProgress<T>(what: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const started = Date.now();
    let seen: [number, number] | [] = [];
    say(`${what} …`);
    const timer = setInterval(() => say(progressLine(what, (Date.now() - started) / 1000, ...seen)), 20_000);
    try {
        return await work((...at) => {
            seen = at;
        });
    } finally {
        clearInterval(timer);
    }
}

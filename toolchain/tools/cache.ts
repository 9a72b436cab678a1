import { createHash } from "node:crypto";
import {
    chmodSync,
    createReadStream,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { homedir, hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { run, say } from "../shell";

/** Where a tool came from, in the words that the user reads. */
export type Origin =
    | "found on this machine"
    | "prebuilt (GARAGE_TOOLCHAIN)"
    | "official download"
    | "built from its package registry"
    | "STAND-IN IN USE (toolchain/offline), as the real one can't be had";

export interface Found {
    what: string;
    version: string;
    origin: Origin;
    path: string;
}

/** One way to get a program. Makes `file` and says so, or says that this way isn't open; throws where it is and fails. */
export interface Way {
    origin: Origin;
    make(file: string): Promise<boolean>;
}

/** Downloads and builds stay here between runs; safe to delete. */
export function cacheDir(): string {
    return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-garage-cluster");
}

function runs(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

const scratch = `making-${hostname()}-`;

/** What a run on this machine that was killed, or interrupted, has left: `making-<host>-<pid>-…` of a process that is gone. */
function removeLeftovers(): void {
    for (const entry of readdirSync(cacheDir()).filter((name) => name.startsWith(scratch))) {
        const pid = Number.parseInt(entry.slice(scratch.length), 10);
        if (pid > 0 && !runs(pid)) rmSync(join(cacheDir(), entry), { recursive: true, force: true });
    }
}

/** This process's folder of that name in the cache; the next run removes it, if this one doesn't. */
export const ownScratch = (name: string) => join(cacheDir(), `${scratch}${process.pid}-${name}`);

/** A folder of its own inside the cache (same file system, so that a rename is atomic); gone afterwards. */
export async function inScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
    mkdirSync(cacheDir(), { recursive: true });
    removeLeftovers();
    const dir = mkdtempSync(join(cacheDir(), `${scratch}${process.pid}-`));
    try {
        return await work(dir);
    } finally {
        rmSync(dir, { recursive: true, force: true });
    }
}

/** The program at `rel` in the cache: as it lies there, or by the first way that leads to one which `works`. */
export async function cached(
    what: string,
    rel: string,
    ways: Way[],
    works: (file: string) => Promise<boolean>,
): Promise<{ path: string; origin: Origin } | undefined> {
    const path = join(cacheDir(), rel);
    if (existsSync(path) && existsSync(`${path}.origin`)) {
        return { path, origin: readFileSync(`${path}.origin`, "utf8") as Origin };
    }
    for (const { origin, make } of ways) {
        const made = await inScratch(async (dir) => {
            const file = join(dir, basename(path));
            try {
                if (!(await make(file))) return false;
                chmodSync(file, 0o755);
                if (!(await works(file))) throw new Error("it doesn't run on this machine");
            } catch (error) {
                say(`${what}: ${origin}: ${(error as Error).message}`);
                return false;
            }
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(`${path}.origin`, origin);
            renameSync(file, path);
            return true;
        });
        if (made) return { path, origin };
    }
    return undefined;
}

export async function sha256(file: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    return hash.digest("hex");
}

/** The way by `GARAGE_TOOLCHAIN`: a folder of xz files whose checksums stand in its SHA256SUMS. */
export function prebuilt(name: RegExp): Way {
    return {
        origin: "prebuilt (GARAGE_TOOLCHAIN)",
        make: async (file) => {
            const dir = process.env.GARAGE_TOOLCHAIN;
            if (!dir) return false;
            if (!existsSync(dir)) throw new Error(`GARAGE_TOOLCHAIN names "${dir}", which isn't there`);
            const packed = readdirSync(dir).find((entry) => entry.endsWith(".xz") && name.test(entry));
            if (!packed) return false;
            const sums = readFileSync(join(dir, "SHA256SUMS"), "utf8").split("\n");
            const wanted = sums
                .find((line) => line.endsWith(` ${packed}`) || line.endsWith(`*${packed}`))
                ?.split(/\s/)[0];
            const got = await sha256(join(dir, packed));
            if (got !== wanted) throw new Error(`${packed}: SHA-256 is ${got}, SHA256SUMS says ${wanted ?? "nothing"}`);
            await run("sh", ["-c", 'xz -dc "$1" >"$2"', "sh", join(dir, packed), file]);
            return true;
        },
    };
}

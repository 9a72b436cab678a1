import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunOptions, root, run, say, tryRun } from "../shell";
import type { Toolchain } from "../tools/prepare";
import { hasPendingOperations, removeEmptyAttributes } from "./stateFiles";

/** The stack that `npm start` brings up (tests bring up another one); its containers and volumes carry LABEL. */
export const STACK = process.env.GARAGE_LOCAL_STACK || "local";
export const LABEL = `garage-local/${STACK}`;

const dir = join(root, ".local");
const lock = join(dir, `${STACK}.lock`);
const stateDir = join(dir, "state");
/** Where Pulumi's file backend keeps the stack's state. */
export const stateFile = join(stateDir, ".pulumi", "stacks", "garage-local", `${STACK}.json`);

/** The local stack: its state, passphrase and settings lie in the git-ignored folder `.local`, readable by the owner only. */
export class LocalStack {
    readonly env: NodeJS.ProcessEnv;

    constructor(private readonly toolchain: Toolchain) {
        mkdirSync(stateDir, { recursive: true, mode: 0o700 });
        chmodSync(dir, 0o700);
        const passphrase = join(dir, "passphrase");
        if (!existsSync(passphrase)) {
            writeFileSync(passphrase, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
        }
        const settings: Record<string, string> = {
            PULUMI_HOME: toolchain.env.PULUMI_HOME!,
            PULUMI_BACKEND_URL: `file://${stateDir}`,
            PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        };
        this.env = { ...toolchain.env, ...settings };
        // A passphrase in the user's environment would win over the file.
        delete this.env.PULUMI_CONFIG_PASSPHRASE;
        const { front, back } = toolchain.path;
        const path = [...front.map((each) => `'${each}'`), '"$PATH"', ...back.map((each) => `'${each}'`)].join(":");
        const exports = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'\n`);
        writeFileSync(join(dir, "env"), `export PATH=${path}\n${exports.join("")}unset PULUMI_CONFIG_PASSPHRASE\n`, {
            mode: 0o600,
        });
    }

    pulumi(args: string[], options: RunOptions = {}) {
        return tryRun(this.toolchain.pulumi, [...args, "--non-interactive"], { env: this.env, ...options });
    }

    async pulumiOrFail(...args: string[]): Promise<string> {
        return run(this.toolchain.pulumi, [...args, "--non-interactive"], { env: this.env });
    }

    /** Sets a setting of the stack, by its name or by the path to it (`reapply.rome`), or takes it away. */
    async setConfig(key: string, value: string | undefined): Promise<void> {
        if (value !== undefined) await this.pulumiOrFail("config", "set", "--path", "--stack", STACK, key, value);
        else await this.pulumi(["config", "rm", "--stack", STACK, key]);
    }

    /** Takes the stack's record away, whatever it still holds. */
    async remove(): Promise<void> {
        const { code } = await this.pulumi(["stack", "rm", "--yes", "--force", "--stack", STACK]);
        if (code !== 0) rmSync(stateFile, { force: true });
    }

    /** Whether the last update changed anything. */
    async lastUpdateChanged(): Promise<boolean> {
        const history = await this.pulumiOrFail("stack", "history", "--stack", STACK, "--json", "--page-size", "1");
        const [last] = JSON.parse(history) as { resourceChanges?: Record<string, number> }[];
        return Object.entries(last?.resourceChanges ?? {}).some(([change, count]) => change !== "same" && count > 0);
    }
}

/** Keeps a second `npm start` or `npm stop` away; and frees the stack from a lock that a killed one left behind. */
export async function alone<T>(stack: LocalStack, work: () => Promise<T>): Promise<T> {
    const holder = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : undefined;
    if (holder && holder !== process.pid && commandOf(holder).includes("main.ts")) {
        throw new Error(`another npm start or npm stop (process ${holder}) is at work here: wait for it to end`);
    }
    writeFileSync(lock, `${process.pid}`);
    if (heldByTheDead() || hasPendingOperations(stateFile)) {
        say("Pulumi was stopped in the middle the last time: putting the stack in order");
        removeEmptyAttributes(stateDir);
        await stack.pulumi(["cancel", "--yes", "--stack", STACK]);
        // What was being made then is made again, and its every step finds out what is done already.
        await stack.pulumi(["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", STACK]);
    }
    // Ctrl-C reaches Pulumi as well: it ends in good order, and so does this.
    let said = false;
    const wait = () => {
        if (!said) console.error("stopping: waiting for Pulumi to end");
        said = true;
    };
    process.on("SIGINT", wait);
    try {
        return await work();
    } finally {
        process.off("SIGINT", wait);
        writeFileSync(lock, "");
    }
}

/** Whether the backend's lock of the stack was left behind by a Pulumi that is gone. A living one keeps it. */
function heldByTheDead(): boolean {
    const locks = join(stateDir, ".pulumi", "locks", "organization", "garage-local", STACK);
    const files = existsSync(locks) ? readdirSync(locks).filter((file) => file.endsWith(".json")) : [];
    const holders = files.map((file) => JSON.parse(readFileSync(join(locks, file), "utf8")) as { pid: number });
    return holders.length > 0 && holders.every(({ pid }) => !commandOf(pid).includes("pulumi"));
}

/** The command line of a process; empty where there is none. */
function commandOf(pid: number): string {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
        return "";
    }
}

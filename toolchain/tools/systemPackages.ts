import { isRoot, run, tryRun, which, withProgress } from "../shell";

let listsRead = false;
/** Two apts don't run side by side. */
let installing: Promise<unknown> = Promise.resolve();

const mayInstall = () => isRoot() && which("apt-get") !== undefined;

async function aptGet(...args: string[]): Promise<void> {
    await run("apt-get", args, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}

/** A fresh machine may have no lists at all. */
async function readLists(): Promise<void> {
    if (!listsRead) await aptGet("update", "-q");
    listsRead = true;
}

/** The version of a Debian package that apt would install; nothing where its lists have none. */
export async function aptCandidate(name: string): Promise<string | undefined> {
    if (!which("apt-cache")) return undefined;
    if (mayInstall()) await readLists();
    const { stdout } = await tryRun("apt-cache", ["policy", name], { env: { ...process.env, LC_ALL: "C" } });
    return /^ *Candidate: (?:\d+:)?(\d\S*)$/m.exec(stdout)?.[1];
}

/** Makes sure that commands are there, by apt where that is allowed. `wanted`: command → its Debian package, or several with spaces between. */
export async function systemPackages(wanted: Record<string, string>): Promise<void> {
    const missing = Object.keys(wanted).filter((command) => !which(command));
    if (missing.length === 0) return;
    const packages = [...new Set(missing.flatMap((command) => wanted[command]!.split(" ")))];
    if (!mayInstall()) {
        const how = which("apt-get") ? `sudo apt-get install ${packages.join(" ")}` : packages.join(" ");
        throw new Error(`missing on this machine: ${missing.join(", ")}; install: ${how}`);
    }
    await install(packages);
}

/** A package that only saves time: nothing where apt can't be used, or hasn't got it. */
export async function mayBePackage(name: string): Promise<void> {
    if (mayInstall()) await install([name]).catch(() => {});
}

async function install(packages: string[]): Promise<void> {
    const turn = installing.then(() =>
        withProgress(`apt-get install ${packages.join(" ")}`, async () => {
            await readLists();
            // Where one of them excludes what is installed, apt says so and ends: that is for its owner to decide.
            await aptGet("install", "-q", "-y", "--no-remove", "--no-install-recommends", ...packages);
        }),
    );
    installing = turn.catch(() => {});
    await turn;
}

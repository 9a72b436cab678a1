import { isRoot, run, which, withProgress } from "./shell";

let listsRead = false;

/** Makes sure that commands are there, by apt where that is allowed. `wanted`: command → Debian package. */
export async function systemPackages(wanted: Record<string, string>): Promise<void> {
    const missing = Object.keys(wanted).filter((command) => !which(command));
    if (missing.length === 0) return;
    const packages = [...new Set(missing.map((command) => wanted[command]!))];
    if (!isRoot() || !which("apt-get")) {
        const how = which("apt-get") ? `sudo apt-get install ${packages.join(" ")}` : packages.join(" ");
        throw new Error(`missing on this machine: ${missing.join(", ")}; install: ${how}`);
    }
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await withProgress(`apt-get install ${packages.join(" ")}`, async () => {
        if (!listsRead) await run("apt-get", ["update", "-q"], { env });
        listsRead = true;
        await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], { env });
    });
}

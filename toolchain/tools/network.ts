import { rmSync } from "node:fs";
import { tryRun, which, withProgress } from "../shell";

const CONNECT_SECONDS = "2.5";
const answers = new Map<string, Promise<boolean>>();

/** Whether the site of `url` answers at all; asked once a run, and given up soon: on a closed network this is all it costs. */
export function reachable(url: string): Promise<boolean> {
    const site = new URL(url).origin;
    const known = answers.get(site);
    if (known) return known;
    const asked = (async () => {
        if (!which("curl")) return false;
        const limits = ["--connect-timeout", CONNECT_SECONDS, "--max-time", "6"];
        return (await tryRun("curl", ["-sS", "-I", "-o", "/dev/null", ...limits, site])).code === 0;
    })();
    answers.set(site, asked);
    return asked;
}

/** Fetches `url` into `file`. False where its site isn't reached; throws where it is and the file isn't to be had. */
export async function download(url: string, file: string): Promise<boolean> {
    if (!(await reachable(url))) return false;
    const limits = ["--connect-timeout", "5", "--max-time", "900", "--retry", "2"];
    const { code, stderr } = await withProgress(`downloading ${url}`, () =>
        tryRun("curl", ["-fsSL", ...limits, "-o", file, url]),
    );
    if (code === 0) return true;
    rmSync(file, { force: true });
    throw new Error(`${url}: ${stderr.trim() || `curl's exit code ${code}`}`);
}

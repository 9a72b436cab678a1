import { join } from "node:path";
import { removeEmptyAttributes } from "../../toolchain/local/stateFiles";
import type { Hold } from "./bed";
import { type PulumiProject, succeeded } from "./pulumiProject";

/** `pulumi up` of a project whose engine is killed: `ClusterProject.upKilled` says how. */
export async function upKilled(
    project: PulumiProject,
    enough: (output: string) => boolean | Promise<boolean>,
): Promise<boolean> {
    const run = project.start("up", "--yes", "--skip-preview");
    while (run.process.exitCode === null && !(await enough(run.output())))
        await new Promise((resolve) => setTimeout(resolve, 50));
    run.process.kill("SIGKILL");
    const ended = await run.ended;
    if (run.process.exitCode !== null) {
        succeeded(ended);
        return false;
    }
    // The way out that docs/troubleshooting.md tells.
    removeEmptyAttributes(join(project.dir, ".state"));
    succeeded(await project.pulumi("cancel", "--yes"));
    return true;
}

export async function upKilledAt(
    project: PulumiProject,
    hold: Hold,
    also: () => Promise<boolean> = async () => true,
): Promise<void> {
    try {
        const killed = await upKilled(project, async () => (await hold.reached()) && (await also()));
        if (!killed) throw new Error("pulumi ended well, though a host was to hold it up");
    } finally {
        await hold.letGo();
    }
}

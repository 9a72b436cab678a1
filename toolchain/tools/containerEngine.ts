import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRoot, root, run, tryRun, which } from "../shell";
import type { Found } from "./cache";
import { systemPackages } from "./systemPackages";

const script = join(root, "sdk", "container", "container.sh");
export const HOST_IMAGE = "localhost/pulumi-garage-host:bookworm-2";

/** Runs a verb of the containers' script the way that the placement does: fed to bash. */
export function containerScript(verb: string, ...args: string[]) {
    return tryRun("bash", ["-s", "--", verb, ...args], { input: readFileSync(script, "utf8") });
}

/** `podman` or `docker`, whichever the script would take. */
export async function engineCommand(): Promise<string> {
    const { code, stdout, stderr } = await containerScript("engine");
    if (code !== 0) throw new Error(stderr.trim().replace(/^container: /, "container engine: "));
    return stdout.trim().split(" ")[0]!;
}

/** What podman needs and doesn't always bring along. */
function podmanPackages(): Record<string, string> {
    const networks = ["/usr/lib/podman/netavark", "/usr/libexec/podman/netavark", "/usr/lib/cni/bridge"];
    const cgroupsV1 = !existsSync("/sys/fs/cgroup/cgroup.controllers");
    return {
        podman: "podman",
        iptables: "iptables",
        ...(networks.some(existsSync) ? {} : { [networks[0]!]: "netavark" }),
        ...(cgroupsV1 ? { runc: "runc" } : {}),
    };
}

/** A container engine that works, installed where it may be. */
export async function containerEngine(): Promise<Found> {
    const docker = which("docker") && !which("podman") && (await tryRun("docker", ["info"])).code === 0;
    if (isRoot() && which("apt-get") && !docker) await systemPackages(podmanPackages());
    const command = await engineCommand();
    const version = /\d[\d.]*/.exec(await run(command, ["--version"]))?.[0] ?? "";
    return { what: "container engine", version, origin: "found on this machine", path: which(command)! };
}

/** The image of a host; made on this machine where it isn't there yet. */
export async function hostImage(engineFound: Found): Promise<Found> {
    const what = "host image";
    const present = async () => (await tryRun(engineFound.path, ["image", "inspect", HOST_IMAGE])).code === 0;
    if (await present()) return { what, version: "", origin: "found on this machine", path: HOST_IMAGE };
    if (isRoot() && which("apt-get")) await systemPackages({ mmdebstrap: "mmdebstrap" });
    await run("bash", [script, "image"], { show: true });
    return { what, version: "", origin: "built from its package registry", path: HOST_IMAGE };
}

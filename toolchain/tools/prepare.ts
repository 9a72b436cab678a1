import { mkdirSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { root, say } from "../shell";
import { cacheDir, type Found } from "./cache";
import { commandPlugin } from "./commandPlugin";
import { containerEngine, hostImage } from "./containerEngine";
import { cargoTarget, garage, garageUnlessDownloaded, mirrorDir } from "./garage";
import { languageHost } from "./languageHost";
import { providersPath } from "./providers";
import { pulumiCli } from "./pulumiCli";
import { systemPackages } from "./systemPackages";
import { yamlHost, yamlHostAtHand } from "./yamlHost";

export interface Needs {
    /** Releases of Garage that have to lie in the mirror. */
    garage: string[];
    /** Leave a release out of the mirror where hosts can download it themselves. */
    hostsMayDownload?: boolean;
    /** What programs in YAML need; "at hand": only where nothing has to be fetched or built for it. */
    yaml?: boolean | "at hand";
    /** A container engine and the image of a host. */
    containers?: boolean;
    /** The packages of other providers, by NODE_PATH. */
    providers?: boolean;
}

export interface Toolchain {
    /** For everything that runs Pulumi: PATH, PULUMI_HOME, and no questions. */
    env: NodeJS.ProcessEnv;
    /** The folders that `env` has in front of the user's own PATH, and behind it. */
    path: { front: string[]; back: string[] };
    /** The CLI. */
    pulumi: string;
    /** Folder laid out as Garage's official site; nothing where hosts are to download from that site. */
    mirrorDir: string | undefined;
    /** A line for each tool: what it is, its version, where it came from. */
    lines: string[];
}

const offlineBin = join(root, "toolchain", "offline", "bin");
/** The folder of this repository's component as a plugin. */
const componentDir = join(root, "toolchain", "offline", "plugin");
const isStandIn = (found: Found) => found.path.startsWith(offlineBin);
const lineOf = ({ what, version, origin, path }: Found) =>
    `${what.padEnd(20)} ${version.padEnd(10)} ${origin}${origin === "found on this machine" ? `: ${path}` : ""}`;

/** Finds or makes all that is asked for, in the order: this machine, GARAGE_TOOLCHAIN, official, built, stand-in. */
export async function prepare(needs: Needs): Promise<Toolchain> {
    const pulumiHome = join(cacheDir(), "pulumi-home");
    mkdirSync(pulumiHome, { recursive: true });

    const lines: string[] = [];
    const took = (found: Found) => {
        lines.push(lineOf(found));
        say(lineOf(found));
        return found;
    };

    // First, as it may need what only root can do: who has to run as root isn't told to install the rest himself.
    const containers = needs.containers ? took(await containerEngine()) : undefined;
    await systemPackages({
        curl: "curl",
        xz: "xz-utils",
        tar: "tar",
        ssh: "openssh-client",
        "ssh-keygen": "openssh-client",
    });
    // Side by side: the CLI's modules come from the network, the image from there and the disk.
    const [pulumi, image] = await Promise.all([pulumiCli(), containers && hostImage(containers)]);
    const cli = took(pulumi);
    const language = took(await languageHost(cli));
    const plugin = took(await commandPlugin(cli, pulumiHome));
    const hosts = [language, plugin];
    const yaml = needs.yaml === "at hand" ? yamlHostAtHand(cli) : needs.yaml;
    if (yaml) hosts.push(took(await yamlHost(cli)));
    if (image) took(image);
    let mirrorNeeded = false;
    for (const version of needs.garage) {
        const found = await (needs.hostsMayDownload ? garageUnlessDownloaded(version) : garage(version));
        if (found) took(found);
        else say(`garage ${version}: the hosts download it themselves, from its official site`);
        mirrorNeeded ||= found !== undefined;
    }
    rmSync(cargoTarget(), { recursive: true, force: true });
    const path = folders(cli, hosts);
    if (yaml) path.front.push(componentDir);
    return {
        env: { ...environment(path, pulumiHome), ...(needs.providers ? { NODE_PATH: await providersPath() } : {}) },
        path,
        pulumi: cli.path,
        mirrorDir: mirrorNeeded ? mirrorDir() : undefined,
        lines,
    };
}

/** Stand-ins come last, so that a real one that was found is never hidden by the other's. */
function folders(cli: Found, hosts: Found[]): Toolchain["path"] {
    const real = [cli, ...hosts].filter((found) => !isStandIn(found)).map(({ path }) => dirname(path));
    return { front: [...new Set(real)], back: hosts.some(isStandIn) ? [offlineBin] : [] };
}

function environment({ front, back }: Toolchain["path"], pulumiHome: string): NodeJS.ProcessEnv {
    return {
        ...process.env,
        PATH: [...new Set([...front, ...(process.env.PATH ?? "").split(delimiter), ...back])].join(delimiter),
        PULUMI_HOME: pulumiHome,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // Types are checked by tsc, not again at every run.
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        // Where stand-ins are in use, there is nothing to be fetched from anywhere.
        ...(back.length > 0 ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    };
}

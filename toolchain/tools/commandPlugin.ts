import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { root, say, tryRun, which, withProgress } from "../shell";
import { cached, type Found, prebuilt } from "./cache";
import { reachable } from "./network";

const PROGRAM = "pulumi-resource-command";

/** The plugin has to be of the release of the npm package. */
function wantedVersion(): string {
    const file = join(root, "node_modules", "@pulumi", "command", "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Pulumi's command provider. Where it lies in the user's own plugin cache, `pulumiHome` gets a link to it. */
export async function commandPlugin(cli: Found, pulumiHome: string): Promise<Found> {
    const version = wantedVersion();
    const what = "command plugin";
    const name = `resource-command-v${version}`;
    const plugins = join(pulumiHome, "plugins");
    const installed = join(plugins, name, PROGRAM);
    const theirs = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins", name);

    const onPath = which(PROGRAM);
    if (onPath) return { what, version: "", origin: "found on this machine", path: onPath };
    if (!existsSync(installed) && existsSync(join(theirs, PROGRAM))) {
        mkdirSync(plugins, { recursive: true });
        symlinkSync(theirs, dirname(installed));
    }
    if (existsSync(installed)) return { what, version, origin: "found on this machine", path: installed };

    const rel = join("command", version, PROGRAM);
    const packed = prebuilt(new RegExp(`^${PROGRAM}-${version.replace(/\./g, "\\.")}-linux-.*\\.xz$`));
    const made = await cached(what, rel, [packed], async () => true);
    if (made) return { what, version, ...made };

    if (await reachable("https://get.pulumi.com")) {
        const env = { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
        const { code, stderr } = await withProgress(`pulumi plugin install resource command ${version}`, () =>
            tryRun(cli.path, ["plugin", "install", "resource", "command", version], { env }),
        );
        if (code === 0) return { what, version, origin: "official download", path: installed };
        say(`${what}: official download: ${stderr.trim().split("\n").at(-1)}`);
    }
    return {
        what,
        version,
        origin: "STAND-IN IN USE (toolchain/offline), as the real one can't be had",
        path: join(root, "toolchain", "offline", "bin", PROGRAM),
    };
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { tryRun, which } from "../shell";
import { cacheDir, cached, type Found, prebuilt } from "./cache";
import { goBuild } from "./goBuild";
import { fromOfficialPulumi } from "./officialPulumi";

const PROGRAM = "pulumi-language-yaml";
const VERSION = "1.12.0";
const rel = join("pulumi", `yaml-${VERSION}`, PROGRAM);

const installedHost = (cli: Found) => which(PROGRAM, join(cli.path, "..")) ?? which(PROGRAM);

/** Whether nothing has to be fetched or built for it. */
export const yamlHostAtHand = (cli: Found) => installedHost(cli) !== undefined || existsSync(join(cacheDir(), rel));

/** Pulumi's language host for YAML programs; only tests and examples/yaml need it. */
export async function yamlHost(cli: Found): Promise<Found> {
    const what = "YAML language host";
    const installed = installedHost(cli);
    if (installed) return { what, version: "", origin: "found on this machine", path: installed };
    const arch = process.arch === "arm64" ? "arm64" : "amd64";
    const made = await cached(
        what,
        rel,
        [
            prebuilt(new RegExp(`^${PROGRAM}-${VERSION.replace(/\./g, "\\.")}-linux-${arch}\\.xz$`)),
            fromOfficialPulumi(PROGRAM),
            goBuild({
                program: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
                version: VERSION,
                versionVariable: "github.com/pulumi/pulumi-yaml/pkg/version.Version",
                takes: "about a minute",
            }),
        ],
        // Without the engine's address it says so and ends: enough to see that it runs here.
        async (file) => (await tryRun(file, ["-help"])).code !== 127,
    );
    if (made) return { what, version: VERSION, ...made };
    throw new Error(
        `${what}: not found; install Pulumi (https://www.pulumi.com/docs/install), or Go to have it built here`,
    );
}

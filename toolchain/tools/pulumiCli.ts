import { join } from "node:path";
import * as semver from "semver";
import { tryRun, which } from "../shell";
import { cached, type Found, prebuilt } from "./cache";
import { goBuild } from "./goBuild";
import { fromOfficialPulumi, PULUMI_VERSION } from "./officialPulumi";

/** The oldest CLI that carries out the resource hooks and components that this package uses. */
const OLDEST = "3.248.0";

async function versionOf(file: string): Promise<string | undefined> {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { code, stdout } = await tryRun(file, ["version"], { env });
    return code === 0 ? (semver.valid(stdout.trim()) ?? undefined) : undefined;
}

export async function pulumiCli(): Promise<Found> {
    const installed = which("pulumi");
    const version = installed && (await versionOf(installed));
    if (installed && version && semver.gte(version, OLDEST)) {
        return { what: "pulumi CLI", version, origin: "found on this machine", path: installed };
    }
    const arch = process.arch === "arm64" ? "arm64" : "amd64";
    const made = await cached(
        "pulumi CLI",
        join("pulumi", PULUMI_VERSION, "pulumi"),
        [
            prebuilt(new RegExp(`^pulumi-${PULUMI_VERSION.replace(/\./g, "\\.")}-linux-${arch}\\.xz$`)),
            fromOfficialPulumi("pulumi"),
            goBuild({
                program: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                version: PULUMI_VERSION,
                alongside: ["github.com/pulumi/pulumi/sdk/v3"],
                versionVariable: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
                takes: "about 6 minutes",
            }),
        ],
        async (file) => (await versionOf(file)) !== undefined,
    );
    if (made) return { what: "pulumi CLI", version: PULUMI_VERSION, ...made };
    const seen = installed
        ? `the one on this machine is ${version ?? "broken"}, ${OLDEST} or newer is needed`
        : "not found";
    throw new Error(
        `pulumi CLI: ${seen}; install it (https://www.pulumi.com/docs/install), or Go to have it built here`,
    );
}

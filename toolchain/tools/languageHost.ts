import { join } from "node:path";
import { root, which } from "../shell";
import { cached, type Found, prebuilt } from "./cache";
import { fromOfficialPulumi, PULUMI_VERSION } from "./officialPulumi";

const PROGRAM = "pulumi-language-nodejs";

/** Pulumi's language host for Node. The CLI finds it beside itself or on PATH; the Go registry doesn't have it. */
export async function languageHost(cli: Found): Promise<Found> {
    const what = "Node language host";
    const installed = which(PROGRAM, join(cli.path, "..")) ?? which(PROGRAM);
    if (installed) return { what, version: "", origin: "found on this machine", path: installed };
    const made = await cached(
        what,
        join("pulumi", PULUMI_VERSION, PROGRAM),
        [prebuilt(new RegExp(`^${PROGRAM}-[0-9.]+-linux-.*\\.xz$`)), fromOfficialPulumi(PROGRAM)],
        async () => true,
    );
    if (made) return { what, version: PULUMI_VERSION, ...made };
    const standIn = join(root, "toolchain", "offline", "bin", PROGRAM);
    return {
        what,
        version: "",
        origin: "STAND-IN IN USE (toolchain/offline), as the real one can't be had",
        path: standIn,
    };
}

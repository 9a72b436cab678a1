import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, say } from "../shell";
import { cacheDir, inScratch, type Way } from "./cache";
import { download } from "./network";

/** The release of Pulumi that is fetched or built where the machine has none; the Go that builds it: GO_VERSION in go.ts. */
export const PULUMI_VERSION = "3.259.0";

let once: Promise<string | undefined> | undefined;

/** The folder of Pulumi's own archive (the CLI and all language hosts); nothing where its site isn't reached. */
export function officialPulumi(): Promise<string | undefined> {
    once ??= fetchArchive().catch((error: Error) => {
        say(`pulumi: official download: ${error.message}`);
        return undefined;
    });
    return once;
}

async function fetchArchive(): Promise<string | undefined> {
    const target = join(cacheDir(), `pulumi-official-${PULUMI_VERSION}`);
    if (existsSync(join(target, "pulumi"))) return target;
    const arch = process.arch === "arm64" ? "arm64" : "x64";
    const url = `https://get.pulumi.com/releases/sdk/pulumi-v${PULUMI_VERSION}-linux-${arch}.tar.gz`;
    return inScratch(async (dir) => {
        const archive = join(dir, "pulumi.tar.gz");
        if (!(await download(url, archive))) return undefined;
        await run("tar", ["-xzf", archive, "-C", dir]);
        mkdirSync(dirname(target), { recursive: true });
        renameSync(join(dir, "pulumi"), target);
        return target;
    });
}

/** The way by Pulumi's own archive: `file` becomes a launcher, as its programs look for each other in their own folder. */
export function fromOfficialPulumi(program: string): Way {
    return {
        origin: "official download",
        make: async (file) => {
            const dir = await officialPulumi();
            if (!dir || !existsSync(join(dir, program))) return false;
            writeFileSync(file, `#!/bin/sh\nPATH='${dir}':"$PATH" exec '${join(dir, program)}' "$@"\n`);
            return true;
        },
    };
}

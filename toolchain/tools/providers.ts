import { existsSync, mkdirSync, renameSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root, run } from "../shell";
import { cacheDir, inScratch } from "./cache";

interface Provider {
    name: string;
    version: string;
    /** As npm's registry has it. */
    integrity: string;
}

/**
 * Providers whose types and classes this repository is checked against. They lie in the cache, not in node_modules: Pulumi's Node host
 * demands the plugin of each such package that it finds below a program, 800 MB for aws.
 */
export const PROVIDERS: Provider[] = [
    {
        name: "@pulumi/aws",
        version: "7.48.0",
        integrity: "sha512-roKXYZ2EyjvapKYacvRQNUeW2UBI8MKwzO2338XwdXtCf75TabY4DVy56zY2HbnEU0H1fbBXct8oAx9ynQeMrA==",
    },
    {
        name: "@pulumi/hcloud",
        version: "1.41.0",
        integrity: "sha512-I6Lrf9yIUzU7qNi/lZ4TR8d83RmwgIy3Lf0PepqQC9auJSc0HdF6ty4miOSTOGc6/xVGKW8JdWUdYZPyPenmHg==",
    },
];

/** A folder for each provider, in which it lies under its name, as in a node_modules. Fetched once, by the npm client, without what they depend on. */
export async function providers(): Promise<string[]> {
    const folders: string[] = [];
    for (const provider of PROVIDERS) folders.push(await fetched(provider));
    return folders;
}

/** For NODE_PATH: `require("@pulumi/aws")` finds it, and it finds the one `@pulumi/pulumi` that we have. */
export async function providersPath(): Promise<string> {
    return [...(await providers()), join(root, "node_modules")].join(delimiter);
}

async function fetched({ name, version, integrity }: Provider): Promise<string> {
    const folder = join(cacheDir(), "providers", `${name.split("/").at(-1)}-${version}`);
    if (existsSync(folder)) return folder;
    await inScratch(async (dir) => {
        const package_ = join(dir, "folder", name);
        mkdirSync(package_, { recursive: true });
        const printed = await run("npm", ["pack", `${name}@${version}`, "--json", "--pack-destination", dir]);
        const [packed] = JSON.parse(printed) as { filename: string; integrity: string }[];
        if (packed?.integrity !== integrity)
            throw new Error(`${name}@${version}: npm has another package (${packed?.integrity}) than expected`);
        await run("tar", ["-xzf", join(dir, packed.filename), "--strip-components=1", "-C", package_]);
        mkdirSync(join(folder, ".."), { recursive: true });
        try {
            renameSync(join(dir, "folder"), folder);
        } catch (error) {
            // Another process was faster.
            if (!existsSync(folder)) throw error;
        }
    });
    return folder;
}

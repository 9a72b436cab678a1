import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, tryRun } from "../shell";
import { inScratch } from "../tools/cache";
import { PROVIDERS, providers } from "../tools/providers";

// The native compiler checks in a tenth of the time. It knows no "moduleResolution": "node", which Pulumi's own TypeScript needs; what users
// get is built, and so checked, by that one (tests/support/builtPackage.ts).
const tsc = join(root, "node_modules", "@typescript", "native", "bin", "tsc");

/** All of tsconfig.json, with the providers' types out of the cache. What is wrong is printed, or returned. */
export async function types(show: boolean): Promise<{ code: number; stdout: string; stderr: string }> {
    const folders = await providers();
    const own = join(root, "node_modules");
    const at = (name: string, folder: string) => ({
        [name]: [join(folder, name)],
        [`${name}/*`]: [join(folder, name, "*")],
    });
    const paths = Object.assign(
        at("@pulumi/pulumi", own),
        // By its own name, as examples have it that are copied out of the clone.
        { "pulumi-garage-cluster": [join(root, "sdk", "index.ts")] },
        ...PROVIDERS.map(({ name }, index) => at(name, folders[index]!)),
    );
    return inScratch(async (dir) => {
        const config = {
            extends: join(root, "tsconfig.json"),
            compilerOptions: { moduleResolution: "bundler", paths, typeRoots: [join(own, "@types")] },
        };
        writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
        return tryRun(process.execPath, [tsc, "--noEmit", "-p", dir], { show });
    });
}

if (require.main === module)
    types(true).then(
        ({ code }) => process.exit(code),
        (error: Error) => {
            console.error(`types: ${error.message}`);
            process.exit(1);
        },
    );

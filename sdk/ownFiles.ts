import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The text of a file of this package: of the scripts beside this one, or `../package.json`. Lines end in LF, whatever Git made of them. */
export function ownFile(name: string): string {
    return reading(() => readFileSync(join(__dirname, name), "utf8")).replace(/\r\n/g, "\n");
}

/**
 * Path of a file beside what is built, with this content: Pulumi's engine and its plugins read it by that path. `npm run build` writes it; where it
 * isn't there (another version of the sources, say) it is written now.
 */
export function builtFile(name: string, content: Uint8Array): string {
    const dir = basename(__dirname) === "sdk" ? join(__dirname, "..", "dist") : __dirname;
    const path = join(dir, name);
    if (holds(path, content)) return path;
    const made = join(dir, `.${name}-${process.pid}`);
    try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(made, content);
        renameSync(made, path);
    } catch (error) {
        rmSync(made, { force: true });
        if (holds(path, content)) return path;
        const { code } = error as NodeJS.ErrnoException;
        throw new Error(
            `pulumi-garage-cluster: ${path} isn't as this version has it, and can't be written (${code}): install the package anew.`,
        );
    }
    return path;
}

function holds(path: string, content: Uint8Array): boolean {
    try {
        return readFileSync(path).equals(content);
    } catch {
        return false;
    }
}

/** The names of the files right in one of the package's folders. */
export function filesIn(folder: string): string[] {
    const entries = reading(() => readdirSync(join(__dirname, folder), { withFileTypes: true }));
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

export function manifest(): { version: string; peerDependencies: Record<"@pulumi/aws", string> } {
    return JSON.parse(ownFile("../package.json"));
}

/** Where npm installs what this package finds: in the program's directory, or, where it runs as a plugin, in its own. */
export function packagesHome(): string {
    const [program, ...inside] = __dirname.split(/[\\/]node_modules[\\/]/);
    return inside.length > 0 ? program! : join(__dirname, "..");
}

/** A bundler takes the code along, and leaves these files behind. */
function reading<T>(read: () => T): T {
    try {
        return read();
    } catch (error) {
        const { code, path } = error as NodeJS.ErrnoException;
        throw new Error(
            `pulumi-garage-cluster: ${path} can't be read (${code}). Where the program is bundled, this package has to stay out of the bundle, with its files: esbuild --external:pulumi-garage-cluster --external:@pulumi/*. Else install the package anew.`,
        );
    }
}

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, strToU8 } from "fflate";

/** The scripts of `sdk/host` as one text for `bash -s` on a host. */
export interface HostTool {
    /** `<package version>-<8 hex digits of the files>`: the directory of the tool on a host. */
    toolId: string;
    packageVersion: string;
    /** The stdin of `bash -s -- host|uninstall NODE tool=<toolId>`. Holds the sheet's secrets. */
    script(sheet: string): string;
}

const scripts = join(__dirname, "host");
const executables = new Set(["garage-node", "garage-manage"]);
const sheetEnd = "END_OF_SHEET";
const filesEnd = "END_OF_FILES";
/** ASCII's record separator: ends a name and a content in what a host unpacks. */
const separator = "\x1e";

/** The files that go onto a host, by relative path, in a fixed order. */
function toolFiles(): string[] {
    const inDirectory = (directory: string) =>
        readdirSync(join(scripts, directory), { withFileTypes: true })
            .filter((entry) => entry.isFile() && (/\.(sh|jq|service)$/.test(entry.name) || executables.has(entry.name)))
            .map((entry) => join(directory, entry.name));
    return [...inDirectory(""), ...inDirectory("lib")].filter((file) => file !== "install.sh").sort();
}

function packageVersion(): string {
    const { version } = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8")) as { version: string };
    return version;
}

let loaded: HostTool | undefined;

/** Reads the scripts that lie beside this module, once. */
export function hostTool(): HostTool {
    loaded ??= loadHostTool();
    return loaded;
}

function loadHostTool(): HostTool {
    const head = readFileSync(join(scripts, "install.sh"), "utf8");
    const texts = toolFiles().flatMap((file) => [file, readFileSync(join(scripts, file), "utf8")]);
    if (texts.some((text) => text.includes(separator))) throw new Error("a host script holds a record separator");
    const archive = texts.map((text) => text + separator).join("");
    const digest = createHash("sha256").update(head).update(archive).digest("hex").slice(0, 8);
    // Packed, as every node's state holds it twice, and the engine writes the state at every step. Not by Node's own zlib: its bytes
    // differ from one build to the next, and other bytes are a changed resource.
    const packed = Buffer.from(gzipSync(strToU8(archive), { level: 9, mtime: 0 })).toString("base64");
    return {
        toolId: `${packageVersion()}-${digest}`,
        packageVersion: packageVersion(),
        script(sheet) {
            const content = sheet.replace(/\n+$/, "");
            if (content.split("\n").includes(sheetEnd)) {
                throw new Error(`the sheet of a host must not have a line ${sheetEnd}`);
            }
            return [
                head.replace(/\n+$/, ""),
                `sheet() {\ncat <<'${sheetEnd}'\n${content}\n${sheetEnd}\n}`,
                `files() {\ncat <<'${filesEnd}'\n${packed}\n${filesEnd}\n}`,
                'main "$@"',
                "",
            ].join("\n");
        },
    };
}

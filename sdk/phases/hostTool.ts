import { createHash } from "node:crypto";
import { gzipSync, strToU8 } from "fflate";
import { filesIn, manifest, ownFile } from "../ownFiles";

/** The scripts of `sdk/host` as one text for `bash -s` on a host. */
export interface HostTool {
    /** `<package version>-<8 hex digits of the files>`: the directory of the tool on a host. */
    toolId: string;
    packageVersion: string;
    /** The stdin of `bash -s -- host|uninstall NODE tool=<toolId>`. Holds the sheet's secrets. */
    script(sheet: string): string;
}

const HEAD = "install.sh";
const executables = new Set(["garage-node", "garage-manage"]);
const sheetEnd = "END_OF_SHEET";
const filesEnd = "END_OF_FILES";
/** ASCII's record separator: ends a name and a content in what a host unpacks. */
const separator = "\x1e";

/** The files that go onto a host, by relative path, in a fixed order. */
function toolFiles(): string[] {
    const all = ["", "lib/", "inspect/"].flatMap((dir) => filesIn(`host/${dir}`).map((name) => `${dir}${name}`));
    return all
        .filter((file) => /\.(sh|jq|service)$/.test(file) || executables.has(file))
        .filter((file) => file !== HEAD)
        .sort();
}

let loaded: HostTool | undefined;

/** Reads the scripts, once. */
export function hostTool(): HostTool {
    loaded ??= loadHostTool();
    return loaded;
}

function loadHostTool(): HostTool {
    const head = ownFile(`host/${HEAD}`);
    const texts = toolFiles().flatMap((file) => [file, ownFile(`host/${file}`)]);
    if (texts.some((text) => text.includes(separator))) throw new Error("a host script holds a record separator");
    const archive = texts.map((text) => text + separator).join("");
    const digest = createHash("sha256").update(head).update(archive).digest("hex").slice(0, 8);
    // Packed, as every node's state holds it twice, and the engine writes the state at every step. Not by Node's own zlib: its bytes
    // differ from one build to the next, and other bytes are a changed resource.
    const packed = Buffer.from(gzipSync(strToU8(archive), { level: 9, mtime: 0 })).toString("base64");
    const { version } = manifest();
    return {
        toolId: `${version}-${digest}`,
        packageVersion: version,
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

import { createHash } from "node:crypto";
import { gzipSync, strToU8 } from "fflate";
import { builtFile, filesIn, manifest, ownFile } from "../ownFiles";

/** The scripts of `sdk/host`: packed in a file that is copied to each host, and the head that unpacks it there. */
export interface HostTool {
    /** `<package version>-<8 hex digits of the files>`: the directory of the tool on a host. */
    toolId: string;
    packageVersion: string;
    /** Path of the packed tool on this machine; written where it isn't there as it has to be. Looked at once, however many nodes there are. */
    pack(): string;
    /** Where it goes to, in the home of the login. */
    remotePath: string;
    /** The stdin of `bash -s -- host|uninstall NODE tool=<toolId>`. Holds the sheet's secrets. */
    script(sheet: string): string;
}

const HEAD = "install.sh";
const executables = new Set(["garage-node", "garage-manage"]);
const sheetEnd = "END_OF_SHEET";
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

const sha256 = (...parts: (string | Uint8Array)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

function loadHostTool(): HostTool {
    const head = ownFile(`host/${HEAD}`);
    const texts = toolFiles().flatMap((file) => [file, ownFile(`host/${file}`)]);
    if (texts.some((text) => text.includes(separator))) throw new Error("a host script holds a record separator");
    const archive = texts.map((text) => text + separator).join("");
    const { version } = manifest();
    const toolId = `${version}-${sha256(head, archive).slice(0, 8)}`;
    // Not by Node's own zlib: its bytes differ from one build to the next, and other bytes are a changed resource.
    const packed = gzipSync(strToU8(archive), { level: 9, mtime: 0 });
    const digest = sha256(packed);
    let file: string | undefined;
    return {
        toolId,
        packageVersion: version,
        pack() {
            file ??= builtFile(`garage-node-${toolId}.pack`, packed);
            return file;
        },
        remotePath: `.garage-node-${toolId}.pack`,
        script(sheet) {
            const content = sheet.replace(/\n+$/, "");
            if (content.split("\n").includes(sheetEnd)) {
                throw new Error(`the sheet of a host must not have a line ${sheetEnd}`);
            }
            return [
                head.replace(/\n+$/, ""),
                `sheet() {\ncat <<'${sheetEnd}'\n${content}\n${sheetEnd}\n}`,
                `main ${toolId} ${digest} "$@"`,
                "",
            ].join("\n");
        },
    };
}

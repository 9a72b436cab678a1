import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

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

/** The files that go onto a host, by relative path, in a fixed order. */
function toolFiles(): string[] {
    const inDirectory = (directory: string) =>
        readdirSync(join(scripts, directory), { withFileTypes: true })
            .filter((entry) => entry.isFile() && (/\.(sh|service)$/.test(entry.name) || executables.has(entry.name)))
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
    const lines = toolFiles().map((file) => {
        const mode = executables.has(file) ? "755" : "644";
        return `${file} ${mode} ${readFileSync(join(scripts, file)).toString("base64")}`;
    });
    const digest = createHash("sha256")
        .update([head, ...lines].join("\n"))
        .digest("hex")
        .slice(0, 8);
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
                `files() {\ncat <<'${filesEnd}'\n${lines.join("\n")}\n${filesEnd}\n}`,
                'main "$@"',
                "",
            ].join("\n");
        },
    };
}

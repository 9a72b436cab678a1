import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { OFFICIAL_BASE_URL } from "../garage/download";
import { showValue } from "../showValue";
import { ARCHITECTURES, type Architecture, type BinarySpec, type PerArch } from "../spec";
import type { Reader, Table } from "./reader";
import { ANY_LINE, HEX64 } from "./rules";

const URL_RULE = {
    // `file:///…` is a folder on the hosts.
    pattern:
        /^(https?:\/\/[A-Za-z0-9.-]+(:\d+)?|file:\/\/(?=\/))(\/[A-Za-z0-9._~/%+,=-]*)?(\?[A-Za-z0-9._~/%+,=&-]*)?$/,
    longest: 1000,
    allowed: "an http, https or file:/// URL without user, password, spaces and quotes",
    todo: "Write one like https://mirror.example.org/garage",
};

/** Machine of an ELF file, by its bytes 18 and 19. */
const MACHINES: Readonly<Record<number, string>> = { 62: "x86_64", 183: "aarch64" };

export function readBinary(reader: Reader, value: unknown): BinarySpec {
    const args = reader.options("binary", value, "binary") ?? {};
    const baseUrl = readUrl(reader, "binary.baseUrl", args.baseUrl)?.replace(/\/+$/, "") ?? OFFICIAL_BASE_URL;
    const url = perArch(reader, "binary.url", args.url, (path, each) => readUrl(reader, path, each));
    const path = perArch(reader, "binary.path", args.path, (at, each) =>
        reader.text(at, each, { ...ANY_LINE, todo: "Name a file on the machine that runs Pulumi" }),
    );
    const sha256 = perArch(reader, "binary.sha256", args.sha256, (at, each) =>
        reader
            .text(at, each, { ...HEX64, todo: "Take what `sha256sum garage` prints for a binary that you trust" })
            ?.toLowerCase(),
    );
    for (const arch of ARCHITECTURES) {
        const file = path[arch];
        const found = file === undefined ? undefined : readFile(reader, arch, file);
        if (found === undefined) continue;
        if (sha256[arch] !== undefined && sha256[arch] !== found) {
            reader.complain(`binary.path.${arch}`, {
                given: showValue(file),
                what: `is another file than binary.sha256.${arch} says (${sha256[arch].slice(0, 12)}…): ${found.slice(0, 12)}…`,
                allowed: "a file with that checksum",
                todo: "Find out which of the two is right",
            });
        }
        sha256[arch] = found;
    }
    warnOfHttp(reader, { baseUrl, url, path, sha256 });
    return { baseUrl, url, path, sha256 };
}

function perArch(
    reader: Reader,
    path: string,
    value: unknown,
    read: (path: string, value: unknown) => string | undefined,
): PerArch {
    const table: Table = reader.options(path, value, path) ?? {};
    const found: PerArch = {};
    for (const arch of ARCHITECTURES) {
        const text = read(`${path}.${arch}`, table[arch]);
        if (text !== undefined) found[arch] = text;
    }
    return found;
}

function readUrl(reader: Reader, path: string, value: unknown): string | undefined {
    // A password in it must not be shown.
    if (typeof value === "string" && /^[a-z]+:\/\/[^/]*@/i.test(value)) {
        return reader.complain(path, {
            given: "A URL with a user or a password",
            what: "can't be used here",
            allowed: URL_RULE.allowed,
            todo: "Upload the file instead, with binary.path",
        });
    }
    // What follows a "?" may be a signature that lets whoever has it in.
    return reader.text(path, value, { ...URL_RULE, secret: typeof value === "string" && /[?@]/.test(value) });
}

/** SHA-256 of an uploaded binary: its bytes, not its name, decide whether the nodes have to be rolled. */
function readFile(reader: Reader, arch: Architecture, file: string): string | undefined {
    const at = `binary.path.${arch}`;
    const allowed = `a Garage binary for ${arch} on the machine that runs Pulumi`;
    let bytes: Buffer;
    try {
        bytes = readFileSync(file);
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
        return reader.complain(at, {
            given: showValue(file),
            what: `can't be read (${code})`,
            allowed,
            todo: "Name the file; a relative path starts where Pulumi runs the program",
        });
    }
    const machine = bytes.subarray(0, 4).toString("latin1") === "\x7fELF" ? MACHINES[bytes[18] ?? 0] : undefined;
    if (machine !== arch) {
        return reader.complain(at, {
            given: showValue(file),
            what: machine ? `is a program for ${machine}` : "is no program for Linux on x86_64 or aarch64",
            allowed,
            todo: "Name the right file",
        });
    }
    return createHash("sha256").update(bytes).digest("hex");
}

/** What comes unencrypted could be anything, unless its checksum is known. */
function warnOfHttp(reader: Reader, { baseUrl, url, path, sha256 }: BinarySpec): void {
    const open = ARCHITECTURES.filter(
        (arch) => (url[arch] ?? baseUrl).startsWith("http://") && !path[arch] && !sha256[arch],
    );
    if (open.length === 0) return;
    reader.warnings.push(
        `binary: Garage for ${open.join(" and ")} comes over http, unencrypted, without a checksum: set binary.sha256.`,
    );
}

import { parseCapacity } from "../garage/capacity";
import type { Series } from "../policy";
import { seriesBetween } from "../policy/series";
import { showValue } from "../showValue";
import type { DataDirSpec, NodeSpec } from "../spec";
import { checkKept } from "./container";
import { join, missing, type Reader, type Table } from "./reader";
import { PATH } from "./rules";

const CAPACITY = {
    pattern: /[A-Za-z]$/,
    longest: 32,
    allowed: 'a number and a unit: "1T", "500G", "1.5TiB" (1T = 10^12 bytes, 1TiB = 2^40)',
    todo: "Write it with its unit, in quotes",
};

/** Bytes of a capacity; at least one megabyte. */
export function readCapacity(reader: Reader, path: string, value: unknown): number | undefined {
    const text = reader.text(path, value, CAPACITY);
    if (text === undefined) return undefined;
    const bytes = parseCapacity(text);
    const what = bytes === undefined ? "is no capacity" : bytes < 1e6 ? "is too small; the least is 1M" : undefined;
    if (what) return reader.complain(path, { given: showValue(text), what, ...CAPACITY });
    return bytes;
}

export interface Directories {
    metadataDir: string;
    dataDirs: DataDirSpec[];
    backupsDir: string;
}

export function readDirectories(
    reader: Reader,
    args: Table,
    series: Series | undefined,
    nodes: NodeSpec[],
): Directories {
    const metadataDir = readDir(reader, "metadataDir", args.metadataDir) ?? "/var/lib/garage/meta";
    const backupsDir = readDir(reader, "backupsDir", args.backupsDir) ?? "/var/lib/garage-backups";
    const data = readDataDirs(reader, args, series);
    const all = [
        { path: "metadataDir", dir: metadataDir },
        ...data.map(({ option, path }) => ({ path: option, dir: path })),
        { path: "backupsDir", dir: backupsDir },
    ];
    all.forEach(({ path, dir }, index) => {
        for (const other of all.slice(0, index)) checkApart(reader, path, dir, other);
        checkKept(reader, path, dir, nodes);
    });
    return { metadataDir, dataDirs: data.map(({ option: _, ...dir }) => dir), backupsDir };
}

function checkApart(reader: Reader, path: string, dir: string, other: { path: string; dir: string }): void {
    const what =
        dir === other.dir
            ? `is ${other.path} too`
            : dir.startsWith(`${other.dir}/`)
              ? `lies inside of ${other.path} ("${other.dir}")`
              : other.dir.startsWith(`${dir}/`)
                ? `holds ${other.path} ("${other.dir}")`
                : undefined;
    if (!what) return;
    reader.complain(path, {
        given: `"${dir}"`,
        what,
        allowed: "directories for metadata, data and backups that lie beside each other",
        todo: "Move one of the two",
    });
}

/** Places where a daemon without privileges, hardened as ours is, can't keep anything, or where it would get lost. */
const UNFIT: readonly { pattern: RegExp; reason: string }[] = [
    { pattern: /^\/(proc|sys|dev|run|boot)(\/|$)/, reason: "isn't a place for data" },
    { pattern: /^\/(tmp|var\/tmp|var\/run)(\/|$)/, reason: "is emptied by the system" },
    { pattern: /^\/(home|root)(\/|$)/, reason: "is closed to the hardened daemon (ProtectHome)" },
    { pattern: /^\/(etc|usr|bin|sbin|lib|lib64|opt\/garage|opt\/garage-node)(\/|$)/, reason: "belongs to the system" },
    { pattern: /^\/(var|var\/lib|srv|mnt|media|opt)$/, reason: "holds other things too" },
];

function readDir(reader: Reader, path: string, value: unknown): string | undefined {
    const dir = reader.text(path, value, PATH);
    const unfit = dir === undefined ? undefined : UNFIT.find(({ pattern }) => pattern.test(dir));
    if (!unfit) return dir;
    return reader.complain(path, {
        given: `"${dir}"`,
        what: unfit.reason,
        allowed: "a directory of its own, such as /var/lib/garage/…, /srv/… or /mnt/…",
        todo: "Choose another one",
    });
}

function readDataDirs(reader: Reader, args: Table, series: Series | undefined): (DataDirSpec & { option: string })[] {
    const single = readDir(reader, "dataDir", args.dataDir);
    const one = [{ option: "dataDir", path: single ?? "/var/lib/garage/data", readOnly: false }];
    if (missing(args.dataDirs)) return one;
    if (!missing(args.dataDir)) {
        reader.complain("dataDirs", {
            given: "dataDirs",
            what: "is given together with dataDir",
            allowed: "one of the two",
            todo: "Put all directories into dataDirs and take dataDir out",
        });
    }
    if (series && seriesBetween("0.9", series) < 0) {
        reader.complain("dataDirs", {
            given: "A list",
            what: `can't be read by Garage ${series}`,
            allowed: "one data directory before series 0.9",
            todo: "Use dataDir",
        });
    }
    const dirs = reader.list("dataDirs", args.dataDirs).flatMap((each, index) => {
        const dir = readDataDir(reader, `dataDirs[${index}]`, each);
        return dir ? [dir] : [];
    });
    if (reader.problems.some(({ path }) => path.startsWith("dataDirs"))) return dirs;
    if (dirs.some((dir) => !dir.readOnly)) return dirs;
    reader.complain("dataDirs", {
        given: dirs.length === 0 ? "An empty list" : "A list of read-only directories",
        what: "leaves no place to write to",
        allowed: "at least one directory that isn't readOnly",
        todo: "Add one with a capacity",
    });
    return dirs;
}

function readDataDir(reader: Reader, at: string, value: unknown): (DataDirSpec & { option: string }) | undefined {
    const table = reader.options(at, missing(value) ? {} : value, "dataDirs.*");
    if (!table) return undefined;
    const path = readDir(reader, join(at, "path"), table.path);
    if (missing(table.path)) {
        reader.complain(join(at, "path"), {
            given: "Nothing",
            what: "is given",
            allowed: PATH.allowed,
            todo: PATH.todo,
        });
    }
    const readOnly = reader.flag(join(at, "readOnly"), table.readOnly) ?? false;
    const capacityBytes = readCapacity(reader, join(at, "capacity"), table.capacity);
    if (readOnly !== missing(table.capacity)) {
        reader.complain(join(at, "capacity"), {
            given: readOnly ? "A capacity" : "No capacity",
            what: `is given for a directory that is ${readOnly ? "" : "not "}readOnly`,
            allowed: "a capacity for every directory that is written to, none for a readOnly one",
            todo: readOnly ? "Take it out" : 'Add one like "1T"',
        });
    }
    if (path === undefined) return undefined;
    return { option: join(at, "path"), path, readOnly, ...(capacityBytes === undefined ? {} : { capacityBytes }) };
}

import { hostAndPort } from "../garage/address";
import type { Cluster, Found } from "./cluster";
import type { Keeper, Process, Reason } from "./seen";

/** What runs, as a table for people; what comes from hosts can't play with a terminal. */
export function describe({ nodes, layout, hosts }: Cluster): string {
    if (nodes.length === 0) return `Of ${hosts.length} hosts none has a daemon that can be looked at.`;
    const rows = nodes.map((node) => {
        const role = layout?.roles.find(({ id }) => id === node.id);
        return [
            node.name,
            node.reach.target,
            node.process.release ?? "?",
            node.node.engines.join("+") || "?",
            role?.zone ?? "no role",
            role === undefined ? "" : role.capacity === null ? "gateway" : sizeOf(role.capacity, node),
            keptBy(node.process.keeper),
            userOf(node.process),
        ];
    });
    const heading = ["node", "host", "release", "engine", "zone", "capacity", "kept by", "user"];
    const details = nodes.flatMap((node) => [
        `${node.name}: id ${node.id.slice(0, 16)}, ${node.look.host.os ?? "?"}, ${node.process.exe}, ${node.process.config.path}`,
        ...node.node.directories.map(
            ({ path, real, there, freeMiB, user, uid, fileSystem }) =>
                `  ${path}${there ? `${real === path ? "" : ` (${real})`}: of ${user ?? `the number ${uid}`}, ${freeMiB} MiB free, ${fileSystem}` : ": not there"}`,
        ),
        `  listens on ${listenersOf(node.process)}`,
    ]);
    const lines = [
        ...columns([heading, ...rows]),
        "",
        `Layout ${layout?.version}, ${layout?.roles.length} nodes.`,
        ...details,
    ];
    return lines.map(harmless).join("\n");
}

const WEIGHTS: readonly [Reason["weight"], string][] = [
    ["stops", "No program can be written, since"],
    ["refuses", "In the way of a takeover:"],
    ["note", "To know:"],
];

/** All reasons, the heaviest first; what is true of several nodes once. */
export function describeReasons(reasons: readonly Reason[]): string {
    const lines = WEIGHTS.flatMap(([weight, heading]) => {
        const some = new Map<string, string[]>();
        for (const { id, where, what, todo } of reasons.filter((reason) => reason.weight === weight)) {
            const text = `${what}. ${todo}. [${id}]`;
            some.set(text, [...(some.get(text) ?? []), ...(where === undefined ? [] : [where])]);
        }
        const said = [...some].map(([text, where]) => `  ${where.length === 0 ? "" : `${where.join(", ")}: `}${text}`);
        return said.length === 0 ? [] : [heading, ...said];
    });
    return lines.map(harmless).join("\n");
}

function columns(rows: readonly string[][]): string[] {
    const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
    return rows.map((row) =>
        row
            .map((cell, at) => cell.padEnd(widths[at]!))
            .join("  ")
            .trimEnd(),
    );
}

/** Up to 0.8 a bare number. */
function sizeOf(capacity: number, { series }: Found): string {
    if (series === "0.7" || series === "0.8") return `${capacity} units`;
    const power = Math.min(4, Math.floor(Math.log10(Math.max(capacity, 1)) / 3));
    return `${+(capacity / 1000 ** power).toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

function listenersOf({ listeners }: Process): string {
    const sorted = [...listeners].sort((a, b) => a.port - b.port);
    const said = sorted.map(({ address, port }) => hostAndPort(address, port));
    return said.join(", ") || "?";
}

function keptBy({ kind, unit, container }: Keeper): string {
    const inUnit = unit === undefined ? "" : ` of ${unit.name}`;
    if (kind === "container") return `${container!.engine} ${container!.name ?? container!.id.slice(0, 12)}${inUnit}`;
    return kind === "unit" ? unit!.name : "by hand";
}

function userOf({ user, uid, keeper }: Process): string {
    return user ?? (keeper.unit?.dynamicUser ? `DynamicUser ${uid}` : `number ${uid}`);
}

function harmless(line: string): string {
    return line.replace(/\p{Cc}/gu, "?");
}

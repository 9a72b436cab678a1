import { parse } from "smol-toml";
import { type Cluster, engineOf, type Found } from "./cluster";
import type { Reason } from "./seen";

/**
 * The text of adopt.json, docs/adopting.md: what was seen of each node when the program was written, for the option `adopt`. No secret is in it.
 * Names are stable: new ones may come, none goes or changes its meaning while `adopt` is 1.
 */
export function adoptFile(cluster: Cluster, reasons: readonly Reason[], at: string): string {
    const nodes = Object.fromEntries(cluster.nodes.map((node) => [node.name, seenOf(node)]));
    const takeover = reasons
        .filter(({ weight }) => weight === "refuses")
        .map(({ id, where, what, todo }) => ({ id, ...(where === undefined ? {} : { where }), what, todo }));
    const layoutVersion = cluster.layout?.version ?? null;
    return `${JSON.stringify({ adopt: 1, at, layoutVersion, takeover, nodes }, null, 2)}\n`;
}

function seenOf({ reach, id, series, process, node, layout, look }: Found): Record<string, unknown> {
    const role = layout.roles.find((each) => each.id === id);
    return {
        ssh: { host: reach.host, port: reach.port, user: reach.user },
        host: { name: look.host.name, os: look.host.os, arch: look.host.arch },
        id,
        role: role === undefined ? null : { zone: role.zone, capacity: role.capacity, tags: role.tags },
        layoutVersion: layout.version,
        release: process.release,
        series,
        engine: engineOf(node) ?? null,
        binary: { path: process.exe, sha256: process.sha256, version: process.version },
        process: { pid: process.pid, start: process.start, uid: process.uid, gid: process.gid, user: process.user },
        keeper: process.keeper,
        words: process.words,
        environment: process.environment,
        configuration: {
            path: process.config.path,
            changed: process.config.changed,
            values: parse(process.config.text!),
        },
        directories: node.directories,
        listeners: process.listeners,
        secrets: Object.keys(node.marks).filter((name) => !name.endsWith(".unfit")),
    };
}

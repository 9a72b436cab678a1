import { hostPath } from "../garage/mounts";
import { type Series, seriesOf } from "../policy";
import { SERVICES, type Service } from "../spec";
import { type Configuration, readConfiguration } from "./configuration";
import { type Layout, readLayoutFile } from "./layoutFile";
import { nodeNames } from "./names";
import type { Look, NodeLook, Process, Reach, Reason } from "./seen";

/** What was seen of one host: nothing where it isn't reached, no `node` where there is no single daemon with a configuration. */
export interface HostSeen {
    reach: Reach;
    look?: Look;
    node?: NodeLook;
    /** Why there is nothing. */
    reasons: Reason[];
}

/** A daemon, as far as it is understood. */
export interface Found {
    name: string;
    reach: Reach;
    look: Look;
    process: Process;
    node: NodeLook;
    id: string;
    series: Series;
    configuration: Configuration;
    layout: Layout;
}

export interface Cluster {
    hosts: HostSeen[];
    nodes: Found[];
    /** Of the node that has the newest one. */
    layout?: Layout;
    reasons: Reason[];
}

/** What has to be known of a daemon before its directories can be looked at, and it can be asked. */
export interface ToAsk {
    pid: number;
    ticks: string;
    series: string;
    rpc: string;
    metadata: string;
    data: string[];
}

/** The one daemon of a host; the reason where there isn't one. */
export function theDaemon({ host, daemons }: Look): Process | Omit<Reason, "where"> {
    const [first, ...more] = daemons;
    if (first === undefined) {
        const units = host.units.map(({ name, active, sub }) => `${name} is ${active} (${sub})`).join(", ");
        return {
            id: "adopt-no-daemon",
            weight: "stops",
            what: `no Garage runs there${units && `; ${units}`}`,
            todo: units ? "Get it to run; its journal says why it doesn't" : "Name the right host",
        };
    }
    if (more.length === 0) return first;
    const all = daemons.map(({ pid, config }) => `process ${pid} with ${config.path}`).join(", ");
    return {
        id: "adopt-two-daemons",
        weight: "stops",
        what: `${daemons.length} daemons run there (${all}); this package has one node a host`,
        todo: "Move all but one of them to hosts of their own",
    };
}

/** What `ask` needs of a daemon; the reason where its configuration doesn't say it. */
export function toAsk(process: Process): ToAsk | Omit<Reason, "where"> {
    const { text, path } = process.config;
    const stops = (id: string, what: string, todo: string) => ({ id, weight: "stops" as const, what, todo });
    if (text === null)
        return stops(
            "adopt-config-unread",
            `its configuration, ${path}, can't be read`,
            "Start it with a configuration in a file that root may read",
        );
    const series = seriesOf(process.release);
    if (series === undefined)
        return stops(
            "adopt-release-unknown",
            `it says "${process.version ?? ""}" of itself, which is no release of a series that this package knows`,
            "Bring it to a release of Garage first",
        );
    try {
        const { metadataDir, dataDirs, rpcBind, ports } = readConfiguration(text, series);
        return {
            pid: process.pid,
            ticks: process.ticks,
            series,
            rpc: `${reachable(rpcBind)}:${ports.rpc}`,
            metadata: onHost(process, metadataDir),
            data: dataDirs.map((dir) => onHost(process, dir)),
        };
    } catch (error) {
        const why = firstLine((error as Error).message);
        return stops(
            "adopt-config-broken",
            `${path} isn't understood: ${why}`,
            "Correct it; Garage reads it when it starts",
        );
    }
}

/** At which address a daemon is reached from its own host. */
function reachable(bind: string): string {
    return bind === "[::]" || bind === "0.0.0.0" ? "127.0.0.1" : bind;
}

/** The engine that the daemon uses, by its own word; else the only one whose database lies there. */
export function engineOf({ daemon, engines }: NodeLook): string | undefined {
    return daemon?.engine ?? (engines.length === 1 ? engines[0] : undefined);
}

/** Where a directory of a container lies on the host; the path itself where the host has it. */
export function onHost({ keeper }: Process, dir: string): string {
    return hostPath(keeper.container?.mounts, dir);
}

/** Services of a container with a network of its own that nobody reaches from outside. */
export function unpublished({ keeper: { container } }: Process, { ports, off }: Configuration): Service[] {
    if (container?.ports === undefined || container.network === "host") return [];
    return SERVICES.filter(
        (each) => !off.includes(each) && !container.ports!.some(({ inside }) => inside === ports[each]),
    );
}

/** Ports of it that the host has under another number. */
export function publishedElsewhere(
    { keeper: { container } }: Process,
    { ports }: Configuration,
): { inside: number; host: number }[] {
    if (container?.ports === undefined || container.network === "host") return [];
    const own = Object.values(ports);
    return container.ports.filter(({ inside, host }) => own.includes(inside) && inside !== host);
}

/** One cluster of all that was seen; what isn't understood has a reason. */
export function join(hosts: HostSeen[]): Cluster {
    const reasons = hosts.flatMap((host) => host.reasons);
    const found = hosts.flatMap((host) => {
        const each = understand(host);
        if (each === undefined) return [];
        reasons.push(...each.reasons);
        return each.found === undefined ? [] : [each.found];
    });
    const layout = found.flatMap((each) => each.layout ?? []).sort((a, b) => b.version - a.version)[0];
    const names = nodeNames(found, layout);
    return { hosts, nodes: found.map((each, index) => ({ ...each, name: names[index]! })), layout, reasons };
}

function understand({ reach, look, node }: HostSeen): { found?: Found; reasons: Reason[] } | undefined {
    if (look === undefined || node === undefined) return undefined;
    const process = theDaemon(look) as Process;
    const stop = (id: string, what: string, todo: string): { reasons: Reason[] } => ({
        reasons: [{ id, weight: "stops", where: reach.target, what, todo }],
    });
    if (node.gone) return stop("adopt-changed", "its daemon was started anew while it was looked at", "Inspect again");
    if (node.id === null)
        return stop("adopt-no-id", "there is no node_key.pub in its metadata directory", "Start it once");
    if (node.layoutFile === null)
        return stop(
            "adopt-no-layout",
            "there is no cluster_layout in its metadata directory",
            "Give the cluster a layout",
        );
    const series = seriesOf(process.release)!;
    try {
        return {
            found: {
                name: "",
                reach,
                look,
                process,
                node,
                id: node.id,
                series,
                configuration: readConfiguration(process.config.text ?? "", series),
                layout: readLayoutFile(node.layoutFile),
            },
            reasons: [],
        };
    } catch (error) {
        return stop("adopt-layout-unread", `its cluster_layout ${firstLine((error as Error).message)}`, "Report it");
    }
}

function firstLine(text: string): string {
    return text.split("\n")[0]!;
}

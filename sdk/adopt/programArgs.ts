import { hostAndPort } from "../garage/address";
import { tagsWithoutName } from "../garage/layout";
import { SECRET_KEYS, secretOptions } from "../garage/secretKeys";
import { seriesBetween } from "../policy";
import { validateArgs } from "../validate/validateArgs";
import { capacityText } from "./capacityText";
import { type Cluster, engineOf, type Found, onHost, unpublished } from "./cluster";
import { LOOPBACK, USUAL_DIRS } from "./configuration";
import type { Role } from "./layoutFile";
import type { Process, Reason } from "./seen";

type Table = Record<string, unknown>;

/** A value that the stack's configuration holds, by this name. */
export class FromConfig {
    constructor(readonly name: string) {}
}

/** The arguments of a GarageCluster that is what runs, and why there may be none; `stopped`: there will be none anyway. */
export function programArgs(cluster: Cluster, stopped: boolean): { args: Table; reasons: Reason[] } {
    const { nodes } = cluster;
    const [first] = nodes;
    const reasons: Reason[] = [];
    const each = nodes.map((node) => ({ name: node.name, options: optionsOf(node) }));
    const keys = [...new Set(each.flatMap(({ options }) => Object.keys(options)))];
    for (const key of keys) {
        const values = each.map(({ name, options }) => ({ name, text: JSON.stringify(options[key]) ?? "the default" }));
        if (new Set(values.map(({ text }) => text)).size === 1) continue;
        if (key === "logLevel") {
            for (const { options } of each) delete options.logLevel;
            reasons.push(notTheSameLog(values.map(({ name, text }) => `${name} ${text}`)));
            continue;
        }
        const said = values.map(({ name, text }) => `${name} ${text}`).join(", ");
        reasons.push(
            stops("adopt-nodes-differ", `${key} isn't the same on all nodes: ${said}`, "Make it the same on all nodes"),
        );
    }
    for (const { name, configuration } of nodes)
        for (const { what, todo } of configuration.problems)
            reasons.push({ ...stops("adopt-not-an-option", what, todo), where: name });

    const { settings, replicationFactor, ...options } = each[0]!.options;
    const args: Table = {
        stateVersion: first!.series,
        version: first!.process.release,
        replicationFactor,
        nodes: Object.fromEntries(nodes.map((node) => [node.name, nodeArgs(cluster, node, reasons)])),
        ...options,
        ...(settings === undefined ? {} : { settings }),
        ...secretsOf(first!),
    };
    if (!stopped && !reasons.some(({ weight }) => weight === "stops")) reasons.push(...judged(args));
    return { args, reasons };
}

/** Of the node itself, in the order in which a program names them. */
function optionsOf(found: Found): Table {
    const { process, configuration, node, series } = found;
    const { settings, ...options } = configuration.options;
    if (process.keeper.container?.mounts !== undefined) {
        const moved = (dir: unknown) => onHost(process, String(dir));
        const place = (name: keyof typeof USUAL_DIRS, dir: string) => {
            if (dir === USUAL_DIRS[name]) delete options[name];
            else options[name] = dir;
        };
        place("metadataDir", moved(configuration.metadataDir));
        if (Array.isArray(options.dataDirs))
            options.dataDirs = options.dataDirs.map((dir: Table) => ({ ...dir, path: moved(dir.path) }));
        else place("dataDir", moved(configuration.dataDirs[0]));
        for (const service of unpublished(process, configuration)) options[`${service}BindAddress`] = LOOPBACK;
    }
    const filter = process.environment.RUST_LOG;
    return {
        ...options,
        ...(seriesBetween("0.8", series) >= 0 ? { dbEngine: engineOf(node) } : {}),
        ...(filter === undefined || filter === "garage=info" ? {} : { logLevel: filter }),
        ...(settings === undefined ? {} : { settings: settingsOnHost(process, settings) }),
    };
}

/** Files and directories among them are the container's. */
function settingsOnHost(process: Process, value: unknown): unknown {
    if (typeof value === "string") return value.startsWith("/") ? onHost(process, value) : value;
    if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, settingsOnHost(process, each)]));
}

function nodeArgs({ layout, nodes }: Cluster, found: Found, reasons: Reason[]): Table {
    const role = layout?.roles.find(({ id }) => id === found.id);
    const { reach, configuration } = found;
    if (reach.proxyCommand !== undefined)
        reasons.push({
            ...stops(
                "adopt-proxy-command",
                "ssh reaches it by a ProxyCommand, which no option says",
                "Use ProxyJump, or a way without",
            ),
            where: found.name,
        });
    const rpc = configuration.rpcPublicAddr;
    const usual = hostAndPort(reach.host, configuration.ports.rpc);
    if (rpc === undefined && nodes.length > 1)
        reasons.push({
            id: "adopt-rpc-address",
            weight: "note",
            where: found.name,
            what: `it has no rpc_public_addr; by this program the others would reach it at ${usual}`,
            todo: "Write its rpcPublicAddr into the program, should that not be so",
        });
    return {
        ...(role === undefined ? {} : roleArgs(found, role, reasons)),
        ...(rpc === undefined || rpc === usual ? {} : { rpcPublicAddr: rpc }),
        ssh: {
            host: reach.host,
            ...(reach.port === 22 ? {} : { port: reach.port }),
            ...(reach.user === "root" ? {} : { user: reach.user }),
            ...(reach.proxy === undefined ? {} : { proxy: reach.proxy }),
        },
    };
}

/** Up to 0.8 capacities are numbers without a unit, of which 0.9 makes GiB. */
function roleArgs({ series, name }: Found, { zone, capacity, tags: all }: Role, reasons: Reason[]): Table {
    const tags = tagsWithoutName(all);
    const unit = seriesBetween("0.9", series) < 0 ? 1024 ** 3 : 1;
    const text = capacity === null ? undefined : capacityText(capacity * unit);
    if (capacity !== null && text === undefined)
        reasons.push({
            ...stops(
                "adopt-capacity",
                `its capacity of ${capacity} can't be written as an option`,
                "Round it in the layout",
            ),
            where: name,
        });
    return {
        zone,
        ...(capacity === null ? { gateway: true } : { capacity: text }),
        ...(tags.length === 0 ? {} : { tags }),
    };
}

/** By the options that hold them: on 0.8 not the cluster's own one, which comes into use with 0.9. */
function secretsOf({ node: { marks }, series }: Found): Table {
    const given = secretOptions(series).filter((option) => marks[SECRET_KEYS[option]!] !== undefined);
    return Object.fromEntries(given.map((option) => [option, new FromConfig(option)]));
}

/** By the package's own rules: what a program with these arguments would be refused for at its preview. */
function judged(args: Table): Reason[] {
    const plain = Object.fromEntries(Object.entries(args).filter(([, value]) => !(value instanceof FromConfig)));
    const { problems, warnings } = validateArgs(plain);
    return [
        ...problems.map(({ path, message }) =>
            stops(
                "adopt-not-an-option",
                `${path}: ${message}`,
                "Change it on the hosts, or leave the cluster as it is",
            ),
        ),
        ...warnings.map((what) => ({
            id: "adopt-warning",
            weight: "note" as const,
            what,
            todo: "The preview says so too",
        })),
    ];
}

/** What a daemon logs is worth no stop. */
function notTheSameLog(said: readonly string[]): Reason {
    const what = `they log by different filters (RUST_LOG): ${said.join(", ")}; the program has the default`;
    return { id: "adopt-log-level", weight: "note", what, todo: "Write logLevel, should you miss something" };
}

function stops(id: string, what: string, todo: string): Reason {
    return { id, weight: "stops", what, todo };
}

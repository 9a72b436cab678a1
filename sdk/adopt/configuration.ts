import { parse } from "smol-toml";
import { parseCapacity } from "../garage/capacity";
import { copiesIn } from "../garage/copiesIn";
import { TYPED_KEYS } from "../garage/settingKeys";
import type { Series } from "../policy/series";
import { type Ports, SERVICES, type Service } from "../spec";
import { capacityText } from "./capacityText";

type Table = Record<string, unknown>;

/** What a garage.toml comes to in the options of this package. */
export interface Configuration {
    metadataDir: string;
    dataDirs: string[];
    /** Where the daemon listens for RPC. */
    rpcBind: string;
    ports: Ports;
    rpcPublicAddr?: string;
    /** As Garage itself calls it; undefined where the file leaves it to the release. */
    engine?: string;
    /** Options that all nodes share, but for those that have the default. */
    options: Table;
    /** Services that this configuration leaves out. */
    off: Service[];
    /** What no option can say. */
    problems: { what: string; todo: string }[];
}

/** What the hosts' scripts put in the place of a secret. */
const MASK = "@secret";

const DEFAULT_PORTS: Ports = { rpc: 3901, s3: 3900, web: 3902, admin: 3903 };
const LISTENERS: Record<Service, [section: string | undefined, key: string]> = {
    rpc: [undefined, "rpc_bind_addr"],
    s3: ["s3_api", "api_bind_addr"],
    web: ["s3_web", "bind_addr"],
    admin: ["admin", "api_bind_addr"],
};
const ENGINES: Record<string, string> = {
    heed: "lmdb",
    sqlite3: "sqlite",
    rusqlite: "sqlite",
};
/** Where this package has them, unless the program says another place. */
export const USUAL_DIRS = { metadataDir: "/var/lib/garage/meta", dataDir: "/var/lib/garage/data" };
/** What no one reaches but the host itself. */
export const LOOPBACK = "127.0.0.1";

/** Reads a garage.toml without its secrets. Throws where it is no TOML, or lacks what Garage needs. */
export function readConfiguration(text: string, series: Series): Configuration {
    // Maps that have a prototype, as everybody expects of them.
    const toml: Table = structuredClone(parse(text));
    const problems: Configuration["problems"] = [];
    const complain = (what: string, todo: string) => problems.push({ what, todo });
    const options: Table = {};
    const give = (name: string, value: unknown, usual?: unknown) => {
        if (value !== undefined && value !== usual) options[name] = value;
    };

    const ports: Partial<Ports> = {};
    const off = SERVICES.filter((service) => !readListener(toml, service, ports, give, complain));
    if (off.includes("rpc")) throw new Error("rpc_bind_addr is missing");
    const copies = copiesIn(toml, series);
    give("replicationFactor", copies.factor);
    give("consistencyMode", copies.mode, "consistent");
    give("s3Region", at(toml, "s3_api", "s3_region"), "garage");
    give("s3RootDomain", at(toml, "s3_api", "root_domain"));
    give("webRootDomain", at(toml, "s3_web", "root_domain"), ".web.garage.localhost");

    const metadataDir = directory(toml.metadata_dir, "metadata_dir");
    give("metadataDir", metadataDir, USUAL_DIRS.metadataDir);
    const dataDirs = readData(toml.data_dir, give, complain);
    give("blockSize", readSize(toml.block_size, complain));
    const level = toml.compression_level;
    if (typeof level === "number") give("compressionLevel", level);
    const settings = settingsOf(toml, complain);
    if (level === "none") settings.compression_level = "none";
    if (Object.keys(settings).length > 0) options.settings = settings;

    const [bind] = split(String(toml.rpc_bind_addr)) ?? [""];
    const engine = typeof toml.db_engine === "string" ? toml.db_engine : undefined;
    return {
        metadataDir,
        dataDirs,
        rpcBind: bind,
        ports: { ...DEFAULT_PORTS, ...ports },
        ...(typeof toml.rpc_public_addr === "string" ? { rpcPublicAddr: toml.rpc_public_addr } : {}),
        ...(engine === undefined || series === "0.7" ? {} : { engine: ENGINES[engine] ?? engine }),
        options,
        off,
        problems,
    };
}

type Give = (name: string, value: unknown, usual?: unknown) => void;
type Complain = (what: string, todo: string) => void;

/** False where the service is off. It listens on the host itself then, so that no more is open than before. */
function readListener(toml: Table, service: Service, ports: Partial<Ports>, give: Give, complain: Complain): boolean {
    const [section, key] = LISTENERS[service];
    const path = section === undefined ? key : `${section}.${key}`;
    const address = section === undefined ? toml[key] : at(toml, section, key);
    if (address === undefined) {
        give(`${service}BindAddress`, LOOPBACK);
        return false;
    }
    const parts = split(String(address));
    if (parts === undefined) {
        complain(`${path} = "${address}" is no IP address with a port`, "Listen on an address and a port");
        return true;
    }
    ports[service] = parts[1];
    give(`${service}BindAddress`, parts[0], "[::]");
    give(`${service}Port`, parts[1], DEFAULT_PORTS[service]);
    return true;
}

function readData(value: unknown, give: Give, complain: Complain): string[] {
    if (!Array.isArray(value)) {
        const dir = directory(value, "data_dir");
        give("dataDir", dir, USUAL_DIRS.dataDir);
        return [dir];
    }
    const dirs = value.map((each: Table) => {
        const path = directory(each.path, "data_dir.path");
        if (each.read_only === true) return { path, readOnly: true };
        const capacity = readSize(each.capacity, complain);
        return { path, ...(capacity === undefined ? {} : { capacity }) };
    });
    give("dataDirs", dirs);
    return dirs.map(({ path }) => path);
}

function readSize(value: unknown, complain: Complain): string | undefined {
    if (value === undefined) return undefined;
    const bytes = typeof value === "number" ? value : parseCapacity(String(value));
    const text = bytes === undefined ? undefined : capacityText(bytes);
    if (text === undefined) complain(`the size "${value}" can't be written as an option`, "Round it in garage.toml");
    return text;
}

/** All that has no option of its own. */
function settingsOf(toml: Table, complain: Complain): Table {
    const kept = (table: Table, before: string): Table =>
        Object.fromEntries(
            Object.entries(table).flatMap(([key, value]): [string, unknown][] => {
                const path = `${before}${key}`;
                if (Object.keys(TYPED_KEYS).includes(path)) return [];
                if (before === "" && isTable(value)) {
                    const inner = kept(value, `${key}.`);
                    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
                }
                if (!holdsSecret(value)) return [[key, value]];
                complain(
                    `${path} holds a secret, and settings are shown in plain text`,
                    "Give it to an agent or a proxy on each host, and name that one",
                );
                return [];
            }),
        );
    return kept(toml, "");
}

function holdsSecret(value: unknown): boolean {
    if (typeof value === "string") return value.includes(MASK);
    if (Array.isArray(value)) return value.some(holdsSecret);
    return isTable(value) && Object.values(value).some(holdsSecret);
}

/** `[::]:3901` → `[::]` and 3901. */
function split(address: string): [string, number] | undefined {
    const parts = /^(\[[0-9a-fA-F:.]+\]|\d+\.\d+\.\d+\.\d+):(\d{1,5})$/.exec(address);
    return parts ? [parts[1]!, Number(parts[2])] : undefined;
}

function directory(value: unknown, key: string): string {
    if (typeof value !== "string" || !value.startsWith("/")) throw new Error(`${key} is no absolute path`);
    return value.length > 1 ? value.replace(/\/+$/, "") : value;
}

function at(toml: Table, section: string, key: string): unknown {
    const table = toml[section];
    return isTable(table) ? table[key] : undefined;
}

function isTable(value: unknown): value is Table {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

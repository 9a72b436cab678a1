import { decode } from "@msgpack/msgpack";

export interface Role {
    /** 64 hex digits. */
    id: string;
    zone: string;
    /** Bytes, or units up to series 0.8; null on a gateway. */
    capacity: number | null;
    tags: string[];
}

export interface Layout {
    version: number;
    /** By id. */
    roles: Role[];
    /** Changes that are staged and not applied. */
    staged: boolean;
    /** Versions that aren't done with; one, but from series 1 on, while data move. */
    live: number;
    /** Of how many zones the copies of an object have to be at least; absent where Garage takes as many as there are. */
    zoneRedundancy?: number;
}

type Table = Record<string, unknown>;

/** In front of what 0.9 and later write; up to 0.8 nothing. */
const MARKERS = ["G010lh", "G09layout"];

/**
 * Garage's file `cluster_layout`: the one place that says ids, capacities and tags exactly in every series, without the admin API. Read from
 * files of 0.7.0, 0.8.7, 0.9.4, 1.3.0 and 2.5.0. Throws for whatever isn't understood.
 */
export function readLayoutFile(base64: string): Layout {
    const bytes = Buffer.from(base64, "base64");
    const marker = MARKERS.find((each) => bytes.subarray(0, each.length).toString("latin1") === each) ?? "";
    const whole = table(decode(bytes.subarray(marker.length), { mapKeyConverter: String }), "the file");
    return marker === "G010lh" ? history(whole) : single(whole);
}

function single(whole: Table): Layout {
    const staging = whole.staging ?? whole.staging_roles;
    return {
        ...applied(whole),
        staged: entries(staging).length > 0 || differs(whole.parameters, whole.staging_parameters),
        live: 1,
    };
}

function history({ versions, staging }: Table): Layout {
    if (!Array.isArray(versions) || versions.length === 0) throw new Error("has no versions");
    const current = table(versions[versions.length - 1], "a version");
    // Staging is a register of a timestamp and a value.
    const register = table(staging, "staging");
    const staged = table(register.v ?? register, "staging");
    return {
        ...applied(current),
        staged: entries(staged.roles).length > 0 || differs(current.parameters, staged.parameters),
        live: versions.length,
    };
}

function applied(version: Table): Pick<Layout, "version" | "roles" | "zoneRedundancy"> {
    if (!Number.isSafeInteger(version.version)) throw new Error("has no version");
    const roles = entries(version.roles).flatMap(([id, role]) => (role === null ? [] : [readRole(id, role)]));
    const redundancy = redundancyOf(version.parameters);
    return {
        version: version.version as number,
        roles: roles.sort((a, b) => (a.id < b.id ? -1 : 1)),
        ...(redundancy === undefined ? {} : { zoneRedundancy: redundancy }),
    };
}

function readRole(id: unknown, value: unknown): Role {
    const { zone, capacity, tags } = table(value, "a role");
    const fits =
        Buffer.isBuffer(id) &&
        id.length === 32 &&
        typeof zone === "string" &&
        (capacity === null || Number.isSafeInteger(capacity)) &&
        Array.isArray(tags);
    if (!fits) throw new Error("has a role that isn't understood");
    return { id: id.toString("hex"), zone, capacity: capacity as number | null, tags: (tags as unknown[]).map(String) };
}

/** `{ vals: [[id, timestamp, role or null]…] }` */
function entries(map: unknown): [unknown, unknown][] {
    const { vals } = table(map, "a map");
    if (!Array.isArray(vals)) throw new Error("has a map without entries");
    return vals.map((each) => {
        if (!Array.isArray(each) || each.length !== 3) throw new Error("has an entry that isn't understood");
        return [each[0], each[2]];
    });
}

/** Staged parameters are a register too; it holds what is applied as long as nothing is staged. */
function differs(applied: unknown, staged: unknown): boolean {
    if (staged === undefined || staged === null) return false;
    return redundancyOf(applied) !== redundancyOf(table(staged, "staged parameters").v ?? staged);
}

function redundancyOf(parameters: unknown): number | undefined {
    if (parameters === undefined) return undefined;
    const { zone_redundancy: redundancy } = table(parameters, "parameters");
    if (redundancy === "Maximum") return undefined;
    const { AtLeast: least } = table(redundancy, "zone_redundancy");
    if (typeof least !== "number") throw new Error("has a zone redundancy that isn't understood");
    return least;
}

function table(value: unknown, what: string): Table {
    if (typeof value !== "object" || value === null || Array.isArray(value) || Buffer.isBuffer(value))
        throw new Error(`${what} isn't understood`);
    return value as Table;
}

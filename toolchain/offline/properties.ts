// Property values as they cross the wire between engine and provider: plain JSON in which secrets, assets and
// archives are objects marked by a signature, and an unknown value is one fixed string.

const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
export const assetMark = "c44067f5952c0a294b673a41bacd8c17";
export const archiveMark = "0def7320c3a5731c473e5ecbe6d01bc7";

/** A value that isn't known before the resource is created or updated. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Properties = Record<string, unknown>;

function isObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function hasMark(value: unknown, mark: string): value is Properties {
    return isObject(value) && value[signature] === mark;
}

export function isSecret(value: unknown): boolean {
    return hasMark(value, secretMark);
}

export function secret(value: unknown): unknown {
    return { [signature]: secretMark, value };
}

/** The value without any secret mark, at any depth. */
export function reveal(value: unknown): unknown {
    if (hasMark(value, secretMark)) {
        return reveal(value.value);
    }
    if (Array.isArray(value)) {
        return value.map(reveal);
    }
    if (isObject(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
    }
    return value;
}

function present(object: Properties): [string, unknown][] {
    return Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
}

export type Change = "add" | "delete" | "update";

/** Every path at which two values differ. Secretness counts, as it does for the official provider. */
export function changes(path: string, before: unknown, after: unknown): [string, Change][] {
    const old = before ?? undefined;
    const now = after ?? undefined;
    if (old === undefined || now === undefined) {
        return old === now ? [] : [[path, old === undefined ? "add" : "delete"]];
    }
    if (Array.isArray(old) && Array.isArray(now)) {
        const length = Math.max(old.length, now.length);
        return Array.from({ length }, (_, i) => changes(`${path}[${i}]`, old[i], now[i])).flat();
    }
    if (isObject(old) && isObject(now) && !(signature in old) && !(signature in now)) {
        const keys = [...new Set([...present(old), ...present(now)].map(([key]) => key))].sort();
        return keys.flatMap((key) => changes(path === "" ? key : `${path}.${key}`, old[key], now[key]));
    }
    return same(old, now) ? [] : [[path, "update"]];
}

function same(a: unknown, b: unknown): boolean {
    if (hasMark(a, assetMark) || hasMark(a, archiveMark)) {
        return isObject(b) && a[signature] === b[signature] && a.hash === b.hash;
    }
    if (Array.isArray(a) && Array.isArray(b)) {
        return a.length === b.length && a.every((value, i) => same(value, b[i]));
    }
    if (isObject(a) && isObject(b)) {
        const keys = present(a).map(([key]) => key);
        return keys.length === present(b).length && keys.every((key) => same(a[key], b[key]));
    }
    return a === b;
}

import { parse } from "smol-toml";

/** Never more than this in a preview. */
const MOST = 20;
const SECRET = /secret|token|password/i;

type Table = Record<string, unknown>;

/** What changes from one garage.toml to another, `- s3_api.root_domain = "…"` and `+ …`; values that may be secrets aren't shown. */
export function tomlChanges(before: string, after: string): string[] {
    const [old, now] = [readTemplate(before), readTemplate(after)];
    if (!old || !now) return ["(can't be compared)"];
    const lines = tableChanges(old, now);
    return lines.length > MOST ? [...lines.slice(0, MOST), `… and ${lines.length - MOST} more`] : lines;
}

/** The same, all of it, of what was read. */
export function tableChanges(before: Table, after: Table): string[] {
    const [old, now] = [flat(before), flat(after)];
    const keys = [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key)).sort();
    return keys.flatMap((key) => [
        ...(old.has(key) ? [`- ${key} = ${shown(key, old.get(key)!)}`] : []),
        ...(now.has(key) ? [`+ ${key} = ${shown(key, now.get(key)!)}`] : []),
    ]);
}

/** Nothing where it can't be read: a note must not end a preview. The template's own word for an array isn't TOML. */
export function readTemplate(toml: string): Table | undefined {
    try {
        return parse(toml.replace("[@BOOTSTRAP_PEERS@]", "[]"));
    } catch {
        return undefined;
    }
}

/** `section.key` → its value as JSON. */
function flat(table: Table): Map<string, string> {
    const found = new Map<string, string>();
    const walk = (value: unknown, path: string) => {
        if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date)
            found.set(path, JSON.stringify(value));
        else for (const [key, inner] of Object.entries(value)) walk(inner, path === "" ? key : `${path}.${key}`);
    };
    walk(table, "");
    return found;
}

/** A path to a secret is none; a password in a URL is one. */
function shown(key: string, value: string): string {
    if (SECRET.test(key) && !key.endsWith("_file")) return "(not shown)";
    return /:\/\/[^/\s"]*@/.test(value) ? "(a URL with a password, not shown)" : value;
}

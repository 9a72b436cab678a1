import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes what Pulumi's file backend may leave when it is killed while it writes: an empty `.attrs` beside a file that is whole. It can't
 * load such a file ("failed to load checkpoint: EOF"), and does without any (fileblob of gocloud.dev; tried with Pulumi 3.259).
 * `state` is the backend's directory. Returns what was removed.
 */
export function removeEmptyAttributes(state: string): string[] {
    const dir = join(state, ".pulumi");
    if (!existsSync(dir)) return [];
    const empty = readdirSync(dir, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".attrs"))
        .map((file) => join(dir, file))
        .filter((file) => statSync(file).size === 0);
    for (const file of empty) rmSync(file);
    return empty;
}

interface State {
    checkpoint?: {
        latest?: {
            resources?: { urn: string; type: string; inputs?: { delete?: unknown } }[];
            pending_operations?: unknown[];
        };
    };
}

/** What a file of the backend says of a stack; nothing where it isn't there, or Pulumi was killed while it wrote. */
function latest(file: string) {
    try {
        return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as State).checkpoint?.latest : undefined;
    } catch {
        return undefined;
    }
}

/** Whether Pulumi ended in the middle of something: a hard stop leaves no lock, but this, and says so at every later run. */
export function hasPendingOperations(file: string): boolean {
    return (latest(file)?.pending_operations ?? []).length > 0;
}

/** The containers that a stack made: name of the node, name of the container. */
export function containersIn(file: string): { name: string; container: string }[] {
    return (latest(file)?.resources ?? []).flatMap(({ urn, type, inputs }) => {
        const container = /^bash -s -- down '?([^\s']+)/.exec(String(inputs?.delete))?.[1];
        const name = /-container-([^:]+)$/.exec(urn)?.[1];
        return type === "command:local:Command" && name && container ? [{ name, container }] : [];
    });
}

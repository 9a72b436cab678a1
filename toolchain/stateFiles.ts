import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
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

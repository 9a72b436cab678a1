/** Seconds with one decimal. */
export const seconds = (ms: number) => (ms / 1000).toFixed(1);

/** Runs something and returns how long it took, in milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
    const from = Date.now();
    const result = await work();
    return { ms: Date.now() - from, result };
}

/** What Pulumi says a resource took, in seconds, by its name: lines as `store-roll-paris updated (2s)`. */
export function durations(stdout: string): Record<string, number> {
    const found: Record<string, number> = {};
    for (const match of stdout.matchAll(/command:remote:Command (\S+) (?:created|updated) \(([\d.]+)s\)/g))
        found[match[1]!] = Number(match[2]);
    return found;
}

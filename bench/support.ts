import { cpus } from "node:os";

/** Seconds with one decimal. */
export const seconds = (ms: number) => (ms / 1000).toFixed(1);

/** Runs something and returns how long it took, in milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
    const from = Date.now();
    const result = await work();
    return { ms: Date.now() - from, result };
}

/** Seconds that all processors together have worked, and idled, since the machine started. */
export function processors(): { worked: number; idled: number } {
    const times = cpus().map((cpu) => cpu.times);
    const sum = (...keys: (keyof (typeof times)[0])[]) =>
        times.reduce((total, each) => total + keys.reduce((of, key) => of + each[key], 0), 0) / 1000;
    return { worked: sum("user", "nice", "sys", "irq"), idled: sum("idle") };
}

/** What Pulumi says a resource took, in seconds, by its name: lines as `store-roll-paris updated (2s)`. */
export function durations(stdout: string): Record<string, number> {
    const found: Record<string, number> = {};
    for (const match of stdout.matchAll(/command:remote:Command (\S+) (?:created|updated) \(([\d.]+)s\)/g))
        found[match[1]!] = Number(match[2]);
    return found;
}

import { adoptFile } from "../../../sdk/adopt/adoptFile";
import { join } from "../../../sdk/adopt/cluster";
import { judge } from "../../../sdk/adopt/judge";
import { FromConfig } from "../../../sdk/adopt/programArgs";
import { hosts, type Made } from "./support";

/** When these clusters were looked at. */
export const AT = "2026-11-29T08:00:00Z";

const SECRETS: Record<string, string> = {
    rpcSecret: "5ec2e7ab".repeat(8),
    rpcSecret08: "5ec2e7ab".repeat(8),
    adminToken: "admin-token-of-ours",
    metricsToken: "metrics-token-of-ours",
};

// biome-ignore lint/suspicious/noExplicitAny: tests change whatever they like in it.
type Seen = any;

/** The arguments that `inspect` writes of a cluster, and the text of its adopt.json, which a test may change. */
export function takeover(
    change?: (made: Made, at: number) => void,
    alter: (seen: Seen) => void = () => {},
    count?: number,
): { args: Record<string, unknown>; seen: string } {
    const cluster = join(hosts(change, count));
    const { args, reasons } = judge(cluster);
    if (args === undefined) throw new Error(JSON.stringify(reasons));
    const given = Object.entries(args).map(([name, value]) => [
        name,
        value instanceof FromConfig ? SECRETS[name] : value,
    ]);
    const seen: Seen = JSON.parse(adoptFile(cluster, reasons, AT));
    alter(seen);
    return { args: Object.fromEntries(given), seen: JSON.stringify(seen) };
}

/** The whole program: that cluster is taken over. */
export function takeoverArgs(
    change?: (made: Made, at: number) => void,
    alter?: (seen: Seen) => void,
    count?: number,
): Record<string, unknown> {
    const { args, seen } = takeover(change, alter, count);
    return { ...args, adopt: { seen } };
}

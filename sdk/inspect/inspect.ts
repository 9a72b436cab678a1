import { randomBytes } from "node:crypto";
import { type Cluster, type HostSeen, join, type ToAsk, theDaemon, toAsk } from "../adopt/cluster";
import { type Judged, judge } from "../adopt/judge";
import type { Look, NodeLook, Reason } from "../adopt/seen";
import { NoAnswer, onHost } from "./onHost";
import { resolveReach } from "./reach";

export interface Inspected extends Judged {
    cluster: Cluster;
}

/** Looks at all hosts at once, and judges what was seen. Changes nothing anywhere. */
export async function inspect(targets: readonly string[], options: readonly string[]): Promise<Inspected> {
    const salt = randomBytes(16).toString("hex");
    const cluster = join(await Promise.all(targets.map((target) => lookAt(target, salt, options))));
    return { cluster, ...judge(cluster) };
}

async function lookAt(target: string, salt: string, options: readonly string[]): Promise<HostSeen> {
    const reach = resolveReach(target, options);
    const because = (reason: Omit<Reason, "where">, look?: Look): HostSeen => ({
        reach,
        ...(look === undefined ? {} : { look }),
        reasons: [{ ...reason, where: target }],
    });
    try {
        const look = (await onHost(target, "look", [], options)) as Look;
        const daemon = theDaemon(look);
        if ("weight" in daemon) return because(daemon, look);
        const wanted = toAsk(daemon);
        if ("weight" in wanted) return because(wanted, look);
        const node = (await onHost(target, "ask", factsOf(wanted, salt), options)) as NodeLook;
        return { reach, look, node, reasons: [] };
    } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        return because(unreached(error));
    }
}

export function factsOf({ data, ...one }: ToAsk, salt: string): (readonly [string, string])[] {
    return [
        ...Object.entries(one).map(([key, value]) => [key, String(value)] as const),
        ...data.map((dir) => ["data", dir] as const),
        ["salt", salt],
    ];
}

function unreached({ message, lacks }: NoAnswer): Omit<Reason, "where"> {
    const [need, ...line] = (lacks ?? "").split(" ");
    const weight = "stops" as const;
    if (need === "jq") {
        const how = line.length > 0 ? `There, as root: ${line.join(" ")}` : "Install it there";
        return { id: "adopt-jq", weight, what: "jq isn't installed there", todo: `${how}; inspect installs nothing` };
    }
    if (need === "root")
        return {
            id: "adopt-root",
            weight,
            what: "it isn't root there",
            todo: "Log in as root, or as a user with password-less sudo",
        };
    return {
        id: "adopt-unreached",
        weight,
        what: `no answer: ${message}`,
        todo: "Try `ssh -o BatchMode=yes` to it, then `sudo -n true` there",
    };
}

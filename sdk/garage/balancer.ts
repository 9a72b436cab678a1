/** How the balancer finds out what a node is good for: any answer below 500 is S3's own, /health says 200 while S3 is dead. */
export const HEALTH = { protocol: "HTTP", path: "/", matcher: "200-499", interval: 5, timeout: 4, threshold: 2 };

/**
 * For so long a node refuses the balancer before it stops. By then it has failed `threshold` checks wherever between two of them it began, and
 * AWS has had five seconds to act on it. The node before it is back in the same time.
 */
export const LEAVING_SECONDS = (HEALTH.threshold + 1) * HEALTH.interval + 5;

/** For the hosts: `<seconds> <ports> <addresses>`, the lists with commas. Nothing where nobody knows its addresses. */
export function leavingWords(ports: number[], addresses: string[]): string {
    return addresses.length === 0 ? "" : `${LEAVING_SECONDS} ${ports.join(",")} ${[...addresses].sort().join(",")}`;
}

/** What AWS takes for the name of a balancer or a target group: `own` tells it from others of the account, `what` from those of this cluster. */
export function balancerName(clusterName: string, own: string, what: string): string {
    const word = clusterName
        .replace(/[^A-Za-z0-9]+/g, "-")
        .replace(/^(internal)?-+/, "")
        .slice(0, 32 - own.length - what.length - 2);
    return [word.replace(/-+$/, "") || "garage", what, own].join("-");
}

/** In tags of a balancer fewer letters are allowed than in all others. */
export function balancerTags(tags: Record<string, string>): Record<string, string> {
    const allowed = (text: string) => text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "-");
    return Object.fromEntries(Object.entries(tags).map(([key, text]) => [key, allowed(text)]));
}

/** One subnet a zone, which is all that a balancer takes: that of the first node there by name. The order of a roll changes nothing. */
export function subnetOfEachZone(places: { node: string; zone: string; subnet: string }[]): string[] {
    const chosen = new Map<string, string>();
    for (const { zone, subnet } of [...places].sort((a, b) => (a.node < b.node ? -1 : 1)))
        if (!chosen.has(zone)) chosen.set(zone, subnet);
    return [...chosen.values()];
}

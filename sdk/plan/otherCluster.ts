import type { Reason } from "../policy";

/**
 * Why hosts of which none was in the cluster are refused, by the old and the new sheet of a stage; nothing where they aren't. With all of them
 * swapped at once (addresses, or the names that containers go by) no host remembers anything: they would make a new, empty cluster, `up` would be
 * green, and the old one run on without a stack. One that is left out can't tell the others either, nor can a host in the place of a lost one. A failed
 * update keeps the old sheet, so it is refused again until it is set right.
 */
export function otherCluster(oldSheet: unknown, newSheet: unknown, replaced: readonly string[]): Reason | undefined {
    const known = storageIds(oldSheet);
    const now = storageIds(newSheet, "in");
    const givenUp = (id: string) => replaced.some((old) => id.startsWith(old));
    if (known.length === 0 || now.length === 0) return undefined;
    if (known.some((id) => now.includes(id)) || known.every(givenUp)) return undefined;
    return {
        id: "hosts-all-new",
        message:
            "refused, nothing was started or stopped: none of the storage nodes that take part is one that this stack knew, so these hosts would make a new, empty cluster. Set the hosts' addresses back (for containers: the names of component and stack). If a new cluster is meant: another name for the component, or pulumi destroy first",
    };
}

/** From the `peer` lines of a sheet; none where it isn't known yet. */
function storageIds(sheet: unknown, part?: "in"): string[] {
    if (typeof sheet !== "string") return [];
    const peers = [...sheet.matchAll(/^peer \S+ ([0-9a-f]{64}) \S+ storage (\S+)$/gm)];
    return peers.filter(([, , said]) => part === undefined || said === part).map(([, id]) => id!);
}

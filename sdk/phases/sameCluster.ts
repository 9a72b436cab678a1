import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../spec";
import { hook } from "./hook";

/**
 * Refuses hosts of which none was in the cluster: with all of them swapped at once (addresses, or the names that containers go by) no host
 * remembers anything. They would make a new, empty cluster, `up` would be green, and the old one run on without a stack. Judged once `host` has
 * told the ids, before anything is staged; a failed update keeps the old inputs, so it is refused again until it is set right.
 */
export function sameCluster(clusterName: string, spec: ClusterSpec): pulumi.ResourceHookBinding {
    return {
        beforeUpdate: hook(`garage-cluster-hosts-${clusterName}`, ({ newInputs, oldInputs }) => {
            const known = storageIds(oldInputs?.stdin);
            const now = storageIds(newInputs?.stdin);
            if (known.length === 0 || now.length === 0 || known.some((id) => now.includes(id) || isReplaced(spec, id)))
                return;
            throw new Error(
                "refused, nothing was started or stopped: none of the storage nodes is the one that this stack knew, so these hosts would make a new, empty cluster. Set the hosts' addresses back (for containers: the names of component and stack). If a new cluster is meant: another name for the component, or pulumi destroy first [hosts-all-new]",
            );
        }),
    };
}

const isReplaced = (spec: ClusterSpec, id: string) =>
    spec.nodes.some(({ replace }) => replace !== undefined && id.startsWith(replace));

/** From the `peer` lines of a sheet; none where it isn't known yet. */
function storageIds(sheet: unknown): string[] {
    if (typeof sheet !== "string") return [];
    return [...sheet.matchAll(/^peer \S+ ([0-9a-f]{64}) \S+ storage /gm)].map(([, id]) => id!);
}

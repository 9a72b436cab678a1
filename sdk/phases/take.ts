import type * as pulumi from "@pulumi/pulumi";
import type { Cluster, Lines } from "./cluster";
import { oneByOne } from "./roll";

/**
 * One node after the other, where a Garage that runs already is taken over: the old service is stopped, and the same data started under our unit,
 * proven as after a roll before the next one. A node that doesn't pass goes back to the old service by itself. Returns what comes last.
 */
export function take(cluster: Cluster, staged: Lines, after: pulumi.Resource[]): pulumi.Resource[] {
    return cluster.spec.adopt === undefined ? after : oneByOne(cluster, "take", staged, after).slice(-1);
}

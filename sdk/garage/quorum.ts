import type { ConsistencyMode } from "../args";

export interface Copies {
    replicationFactor: number;
    consistencyMode: `${ConsistencyMode}`;
}

/** How many copies of an object have to be up for a write of it. Garage's own figures (src/rpc/replication_mode.rs). */
export function writeQuorum({ replicationFactor, consistencyMode }: Copies): number {
    return consistencyMode === "dangerous" ? 1 : replicationFactor + 1 - Math.ceil(replicationFactor / 2);
}

/** How many for a read. */
export function readQuorum({ replicationFactor, consistencyMode }: Copies): number {
    return consistencyMode === "consistent" ? Math.ceil(replicationFactor / 2) : 1;
}

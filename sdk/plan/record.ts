import { byName, size } from "../garage/layout";
import type { ClusterSpec } from "../spec";

/** What a cluster has reached, or is to reach: by the one a change to the other is judged. */
export interface ReleaseRecord {
    version: string;
    stateVersion: string;
    replicationFactor: number;
    dbEngine: string;
    metadataDir: string;
    rpcPort: number;
    nodes: { name: string; zone: string; capacityBytes?: number; gateway: boolean }[];
}

/** What is asked for, as it will be recorded. */
export function recordOf(spec: ClusterSpec): ReleaseRecord {
    return {
        version: spec.version,
        stateVersion: spec.stateVersion,
        replicationFactor: spec.replicationFactor,
        dbEngine: spec.dbEngine,
        metadataDir: spec.metadataDir,
        rpcPort: spec.ports.rpc,
        nodes: byName(spec.nodes).map(({ name, zone, capacityBytes, gateway }) =>
            capacityBytes === undefined ? { name, zone, gateway } : { name, zone, capacityBytes, gateway },
        ),
    };
}

/** What follows `garage-node release `: the record, which the next preview is judged by. */
export function releaseWords(spec: ClusterSpec): string {
    const { version, nodes, ...facts } = recordOf(spec);
    return [
        version,
        ...Object.entries(facts).map(([key, value]) => `${key}=${value}`),
        `nodes=${nodes.map((node) => `${node.name}:${node.zone}:${size(node)}`).join(",")}`,
    ].join(" ");
}

const RECORD =
    /^(?:sudo -n )?(?:garage-node release )?(\S+) stateVersion=(\S+) replicationFactor=(\d+) dbEngine=(\S+) metadataDir=(\S+) rpcPort=(\d+) nodes=(\S+)$/;

/** Reads such a line back, with or without the command before it; undefined for anything else (unknowns, secrets, junk). */
export function parseReleaseWords(line: unknown): ReleaseRecord | undefined {
    if (typeof line !== "string") return undefined;
    const parts = RECORD.exec(line);
    if (!parts) return undefined;
    const nodes: ReleaseRecord["nodes"] = [];
    for (const node of parts[7]!.split(",")) {
        const [name, zone, capacity, ...more] = node.split(":");
        if (!name || !zone || !capacity || more.length > 0 || !/^(gateway|\d+)$/.test(capacity)) return undefined;
        nodes.push(
            capacity === "gateway"
                ? { name, zone, gateway: true }
                : { name, zone, capacityBytes: Number(capacity), gateway: false },
        );
    }
    return {
        version: parts[1]!,
        stateVersion: parts[2]!,
        replicationFactor: Number(parts[3]),
        dbEngine: parts[4]!,
        metadataDir: parts[5]!,
        rpcPort: Number(parts[6]),
        nodes,
    };
}

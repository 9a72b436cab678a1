import { byName, size } from "../garage/layout";
import type { ClusterSpec } from "../spec";

/** What follows `garage-node release `: the record of what was reached, which the next preview is judged by. */
export function releaseWords(spec: ClusterSpec): string {
    const nodes = byName(spec.nodes).map((node) => `${node.name}:${node.zone}:${size(node)}`);
    return [
        spec.version,
        `stateVersion=${spec.stateVersion}`,
        `replicationFactor=${spec.replicationFactor}`,
        `dbEngine=${spec.dbEngine}`,
        `metadataDir=${spec.metadataDir}`,
        `rpcPort=${spec.ports.rpc}`,
        `nodes=${nodes.join(",")}`,
    ].join(" ");
}

export interface ReleaseRecord {
    version: string;
    stateVersion: string;
    replicationFactor: number;
    dbEngine: string;
    metadataDir: string;
    rpcPort: number;
    nodes: { name: string; zone: string; capacityBytes?: number; gateway: boolean }[];
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

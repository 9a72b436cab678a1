import type { Series } from "./series";

/** What one major upgrade needs. The facts were tried on real clusters; the guides are upstream's. */
export interface Hop {
    /** `"0.8->0.9"` */
    readonly name: HopName;
    readonly from: Series;
    readonly to: Series;
    /** The oldest release to start from: an older one gets a warning at preview and a waivable check on the hosts. */
    readonly minFrom: string;
    /** Why not from an older one. */
    readonly minFromReason: string;
    /** Upstream's migration guide. */
    readonly guide: string;
    /** `garage offline-repair --yes …` with the new binary, on every node, before its first start. */
    readonly offlineRepair: readonly string[];
    /** Capacities turn from relative numbers into bytes: 1 becomes 1 GiB until the real ones are assigned. */
    readonly capacityUnitsChange: boolean;
    /** Whether strategy `short` (upstream's way with little downtime) may be used. */
    readonly short: boolean;
    /** What users of the cluster notice afterwards. */
    readonly notes: readonly string[];
}

export type HopName = "0.7->0.8" | "0.8->0.9" | "0.9->1" | "1->2";

const GUIDES = "https://garagehq.deuxfleurs.fr/documentation/working-documents";

export const HOPS: readonly Hop[] = [
    {
        name: "0.7->0.8",
        from: "0.7",
        to: "0.8",
        minFrom: "0.7.3",
        minFromReason: "the last of its series",
        guide: `${GUIDES}/migration-08/`,
        offlineRepair: ["object_counters"],
        capacityUnitsChange: false,
        short: false,
        notes: ["sizes of buckets are counted anew; on sled the figures stay wrong until sled is left"],
    },
    {
        name: "0.8->0.9",
        from: "0.8",
        to: "0.9",
        minFrom: "0.8.7",
        minFromReason: "the last of its series, from which this hop was tried",
        guide: `${GUIDES}/migration-09/`,
        offlineRepair: [],
        capacityUnitsChange: true,
        short: false,
        notes: [
            "multipart uploads that are under way are lost and have to be started again",
            "capacities turn into bytes; the real ones are assigned when stateVersion is moved, and data may move then",
        ],
    },
    {
        name: "0.9->1",
        from: "0.9",
        to: "1",
        minFrom: "0.9.4",
        minFromReason: "the last of its series, and the first that can take snapshots of its metadata",
        guide: `${GUIDES}/migration-1/`,
        offlineRepair: [],
        capacityUnitsChange: false,
        short: true,
        notes: ["metadata in sled has to be converted first: series 1 can't read it"],
    },
    {
        name: "1->2",
        from: "1",
        to: "2",
        minFrom: "1.0.1",
        minFromReason: "1.0.0 doesn't end while a client is connected",
        guide: `${GUIDES}/migration-2/`,
        offlineRepair: [],
        capacityUnitsChange: false,
        short: true,
        notes: ["clients of the admin API have to move to /v2/"],
    },
];

/** The hop that starts in this series; undefined in the newest one. */
export function hopFrom(series: Series): Hop | undefined {
    return HOPS.find((hop) => hop.from === series);
}

/** The hop of that name; undefined for whatever is none. */
export function hopNamed(name: string): Hop | undefined {
    return HOPS.find((hop) => hop.name === name);
}

import { ConsistencyMode } from "../args";
import type { Copies } from "../garage/quorum";
import type { Series } from "../policy";
import { seriesBetween } from "../policy/series";
import type { Reader, Table } from "./reader";

const CONSISTENCY: Readonly<Record<number, readonly `${ConsistencyMode}`[]>> = {
    1: ["consistent"],
    2: ["consistent", "dangerous"],
    3: ["consistent", "degraded", "dangerous"],
};

/** Up to 0.9 only what `replication_mode` can say (src/rpc/replication_mode.rs@v0.8.7). */
export function readReplication(reader: Reader, args: Table, series: Series | undefined): Copies {
    const replicationFactor = reader.integer("replicationFactor", args.replicationFactor, 1, 32) ?? 3;
    const modes = Object.values(ConsistencyMode);
    const consistencyMode = reader.choice("consistencyMode", args.consistencyMode, modes) ?? ConsistencyMode.Consistent;
    if (!series || seriesBetween("1", series) >= 0) return { replicationFactor, consistencyMode };
    const possible = CONSISTENCY[replicationFactor];
    if (!possible) {
        reader.complain("replicationFactor", {
            given: String(replicationFactor),
            what: `is more than Garage ${series} can do`,
            allowed: "1, 2 or 3 before series 1",
            todo: "Write one of these",
        });
    } else if (!possible.includes(consistencyMode)) {
        reader.complain("consistencyMode", {
            given: `"${consistencyMode}"`,
            what: `doesn't go with replicationFactor ${replicationFactor} in Garage ${series}`,
            allowed: possible.map((each) => `"${each}"`).join(", "),
            todo: "Write one of these, or leave it out",
        });
    }
    return { replicationFactor, consistencyMode };
}

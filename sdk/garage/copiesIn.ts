import { type Series, seriesBetween } from "../policy/series";

/** How many copies a garage.toml asks for: `replication_mode` up to 0.9, and in 1 too; `replication_factor` and `consistency_mode` from 1 on. */
export function copiesIn(toml: Record<string, unknown>, series: Series): { factor: number; mode: string } {
    const modern = seriesBetween("1", series) >= 0;
    if (modern && typeof toml.replication_factor === "number") {
        return { factor: toml.replication_factor, mode: String(toml.consistency_mode ?? "consistent") };
    }
    const [, factor, mode] = /^(none|[123])(?:-(degraded|dangerous))?$/.exec(String(toml.replication_mode)) ?? [];
    if (factor === undefined) throw new Error(modern ? "replication_factor is missing" : "replication_mode is missing");
    return { factor: factor === "none" ? 1 : Number(factor), mode: mode ?? "consistent" };
}

import type { Series } from "../policy";

/** What each secret of a cluster is called in garage.toml, by its option: which one it is on 0.8 the package says by another option. */
export const SECRET_KEYS: Readonly<Record<string, string>> = {
    rpcSecret: "rpc_secret",
    rpcSecret08: "rpc_secret",
    adminToken: "admin_token",
    metricsToken: "metrics_token",
};

/** Those options that hold what daemons of that series run with. */
export function secretOptions(series: Series): string[] {
    const other = series === "0.8" ? "rpcSecret" : "rpcSecret08";
    return Object.keys(SECRET_KEYS).filter((option) => option !== other);
}

/** What each secret of a cluster is called in garage.toml, by its option. */
export const SECRET_KEYS: Readonly<Record<string, string>> = {
    rpcSecret: "rpc_secret",
    adminToken: "admin_token",
    metricsToken: "metrics_token",
};

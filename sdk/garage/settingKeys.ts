/**
 * Keys of garage.toml that have an option of their own; the option's name, or what makes them. They are refused in
 * `settings`: two places for one thing, and some of them guard the data.
 */
export const TYPED_KEYS: Readonly<Record<string, string>> = {
    metadata_dir: "metadataDir",
    data_dir: "dataDir or dataDirs",
    db_engine: "dbEngine",
    replication_mode: "replicationFactor and consistencyMode",
    replication_factor: "replicationFactor",
    consistency_mode: "consistencyMode",
    block_size: "blockSize",
    compression_level: "compressionLevel",
    rpc_secret: "rpcSecret",
    rpc_secret_file: "rpcSecret",
    rpc_bind_addr: "rpcBindAddress and rpcPort",
    rpc_public_addr: "nodes.<name>.rpcPublicAddr",
    bootstrap_peers: "nodes",
    "s3_api.api_bind_addr": "s3BindAddress and s3Port",
    "s3_api.s3_region": "s3Region",
    "s3_api.root_domain": "s3RootDomain",
    "s3_web.bind_addr": "webBindAddress and webPort",
    "s3_web.root_domain": "webRootDomain",
    "admin.api_bind_addr": "adminBindAddress and adminPort",
    "admin.admin_token": "adminToken",
    "admin.admin_token_file": "adminToken",
    "admin.metrics_token": "metricsToken",
    "admin.metrics_token_file": "metricsToken",
};

/**
 * The other keys, with the releases that know them: read in src/util/config.rs of garage_util 0.7.0, 0.8.0, 0.8.2,
 * 0.8.7, 0.9.0, 0.9.4, 1.0.0, 1.3.0, 2.0.0, 2.1.0, 2.4.0 and 2.5.0; garage-facts for the releases between. Garage
 * ignores a key that it doesn't know in silence.
 */
export const OTHER_KEYS: Readonly<Record<string, string>> = {
    block_manager_background_tranquility: "<0.8.0",
    consul_host: "<0.8.0",
    consul_service_name: "<0.8.0",
    kubernetes_namespace: "<0.8.0",
    kubernetes_service_name: "<0.8.0",
    kubernetes_skip_crd: "<0.8.0",
    sled_cache_capacity: "<1.0.0",
    sled_flush_every_ms: "<1.0.0",
    rpc_timeout_msec: ">=0.8.0",
    rpc_ping_timeout_msec: ">=0.8.0",
    allow_world_readable_secrets: ">=0.8.5 <0.9.0 || >=0.9.1",
    lmdb_map_size: ">=0.8.5",
    metadata_fsync: ">=0.9.0",
    data_fsync: ">=0.9.0",
    rpc_bind_outgoing: ">=0.9.2",
    disable_scrub: ">=0.9.4",
    metadata_auto_snapshot_interval: ">=0.9.4",
    block_ram_buffer_max: ">=0.9.4",
    rpc_public_addr_subnet: ">=1.0.1",
    metadata_snapshots_dir: ">=1.1.0",
    use_local_tz: ">=1.1.0",
    allow_punycode: ">=1.2.0",
    block_max_concurrent_reads: ">=1.3.0 <2.0.0 || >=2.1.0",
    fjall_block_cache_size: ">=1.3.0 <2.0.0 || >=2.1.0",
    block_max_concurrent_writes_per_request: ">=2.2.0",
    "s3_api.public_endpoint": ">=2.5.0",
    "s3_api.public_endpoint_path_style": ">=2.5.0",
    "s3_web.add_host_to_metrics": ">=1.1.0",
    "k2v_api.api_bind_addr": ">=0.8.0",
    "k2v_api.public_endpoint": ">=2.5.0",
    "admin.trace_sink": ">=0.7.0",
    "admin.metrics_require_token": ">=2.0.0",
    "consul_discovery.consul_http_addr": ">=0.8.0",
    "consul_discovery.service_name": ">=0.8.0",
    "consul_discovery.ca_cert": ">=0.8.0",
    "consul_discovery.client_cert": ">=0.8.0",
    "consul_discovery.client_key": ">=0.8.0",
    "consul_discovery.tls_skip_verify": ">=0.8.0",
    "consul_discovery.api": ">=0.8.3",
    "consul_discovery.token": ">=0.8.3",
    "consul_discovery.tags": ">=0.8.3",
    "consul_discovery.meta": ">=0.8.3",
    "consul_discovery.datacenters": ">=2.2.0",
    "kubernetes_discovery.namespace": ">=0.8.0",
    "kubernetes_discovery.service_name": ">=0.8.0",
    "kubernetes_discovery.skip_crd": ">=0.8.0",
};

/** Sections of garage.toml. */
export const SECTIONS: readonly string[] = [
    ...new Set(
        [...Object.keys(TYPED_KEYS), ...Object.keys(OTHER_KEYS)]
            .filter((key) => key.includes("."))
            .map((key) => key.split(".")[0]!),
    ),
];

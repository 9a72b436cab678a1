import * as semver from "semver";
import { stringify } from "smol-toml";
import { type Series, seriesBetween } from "../policy/series";
import type { ClusterSpec, DataDirSpec } from "../spec";

/** `quiet` is the configuration while a major upgrade goes on: the cluster's own RPC is on; S3, K2V and web are off. */
export type TomlVariant = "full" | "quiet";

type Table = Record<string, unknown>;
type Spec = Omit<ClusterSpec, "nodes">;

const SECRETS = "/etc/garage-node/secrets";

/**
 * garage.toml for the spec's release, as a template: `stage` fills in @RPC_PUBLIC_ADDR@ and @BOOTSTRAP_PEERS@ (the body
 * of an array) on the host, and @RPC_SECRET@, @ADMIN_TOKEN@ and @METRICS_TOKEN@ where the release knows no files for
 * them. Which key a release knows: sdk/garage/settingKeys.ts and garage's src/util/config.rs at that tag.
 */
export function renderToml(spec: Spec, variant: TomlVariant): string {
    const table = merge(settingsFor(spec, variant), {
        ...storage(spec),
        ...replication(spec),
        ...rpc(spec),
        s3_api: s3Api(spec, variant),
        ...web(spec, variant),
        admin: admin(spec),
    });
    return stringify(table).replace(/^bootstrap_peers = .*$/m, "bootstrap_peers = [@BOOTSTRAP_PEERS@]");
}

function storage(spec: Spec): Table {
    const [first, ...more] = spec.dataDirs;
    const single = more.length === 0 && first && !first.readOnly && first.capacityBytes === undefined;
    return {
        metadata_dir: spec.metadataDir,
        data_dir: single ? first.path : spec.dataDirs.map(dataDir),
        // Always written out: on another engine than the data's, Garage starts healthy and empty. 0.7 has no choice.
        ...(atLeast(spec, "0.8") ? { db_engine: spec.dbEngine } : {}),
        ...(spec.blockSizeBytes === undefined ? {} : { block_size: spec.blockSizeBytes }),
        ...(spec.compressionLevel === undefined ? {} : { compression_level: spec.compressionLevel }),
    };
}

function dataDir({ path, capacityBytes, readOnly }: DataDirSpec): Table {
    return {
        path,
        ...(capacityBytes === undefined ? {} : { capacity: `${capacityBytes}B` }),
        ...(readOnly ? { read_only: true } : {}),
    };
}

/** `replication_mode` is the only way up to 0.9 and fatal from 2 on; 1 takes both. */
function replication(spec: Spec): Table {
    if (atLeast(spec, "1"))
        return { replication_factor: spec.replicationFactor, consistency_mode: spec.consistencyMode };
    const suffix = spec.consistencyMode === "consistent" ? "" : `-${spec.consistencyMode}`;
    return { replication_mode: `${spec.replicationFactor}${suffix}` };
}

function rpc(spec: Spec): Table {
    return {
        rpc_bind_addr: `${spec.binds.rpc}:${spec.ports.rpc}`,
        rpc_public_addr: "@RPC_PUBLIC_ADDR@",
        bootstrap_peers: [],
        ...secret(spec, "rpc_secret", "@RPC_SECRET@", spec.series === "0.8" ? "rpc_secret_0.8" : "rpc_secret"),
    };
}

/** 0.7 can't do without S3 and web: while quiet they listen on the host itself only. */
function s3Api(spec: Spec, variant: TomlVariant): Table {
    const on = variant === "full" || !atLeast(spec, "0.8");
    const address = variant === "full" ? spec.binds.s3 : "127.0.0.1";
    return {
        s3_region: spec.s3Region,
        ...(on ? { api_bind_addr: `${address}:${spec.ports.s3}` } : {}),
        ...(spec.s3RootDomain === undefined ? {} : { root_domain: spec.s3RootDomain }),
    };
}

function web(spec: Spec, variant: TomlVariant): Table {
    if (variant === "quiet" && atLeast(spec, "0.8")) return {};
    const address = variant === "full" ? spec.binds.web : "127.0.0.1";
    return { s3_web: { bind_addr: `${address}:${spec.ports.web}`, root_domain: spec.webRootDomain } };
}

function admin(spec: Spec): Table {
    const tokens = semver.gte(spec.version, "0.7.3")
        ? {
              ...secret(spec, "admin_token", "@ADMIN_TOKEN@", "admin_token"),
              ...secret(spec, "metrics_token", "@METRICS_TOKEN@", "metrics_token"),
          }
        : {};
    return { api_bind_addr: `${spec.binds.admin}:${spec.ports.admin}`, ...tokens };
}

/** In a file of its own where the release can read one, else in garage.toml. */
function secret(spec: Spec, key: string, placeholder: string, file: string): Table {
    return semver.gte(spec.version, "0.8.2") ? { [`${key}_file`]: `${SECRETS}/${file}` } : { [key]: placeholder };
}

/** While quiet: no K2V, nothing of the web section, and no snapshot that pushes out an older one. */
function settingsFor(spec: Spec, variant: TomlVariant): Table {
    if (variant === "full") return spec.settings;
    const { k2v_api: _k2v, metadata_auto_snapshot_interval: _snapshots, ...rest } = spec.settings;
    if (!atLeast(spec, "0.8")) return rest;
    const { s3_web: _web, ...quiet } = rest;
    return quiet;
}

function atLeast(spec: Spec, series: Series): boolean {
    return seriesBetween(series, spec.series) >= 0;
}

/** Tables are merged in depth; ours win, though `validateArgs` lets nothing through that meets one of ours. */
function merge(theirs: Table, ours: Table): Table {
    const merged: Table = { ...theirs };
    for (const [key, value] of Object.entries(ours)) {
        const other = merged[key];
        merged[key] = isTable(other) && isTable(value) ? merge(other, value) : value;
    }
    return merged;
}

function isTable(value: unknown): value is Table {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

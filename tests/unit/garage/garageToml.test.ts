import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { parse } from "smol-toml";
import { renderToml } from "../../../sdk/garage/garageToml";
import { seriesOf } from "../../../sdk/policy";
import { spec } from "../support";

// biome-ignore lint/suspicious/noExplicitAny: read as what the assertions expect.
type Toml = Record<string, any>;

const RELEASES = ["0.7.0", "0.7.3", "0.8.0", "0.8.2", "0.8.7", "0.9.4", "1.3.0", "2.5.0"];

function render(version: string, variant: "full" | "quiet", changes: Record<string, unknown> = {}): Toml {
    const text = renderToml(spec({ version, stateVersion: seriesOf(version), ...changes }), variant);
    const toml = parse(text.replace("[@BOOTSTRAP_PEERS@]", '["@BOOTSTRAP_PEERS@"]'));
    // Its tables have no prototype, which deepStrictEqual minds.
    return JSON.parse(JSON.stringify(toml)) as Toml;
}

describe("garage.toml", () => {
    it("is this, for the newest release", () => {
        strictEqual(
            renderToml(spec(), "full"),
            `metadata_dir = "/var/lib/garage/meta"
data_dir = "/var/lib/garage/data"
db_engine = "lmdb"
replication_factor = 3
consistency_mode = "consistent"
rpc_bind_addr = "[::]:3901"
rpc_public_addr = "@RPC_PUBLIC_ADDR@"
bootstrap_peers = [@BOOTSTRAP_PEERS@]
rpc_secret_file = "/etc/garage-node/secrets/rpc_secret"

[s3_api]
s3_region = "garage"
api_bind_addr = "[::]:3900"

[s3_web]
bind_addr = "[::]:3902"
root_domain = ".web.garage.localhost"

[admin]
api_bind_addr = "[::]:3903"
admin_token_file = "/etc/garage-node/secrets/admin_token"
metrics_token_file = "/etc/garage-node/secrets/metrics_token"
`,
        );
    });

    for (const version of RELEASES) {
        it(`has the array of peers as a template that stage fills, before every section (${version})`, () => {
            const lines = renderToml(spec({ version, stateVersion: seriesOf(version) }), "full").split("\n");
            const peers = lines.indexOf("bootstrap_peers = [@BOOTSTRAP_PEERS@]");
            ok(peers >= 0 && peers < lines.findIndex((line) => line.startsWith("[")));
        });
    }

    it("writes the engine out from 0.8 on, for on another one Garage starts empty", () => {
        deepStrictEqual(
            RELEASES.map((version) => render(version, "full").db_engine),
            [undefined, undefined, "lmdb", "lmdb", "lmdb", "lmdb", "lmdb", "lmdb"],
        );
        strictEqual(render("0.9.4", "quiet", { dbEngine: "sled" }).db_engine, "sled");
        strictEqual(render("0.8.7", "full", { stateVersion: "0.7" }).db_engine, "sled");
    });

    it("speaks of copies in the series' own words", () => {
        const rows: [string, number, string, Toml][] = [
            ["0.7.3", 3, "consistent", { replication_mode: "3" }],
            ["0.9.4", 1, "consistent", { replication_mode: "1" }],
            ["0.9.4", 2, "dangerous", { replication_mode: "2-dangerous" }],
            ["0.8.7", 3, "degraded", { replication_mode: "3-degraded" }],
            ["1.3.0", 3, "degraded", { replication_factor: 3, consistency_mode: "degraded" }],
            ["2.5.0", 2, "dangerous", { replication_factor: 2, consistency_mode: "dangerous" }],
        ];
        for (const [version, replicationFactor, consistencyMode, expected] of rows) {
            const { replication_mode, replication_factor, consistency_mode } = render(version, "full", {
                replicationFactor,
                consistencyMode,
            });
            const found = { replication_mode, replication_factor, consistency_mode };
            deepStrictEqual(JSON.parse(JSON.stringify(found)), expected, version);
        }
    });

    it("keeps secrets in files of their own where the release can read them, 0.8's derived one apart", () => {
        const dir = "/etc/garage-node/secrets";
        const rows: [string, Toml][] = [
            ["0.7.0", { rpc_secret: "@RPC_SECRET@" }],
            ["0.7.3", { rpc_secret: "@RPC_SECRET@", admin_token: "@ADMIN_TOKEN@", metrics_token: "@METRICS_TOKEN@" }],
            ["0.8.0", { rpc_secret: "@RPC_SECRET@", admin_token: "@ADMIN_TOKEN@", metrics_token: "@METRICS_TOKEN@" }],
            ["0.8.2", { rpc_secret_file: `${dir}/rpc_secret_0.8` }],
            ["0.8.7", { rpc_secret_file: `${dir}/rpc_secret_0.8` }],
            ["0.9.4", { rpc_secret_file: `${dir}/rpc_secret` }],
            ["2.5.0", { rpc_secret_file: `${dir}/rpc_secret` }],
        ];
        for (const [version, expected] of rows) {
            const { rpc_secret, rpc_secret_file, admin } = render(version, "full");
            const { admin_token, metrics_token, admin_token_file, metrics_token_file } = admin as Toml;
            const files = expected.rpc_secret
                ? {}
                : { admin_token_file: `${dir}/admin_token`, metrics_token_file: `${dir}/metrics_token` };
            const found = {
                rpc_secret,
                rpc_secret_file,
                admin_token,
                metrics_token,
                admin_token_file,
                metrics_token_file,
            };
            deepStrictEqual(JSON.parse(JSON.stringify(found)), { ...expected, ...files }, version);
        }
    });

    it("turns S3, K2V and web off in the quiet variant, and nothing else", () => {
        const settings = { k2v_api: { api_bind_addr: "[::]:3904" }, s3_web: { add_host_to_metrics: true } };
        for (const version of RELEASES.filter((each) => !each.startsWith("0.7"))) {
            const full = render(version, "full", { settings, s3RootDomain: ".s3.example.org" });
            const quiet = render(version, "quiet", { settings, s3RootDomain: ".s3.example.org" });
            strictEqual(full.s3_api.api_bind_addr, "[::]:3900");
            strictEqual(full.k2v_api.api_bind_addr, "[::]:3904");
            deepStrictEqual(quiet.s3_api, { s3_region: "garage", root_domain: ".s3.example.org" });
            const { s3_api: _a, k2v_api: _b, s3_web: _c, ...rest } = full;
            const { s3_api: _d, ...quietRest } = quiet;
            deepStrictEqual(quietRest, rest, version);
        }
    });

    it("hides S3 and web of 0.7, which can't leave them out, on the host itself", () => {
        const quiet = render("0.7.3", "quiet");
        strictEqual(quiet.s3_api.api_bind_addr, "127.0.0.1:3900");
        strictEqual(quiet.s3_web.bind_addr, "127.0.0.1:3902");
        strictEqual(quiet.rpc_bind_addr, "[::]:3901");
    });

    it("takes no automatic snapshots while quiet: they would push out the hop's own", () => {
        const settings = { metadata_auto_snapshot_interval: "6h" };
        strictEqual(render("0.9.4", "full", { settings }).metadata_auto_snapshot_interval, "6h");
        strictEqual(render("0.9.4", "quiet", { settings }).metadata_auto_snapshot_interval, undefined);
    });

    it("writes every typed option where it belongs", () => {
        const toml = render("2.5.0", "full", {
            rpcPort: 4901,
            s3Port: 4900,
            webPort: 4902,
            adminPort: 4903,
            rpcBindAddress: "0.0.0.0",
            s3BindAddress: "127.0.0.1",
            webBindAddress: "[::1]",
            adminBindAddress: "10.0.0.1",
            s3Region: "eu",
            s3RootDomain: ".s3.example.org",
            webRootDomain: ".web.example.org",
            metadataDir: "/srv/meta",
            dataDirs: [
                { path: "/mnt/a", capacity: "1T" },
                { path: "/mnt/b", readOnly: true },
            ],
            dbEngine: "sqlite",
            blockSize: "10MiB",
            compressionLevel: 5,
        });
        strictEqual(toml.rpc_bind_addr, "0.0.0.0:4901");
        strictEqual(toml.s3_api.api_bind_addr, "127.0.0.1:4900");
        strictEqual(toml.s3_web.bind_addr, "[::1]:4902");
        strictEqual(toml.admin.api_bind_addr, "10.0.0.1:4903");
        deepStrictEqual([toml.s3_api.s3_region, toml.s3_api.root_domain], ["eu", ".s3.example.org"]);
        strictEqual(toml.s3_web.root_domain, ".web.example.org");
        strictEqual(toml.metadata_dir, "/srv/meta");
        deepStrictEqual(toml.data_dir, [
            { path: "/mnt/a", capacity: "1000000000000B" },
            { path: "/mnt/b", read_only: true },
        ]);
        deepStrictEqual([toml.db_engine, toml.block_size, toml.compression_level], ["sqlite", 10485760, 5]);
    });

    it("merges settings into the sections", () => {
        const toml = render("2.5.0", "full", {
            settings: { rpc_timeout_msec: 5000, admin: { metrics_require_token: true }, metadata_fsync: true },
        });
        deepStrictEqual([toml.rpc_timeout_msec, toml.metadata_fsync], [5000, true]);
        strictEqual(toml.admin.metrics_require_token, true);
        strictEqual(toml.admin.api_bind_addr, "[::]:3903");
        strictEqual(render("2.5.0", "full", { settings: { compression_level: "none" } }).compression_level, "none");
    });
});

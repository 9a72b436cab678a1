import assert from "node:assert/strict";
import { readConfiguration } from "../../../sdk/adopt/configuration";
import type { Series } from "../../../sdk/policy";
import { TOML } from "./support";

const OLD = TOML.replace("replication_factor = 3", 'replication_mode = "3"');
const read = (text: string, series: Series = "1") => readConfiguration(text, series);
const with1 = (from: string, to: string) => read(TOML.replace(from, to)).options;

const ROWS: [what: string, options: Record<string, unknown>, expected: Record<string, unknown>][] = [
    ["the defaults", read(TOML).options, { replicationFactor: 3 }],
    ["replication_mode none", read(OLD.replace('"3"', '"none"'), "0.9").options, { replicationFactor: 1 }],
    [
        "replication_mode 3-degraded",
        read(OLD.replace('"3"', '"3-degraded"'), "0.8").options,
        { replicationFactor: 3, consistencyMode: "degraded" },
    ],
    ["replication_mode in series 1", read(OLD).options, { replicationFactor: 3 }],
    [
        "replication_mode beside what 0.9 doesn't read",
        read(`replication_factor = 5\n${OLD}`, "0.9").options,
        { replicationFactor: 3 },
    ],
    [
        "consistency_mode",
        with1("replication_factor = 3", 'replication_factor = 5\nconsistency_mode = "dangerous"'),
        { replicationFactor: 5, consistencyMode: "dangerous" },
    ],
    [
        "an address and a port",
        with1("[::]:3900", "10.0.0.5:9000"),
        { s3BindAddress: "10.0.0.5", s3Port: 9000, replicationFactor: 3 },
    ],
    ["an IPv6 address", with1("[::]:3901", "[fd00::5]:3901"), { rpcBindAddress: "[fd00::5]", replicationFactor: 3 }],
    [
        "S3 off: it listens on the host itself only",
        with1('api_bind_addr = "[::]:3900"', ""),
        { s3BindAddress: "127.0.0.1", replicationFactor: 3 },
    ],
    ["a region", with1('"garage"', '"eu-1"'), { replicationFactor: 3, s3Region: "eu-1" }],
    [
        "domains",
        with1('".web.garage.localhost"', '".web.example.org"'),
        { replicationFactor: 3, webRootDomain: ".web.example.org" },
    ],
    [
        "directories",
        with1('data_dir = "/var/lib/garage/data"', 'data_dir = "/srv/data/"'),
        { replicationFactor: 3, dataDir: "/srv/data" },
    ],
    [
        "several data directories",
        with1(
            'data_dir = "/var/lib/garage/data"',
            'data_dir = [{ path = "/srv/a", capacity = "1TB" }, { path = "/srv/b", read_only = true }]',
        ),
        {
            replicationFactor: 3,
            dataDirs: [
                { path: "/srv/a", capacity: "1T" },
                { path: "/srv/b", readOnly: true },
            ],
        },
    ],
    [
        "a size as a number",
        with1("[s3_api]", "block_size = 10485760\n[s3_api]"),
        { replicationFactor: 3, blockSize: "10MiB" },
    ],
    ["a size as a text", with1("[s3_api]", 'block_size = "2M"\n[s3_api]'), { replicationFactor: 3, blockSize: "2M" }],
    ["a level", with1("[s3_api]", "compression_level = 0\n[s3_api]"), { replicationFactor: 3, compressionLevel: 0 }],
    [
        "no compression",
        with1("[s3_api]", 'compression_level = "none"\n[s3_api]'),
        { replicationFactor: 3, settings: { compression_level: "none" } },
    ],
    [
        "what has no option of its own",
        with1("[s3_api]", 'metadata_fsync = true\n[k2v_api]\napi_bind_addr = "[::]:3904"\n[s3_api]'),
        { replicationFactor: 3, settings: { metadata_fsync: true, k2v_api: { api_bind_addr: "[::]:3904" } } },
    ],
    [
        "a key of a section that is typed otherwise",
        with1("admin_token", 'trace_sink = "http://localhost:4317"\nadmin_token'),
        { replicationFactor: 3, settings: { admin: { trace_sink: "http://localhost:4317" } } },
    ],
    ["files of secrets", with1("rpc_secret =", "rpc_secret_file ="), { replicationFactor: 3 }],
    ["peers", with1("[s3_api]", 'bootstrap_peers = ["a@b:1"]\n[s3_api]'), { replicationFactor: 3 }],
];

describe("a garage.toml in the options of this package", () => {
    for (const [what, options, expected] of ROWS) it(what, () => assert.deepEqual(options, expected));

    it("has each node's own address, and where it listens for RPC", () => {
        const { rpcPublicAddr, rpcBind, ports } = read(
            TOML.replace("rpc_secret", 'rpc_public_addr = "a:3901"\nrpc_secret'),
        );
        assert.deepEqual([rpcPublicAddr, rpcBind, ports.rpc], ["a:3901", "[::]", 3901]);
    });

    it("names the engine by one word, and none where the file doesn't", () => {
        assert.equal(read(TOML.replace('"lmdb"', '"rusqlite"')).engine, "sqlite");
        assert.equal(read(TOML.replace('db_engine = "lmdb"\n', "")).engine, undefined);
        // 0.7 has one only, and reads no such key.
        assert.equal(read(OLD, "0.7").engine, undefined);
    });

    it("names what no option can say, and keeps no secret", () => {
        const text = `${TOML.replace("[::]:3900", "/run/s3.sock")}[consul_discovery]\ntoken = "@secret"\nconsul_http_addr = "http://@secret@consul"\nmeta = { x = ["@secret"] }\n`;
        const { problems, options } = read(text);
        assert.deepEqual(
            problems.map(({ what }) => what.split(" ")[0]),
            [
                "s3_api.api_bind_addr",
                "consul_discovery.token",
                "consul_discovery.consul_http_addr",
                "consul_discovery.meta",
            ],
        );
        assert.deepEqual(options.settings, undefined);
    });

    for (const [what, text] of [
        ["no TOML", "metadata_dir = "],
        ["no listener of RPC", TOML.replace("rpc_bind_addr", "x")],
        ["no directory", TOML.replace("data_dir", "x")],
        ["no number of copies", TOML.replace("replication_factor", "x")],
        ["a relative directory", TOML.replace("/var/lib/garage/meta", "meta")],
    ] as const)
        it(`with ${what} is refused`, () => assert.throws(() => read(text)));
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { transformSync } from "esbuild";
import { join } from "../../../sdk/adopt/cluster";
import { judge } from "../../../sdk/adopt/judge";
import { FromConfig } from "../../../sdk/adopt/programArgs";
import { renderProgram } from "../../../sdk/adopt/render";
import { ConsistencyMode, DbEngine } from "../../../sdk/args";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { root } from "../../../toolchain/shell";
import { container, hosts, type Made, unit } from "./support";

/** Pulumi's SDK brings it along; it has no types here. */
const { load } = require("js-yaml");

const facts = { project: "garage-cluster", release: "0.1.0", at: "2026-11-29T08:00:00Z" };

/** Every way of being set up that a program can say. */
const SET_UPS: [what: string, change: (made: Made, at: number) => void, count?: number][] = [
    ["the plainest cluster", () => {}],
    ["one node", ({ process }) => said(process, "replication_factor = 3", "replication_factor = 1"), 1],
    ["upstream's unit", ({ process }) => Object.assign(process, { user: null, keeper: unit({ dynamicUser: true }) })],
    ["containers", ({ process }) => Object.assign(process, { keeper: container() })],
    [
        "a gateway, tags, a bastion, another port of SSH",
        ({ layout, reach }, at) => {
            layout.roles[3]!.capacity = null;
            layout.roles[3]!.tags.push("edge", "eu-west.1");
            if (at === 3)
                Object.assign(reach, {
                    port: 2222,
                    user: "admin",
                    proxy: { host: "192.0.2.9", port: 22, user: "jump" },
                });
        },
        4,
    ],
    [
        "ports, addresses, domains, an engine, directories",
        ({ process, node }) => {
            said(process, "[::]:3900", "0.0.0.0:9000");
            said(process, '".web.garage.localhost"', '".web.example.org"');
            said(process, 's3_region = "garage"', 's3_region = "eu"\nroot_domain = ".s3.example.org"');
            said(process, 'db_engine = "lmdb"', 'db_engine = "sqlite3"');
            said(
                process,
                '"/var/lib/garage/data"',
                '[{ path = "/mnt/a/garage", capacity = "2T" }, { path = "/mnt/b/garage", read_only = true }]',
            );
            said(
                process,
                "[s3_api]",
                'block_size = "10M"\ncompression_level = 3\nconsistency_mode = "degraded"\n[s3_api]',
            );
            node.engines = ["sqlite"];
            node.daemon!.engine = "sqlite";
            process.environment.RUST_LOG = "garage=debug";
        },
    ],
    [
        "settings of all kinds",
        ({ process }) =>
            said(
                process,
                "[s3_api]",
                'metadata_auto_snapshot_interval = "6h"\nlmdb_map_size = "1T"\n[k2v_api]\napi_bind_addr = "[::]:3904"\n[consul_discovery]\ndbEngine = "lmdb;"\nservice_name = "' +
                    "${" +
                    'garage} \\"quoted\\""\nconsul_http_addr = "http://consul:8500"\ntags = ["a", "b"]\nmeta = { "x-y" = "z" }\n[s3_api]',
            ),
    ],
    [
        "addresses for the peers",
        ({ process }, at) => said(process, "rpc_secret", `rpc_public_addr = "[fd00::${at + 1}]:3901"\nrpc_secret`),
    ],
    [
        "series 0.9 on sled",
        ({ process, node }) => {
            process.release = "0.9.4";
            said(process, "replication_factor = 3", 'replication_mode = "3"');
            said(process, 'db_engine = "lmdb"', 'db_engine = "sled"');
            node.engines = ["sled"];
            node.daemon!.engine = "sled";
        },
    ],
    [
        "series 0.8",
        ({ process, layout }) => {
            process.release = "0.8.7";
            said(process, "replication_factor = 3", 'replication_mode = "3"');
            for (const role of layout.roles) role.capacity = 10;
        },
    ],
    [
        "series 0.7",
        ({ process, layout, node, reach }, at) => {
            process.release = "0.7.0";
            said(process, "replication_factor = 3", 'replication_mode = "3"');
            said(process, 'db_engine = "lmdb"\n', "");
            said(process, 'admin_token = "@secret"\n', "");
            delete node.marks.admin_token;
            node.engines = ["sled"];
            node.daemon!.engine = "sled";
            reach.host = `192.0.2.${at + 1}`;
            for (const role of layout.roles) role.capacity = 10;
        },
    ],
    ["series 2", ({ process }) => Object.assign(process, { release: "2.5.0" })],
];

function said(process: Made["process"], from: string, to: string): void {
    assert.ok(process.config.text!.includes(from), from);
    process.config.text = process.config.text!.replace(from, to);
}

/** The arguments that a program gives GarageCluster. */
function argsOf(program: string): Record<string, unknown> {
    let given: Record<string, unknown> = {};
    class GarageCluster {
        constructor(_: string, args: Record<string, unknown>) {
            given = args;
        }
    }
    class Config {
        requireSecret = (name: string) => new FromConfig(name);
    }
    const modules: Record<string, unknown> = {
        "@pulumi/pulumi": { Config },
        "node:fs": { readFileSync: (file: string) => `(${file})` },
        "pulumi-garage-cluster": { GarageCluster, DbEngine, ConsistencyMode },
    };
    const { code } = transformSync(program, { loader: "ts", format: "cjs" });
    new Function("require", "exports", "module", code)((name: string) => modules[name], {}, {});
    return given;
}

const plain = (args: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(args).filter(([, value]) => !(value instanceof FromConfig)));

describe("a program", () => {
    for (const [what, change, count] of SET_UPS) {
        const { args, reasons } = judge(join(hosts(change, count)));

        it(`of ${what} has arguments that the package takes`, () => {
            assert.ok(args, JSON.stringify(reasons.filter(({ weight }) => weight === "stops")));
            assert.deepEqual(validateArgs(plain(args)).problems, []);
        });

        it(`of ${what} says the same in TypeScript and in YAML`, () => {
            const typescript = renderProgram("typescript", { ...facts, args: args! });
            const adopt = { seen: "(adopt.json)" };
            assert.deepEqual(argsOf(typescript["index.ts"]!), { ...args, adopt });
            const yaml = renderProgram("yaml", { ...facts, args: args! });
            const project = load(yaml["Pulumi.yaml"]!) as {
                resources: { store: { properties: Record<string, unknown> } };
            };
            const asYaml = JSON.parse(
                JSON.stringify(args, (_, value) =>
                    value instanceof FromConfig
                        ? `\${${value.name}}`
                        : typeof value === "string"
                          ? value.replace("${", () => "$${")
                          : value,
                ),
            );
            const read = { seen: { "fn::readFile": "./adopt.json" } };
            assert.deepEqual(project.resources.store.properties, { ...asYaml, adopt: read });
        });
    }

    it("of each is taken by the compiler", function () {
        this.timeout(120_000);
        const dir = mkdtempSync(path(tmpdir(), "programs-"));
        symlinkSync(path(root, "node_modules"), path(dir, "node_modules"));
        try {
            for (const [at, [, change, count]] of SET_UPS.entries()) {
                const { args } = judge(join(hosts(change, count)));
                const { "index.ts": program } = renderProgram("typescript", { ...facts, args: args! });
                writeFileSync(path(dir, `program${at}.ts`), program!);
            }
            const paths = { "pulumi-garage-cluster": [path(root, "sdk", "index.ts")] };
            const compilerOptions = {
                strict: true,
                noEmit: true,
                skipLibCheck: true,
                esModuleInterop: true,
                paths,
                types: ["node"],
            };
            const config = {
                extends: path(root, "tsconfig.json"),
                compilerOptions: { ...compilerOptions, moduleResolution: "bundler", module: "preserve" },
                include: ["*.ts"],
            };
            writeFileSync(path(dir, "tsconfig.json"), JSON.stringify(config));
            const tsc = path(root, "node_modules/@typescript/native/bin/tsc");
            const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", dir], { encoding: "utf8" });
            assert.equal(status, 0, stdout);
        } finally {
            rmSync(dir, { recursive: true });
        }
    });

    it("is written for people, and says at once what it does", () => {
        const { args } = judge(
            join(hosts(({ process }) => said(process, 'data_dir = "/var/lib/garage/data"', 'data_dir = "/srv/data"'))),
        );
        const { "index.ts": program } = renderProgram("typescript", { ...facts, args: args! });
        assert.equal(
            program,
            `// Written by \`pulumi-garage-cluster inspect\` (0.1.0) at 2026-11-29T08:00:00Z: the cluster as it runs.
// \`pulumi preview\` says what a takeover changes, and what stands in its way; \`pulumi up\` takes the cluster over, one node at a
// time, the data staying where they are. Once all nodes are, take \`adopt\` out. See docs/adopting.md of pulumi-garage-cluster.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { DbEngine, GarageCluster } from "pulumi-garage-cluster";

const config = new pulumi.Config();

const store = new GarageCluster("store", {
    stateVersion: "1",
    version: "1.3.0",
    replicationFactor: 3,
    nodes: {
        london: { zone: "z0", capacity: "1T", tags: ["london"], ssh: { host: "192.0.2.1" } },
        paris: { zone: "z1", capacity: "1T", tags: ["paris"], ssh: { host: "192.0.2.2" } },
        rome: { zone: "z2", capacity: "1T", tags: ["rome"], ssh: { host: "192.0.2.3" } },
    },
    dataDir: "/srv/data",
    dbEngine: DbEngine.Lmdb,
    rpcSecret: config.requireSecret("rpcSecret"),
    adminToken: config.requireSecret("adminToken"),
    metricsToken: config.requireSecret("metricsToken"),
    adopt: { seen: readFileSync("adopt.json", "utf8") },
});

export const s3Endpoints = store.s3Endpoints;
export const version = store.version;
export const clusterId = store.clusterId;
export const rpcSecret = store.rpcSecret;
`,
        );
    });
});

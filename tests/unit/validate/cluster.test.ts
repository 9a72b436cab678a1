import { goodArgs } from "../support";
import { describeRows, type Row } from "./rows";

const nodes = goodArgs().nodes as Record<string, Record<string, unknown>>;
const old = (series: string, changes: object) => goodArgs({ stateVersion: series, version: undefined, ...changes });

const ROWS: Row[] = [
    // versions
    [
        "no stateVersion",
        goodArgs({ stateVersion: undefined }),
        ["stateVersion", /is missing.*\[state-version-missing\]/],
    ],
    [
        "a stateVersion that is a number",
        goodArgs({ stateVersion: 1 }),
        ["stateVersion", /YAML reads 0\.10 as the number 0\.1.*Write stateVersion: "1"/],
    ],
    [
        "a stateVersion that is no series",
        goodArgs({ stateVersion: "2.5.0" }),
        ["stateVersion", /\[state-version-unknown\]/],
    ],
    [
        "a version that is a number",
        goodArgs({ version: 0.1 }),
        ["version", /put quotes around it.*\[version-not-a-string\]/],
    ],
    ["a skip", goodArgs({ stateVersion: "0.8", version: "1.3.0" }), ["version", /skips 0\.9.*\[skips-series\]/]],
    ["a downgrade", goodArgs({ stateVersion: "2", version: "1.3.0" }), ["version", /\[series-downgrade\]/]],
    ["a known-bad release", goodArgs({ stateVersion: "0.8", version: "0.8.3" }), ["version", /\[version-known-bad\]/]],
    // copies
    [
        "a replication factor of nothing",
        goodArgs({ replicationFactor: 0 }),
        ["replicationFactor", /^The number 0 is out of range/],
    ],
    ["half a copy", goodArgs({ replicationFactor: 1.5 }), ["replicationFactor", /out of range/]],
    [
        "four copies before series 1",
        old("0.9", { replicationFactor: 4, nodes: { ...nodes, oslo: { ...nodes.rome, ssh: { host: "o" } } } }),
        ["replicationFactor", /more than Garage 0\.9 can do/],
    ],
    [
        "a mode that doesn't go with two copies",
        old("0.9", { replicationFactor: 2, consistencyMode: "degraded" }),
        ["consistencyMode", /doesn't go with replicationFactor 2/],
    ],
    [
        "a mode that is none",
        goodArgs({ consistencyMode: "eventual" }),
        ["consistencyMode", /"consistent", "degraded", "dangerous"/],
    ],
    // network
    ["ports that clash", goodArgs({ webPort: 3900 }), ["webPort", /^3900 clashes with s3Port/]],
    [
        "three ports that clash",
        goodArgs({ webPort: 3901, adminPort: 3901 }),
        ["webPort", /rpcPort/],
        ["adminPort", /rpcPort/],
    ],
    ["a port for root", goodArgs({ s3Port: 443 }), ["s3Port", /a daemon that isn't root, from 1024/]],
    ["a port that is none", goodArgs({ rpcPort: 70000 }), ["rpcPort", /out of range/]],
    ["a port in quotes", goodArgs({ adminPort: "3903" }), ["adminPort", /Take the quotes away/]],
    ["an IPv6 address without brackets", goodArgs({ s3BindAddress: "::" }), ["s3BindAddress", /IPv6 in brackets/]],
    ["an address with a port", goodArgs({ s3BindAddress: "0.0.0.0:3900" }), ["s3BindAddress", /without a port/]],
    ["an address that is none", goodArgs({ webBindAddress: "300.1.1.1" }), ["webBindAddress", /is no IP address/]],
    [
        "RPC on the loopback address",
        goodArgs({ rpcBindAddress: "127.0.0.1" }),
        ["rpcBindAddress", /can't be reached by the other nodes/],
    ],
    ["RPC on IPv6's loopback address", goodArgs({ rpcBindAddress: "[::1]" }), ["rpcBindAddress", /can't be reached/]],
    ["a region with a space", goodArgs({ s3Region: "eu west" }), ["s3Region", /can't be used here/]],
    [
        "a URL as a domain",
        goodArgs({ s3RootDomain: "https://s3.example.org" }),
        ["s3RootDomain", /a domain in lower case/],
    ],
    // what runs beside
    ["a name in without that isn't there", goodArgs({ without: ["romme"] }), ["without", /Did you mean rome/]],
    ["a name in rollOrder twice", goodArgs({ rollOrder: ["rome", "rome"] }), ["rollOrder[1]", /is there twice/]],
    [
        "more dead hosts than a write can do without",
        goodArgs({ without: ["rome", "paris"] }),
        ["without", /leaves 1 node\(s\) with data, but a write needs 2 of 3/],
    ],
    ["a check that can't be waived", goodArgs({ skipChecks: ["min-form"] }), ["skipChecks", /Did you mean min-from/]],
    ["no time at all", goodArgs({ healthTimeoutSeconds: 0 }), ["healthTimeoutSeconds", /from 5 to/]],
    [
        "a time in quotes with a unit",
        goodArgs({ drainTimeoutSeconds: "30m" }),
        ["drainTimeoutSeconds", /Take the quotes away/],
    ],
    ["a command of two lines", goodArgs({ beforeStop: "a\nb" }), ["beforeStop", /Put a longer script into a file/]],
    ["a log filter with a space", goodArgs({ logLevel: "garage = info" }), ["logLevel", /without spaces/]],
    [
        "the short way where it isn't safe",
        goodArgs({ stateVersion: "0.8", version: "0.9.4", majorUpgrade: { strategy: "short" } }),
        ["majorUpgrade.strategy", /isn't safe from series 0\.8 to 0\.9.*Take it out/],
    ],
    [
        "the short way with queues that never empty",
        goodArgs({ majorUpgrade: { strategy: "short", drain: "empty" } }),
        ["majorUpgrade.drain", /never comes true while S3 is on/],
    ],
    [
        "a way to drain that is none",
        goodArgs({ majorUpgrade: { drain: "fast" } }),
        ["majorUpgrade.drain", /"empty", "settled"/],
    ],
    [
        "a deep check that is none",
        goodArgs({ majorUpgrade: { deepChecks: ["block-refs"] } }),
        ["majorUpgrade.deepChecks", /Did you mean block_refs/],
    ],
    ["a flag in quotes", goodArgs({ allowPatchDowngrade: "true" }), ["allowPatchDowngrade", /Allowed: true or false/]],
    ...Object.entries({ without: "a", rollOrder: "a", skipChecks: "peers" }).map(
        ([name, text]): Row => [
            `a text instead of a list as ${name}`,
            goodArgs({ [name]: text }),
            [
                name,
                new RegExp(
                    `^"${text}" is no value of the right kind\\. Allowed: a list\\. Write a list: \\["${text}"\\]`,
                ),
            ],
        ],
    ),
    ["a path instead of directories", goodArgs({ dataDirs: "/srv/x" }), ["dataDirs", /Write a list: \[…\]\.$/]],
    ...Object.entries({ settings: "name", binary: "baseUrl", majorUpgrade: "strategy", nodes: "name" }).map(
        ([name, first]): Row => [
            `a text instead of a map as ${name}`,
            goodArgs({ [name]: "x" }),
            [
                name,
                new RegExp(
                    `^A text of 1 characters is no value of the right kind.*Write a map: \\{ ${first}: … \\}\\.$`,
                ),
            ],
        ],
    ),
    // secrets that are plain
    ["a cluster id with a space", goodArgs({ clusterId: "a b c d" }), ["clusterId", /can't be used here/]],
    [
        "an RPC secret that is too short",
        goodArgs({ rpcSecret: "abc" }),
        ["rpcSecret", /^A text of 3 characters.*openssl rand -hex 32/],
    ],
    ["an admin token with a quote", goodArgs({ adminToken: `${"x".repeat(20)}"` }), ["adminToken", /not shown/]],
    // names of options
    [
        "the name of an option as Garage writes it",
        goodArgs({ replication_factor: 3 }),
        ["replication_factor", /Did you mean replicationFactor\? Rename it/],
    ],
    ["an option that is nowhere", goodArgs({ color: "red" }), ["color", /is no option.*Take it out/]],
];

describeRows("bad options of the cluster", ROWS);

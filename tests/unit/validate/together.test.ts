import { goodArgs, paris } from "../support";
import { describeRows, type Row } from "./rows";

const contained = (...volumes: string[][]) =>
    goodArgs({
        metadataDir: "/srv/garage/meta",
        dataDir: "/srv/garage/data",
        replicationFactor: 2,
        nodes: Object.fromEntries(
            volumes.map((each, i) => [`n${i}`, { zone: "z", capacity: "1G", container: { volumes: each } }]),
        ),
    });
const dirs = (...capacities: string[]) => capacities.map((capacity, i) => ({ path: `/mnt/disk${i}/garage`, capacity }));
const OWN = /^"\[?[0-9a-f.:]+\]?" is the address of (paris|london), which the other nodes haven't got.*Leave it out/i;

const ROWS: Row[] = [
    ...["s3", "web", "admin", "rpc"].map(
        (service): Row => [
            `the first node's address to listen on (${service})`,
            goodArgs({ [`${service}BindAddress`]: "192.0.2.1" }),
            [`${service}BindAddress`, OWN],
        ],
    ),
    [
        "a node's RPC address to listen on",
        paris({ rpcPublicAddr: "[fd00::5]:3901" }, { s3BindAddress: "[FD00:0::5]" }),
        ["s3BindAddress", OWN],
    ],
    [
        "a node's address for K2V",
        goodArgs({ settings: { k2v_api: { api_bind_addr: "192.0.2.2:3904" } } }),
        ["settings.k2v_api.api_bind_addr", OWN],
    ],
    ["the loopback address to listen on", goodArgs({ s3BindAddress: "127.0.0.1", adminBindAddress: "[::1]" })],
    ["an address that no node is known by", goodArgs({ s3BindAddress: "10.9.9.9" })],
    [
        "the address of a node that is alone",
        goodArgs({
            replicationFactor: 1,
            s3BindAddress: "192.0.2.1",
            nodes: { a: { zone: "z", capacity: "1G", ssh: { host: "192.0.2.1" } } },
        }),
    ],
    [
        "one directory of this machine for two containers' data",
        contained(["/data/garage:/srv/garage"], ["/data/garage:/srv/garage"]),
        ["nodes.n1.container.volumes[0]", /^"\/data\/garage" holds metadata or data, and is n0's too.*Name one like/],
    ],
    ["a directory for each", contained(["/data/a:/srv/garage"], ["/data/b:/srv/garage/"])],
    [
        "what both only read, and what holds nothing of Garage",
        contained(
            ["/data/a:/srv/garage", "/mirror:/srv/mirror:ro", "/log:/var/log"],
            ["/data/b:/srv/garage", "/mirror:/srv/mirror:ro", "/log:/var/log"],
        ),
    ],
    [
        "a node that is to hold more than its directories",
        paris({ capacity: "3T" }, { dataDirs: dirs("1T", "1T") }),
        [
            "nodes.paris.capacity",
            /^3000000000000 bytes is more than the dataDirs .* hold together \(2000000000000 bytes\)/,
        ],
    ],
    ["a node that holds as much", paris({ capacity: "2T" }, { dataDirs: dirs("1T", "1T") })],
    [
        "memory for less than one block",
        goodArgs({ blockSize: "10M", settings: { block_ram_buffer_max: "1MiB" } }),
        ["settings.block_ram_buffer_max", /is less than one block \(10000000 bytes\)/],
    ],
    [
        "memory for less than one block of the default size",
        goodArgs({ settings: { block_ram_buffer_max: 1000 } }),
        ["settings.block_ram_buffer_max", /is less than one block \(1048576 bytes\)/],
    ],
    ["memory for one block", goodArgs({ settings: { block_ram_buffer_max: "1MiB" } })],
];

describeRows("what can't be true for all nodes together", ROWS);

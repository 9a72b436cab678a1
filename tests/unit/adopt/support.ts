import type { HostSeen } from "../../../sdk/adopt/cluster";
import type { Container, Keeper, Look, NodeLook, Process, Reach, Unit } from "../../../sdk/adopt/seen";

/** MessagePack of plain values: what the tests' layouts are made of. */
function pack(value: unknown): Buffer {
    if (value === null) return Buffer.from([0xc0]);
    if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from([0xc4, value.length]), value]);
    if (typeof value === "string")
        return Buffer.concat([Buffer.from([0xd9, Buffer.byteLength(value)]), Buffer.from(value)]);
    if (typeof value === "number") {
        const bytes = Buffer.alloc(9, 0xcf);
        bytes.writeBigUInt64BE(BigInt(value), 1);
        return bytes;
    }
    if (Array.isArray(value)) return Buffer.concat([Buffer.from([0xdc, 0, value.length]), ...value.map(pack)]);
    const entries = Object.entries(value as object);
    return Buffer.concat([Buffer.from([0xde, 0, entries.length]), ...entries.flat().map(pack)]);
}

export interface MadeRole {
    id: string;
    zone: string;
    capacity: number | null;
    tags: string[];
}

export interface MadeLayout {
    version?: number;
    roles: MadeRole[];
    staged?: boolean;
    live?: number;
    zones?: number;
}

/** A file as 1.x and 2.x write it. */
export function layoutFile({ version = 1, roles, staged = false, live = 1, zones }: MadeLayout): string {
    const vals = roles.map(({ id, ...role }) => [Buffer.from(id, "hex"), 1, role]);
    const parameters = { zone_redundancy: zones === undefined ? "Maximum" : { AtLeast: zones } };
    const staging = { ts: 1, v: { parameters: { ts: 1, v: parameters }, roles: { vals: staged ? vals : [] } } };
    const one = { version, roles: { vals }, parameters };
    const bytes = pack({ versions: Array.from({ length: live }, () => one), old_versions: [], staging });
    return Buffer.concat([Buffer.from("G010lh"), bytes]).toString("base64");
}

export const idOf = (at: number) => String(at + 1).repeat(64);

export const unit = (more: Partial<Unit> = {}): Keeper => ({
    kind: "unit",
    unit: {
        name: "garage.service",
        file: "/etc/systemd/system/garage.service",
        dropIns: [],
        enabled: "enabled",
        user: null,
        dynamicUser: false,
        restart: "no",
        ...more,
    },
});

export const container = (more: Partial<Container> = {}): Keeper => ({
    kind: "container",
    container: {
        engine: "docker",
        id: "c".repeat(64),
        name: "garaged",
        image: "dxflrs/garage:v1.3.0",
        restart: "unless-stopped",
        restartFixed: false,
        autoRemove: false,
        network: "host",
        pid: 100,
        unit: null,
        compose: null,
        mounts: [
            { source: "/srv/garage/meta", target: "/var/lib/garage/meta", type: "bind" },
            { source: "/srv/garage/data", target: "/var/lib/garage/data", type: "bind" },
            { source: "/etc/garage.toml", target: "/etc/garage.toml", type: "bind" },
        ],
        ...more,
    },
});

export const TOML = `metadata_dir = "/var/lib/garage/meta"
data_dir = "/var/lib/garage/data"
db_engine = "lmdb"
replication_factor = 3
rpc_bind_addr = "[::]:3901"
rpc_secret = "@secret"
[s3_api]
s3_region = "garage"
api_bind_addr = "[::]:3900"
[s3_web]
bind_addr = "[::]:3902"
root_domain = ".web.garage.localhost"
[admin]
api_bind_addr = "[::]:3903"
admin_token = "@secret"
`;

export interface Made {
    process: Process;
    look: Look;
    node: NodeLook;
    reach: Reach;
    layout: MadeLayout;
}

/** Three hosts of 1.3.0 that nothing is wrong with; `change` may make something wrong of each. */
export function hosts(change: (made: Made, at: number) => void = () => {}, count = 3): HostSeen[] {
    const roles = Array.from({ length: count }, (_, at) => ({
        id: idOf(at),
        zone: `z${at}`,
        capacity: 1e12,
        tags: [["london", "paris", "rome", "oslo"][at]!],
    }));
    return Array.from({ length: count }, (_, at) => {
        const made = one(at, structuredClone(roles));
        change(made, at);
        const { reach, look, node, process, layout } = made;
        look.daemons.unshift(process);
        if (node.layoutFile === "") node.layoutFile = layoutFile(layout);
        return { reach, look, node, reasons: [] };
    });
}

function one(at: number, roles: MadeRole[]): Made {
    const host = `192.0.2.${at + 1}`;
    const process: Process = {
        pid: 100,
        ticks: "5000",
        start: 1_800_000_000,
        uid: 998,
        gid: 998,
        user: "garage",
        exe: "/usr/local/bin/garage",
        replaced: false,
        sha256: "5".repeat(64),
        version: "garage v1.3.0 [features: …]",
        release: "1.3.0",
        words: ["server"],
        environment: { RUST_LOG: "garage=info" },
        keeper: unit(),
        config: { path: "/etc/garage.toml", text: `${TOML}`, changed: 1_700_000_000 },
        listeners: [{ address: "::", port: 3900 }],
    };
    const directory = (path: string) => ({
        path,
        there: true,
        uid: 998,
        gid: 998,
        mode: "700",
        freeMiB: 5000,
        fileSystem: "ext2/ext3",
        real: path,
        user: "garage",
        owners: ["998:998"],
    });
    return {
        process,
        reach: { target: `root@${host}`, host, port: 22, user: "root" },
        look: {
            inspect: 1,
            host: {
                name: `host${at}.example.org`,
                os: "Debian",
                arch: "x86_64",
                nixos: false,
                systemd: 252,
                claim: null,
                units: [],
            },
            daemons: [],
        },
        node: {
            inspect: 1,
            id: idOf(at),
            engines: ["lmdb"],
            layoutFile: "",
            directories: [directory("/var/lib/garage/meta"), directory("/var/lib/garage/data")],
            marks: { rpc_secret: "1", admin_token: "2", metrics_token: "3" },
            daemon: {
                release: "1.3.0",
                engine: "lmdb",
                answersThrough: roles.map(({ id }) => id.slice(0, 16)),
                queues: { resync: 0, resyncErrors: 0 },
                blockErrors: { needed: 0, unneeded: 0 },
                errors: [],
            },
        },
        layout: { roles },
    };
}

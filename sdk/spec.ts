import type { ConsistencyMode, DbEngine, DrainMode, UpgradeStrategy } from "./args";
import type { HopName, Series } from "./policy";

export const ARCHITECTURES = ["x86_64", "aarch64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];
export type PerArch = Partial<Record<Architecture, string>>;

/** Kinds of hosts, by the option of a node that names one: sdk/placement. */
export const PLACEMENTS = ["ssh", "container", "aws"] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** The user says so; the hosts read these words. `without`: a host that is given up, its `host` stays as it is and nothing else is made for it. */
export type Part = "in" | "without";

/** Whether a node's host is dialled. The one place that asks. */
export function takesPart({ part }: Pick<NodeSpec, "part">): boolean {
    return part === "in";
}

/** One of the two volumes of a node on AWS. */
export interface VolumeSpec {
    sizeGiB: number;
    iops?: number;
    /** MiB/s. */
    throughput?: number;
    /** A volume that exists. */
    id?: string;
}

/** A machine on AWS. */
export interface AwsNodeSpec {
    instanceType: string;
    amiId?: string;
    renew?: string;
    publicIp: boolean;
    volumes: { metadata: VolumeSpec; data: VolumeSpec };
    tags: Record<string, string>;
}

/** What the machines on AWS share. */
export interface AwsSpec {
    adminCidrs: string[];
    clientCidrs: string[];
    peerCidrs: string[];
    /** Absent where there is none. */
    loadBalancer?: "internal" | "public";
    tags: Record<string, string>;
}

export interface NodeSpec {
    name: string;
    part: Part;
    zone: string;
    /** Absent on a gateway. */
    capacityBytes?: number;
    gateway: boolean;
    tags: string[];
    placement: Placement;
    /** Further volumes of a container, `source:target[:options]`; absent if there are none. */
    volumes?: string[];
    /** Of a node on AWS. */
    aws?: AwsNodeSpec;
    reapply?: string;
    /** The node id, 64 hex digits in lower case, that this node takes the place of. */
    replace?: string;
    /** Of a Garage that runs by hand, and is taken over. */
    adopt?: { stopCommand: string; startCommand: string };
}

export interface DataDirSpec {
    path: string;
    capacityBytes?: number;
    readOnly: boolean;
}

/** What a daemon listens for, by options `<service>Port` and `<service>BindAddress`. */
export const SERVICES = ["rpc", "s3", "web", "admin"] as const;
export type Service = (typeof SERVICES)[number];
export type Ports = Record<Service, number>;
export type Binds = Record<Service, string>;

export interface BinarySpec {
    /** Without a slash at its end. */
    baseUrl: string;
    url: PerArch;
    path: PerArch;
    /** Of a `path` always: the file has been read. */
    sha256: PerArch;
}

/** What `inspect` saw of a node, as adopt.json has it: as much of it as is used here. It has more, and a host gets all of it. */
export interface SeenNode {
    /** 64 hex digits. */
    id: string;
    /** Capacity in bytes, up to series 0.8 in units; null on a gateway. */
    role: { zone: string; capacity: number | null; tags: string[] };
    layoutVersion: number;
    release: string;
    series: Series;
    /** Null where it isn't sure. */
    engine: string | null;
    host: { arch: string };
    binary: { sha256: string };
    process: { uid: number; gid: number; user: string | null };
    keeper: {
        kind: string;
        /** Where `kind` is that. */
        unit?: { name: string; file: string | null; dropIns: string[]; dynamicUser: boolean };
        container?: {
            engine: string;
            name: string;
            restart: string;
            compose?: string | null;
            mounts?: { source: string; target: string; type: string }[];
        };
    };
    /** Secrets in it are masked. */
    configuration: { path: string; values: Record<string, unknown> };
    /** Metadata first; `real`: where it lies. */
    directories: { path: string; real: string }[];
    /** Those that the daemon has, by their names in garage.toml. */
    secrets: string[];
}

/** A Garage that runs already, and comes under this roof. */
export interface AdoptSpec {
    /** When it was looked at, in ISO 8601. */
    at: string;
    layoutVersion: number;
    nodes: Record<string, SeenNode>;
    /** Its services of before come back. */
    back: boolean;
    /** Our tag joins those that the nodes have, once all are taken over. */
    tagNodes: boolean;
}

/** What the user declared, checked, with every default filled in; plain values only: what is an `Input` stays in the args. */
export interface ClusterSpec {
    stateVersion: Series;
    /** Release to run, without a leading "v". */
    version: string;
    /** False when `version` isn't set and its default is taken. */
    versionGiven: boolean;
    /** Series of `version`. */
    series: Series;
    /** Only where the rule of versions, without the stack's memory, says a major upgrade. */
    hop?: HopName;
    replicationFactor: number;
    consistencyMode: `${ConsistencyMode}`;
    /** In the order of a roll; gateways last. */
    nodes: NodeSpec[];
    /** Where there are nodes on AWS. */
    aws?: AwsSpec;
    ports: Ports;
    binds: Binds;
    s3Region: string;
    s3RootDomain?: string;
    webRootDomain: string;
    metadataDir: string;
    dataDirs: DataDirSpec[];
    backupsDir: string;
    dbEngine: `${DbEngine}`;
    /** The user named the engine: data on another one may be converted. */
    dbEngineGiven: boolean;
    blockSizeBytes?: number;
    compressionLevel?: number;
    logLevel: string;
    settings: Record<string, unknown>;
    binary: BinarySpec;
    skipChecks: string[];
    /** Which way a major upgrade takes. */
    strategy: `${UpgradeStrategy}`;
    /** How long a major upgrade waits for the queues. */
    drain: `${DrainMode}`;
    /** What only tunes waiting, waives checks or runs beside: lines `option NAME VALUE` for `stage`, no part of a generation. */
    options: Record<string, string>;
    allowPatchDowngrade: boolean;
    adopt?: AdoptSpec;
}

import type { Input } from "@pulumi/pulumi";

// Every option says its unit, its default and its class, the one that sdk/garage/optionClass.ts holds:
//   rolling     a change restarts the nodes, one after the other; S3 stays up
//   converting  node by node, and each node's database is converted and compared before it starts again
//   together    all nodes at once; refused until there is a procedure for it
//   refused     can't be changed on a cluster that exists
//   none        restarts nothing
// No unions of string literals, no functions: the file is read by Pulumi's component analyzer. No "Args" in the names of what lies below
// GarageClusterArgs: generated SDKs add their own (NodeArgsArgs); for TypeScript the aliases at the end.

/** What reads and writes wait for (Garage's `consistency_mode`; `replication_mode` before 1.0). */
export enum ConsistencyMode {
    /** A quorum for reads and for writes: what has been written is read. */
    Consistent = "consistent",
    /** A quorum for writes only: reads go on with fewer nodes and may be stale. */
    Degraded = "degraded",
    /** No quorum at all: writes that were acknowledged can be lost. */
    Dangerous = "dangerous",
}

/** The engine of the metadata database. */
export enum DbEngine {
    /** Series 0.8 and later. */
    Lmdb = "lmdb",
    /** Series 0.8 and later. */
    Sqlite = "sqlite",
    /** Series 0.7 (which has nothing else), 0.8 and 0.9. */
    Sled = "sled",
}

/** The way of a major upgrade. */
export enum UpgradeStrategy {
    /** The whole procedure of Garage's documentation: S3 is off from the first repair until everything is verified. */
    Full = "full",
    /** Upstream's way with little downtime: repairs and drain with S3 on, then all nodes down, backed up and up at once. Needs no quiet hours before it; what is written meanwhile isn't proven by a count. From series 0.9 on. */
    Short = "short",
}

/** What a major upgrade waits for before the nodes are stopped. */
export enum DrainMode {
    /** The resync queue at zero on every node: about ten minutes after the last write, by design of Garage. */
    Empty = "empty",
    /** No errors, no busy worker, Merkle and insert queues at zero, the resync queue not growing. */
    Settled = "settled",
}

/** A further repair that a major upgrade runs, S3 being off, before the nodes are stopped. */
export enum DeepCheck {
    /** Looks for versions of objects that no longer exist. */
    Versions = "versions",
    /** Looks for references to blocks that no longer exist. */
    BlockRefs = "block_refs",
    /** Reads every block and compares it with its checksum; takes hours on a large store. */
    Scrub = "scrub",
}

/** One string for each architecture of the hosts. */
export interface PerArchitecture {
    /** For x86_64 (amd64) hosts. Class: rolling. */
    x86_64?: string;
    /** For aarch64 (arm64) hosts. Class: rolling. */
    aarch64?: string;
}

/** Where the Garage binary comes from. */
export interface Binary {
    /** Base of the official layout, `<baseUrl>/v<version>/<arch>-unknown-linux-musl/garage`; a mirror goes here. Default: Garage's own download site. Class: rolling. */
    baseUrl?: string;
    /** Full URLs by architecture; they win over `baseUrl`. Class: rolling. */
    url?: PerArchitecture;
    /** Files on the machine that runs Pulumi, by architecture, uploaded to the hosts; they win over `url`. Class: rolling. */
    path?: PerArchitecture;
    /** SHA-256 of the binary in hex, by architecture. Default: the one this package knows, if any; else all hosts must get the same bytes as the first. Class: rolling. */
    sha256?: PerArchitecture;
}

/** A bastion host. */
export interface Proxy {
    /** Address of the bastion. Class: none. */
    host: Input<string>;
    /** SSH port of the bastion. Default 22. Class: none. */
    port?: Input<number>;
    /** Login on the bastion. Default "root". Class: none. */
    user?: Input<string>;
    /** Private key for the bastion, in PEM or OpenSSH format. Class: none. */
    privateKey?: Input<string>;
    /** Password of that private key. Class: none. */
    privateKeyPassword?: Input<string>;
    /** Socket of the ssh-agent to use for the bastion. Class: none. */
    agentSocketPath?: Input<string>;
    /** Public key of the bastion, one line as in authorized_keys, of an Ed25519 or ECDSA key. Default: not checked. Class: none. */
    hostKey?: Input<string>;
}

/** A host that exists: systemd 239 or newer, bash, x86_64 or aarch64, root or password-less sudo. */
export interface Ssh {
    /** Address of the host; also the node's address for its peers, unless `rpcPublicAddr` is given. Class: none. */
    host: Input<string>;
    /** SSH port. Default 22. Class: none. */
    port?: Input<number>;
    /** Login: root, or a user with password-less sudo; a plain value. Default "root". Class: none. */
    user?: string;
    /** Private key, in PEM or OpenSSH format. Default: the ssh-agent of SSH_AUTH_SOCK. Class: none. */
    privateKey?: Input<string>;
    /** Password of the private key. Class: none. */
    privateKeyPassword?: Input<string>;
    /** Socket of the ssh-agent to use. Default: SSH_AUTH_SOCK. Class: none. */
    agentSocketPath?: Input<string>;
    /** Public key of the host, one line as in authorized_keys, of an Ed25519 or ECDSA key that the host has (`ssh-keyscan -t ed25519,ecdsa HOST`, without the host's name). Default: not checked. Class: none. */
    hostKey?: Input<string>;
    /** Bastion to go through. Class: none. */
    proxy?: Proxy;
}

/** A container on this machine: a Debian with systemd and sshd, by podman or docker. */
export interface Container {
    /** Image to run. Default: the one that the toolchain makes. Class: refused. */
    image?: string;
    /** Further volumes, "source:target" as in `podman run --volume`. A directory for metadata, data or backups that isn't below /var/lib/garage needs one: the rest of a container is deleted with it. Class: refused. */
    volumes?: string[];
}

/** A machine that the cluster makes for itself on AWS (EC2): with an address and two encrypted gp3 volumes that outlive it. Needs `aws` of the cluster, and the package @pulumi/aws. */
export interface Aws {
    /** Subnet that the machine stands in; its availability zone is that of the volumes too. Class: refused. */
    subnetId: Input<string>;
    /** Type of the machine, "t4g.medium": any Nitro type of x86_64 or arm64. A change stops and starts the machines, one after the other; one of the other architecture makes them anew. A plain value. Class: rolling. */
    instanceType: string;
    /** Size of the volume for data, in GiB. Grows in place, with its file system; never shrinks. Required unless `gateway`, which has 1 by default. Class: none. */
    dataVolumeSizeGiB?: number;
    /** Size of the volume for metadata, backups and kept releases, in GiB. Grows in place; never shrinks. Default 20. Class: none. */
    metadataVolumeSizeGiB?: number;
    /** I/O operations per second of the data volume. Default: what gp3 has without a charge, 3000. Class: none. */
    dataVolumeIops?: number;
    /** Throughput of the data volume, in MiB/s. Default: what gp3 has without a charge, 125. Class: none. */
    dataVolumeThroughput?: number;
    /** I/O operations per second of the metadata volume. Default 3000. Class: none. */
    metadataVolumeIops?: number;
    /** Throughput of the metadata volume, in MiB/s. Default 125. Class: none. */
    metadataVolumeThroughput?: number;
    /** Machine image, "ami-…": a Debian, or one like it, with systemd and cloud-init. Default: the newest Debian 12 when the machine is made; a newer one never replaces a machine. Another one than last time makes the machines anew, one after the other. Taken out again, or set to what runs already, it makes none anew, but each node is stopped and taken up once more. Class: rolling. */
    amiId?: string;
    /** A public address that stays (an Elastic IP), by which Pulumi reaches the machine, and clients can. Default false: only the private address of the subnet. Class: none. */
    publicIp?: boolean;
    /** A volume that exists, "vol-…", to take up as metadata volume: one that an earlier stack has left behind. Another one than the node has is refused. Class: refused. */
    metadataVolumeId?: string;
    /** A volume that exists, "vol-…", to take up as data volume. Another one than the node has is refused. Class: refused. */
    dataVolumeId?: string;
    /** Any text; another one than last time makes the machine anew, on the newest image; address, volumes and node id stay. It stays in the program: taken out, it makes the machine anew once more. Class: rolling. */
    renew?: string;
    /** Tags of what is made for this node, beside those of the cluster. Class: none. */
    tags?: { [key: string]: string };
}

/** What all nodes on AWS share. */
export interface AwsCluster {
    /** From where SSH and the admin API may be reached, "198.51.100.0/24": where Pulumi runs, or its bastion. Class: none. */
    adminCidrs: string[];
    /** From where clients may reach S3 and the web server, "10.0.0.0/8". Class: none. */
    clientCidrs: string[];
    /** Addresses of nodes that aren't on AWS, "203.0.113.7/32": from there RPC may be reached. Needed where the cluster has such nodes. Class: none. */
    peerCidrs?: string[];
    /** Private key by which Pulumi reaches the machines as `admin`, in PEM or OpenSSH format, without a password. Its public half is put in when a machine is made: before a change put the new one into /home/admin/.ssh/authorized_keys. Default: made once. Class: none. */
    privateKey?: Input<string>;
    /** A network load balancer over S3 and the web server of all nodes on AWS, on their own ports, with a price of its own; a node that is about to stop leaves it first. It stands in one subnet of each availability zone. Default false. Class: none. */
    loadBalancer?: boolean;
    /** Whether the load balancer has public addresses: its subnets need a route to an internet gateway then, and clients still have to be in clientCidrs. A change makes it anew, under another name: for minutes S3 is reached by the nodes' own addresses only. Default false: it is reached from the VPC and the networks that are connected to it. Class: none. */
    loadBalancerPublic?: boolean;
    /** Bastion to go through, to the private addresses. Class: none. */
    proxy?: Proxy;
    /** Tags of everything that is made on AWS. Class: none. */
    tags?: { [key: string]: string };
    /** ARN of the KMS key that volumes are encrypted with when they are made. Default: the account's key for EBS. Class: none. */
    kmsKeyArn?: Input<string>;
}

/** One node of the cluster. Its key in `nodes` is its identity: a name can't be changed. */
export interface Node {
    /** Zone of the node: Garage keeps the copies of an object in as many zones as it can. A change moves data. Class: none. */
    zone: string;
    /** Space for data: "1T", "500G", "1.5TiB" (1T = 10^12 bytes, 1TiB = 2^40). Required unless `gateway`. A change moves data. Class: none. */
    capacity?: string;
    /** A node without data, that only answers clients. Given a capacity instead, it becomes a storage node, and data move to it; a node with data can't become a gateway, which is refused. Default false. Class: none. */
    gateway?: boolean;
    /** Tags shown in the layout: letters, digits, ".", "_" and "-". Class: none. */
    tags?: string[];
    /** Address "host:port" at which the other nodes reach this one. Default: the address of the placement and `rpcPort`. Series 0.7 takes an IP address only. Used from the node's next start on. Class: none. */
    rpcPublicAddr?: Input<string>;
    /** Place the node on a host that exists. Exactly one placement is needed. Class: refused. */
    ssh?: Ssh;
    /** Place the node in a container on this machine. Exactly one placement is needed. Class: refused. */
    container?: Container;
    /** Place the node on a machine that is made on AWS. Exactly one placement is needed. Class: refused. */
    aws?: Aws;
    /** Any string; another one than last time goes over the host once more, after it was re-imaged or repaired by hand; makes a container anew that is gone. Class: none. */
    reapply?: string;
    /** The old node id (64 hex digits) that this node takes the place of, after its disk was lost. One node at a time. Class: none. */
    replace?: string;
    /** How the Garage that runs here already is stopped and started, where neither systemd nor a container engine keeps it. Only with the cluster's `adopt`, and out of the program with it. Default: none; such a node can't be taken over then. Class: none. */
    adopt?: NodeAdopt;
}

/** How a daemon is stopped, and comes back, that runs by hand or by a supervisor that this package doesn't know: docs/adopting.md. */
export interface NodeAdopt {
    /** Shell command, one line, run as root on the host: ends the daemon and whatever would start it again, within `stopGraceSeconds` and a minute more. If the daemon still runs then, or comes back within 5 seconds, it is left running and nothing is taken over. Class: none. */
    stopCommand: string;
    /** Shell command, one line, run as root on the host, where the node goes back: starts the daemon in the background, and ends within 90 seconds. Class: none. */
    startCommand: string;
}

/** One data directory of a node (series 0.9 and later). */
export interface DataDir {
    /** Absolute path. Class: refused. */
    path: string;
    /** Space to use there: "1T", "500G". Required unless `readOnly`. Class: rolling. */
    capacity?: string;
    /** Nothing new is written there. Default false. Class: rolling. */
    readOnly?: boolean;
}

/** A Garage that runs already, and is taken over: docs/adopting.md. */
export interface Adopt {
    /** The text of adopt.json, as `pulumi-garage-cluster inspect` has written it: what was seen of each node. A plain value; no secret is in it. Class: none. */
    seen: string;
    /** True: the services of before come back, one node after the other, each proven; then nothing of this package is left on the hosts, and the component can go. Refused where they could not run on the data of now. Default false. Class: none. */
    back?: boolean;
    /** True: once all nodes are taken over, the tag `node=NAME` joins the tags that each node has in the layout, as on every other cluster of this package, by one new version of the layout. It asks for no data to move; where Garage 0.8 or older has made the layout, this one may place some partitions anew. From series 1 on. Default false: the layout stays exactly as it is. Class: none. */
    tagNodes?: boolean;
}

/** How a major upgrade is done. */
export interface MajorUpgrade {
    /** Which way to take. Default UpgradeStrategy.Full. Class: none. */
    strategy?: UpgradeStrategy;
    /** What to wait for before the nodes are stopped. Default DrainMode.Empty; with UpgradeStrategy.Short it is DrainMode.Settled. Class: none. */
    drain?: DrainMode;
    /** Further repairs to run before the nodes are stopped. Default: none. Class: none. */
    deepChecks?: DeepCheck[];
}

/** What a Garage cluster is to be. */
export interface GarageClusterArgs {
    /** Series of the data that the cluster holds now: "0.7", "0.8", "0.9", "1" or "2", quoted. States a fact: to upgrade, change `version`; move this afterwards. Class: none. */
    stateVersion: string;
    /** Release of Garage to run, quoted: "2.5.0". Default: the newest of stateVersion's series that this package knows; when that moves with the package, it is refused until `version` is set. Inside the series: one node at a time; the next series: a major upgrade. Class: rolling. */
    version?: string;
    /** Number of copies of every object. Default 3. Class: together. */
    replicationFactor?: number;
    /** What reads and writes wait for. Default ConsistencyMode.Consistent. Class: rolling. */
    consistencyMode?: ConsistencyMode;
    /** The nodes, by name: lower case letters, digits and "-", at most 32. Order means nothing here; see `rollOrder`. Class: none. */
    nodes: { [name: string]: Node };
    /** What all nodes on AWS share. Needed where there are any. Class: none. */
    aws?: AwsCluster;

    /** Port of the cluster's own protocol (RPC). Default 3901. Class: together. */
    rpcPort?: number;
    /** Port of the S3 API. Default 3900. Class: rolling. */
    s3Port?: number;
    /** Port of the web server for buckets that are websites. Default 3902. Class: rolling. */
    webPort?: number;
    /** Port of the admin API. Default 3903. Class: rolling. */
    adminPort?: number;
    /** IP address that RPC listens on; IPv6 in brackets. Default "[::]", all addresses. Class: rolling. */
    rpcBindAddress?: string;
    /** IP address that the S3 API listens on; IPv6 in brackets. Default "[::]". Class: rolling. */
    s3BindAddress?: string;
    /** IP address that the web server listens on; IPv6 in brackets. Default "[::]". Class: rolling. */
    webBindAddress?: string;
    /** IP address that the admin API listens on; IPv6 in brackets. Default "[::]". Class: rolling. */
    adminBindAddress?: string;
    /** Region that S3 clients have to name. Default "garage". Class: rolling. */
    s3Region?: string;
    /** Domain for vhost-style S3 requests, ".s3.example.org". Default: path-style requests only. Class: rolling. */
    s3RootDomain?: string;
    /** Domain below which buckets are served as websites, ".web.example.org". Default ".web.garage.localhost". Class: rolling. */
    webRootDomain?: string;

    /** Directory of the metadata on every host. Default "/var/lib/garage/meta". Class: refused. */
    metadataDir?: string;
    /** Directory of the data on every host. Default "/var/lib/garage/data". Not together with `dataDirs`. Class: refused. */
    dataDir?: string;
    /** Several data directories on every host (series 0.9 and later). One may be added; none may be removed. Class: rolling. */
    dataDirs?: DataDir[];
    /** Directory of the cold backups of metadata that a major upgrade takes. Default "/var/lib/garage-backups". Class: none. */
    backupsDir?: string;
    /** Engine of the metadata database, always written out in garage.toml. Default: lmdb from stateVersion "0.8" on; sled for "0.7". Data that exist on another engine need it named here. Class: converting. */
    dbEngine?: DbEngine;
    /** Size of the blocks that objects are cut into: "1M", "10MiB". Applies to new objects. Default: Garage's own, 1 MiB. Class: rolling. */
    blockSize?: string;
    /** Level of zstd compression of the blocks, -99 to 22; 0 is zstd's own default. Default: Garage's own, 1. To turn compression off: `settings: { compression_level: "none" }`. Class: rolling. */
    compressionLevel?: number;
    /** Filter of the log (RUST_LOG). Default "garage=info". Class: rolling. */
    logLevel?: string;
    /** Any other setting of garage.toml, as nested maps: `{ rpc_timeout_msec: 10000, admin: { trace_sink: "…" } }`. Plain values, no secrets. A setting that has an option of its own is refused. Class: rolling. */
    // biome-ignore lint/suspicious/noExplicitAny: a freeform map; the analyzer knows no `unknown`.
    settings?: { [key: string]: any };
    /** Where the Garage binary comes from. Class: rolling. */
    binary?: Binary;

    /** Id of the cluster: letters, digits and "-". Default: made once. Give it, with `rpcSecret`, to take up a cluster whose stack was lost. Class: refused. */
    clusterId?: Input<string>;
    /** Secret that the nodes share, 64 hex digits. Default: made once. Class: together. */
    rpcSecret?: Input<string>;
    /** Secret of daemons of series 0.8, 64 hex digits, another one than `rpcSecret`. For a cluster of 0.8 that was taken over: the one that runs; `rpcSecret` comes into use with 0.9, and then this option may go. Default: made from `rpcSecret`. Class: together. */
    rpcSecret08?: Input<string>;
    /** Token of the admin API. Default: made from `rpcSecret`. Class: together. */
    adminToken?: Input<string>;
    /** Token for /metrics. Default: made from `rpcSecret`. Class: together. */
    metricsToken?: Input<string>;

    /** Names of nodes whose hosts are dead: they aren't dialled, the others go on. The hosts accept it only if every partition keeps its write quorum. A host that this stack has never reached can't be left out (docs/troubleshooting.md). Class: none. */
    without?: string[];
    /** Names of nodes, in the order of a roll. Default: by name; nodes not named come after, gateways last. Class: none. */
    rollOrder?: string[];
    /** Ids of checks to waive (docs/troubleshooting.md says which may be). Default: none. Class: none. */
    skipChecks?: string[];
    /** Seconds to wait for a node, or the cluster, to be healthy again. Default 120. Class: none. */
    healthTimeoutSeconds?: number;
    /** Seconds that requests under way get when a daemon stops, before it is killed; nothing acknowledged is lost by that. Idle connections are ended at once, where the host can (docs/upgrading.md). Default 10; 2 for the releases 0.9.2 to 1.0.0, which never end while a client is connected; 0.7 gets at least 30. Class: none. */
    stopGraceSeconds?: number;
    /** Seconds for the download of a binary. Default 600. Class: none. */
    downloadTimeoutSeconds?: number;
    /** Seconds to wait for the queues before a major upgrade stops the nodes. Default 1800. Class: none. */
    drainTimeoutSeconds?: number;
    /** Seconds to wait for one repair, for one conversion of a node's database, for one count of its objects; what takes longer is ended, and begun anew by the next `up`. Default 3600. Class: none. */
    repairTimeoutSeconds?: number;
    /** Seconds for one count of the entries in a node's tables, which is compared before and after whatever could lose some. Only sled takes long: it reads every entry, some 100,000 in a second. Default 600. Class: none. */
    countTimeoutSeconds?: number;
    /** Seconds for a daemon to serve after its first start, or the start of one that was down. Default 120. Class: none. */
    startTimeoutSeconds?: number;
    /** Seconds for one question to a daemon, by Garage's own command line. Default 20. Class: none. */
    cliTimeoutSeconds?: number;
    /** Seconds to wait where series 0.7 doesn't tell whether a repair is done. Default 60. Class: none. */
    settleSeconds?: number;
    /** Seconds that a step waits on a host for the end of another one. Default: longer than any may take by the limits of drain and repair. Class: none. */
    lockTimeoutSeconds?: number;
    /** Accept a lower release of the same series than the one that runs. Default false. Class: none. */
    allowPatchDowngrade?: boolean;
    /** Shell command, one line, run as root on a node before it is stopped; if it fails the node isn't touched. Class: none. */
    beforeStop?: string;
    /** Shell command, one line, run as root on a node once it is healthy again, on the new release or back on the old one. Class: none. */
    afterStart?: string;
    /** Seconds for `beforeStop` and for `afterStart`. Default 60. Class: none. */
    hookTimeoutSeconds?: number;
    /** How a major upgrade is done. Class: none. */
    majorUpgrade?: MajorUpgrade;
    /** Takes a Garage over that runs already, one node at a time, its data staying where they are. Goes out of the program once all nodes are taken over. Default: none; a host where somebody else's Garage runs is refused. Class: none. */
    adopt?: Adopt;
}

export type BinaryArgs = Binary;
export type ProxyArgs = Proxy;
export type SshArgs = Ssh;
export type ContainerArgs = Container;
export type NodeAdoptArgs = NodeAdopt;
export type AwsArgs = Aws;
export type AwsClusterArgs = AwsCluster;
export type NodeArgs = Node;
export type DataDirArgs = DataDir;
export type MajorUpgradeArgs = MajorUpgrade;
export type AdoptArgs = Adopt;

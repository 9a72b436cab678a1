import { peersOutside } from "../garage/firewall";
import type { AwsSpec, NodeSpec } from "../spec";
import { join, missing, type Reader, type Table } from "./reader";
import type { Directories } from "./storage";

interface Facts extends Directories {
    nodes: NodeSpec[];
    aws?: AwsSpec;
}

/** What is right by itself and can't be true together with a machine on AWS. */
export function checkAwsTogether(reader: Reader, args: Table, facts: Facts): void {
    if (facts.nodes.every(({ placement }) => placement !== "aws")) return;
    checkDirectories(reader, args, facts);
    checkSizes(reader, facts);
    checkVolumes(reader, facts);
    checkMixed(reader, args, facts);
}

/** Where the two volumes of a machine are mounted (`sdk/host`): the directories are shown from there. */
const MOUNTED = ["/srv/garage/metadata", "/srv/garage/data"];

function checkDirectories(reader: Reader, args: Table, { metadataDir, dataDirs, backupsDir }: Facts): void {
    if (dataDirs.length > 1)
        reader.complain("dataDirs", {
            given: `${dataDirs.length} directories`,
            what: "are more than a node on AWS has: it has one volume for data",
            allowed: "one data directory where a node has aws",
            todo: "Leave dataDirs out; the volume grows by dataVolumeSizeGiB",
        });
    const data = missing(args.dataDirs) ? "dataDir" : "dataDirs[0].path";
    const all = [
        ["metadataDir", metadataDir],
        [data, dataDirs[0]?.path ?? ""],
        ["backupsDir", backupsDir],
    ] as const;
    for (const [path, dir] of all) {
        const mount = MOUNTED.find((each) => `${each}/`.startsWith(`${dir}/`) || dir.startsWith(`${each}/`));
        if (mount === undefined) continue;
        reader.complain(path, {
            given: `"${dir}"`,
            what: `clashes with ${mount}, where a node on AWS mounts a volume`,
            allowed: `a directory outside of ${MOUNTED.join(" and ")}`,
            todo: `Leave ${path} out, or choose another one`,
        });
    }
}

/** The layout gives a node as much as `capacity` says, whatever its volume bears. */
function checkSizes(reader: Reader, { nodes }: Facts): void {
    for (const { name, aws, capacityBytes } of nodes) {
        const size = aws?.volumes.data.sizeGiB ?? 0;
        if (size === 0 || capacityBytes === undefined || capacityBytes <= size * 1024 ** 3) continue;
        reader.complain(`${join("nodes", name)}.capacity`, {
            given: `${capacityBytes} bytes`,
            what: `is more than the data volume has (${size} GiB)`,
            allowed: "at most dataVolumeSizeGiB, less a few percent for the file system",
            todo: "Lower it, or make the volume larger",
        });
    }
}

/** A volume belongs to one node, and is one thing. */
function checkVolumes(reader: Reader, { nodes }: Facts): void {
    const named = nodes.flatMap(({ name, aws }) =>
        (["metadata", "data"] as const).flatMap((volume) => {
            const id = aws?.volumes[volume].id;
            return id === undefined ? [] : [{ path: `${join("nodes", name)}.aws.${volume}VolumeId`, id }];
        }),
    );
    named.forEach(({ path, id }, index) => {
        const other = named.slice(0, index).find((each) => each.id === id);
        if (!other) return;
        reader.complain(path, {
            given: `"${id}"`,
            what: `is ${other.path} too`,
            allowed: "a volume of its own for each",
            todo: "Look at the tags of the volumes: garage-node and Name say whose each is",
        });
    });
}

/** Nodes elsewhere have to get in, and to find what they look for. */
function checkMixed(reader: Reader, args: Table, { nodes, aws }: Facts): void {
    const others = nodes.filter((node) => node.aws === undefined);
    const containers = others.filter(({ placement }) => placement === "container");
    for (const { name } of containers)
        reader.complain(`${join("nodes", name)}.container`, {
            given: "A container on this machine",
            what: "can't be reached by the nodes on AWS",
            allowed: "nodes with ssh beside those with aws",
            todo: "Place it with ssh, or with aws",
        });
    if (others.length === containers.length || !aws) return;
    const names = others.map(({ name }) => name).join(", ");
    if (aws.peerCidrs.length === 0) {
        reader.complain("aws.peerCidrs", {
            given: "No network",
            what: `lets the nodes elsewhere (${names}) reach those on AWS`,
            allowed: "the addresses from which those nodes come",
            todo: 'Add them: peerCidrs: ["203.0.113.7/32"]',
        });
        return;
    }
    if (!peersOutside({ nodes, aws })) return;
    const table = args.nodes as Record<string, Table>;
    for (const node of nodes) {
        if (!node.aws || node.aws.publicIp || !missing(table[node.name]?.rpcPublicAddr)) continue;
        reader.complain(`${join("nodes", node.name)}.rpcPublicAddr`, {
            given: "Nothing",
            what: `is given, and the node has a private address only: the nodes elsewhere (${names}) can't reach it`,
            allowed:
                "aws.publicIp: true, an rpcPublicAddr that is reached from there, or private networks only in aws.peerCidrs, which says that they come over a VPN",
            todo: "Set publicIp: true",
        });
    }
}

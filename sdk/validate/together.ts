import { hostOf, sameAddress } from "../garage/address";
import { parseCapacity } from "../garage/capacity";
import { showValue } from "../showValue";
import type { Binds, ClusterSpec, NodeSpec } from "../spec";
import type { Reached } from "./nodes";
import { isTable, join, type Reader } from "./reader";

type Facts = Pick<ClusterSpec, "metadataDir" | "dataDirs" | "settings"> & {
    nodes: NodeSpec[];
    reached: Reached[];
    binds: Binds;
    blockSizeBytes?: number;
};

/** What is said once and can't be true for all nodes, what is said of each and can't be true of one, and sizes that contradict one another. */
export function checkTogether(reader: Reader, facts: Facts): void {
    checkBinds(reader, facts);
    checkVolumes(reader, facts);
    checkSizes(reader, facts);
    checkBlockBuffer(reader, facts);
}

/** An address to listen on that is one node's own: the others haven't got it, and Garage runs on without that port. */
function checkBinds(reader: Reader, { reached, binds, settings }: Facts): void {
    const k2v = isTable(settings.k2v_api) ? settings.k2v_api.api_bind_addr : undefined;
    const all = [
        ...Object.entries(binds).map(([service, address]) => [`${service}BindAddress`, address] as const),
        ...(typeof k2v === "string" ? [["settings.k2v_api.api_bind_addr", hostOf(k2v)] as const] : []),
    ];
    for (const [path, address] of all) {
        const own = reached.find(({ host, rpc }) => [host, rpc].some((at) => at && sameAddress(hostOf(at), address)));
        if (reached.length < 2 || !own) continue;
        reader.complain(path, {
            given: showValue(address),
            what: `is the address of ${own.name}, which the other nodes haven't got: Garage would run there without this port`,
            allowed: "[::] or 0.0.0.0 for all addresses of each host, or one that every host has (127.0.0.1)",
            todo: "Leave it out; a firewall keeps others away",
        });
    }
}

/** Two containers that keep a node's data in one place of this machine. */
function checkVolumes(reader: Reader, { nodes, metadataDir, dataDirs }: Facts): void {
    const kept = [metadataDir, ...dataDirs.map(({ path }) => path)];
    const places = nodes.flatMap(({ name, volumes = [] }) =>
        volumes.map((volume, index) => {
            const [source, target, options = ""] = volume.split(":");
            return {
                name,
                path: `${join("nodes", name)}.container.volumes[${index}]`,
                source,
                target: target!,
                options,
            };
        }),
    );
    const holdsData = places.filter(
        ({ target, options }) =>
            !options.split(",").includes("ro") &&
            kept.some((dir) => `${dir}/`.startsWith(`${target.replace(/\/+$/, "")}/`)),
    );
    holdsData.forEach(({ name, path, source }, index) => {
        const other = holdsData.slice(0, index).find((each) => each.source === source && each.name !== name);
        if (!other) return;
        reader.complain(path, {
            given: showValue(source),
            what: `holds metadata or data, and is ${other.name}'s too`,
            allowed: "a place of its own for each node",
            todo: `Name one like "${source}-${name}"`,
        });
    });
}

/** The layout gives a node as much as `capacity` says, whatever its directories bear. */
function checkSizes(reader: Reader, { nodes, dataDirs }: Facts): void {
    const sizes = dataDirs.flatMap(({ capacityBytes }) => capacityBytes ?? []);
    if (sizes.length === 0) return;
    const together = sizes.reduce((sum, size) => sum + size, 0);
    for (const { name, capacityBytes } of nodes) {
        if (capacityBytes === undefined || capacityBytes <= together) continue;
        reader.complain(`${join("nodes", name)}.capacity`, {
            given: `${capacityBytes} bytes`,
            what: `is more than the dataDirs of a node hold together (${together} bytes)`,
            allowed: "at most the sum of the capacities of dataDirs, which every node has",
            todo: "Lower it, or write the real capacities of the directories",
        });
    }
}

/** Garage's default size of a block: 1 MiB. */
function checkBlockBuffer(reader: Reader, { settings, blockSizeBytes = 1024 ** 2 }: Facts): void {
    const given = settings.block_ram_buffer_max;
    const buffer = typeof given === "string" ? parseCapacity(given) : given;
    if (typeof buffer !== "number" || buffer >= blockSizeBytes) return;
    reader.complain("settings.block_ram_buffer_max", {
        given: showValue(given),
        what: `is less than one block (${blockSizeBytes} bytes): no block could ever be sent`,
        allowed: "at least blockSize (by default 1 MiB); Garage's own default is 256 MiB",
        todo: "Raise it, or leave it out",
    });
}

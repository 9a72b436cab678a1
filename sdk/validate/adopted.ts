import { parseCapacity } from "../garage/capacity";
import { copiesIn } from "../garage/copiesIn";
import { downloads } from "../garage/download";
import { tagsWithoutName } from "../garage/layout";
import { hostPath } from "../garage/mounts";
import { SECRET_KEYS, secretOptions } from "../garage/secretKeys";
import { type Series, seriesBetween } from "../policy";
import { showValue } from "../showValue";
import type { ClusterSpec, DataDirSpec, NodeSpec, SeenNode } from "../spec";
import type { Seen } from "./adopt";
import { checkCommands } from "./adoptCommands";
import type { Reached } from "./nodes";
import { isTable, join, missing, type Reader, type Table } from "./reader";

/** What the program says of the cluster, where it is understood. */
export type Said = Pick<
    ClusterSpec,
    | "version"
    | "versionGiven"
    | "stateVersion"
    | "replicationFactor"
    | "dbEngine"
    | "ports"
    | "metadataDir"
    | "dataDirs"
    | "binary"
    | "nodes"
>;

const LATER = "a change of it is one of its own, once all nodes are taken over and adopt is out";

/** A program that takes a cluster over has to be that cluster, as it was seen: adoption moves no data, and changes no release. All at once. */
export function checkAdopted(reader: Reader, args: Table, seen: Seen, said: Said, reached: Reached[]): void {
    const names = isTable(args.nodes) ? Object.keys(args.nodes) : [];
    for (const name of names) if (seenOf(seen, name) === undefined) unseen(reader, name);
    for (const name of Object.keys(seen.nodes)) if (!names.includes(name)) leftOut(reader, name);
    const first = Object.values(seen.nodes)[0]!;
    checkVersions(reader, seen.back, first, said);
    for (const node of said.nodes) {
        const there = seenOf(seen, node.name);
        const at = join("nodes", node.name);
        const understood = !reader.problems.some(({ path }) => path === at || path.startsWith(`${at}.`));
        if (there !== undefined && understood) checkRole(reader, node, there);
        checkAlone(reader, node);
        if (there !== undefined) checkCommands(reader, node, there);
    }
    checkShared(reader, first, said);
    checkDirectories(reader, first, said);
    checkAddresses(reader, seen, reached);
    checkSecrets(reader, args, seen);
    checkInTheWay(reader, seen, said);
    checkTags(reader, seen, first);
}

/** Any new version of a layout has Garage work its partitions out anew, and up to 0.9 it reads from the newest one only. */
function checkTags(reader: Reader, { tagNodes }: Seen, { series }: SeenNode): void {
    if (!tagNodes || !series.startsWith("0.")) return;
    reader.complain("adopt.tagNodes", {
        given: "true",
        what: `is given, and the data are of series ${series}: a new version of the layout may move partitions, which up to 0.9 can't be read until they have moved`,
        allowed: "true from series 1 on",
        todo: "Take it out; a node gets the tag with the next change of its own in the layout",
    });
}

/** A name may be any word: "constructor" too. */
function seenOf({ nodes }: Seen, name: string): SeenNode | undefined {
    return Object.entries(nodes).find(([each]) => each === name)?.[1];
}

function unseen(reader: Reader, name: string): void {
    reader.complain(join("nodes", name), {
        given: showValue(name),
        what: "is a node of the program, and adopt.json hasn't seen it",
        allowed: "the nodes of adopt.json",
        todo: "Inspect again with its host named, if it runs already; a new node comes in once the others are taken over, and adopt is out",
    });
}

function leftOut(reader: Reader, name: string): void {
    reader.complain(join("nodes", name), {
        given: "Nothing",
        what: `is given for ${showValue(name)}, which adopt.json has seen`,
        allowed: "all nodes of adopt.json: without one of them it would go out of the layout",
        todo: "Put it in as inspect wrote it; its name is the one in adopt.json",
    });
}

function checkVersions(
    reader: Reader,
    back: boolean,
    { release, series }: SeenNode,
    { version, versionGiven, stateVersion }: Said,
): void {
    if (version !== release && back)
        reader.complain("version", {
            given: showValue(version),
            what: "isn't the release of the services that are to come back",
            allowed: `${showValue(release)}: an old release may not read what a newer one wrote`,
            todo: `Inside a series take adopt out and go to ${release} first (allowPatchDowngrade: true). Behind a major upgrade there is no way back`,
        });
    else if (version !== release)
        reader.complain("version", {
            given: versionGiven ? showValue(version) : `${showValue(version)}, the default,`,
            what: "isn't the release that runs",
            allowed: `${showValue(release)}: one thing at a time`,
            todo: `Write version: ${showValue(release)}. Once all nodes are taken over take adopt out, run \`pulumi up\`, and change version then`,
        });
    if (stateVersion !== series)
        reader.complain("stateVersion", {
            given: showValue(stateVersion),
            what: "isn't the series of the data that were seen",
            allowed: showValue(series),
            todo: `Write stateVersion: ${showValue(series)}`,
        });
}

/** Up to 0.8 the layout has numbers without a unit, of which 0.9 makes GiB. */
function bytesOf(capacity: number, series: Series): number {
    return capacity * (seriesBetween("0.9", series) < 0 ? 1024 ** 3 : 1);
}

function checkRole(reader: Reader, node: NodeSpec, { role, series }: SeenNode): void {
    const at = join("nodes", node.name);
    const differs = (option: string, given: string, there: string) =>
        reader.complain(join(at, option), {
            given,
            what: `isn't what the layout has (${there} → ${given})`,
            allowed: `${there}: a takeover moves no data`,
            todo: `Write what the layout has; ${LATER}`,
        });
    if (node.zone !== role.zone) differs("zone", showValue(node.zone), showValue(role.zone));
    const there = role.capacity === null ? undefined : bytesOf(role.capacity, series);
    const size = (bytes: number | undefined) => (bytes === undefined ? "a gateway" : `${bytes} bytes`);
    if (node.gateway !== (there === undefined)) differs("gateway", size(node.capacityBytes), size(there));
    else if (node.capacityBytes !== there) differs("capacity", size(node.capacityBytes), size(there));
    const list = (tags: string[]) => (tags.length === 0 ? "no tag" : tags.map((tag) => showValue(tag)).join(", "));
    const tags = tagsWithoutName(role.tags);
    if (list(node.tags) !== list(tags)) differs("tags", list(node.tags), list(tags));
}

/** What takes a node's place, or a host's, isn't done to a node that is taken over. */
function checkAlone(reader: Reader, node: NodeSpec): void {
    const at = join("nodes", node.name);
    const refuse = (path: string, given: string, todo: string) =>
        reader.complain(path, {
            given,
            what: "can't go with adopt: a takeover leaves every node where it is, and needs all of them",
            allowed: "nodes on hosts that run already (ssh), none of them replaced or left out",
            todo,
        });
    if (node.placement !== "ssh")
        refuse(`${at}.${node.placement}`, showValue(node.placement), "Write ssh: { host: … }");
    if (node.replace !== undefined)
        refuse(
            `${at}.replace`,
            showValue(node.replace),
            "Take it out, and replace the node later; if all nodes are taken over, take adopt out",
        );
    if (node.part === "without")
        refuse(
            "without",
            showValue(node.name),
            "Get the node to run first; if all nodes are taken over, take adopt out",
        );
}

function checkShared(reader: Reader, { configuration: { values }, engine, series }: SeenNode, said: Said): void {
    const runs = (path: string, given: unknown, there: unknown) => {
        if (there === undefined || there === null || given === there) return;
        reader.complain(path, {
            given: showValue(given),
            what: "isn't what runs",
            allowed: `${showValue(there)}, as it is now`,
            todo: `Write ${path}: ${showValue(there).replace(/^the number /, "")}`,
        });
    };
    runs("dbEngine", said.dbEngine, engine);
    runs("replicationFactor", said.replicationFactor, factorOf(values, series));
    runs("rpcPort", said.ports.rpc, portOf(values.rpc_bind_addr));
}

function factorOf(values: Table, series: Series): number | undefined {
    try {
        return copiesIn(values, series).factor;
    } catch {
        return undefined;
    }
}

function portOf(address: unknown): number | undefined {
    const [, port] = /:(\d{1,5})$/.exec(String(address)) ?? [];
    return port === undefined ? undefined : Number(port);
}

/** A container's paths are its own. */
function checkDirectories(reader: Reader, { configuration: { values }, keeper }: SeenNode, said: Said): void {
    const onHost = (path: string) => hostPath(keeper.container?.mounts, path);
    const differs = (path: string, given: string, there: string) =>
        reader.complain(path, {
            given,
            what: "isn't where the data are",
            allowed: `${there}: a takeover moves no data`,
            todo: "Write what inspect wrote; another place is a way of its own",
        });
    const metadata = plainPath(values.metadata_dir);
    if (metadata !== undefined && onHost(metadata) !== said.metadataDir)
        differs("metadataDir", showValue(said.metadataDir), showValue(onHost(metadata)));
    const data = dirsOf(values.data_dir).map((dir) => ({ ...dir, path: onHost(dir.path) }));
    const [given, there] = [said.dataDirs, data].map((dirs) => dirs.map(dirWords).sort().join(", "));
    if (data.length > 0 && given !== there)
        differs(said.dataDirs.length > 1 || data.length > 1 ? "dataDirs" : "dataDir", given!, there!);
}

function plainPath(value: unknown): string | undefined {
    return typeof value === "string" && value.length > 1 ? value.replace(/\/+$/, "") : undefined;
}

function dirsOf(value: unknown): DataDirSpec[] {
    const all: unknown[] = Array.isArray(value) ? value : [{ path: value }];
    return all.flatMap((each) => {
        const path = isTable(each) ? plainPath(each.path) : undefined;
        if (path === undefined) return [];
        const { capacity, read_only: readOnly = false } = each as Table;
        const bytes = typeof capacity === "string" ? parseCapacity(capacity) : capacity;
        return [
            {
                path,
                ...(typeof bytes === "number" ? { capacityBytes: bytes } : {}),
                readOnly: readOnly === true,
            },
        ];
    });
}

function dirWords({ path, capacityBytes, readOnly }: DataDirSpec): string {
    return `${path}${capacityBytes === undefined ? "" : ` (${capacityBytes} bytes)`}${readOnly ? " (read-only)" : ""}`;
}

function checkAddresses(reader: Reader, seen: Seen, reached: Reached[]): void {
    for (const { name, rpc } of reached) {
        const there = seenOf(seen, name)?.configuration.values.rpc_public_addr;
        if (rpc === undefined || typeof there !== "string" || rpc === there) continue;
        reader.complain(join(join("nodes", name), "rpcPublicAddr"), {
            given: showValue(rpc),
            what: "isn't the address by which the others reach it now",
            allowed: showValue(there),
            todo: `Write rpcPublicAddr: ${showValue(there)}`,
        });
    }
}

function checkSecrets(reader: Reader, args: Table, seen: Seen): void {
    const { series } = Object.values(seen.nodes)[0]!;
    for (const option of secretOptions(series)) {
        const key = SECRET_KEYS[option]!;
        const has = Object.values(seen.nodes).some(({ secrets }) => secrets.includes(key));
        if (!has || !missing(args[option])) continue;
        reader.complain(option, {
            given: "Nothing",
            what: `is given, and the daemons that run have a ${key}: a new one would part them from one another, or from who asks them`,
            allowed: "the one that runs, from the stack's configuration",
            todo: `inspect … --set-config puts it there; in the program: ${option}: config.requireSecret("${option}")`,
        });
    }
}

/** Of a build of one's own the program may give the very file. */
function checkInTheWay(reader: Reader, seen: Seen, said: Said): void {
    const asked = downloads(said);
    const differing = Object.entries(seen.nodes).filter(([, { host, binary }]) => {
        const sha256 = asked.find(({ arch }) => arch === host.arch)?.sha256;
        return sha256 !== undefined && sha256 !== binary.sha256;
    });
    const given = said.nodes.flatMap(({ name, adopt }) => (adopt === undefined ? [] : [name]));
    for (const { id, where, what, todo } of seen.takeover)
        if (id !== "adopt-custom-build" && !(id === "adopt-by-hand" && given.includes(String(where))))
            reader.problems.push({
                path: "adopt.seen",
                message: `${where ? `${where}: ` : ""}${what}. ${todo}, then inspect again. [${id}]`,
            });
    for (const [name, { binary }] of differing)
        reader.problems.push({
            path: "binary",
            message: `${name} runs another binary (${binary.sha256.slice(0, 16)}…) than the program would put there: a takeover changes nothing but who looks after it. Give the very file that runs, by binary.path or binary.url with binary.sha256; or go to the official build first, and inspect again. [adopt-custom-build]`,
        });
}

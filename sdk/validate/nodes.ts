import { isIP } from "node:net";
import { hostAndPort, hostOf, isLocalOnly } from "../garage/address";
import type { Series } from "../policy";
import { showValue } from "../showValue";
import { type NodeSpec, PLACEMENTS, type Placement } from "../spec";
import { readCommands } from "./adoptCommands";
import { readAwsNode } from "./aws";
import { readContainer } from "./container";
import { checkRpcPublicAddr } from "./network";
import { flows, join, missing, type Reader, type Table } from "./reader";
import { HEX64, NODE_NAME, REAPPLY, WORD } from "./rules";
import { readSsh } from "./ssh";
import { readCapacity } from "./storage";

interface ClusterFacts {
    series?: Series;
    rpcPort: number;
}

/** What is plain of a node and where it is reached, as far as that is known now. */
export interface Reached {
    name: string;
    /** Of the host: two nodes can't share one. */
    host?: string;
    /** For its peers: two nodes can't share one either. */
    rpc?: string;
    /** `rpc` is what stands for a missing rpcPublicAddr. */
    rpcByHost: boolean;
}

/** Every node that can be read, in name order, and where each is reached. */
export function readNodes(
    reader: Reader,
    value: unknown,
    series: Series | undefined,
    rpcPort: number,
): { nodes: NodeSpec[]; reached: Reached[] } {
    const table = reader.table("nodes", value);
    if (!table || Object.keys(table).length === 0) {
        if (table || missing(value)) {
            reader.complain("nodes", {
                given: table ? "An empty map" : "Nothing",
                what: "is given: a cluster needs nodes",
                allowed: "a map of nodes by name, at least as many with a capacity as replicationFactor",
                todo: "Add nodes: { paris: { zone: …, capacity: …, ssh: { … } }, … }",
            });
        }
        return { nodes: [], reached: [] };
    }
    const reached: Reached[] = [];
    const nodes = Object.keys(table)
        .sort()
        .flatMap((name) => {
            const node = readNode(reader, name, table[name], { series, rpcPort }, reached);
            return node ? [node] : [];
        });
    checkShared(reader, reached);
    checkReachable(reader, reached);
    checkReplaced(reader, nodes);
    return { nodes, reached };
}

function readNode(
    reader: Reader,
    name: string,
    value: unknown,
    cluster: ClusterFacts,
    reached: Reached[],
): NodeSpec | undefined {
    const at = join("nodes", name);
    reader.text(at, name, NODE_NAME);
    const args = reader.options(at, missing(value) ? {} : value, "nodes.*");
    if (!args) return undefined;
    const zone = reader.text(join(at, "zone"), args.zone, WORD);
    if (missing(args.zone)) {
        reader.complain(join(at, "zone"), {
            given: "Nothing",
            what: "is given, but Garage spreads copies over zones",
            allowed: WORD.allowed,
            todo: 'Name the place that the node stands in, like "par"; nodes that can fail together share a zone',
        });
    }
    if (zone === "removed") {
        reader.complain(join(at, "zone"), {
            given: showValue(zone),
            what: "stands on the hosts for a node that is taken out of the layout",
            allowed: `any other word of ${WORD.allowed}`,
            todo: "Choose such a word",
        });
    }
    const gateway = reader.flag(join(at, "gateway"), args.gateway) ?? false;
    const capacityBytes = readNodeCapacity(reader, at, args, gateway);
    const tags = reader.texts(join(at, "tags"), args.tags, WORD);
    const placement = readPlacement(reader, at, args);
    const volumes = readContainer(reader, join(at, "container"), args.container);
    const aws = readAwsNode(reader, join(at, "aws"), args.aws, gateway);
    const reapply = reader.text(join(at, "reapply"), args.reapply, REAPPLY);
    const replace = reader.text(join(at, "replace"), args.replace, {
        ...HEX64,
        todo: "Write the id of the node that is gone; `garage-manage status` on another node and the output nodeIds show it",
    });
    const adopt = readCommands(reader, join(at, "adopt"), args.adopt);
    reached.push(readAddresses(reader, name, at, args, cluster));
    return {
        name,
        part: "in",
        zone: zone ?? "",
        ...(gateway || capacityBytes === undefined ? {} : { capacityBytes }),
        gateway,
        tags,
        placement: placement ?? "ssh",
        ...(volumes.length === 0 ? {} : { volumes }),
        ...(aws === undefined ? {} : { aws }),
        ...(reapply === undefined ? {} : { reapply }),
        ...(replace === undefined ? {} : { replace: replace.toLowerCase() }),
        ...(adopt === undefined ? {} : { adopt }),
    };
}

function readNodeCapacity(reader: Reader, at: string, args: Table, gateway: boolean): number | undefined {
    const path = join(at, "capacity");
    const bytes = readCapacity(reader, path, args.capacity);
    if (gateway !== missing(args.capacity)) {
        reader.complain(path, {
            given: gateway ? "A capacity" : "Nothing",
            what: gateway ? "is given for a gateway, which holds no data" : "says how much the node may hold",
            allowed: 'a capacity ("1T") for every node that isn\'t a gateway, none for a gateway',
            todo: gateway ? "Take capacity or gateway out" : "Add a capacity, or gateway: true",
        });
    }
    return bytes;
}

function readPlacement(reader: Reader, at: string, args: Table): Placement | undefined {
    const given = PLACEMENTS.filter((each) => !missing(args[each]));
    if (given.length !== 1) {
        reader.complain(at, {
            given: given.length === 0 ? "No placement" : given.join(" and "),
            what: given.length === 0 ? "is given, so the node is nowhere" : "are given, but a node is in one place",
            allowed: `exactly one of ${PLACEMENTS.join(", ")}`,
            todo: given.length === 0 ? "Add ssh: { host: … }, aws: { … } or container: {}" : "Take all but one out",
        });
    }
    if (!missing(args.ssh)) readSsh(reader, join(at, "ssh"), args.ssh, "nodes.*.ssh");
    return given[0];
}

/** Where the node is reached. Outputs aren't known yet: the hosts find two nodes on one of them by their claims. */
function readAddresses(reader: Reader, name: string, at: string, args: Table, cluster: ClusterFacts): Reached {
    const ipOnly = cluster.series === "0.7";
    const given = checkRpcPublicAddr(reader, join(at, "rpcPublicAddr"), args.rpcPublicAddr, ipOnly);
    const ssh = (missing(args.ssh) || flows(args.ssh) ? {} : args.ssh) as Table;
    const host = typeof ssh.host === "string" ? ssh.host : undefined;
    const rpcByHost = host !== undefined && missing(args.rpcPublicAddr);
    if (ipOnly && rpcByHost && isIP(host) === 0) {
        reader.complain(join(at, "rpcPublicAddr"), {
            given: "Nothing",
            what: `is given, and ssh.host (${showValue(host)}) is a name`,
            allowed: "an IP address and a port: series 0.7 takes no names",
            todo: 'Add one like "10.0.0.5:3901"',
        });
    }
    const rpc = rpcByHost ? hostAndPort(host, cluster.rpcPort) : given;
    const reached = { name, rpcByHost, ...(rpc ? { rpc } : {}) };
    if (host === undefined || !missing(ssh.proxy) || flows(ssh.port)) return reached;
    return { ...reached, host: `${host}:${ssh.port ?? 22}` };
}

function checkShared(reader: Reader, reached: Reached[]): void {
    reached.forEach((node, index) => {
        const shares = (key: "host" | "rpc") =>
            reached.slice(0, index).find((each) => each[key] !== undefined && each[key] === node[key]);
        const beside = shares("host");
        if (beside) {
            reader.complain(`${join("nodes", node.name)}.ssh.host`, {
                given: showValue(node.host),
                what: `is the address of ${beside.name} too`,
                allowed: "a host of its own for each node",
                todo: "Name the right host",
            });
        }
        const other = shares("rpc");
        // One host for two nodes is said once.
        if (!other || (beside && node.rpcByHost)) return;
        reader.complain(`${join("nodes", node.name)}.rpcPublicAddr`, {
            given: `${showValue(node.rpc)}${node.rpcByHost ? OF_HOST : ""}`,
            what: `is the address of ${other.name} too`,
            allowed: "an address of its own for each node, by which the others reach it",
            todo: "Name the right host; or give each of the two an rpcPublicAddr of its own",
        });
    });
}

const OF_HOST = " (of ssh.host and rpcPort, as rpcPublicAddr isn't given)";

/** The other nodes would look for this one on their own hosts, or on their own links. */
function checkReachable(reader: Reader, reached: Reached[]): void {
    if (reached.length < 2) return;
    for (const { name, rpc, rpcByHost } of reached) {
        if (rpc === undefined || !isLocalOnly(hostOf(rpc))) continue;
        reader.complain(`${join("nodes", name)}.rpcPublicAddr`, {
            given: `${showValue(rpc)}${rpcByHost ? OF_HOST : ""}`,
            what: "means this node on its own host only: the others can't reach it there",
            allowed: "a name or an address by which all other nodes reach this one",
            todo: rpcByHost ? "Write ssh.host so, or give the node an rpcPublicAddr" : "Write such an address",
        });
    }
}

function checkReplaced(reader: Reader, nodes: NodeSpec[]): void {
    const replaced = nodes.filter((node) => node.replace !== undefined);
    replaced.slice(1).forEach((node) => {
        reader.complain(`${join("nodes", node.name)}.replace`, {
            given: "A second replace",
            what: `is given (the first: ${replaced[0]!.name})`,
            allowed: "one node at a time, the others being in sync",
            todo: "Take this one out, run `pulumi up`, then go on with it",
        });
    });
}

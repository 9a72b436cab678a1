import { renderToml } from "../garage/garageToml";
import { readTemplate, tableChanges } from "../garage/tomlChanges";
import type { AdoptSpec, ClusterSpec, NodeSpec, SeenNode } from "../spec";
import { describeRoll, type PlanFacts } from "./describePlan";

/** What a preview says of a takeover, by the text of adopt.json alone: nobody is dialled. */
export function describeTakeover(spec: ClusterSpec, adopt: AdoptSpec, facts: PlanFacts, now: Date): string {
    const commands = Object.fromEntries(spec.nodes.map((node) => [node.name, node.adopt]));
    const nodes = facts.nodes.map((name) => ({ name, seen: adopt.nodes[name]!, commands: commands[name] }));
    return [
        `Garage ${spec.version} runs already, and is taken over, ${describeRoll(facts)}`,
        `adopt.json is ${age(adopt.at, now)} old (${adopt.at}). Each host compares what it says with what runs, before any of them is claimed, and refuses what has changed since. A node that is taken over already stays as it is.`,
        ...nodes.flatMap(({ name, seen, commands }) => describeNode(name, seen, spec.version, commands)),
        ...describeConfigurations(spec, nodes),
        ...(adopt.tagNodes ? [TAGGED] : []),
        `What it doesn't do: copy or move an object; change the layout, ${adopt.tagNodes ? "but for that tag" : "a tag neither"}; change the release or a secret; remove anything of the old set-up. A node that doesn't pass goes back to its old service by itself, and those after it are left as they are.`,
    ].join("\n");
}

const TAGGED =
    "Once all nodes are taken over, the tag node=NAME joins those that each has in the layout, by one new version of it. It asks for no data to move; where Garage 0.8 or older has made the layout, this one may place some partitions anew, and S3 stays up meanwhile.";

/** Once the cluster's record is there, all nodes are taken over. */
export function takeoverDone({ adopt }: ClusterSpec): string[] {
    return adopt === undefined ? [] : ["All nodes are taken over: adopt can go out of the program."];
}

function describeNode(name: string, seen: SeenNode, version: string, commands: NodeSpec["adopt"]): string[] {
    const paths = seen.directories.map(({ path }) => path).join(", ");
    const { compose } = seen.keeper.container ?? {};
    return [
        `  ${name} (${seen.id.slice(0, 16)}):`,
        `    stops: ${old(seen, commands)}`,
        `    starts: ${OURS} of this package, the same Garage ${version} (sha256 ${seen.binary.sha256.slice(0, 16)}…) on the same data, ${user(seen)}`,
        `    stays: ${paths}, its node key, layout ${seen.layoutVersion}; ${seen.configuration.path}, which is no longer read`,
        ...seen.directories.filter(({ path, real }) => path !== real).map(renamed),
        ...(compose
            ? [
                  `    by you: take its service out of ${compose} before anybody calls compose up, which would start it again`,
              ]
            : []),
    ];
}

const OURS = "garage.service";

function old(seen: SeenNode, commands: NodeSpec["adopt"]): string {
    if (commands !== undefined) return oldCommands(commands);
    return seen.keeper.kind === "container" ? oldContainer(seen) : oldUnit(seen);
}

/** As the host does it: sdk/host/lib/oldCommands.sh. */
function oldCommands({ stopCommand, startCommand }: NonNullable<NodeSpec["adopt"]>): string {
    return `what runs there by hand, by: ${stopCommand}; where the node goes back, it comes back by: ${startCommand}. What else would start it, at a boot say, isn't known here, and stays: see to that yourself`;
}

/** As the host does it: sdk/host/lib/oldContainer.sh. */
function oldContainer({ keeper }: SeenNode): string {
    const { engine, name, restart } = keeper.container!;
    const policy = restart === "no" ? "" : `, its restart policy (${restart}) off`;
    return `the container ${name} of ${engine}, which stays as ${name}-before-garage-node${policy}`;
}

/** As the host does it: sdk/host/lib/oldUnit.sh. */
function oldUnit({ keeper }: SeenNode): string {
    const { name, file } = keeper.unit!;
    const goes = file!.startsWith("/etc/")
        ? "which goes to /etc/garage-node/adopted/unit with its drop-ins"
        : "which stays there";
    const noMore = name === OURS ? (file!.startsWith("/etc/") ? "" : ", behind ours in /etc") : ", and is masked";
    return `${name} (${file}), ${goes}${noMore}`;
}

/** sdk/host/lib/oldService.sh. */
function user({ process: { uid, user: name }, keeper }: SeenNode): string {
    if (name === "garage") return `as its user garage (${uid})`;
    if (keeper.unit?.dynamicUser)
        return `as the user garage, who is made with the number of its files (${uid}); if there is a user garage already, they are handed over to him`;
    const owner = name === null ? `the number ${uid}` : `${name} (${uid})`;
    return `as the user garage; its files, those of ${owner} until then, are handed over to him while it is down`;
}

function renamed({ path, real }: SeenNode["directories"][number]): string {
    return `    renamed, without a copy: ${real} → ${path}`;
}

/** What is the same for several nodes is said once. */
function describeConfigurations(spec: ClusterSpec, nodes: { name: string; seen: SeenNode }[]): string[] {
    const ours = readTemplate(renderToml(spec, "full")) ?? {};
    const said = new Map<string, string[]>();
    for (const { name, seen } of nodes) {
        const changes = changesOf(seen.configuration.values, ours).join("\n");
        said.set(changes, [...(said.get(changes) ?? []), name]);
    }
    return [...said].flatMap(([changes, names]) => [
        `  garage.toml of ${names.join(", ")}, by key:`,
        ...changes.split("\n").map((change) => `    ${change}`),
    ]);
}

/** Addresses and peers are filled in by the host: where the old file names its address, that is the program's too. */
function changesOf(values: Record<string, unknown>, ours: Record<string, unknown>): string[] {
    const { bootstrap_peers: _their, rpc_public_addr: address, ...old } = values;
    const { bootstrap_peers: _our, rpc_public_addr: _filled, ...now } = ours;
    return [
        ...tableChanges(old, now),
        ...(address === undefined ? ["+ rpc_public_addr = (the node's address in the program)"] : []),
        "+ bootstrap_peers = (the other nodes)",
    ];
}

function age(at: string, now: Date): string {
    const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(at)) / 60_000));
    const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
    if (minutes < 120) return counted(minutes, "minute");
    return minutes < 48 * 60 ? counted(Math.floor(minutes / 60), "hour") : counted(Math.floor(minutes / 1440), "day");
}

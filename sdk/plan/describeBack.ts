import { renderToml } from "../garage/garageToml";
import { readTemplate, tableChanges } from "../garage/tomlChanges";
import type { ClusterSpec, SeenNode } from "../spec";
import { describeRoll, type PlanFacts } from "./describePlan";

/** What a preview says where services of before come back, by the text of adopt.json alone: at its head, and of a node. Nobody is dialled. */
export function describeBack(facts: PlanFacts): string {
    return [
        `The services of before come back, ${describeRoll(facts)}`,
        "Each host is asked first, before any daemon is stopped, and refuses where its service of before could not run on the data of now. A node whose turn to be taken over never came stays as it is. Once all nodes are back, claim, ledger and tool go from every host.",
        "What it doesn't do: copy, move or delete an object, or change the layout. A node that doesn't pass stops those after it, and the next pulumi up goes on.",
    ].join("\n");
}

export function describeBackNode(spec: ClusterSpec, name: string, seen: SeenNode): string {
    const { configuration, directories, keeper, process, release } = seen;
    const { container } = keeper;
    const commands = spec.nodes.find((node) => node.name === name)?.adopt;
    const old =
        container === undefined
            ? (keeper.unit?.name ?? "what ran by hand")
            : `the container ${container.name} of ${container.engine}`;
    const changes = changesBack(spec, configuration.values);
    return [
        `${name} (${seen.id.slice(0, 16)}), where it is taken over by now:`,
        "  stops: garage.service of this package",
        `  back: ${old}, as it was; owners and modes of before (${process.uid}:${process.gid})`,
        ...directories.flatMap(({ path, real }) =>
            path === real ? [] : [`  renamed, without a copy: ${path} → ${real}`],
        ),
        `  starts: ${old}${commands ? ` (${commands.startCommand})` : ""}, Garage ${release} on the same data, by ${configuration.path}`,
        `  garage.toml, by key${changes.length === 0 ? ": the same" : ":"}`,
        ...changes.map((change) => `    ${change}`),
    ].join("\n");
}

/** Addresses and peers are each host's own. */
function changesBack(spec: ClusterSpec, values: Record<string, unknown>): string[] {
    const { bootstrap_peers: _our, rpc_public_addr: _filled, ...now } = readTemplate(renderToml(spec, "full")) ?? {};
    const { bootstrap_peers: _their, rpc_public_addr: _address, ...old } = values;
    return tableChanges(now, old);
}

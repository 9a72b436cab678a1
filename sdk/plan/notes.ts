import { downloads } from "../garage/download";
import { HOPS, seriesBetween, seriesOf } from "../policy";
import { migrate } from "../procedures/hop";
import { type ClusterSpec, type NodeSpec, takesPart, type VolumeSpec } from "../spec";
import type { PlanFacts } from "./describePlan";
import type { ReleaseRecord } from "./record";

/** What the sentences of a plan are made of. */
export function planFacts(spec: ClusterSpec): PlanFacts {
    const leftOut = spec.nodes.filter((node) => !takesPart(node));
    return {
        nodes: spec.nodes.filter(takesPart).map((node) => node.name),
        replicationFactor: spec.replicationFactor,
        zones: new Set(spec.nodes.filter((node) => !node.gateway).map(({ zone }) => zone)).size,
        leftOut: leftOut.filter((node) => !node.gateway).length,
        consistencyMode: spec.consistencyMode,
        strategy: spec.strategy,
        drain: spec.drain,
        versionSet: spec.versionGiven,
    };
}

/** Upstream publishes no checksums; this package knows some. Whatever is fetched, all hosts of an architecture must get the same bytes. */
export function unknownChecksums(spec: ClusterSpec): string[] {
    // Where a Garage is taken over, each host gets the file that runs there.
    const unknown = spec.adopt ? [] : downloads(spec).filter(({ sha256 }) => sha256 === undefined);
    if (unknown.length === 0) return [];
    return [
        `No checksum of Garage ${spec.version} for ${unknown.map(({ arch }) => arch).join(" and ")} is known here: the hosts only make sure that all of them got the same file. Set binary.sha256 to be sure that it is the right one.`,
    ];
}

/** Nothing else tells a renamed component from a new one: no host of before is met, so no claim refuses it. */
export function emptyHosts({ nodes }: ClusterSpec): string[] {
    const isEmpty = ({ placement, aws }: NodeSpec) =>
        placement === "container" ||
        (aws !== undefined && Object.values(aws.volumes).some(({ id }: VolumeSpec) => id === undefined));
    const empty = nodes.filter(isEmpty).map(({ name }) => name);
    if (empty.length === 0) return [];
    return [
        `No record of this cluster is known, so ${empty.join(", ")} would be made with empty volumes: right for a new store. Is it one that got another name, stop here: give the component \`aliases: [{ name: "<the old name>" }]\`, or the store begins anew, empty and under other keys, and the hosts of the old one go (its volumes stay).`,
    ];
}

/** What of the layout changes for whom, by the record of what was reached. */
export function layoutNote(reached: ReleaseRecord, asked: ReleaseRecord): string[] {
    const changed = asked.nodes.flatMap((node) => {
        const old = reached.nodes.find(({ name }) => name === node.name);
        const moves = !node.gateway || old?.gateway === false;
        if (old === undefined) return [{ text: `${node.name} is new${node.gateway ? " (a gateway)" : ""}`, moves }];
        const what = [
            ...(old.zone === node.zone ? [] : [`zone ${old.zone} → ${node.zone}`]),
            ...(old.capacityBytes === node.capacityBytes ? [] : ["another capacity"]),
        ];
        return what.length > 0 ? [{ text: `${node.name}: ${what.join(", ")}`, moves }] : [];
    });
    if (changed.length === 0) return [];
    const effect = changed.some(({ moves }) => moves) ? "data may move between the nodes" : "no data move";
    return [
        `The layout changes (${changed.map(({ text }) => text).join("; ")}): ${effect}.`,
        ...stepsNote(reached, asked),
    ];
}

/** Up to 0.9 Garage reads from the nodes of the newest layout only, whether they have the data yet or not. */
function stepsNote(reached: ReleaseRecord, asked: ReleaseRecord): string[] {
    const series = seriesOf(asked.version);
    if (series === undefined || seriesBetween("1", series) >= 0) return [];
    const moving = asked.nodes.filter((node) => {
        const old = reached.nodes.find(({ name }) => name === node.name);
        return !node.gateway && (old?.zone !== node.zone || old.capacityBytes !== node.capacityBytes);
    });
    if (moving.length === 0) return [];
    return [
        ...(moving.length > 1
            ? [
                  `One storage node after the other (${moving.length}), each followed by its tables and blocks, which takes its time: up to series 0.9 objects can't be read while several nodes change at once.`,
              ]
            : []),
        ...(asked.replicationFactor < 3
            ? [
                  `With replicationFactor ${asked.replicationFactor} what moves may answer 404 until its tables have followed: keep clients off meanwhile, or go to series 1 first.`,
              ]
            : []),
    ];
}

/** The delete of a host that is lost would fail at each run: nobody answers there. */
export function takenOut(reached: ReleaseRecord, asked: ReleaseRecord): string[] {
    return reached.nodes
        .filter(({ name }) => !asked.nodes.some((node) => node.name === name))
        .map(
            ({ name }) =>
                `nodes.${name} is taken out: when all else is done and proven, its host is dialled to be uninstalled. If that host is lost, this last step fails, at each run: put nodes.${name} back with without: ["${name}"], run pulumi up, and take it out then; or \`pulumi state delete\` its \`host\` resource.`,
        );
}

export function engineNote(reached: ReleaseRecord, asked: ReleaseRecord, spec: ClusterSpec): string[] {
    if (reached.dbEngine === asked.dbEngine) return [];
    const change = `dbEngine ${reached.dbEngine} → ${asked.dbEngine}`;
    if (!spec.dbEngineGiven)
        return [
            `${change} is only a default, so the hosts will refuse: write dbEngine: "${reached.dbEngine}" out, or the other one to convert.`,
        ];
    return [
        spec.hop === undefined
            ? `${change}: each node's database is converted and compared, one node at a time.`
            : `${change}: each node's database is converted in step ${migrate.number}, while all nodes are down.`,
    ];
}

/** After 0.8 → 0.9 the moved stateVersion is what says the real capacities. */
export function capacitiesNote(reached: ReleaseRecord, asked: ReleaseRecord): string[] {
    const closed = HOPS.find(({ from, to }) => from === reached.stateVersion && to === asked.stateVersion);
    if (!closed?.capacityUnitsChange) return [];
    return [
        "The capacities as declared are assigned now, in place of what Garage made of the old units, one zone after the other: data may move.",
    ];
}

export function closedNote(reached: ReleaseRecord, asked: ReleaseRecord): string[] {
    if (reached.stateVersion === asked.stateVersion) return [];
    return ["The resources that go are the record of the finished upgrade: taking them away runs nothing on any host."];
}

export function waivedNote({ skipChecks }: ClusterSpec): string[] {
    return skipChecks.length > 0 ? [`Checks waived: ${skipChecks.join(", ")}.`] : [];
}

export function withoutNote({ nodes }: ClusterSpec): string[] {
    const without = nodes.filter((node) => !takesPart(node)).map(({ name }) => name);
    if (without.length === 0) return [];
    return [
        `Left out, not dialled: ${without.join(", ")}. Its resources that go, or come back, run nothing there now.`,
    ];
}

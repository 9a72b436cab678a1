import * as semver from "semver";
import type { ConsistencyMode, DrainMode, UpgradeStrategy } from "../args";
import { readQuorum, writeQuorum } from "../garage/quorum";
import { changelogOf, hopNamed, type Plan, seriesOf } from "../policy";
import { HOP_STEPS, S3_OFF } from "../procedures/hop";

export interface PlanFacts {
    /** Names in the order in which they are rolled. */
    readonly nodes: readonly string[];
    readonly replicationFactor: number;
    /** Storage nodes that `without` leaves out. Default: 0. */
    readonly leftOut?: number;
    /** Zones of the storage nodes. Default: as many as nodes. */
    readonly zones?: number;
    /** Default: `consistent`. */
    readonly consistencyMode?: `${ConsistencyMode}`;
    /** Default: `empty`. */
    readonly drain?: `${DrainMode}`;
    /** Default: `full`. */
    readonly strategy?: `${UpgradeStrategy}`;
    /** False when `version` isn't set and its default is taken. Default: true. */
    readonly versionSet?: boolean;
}

/** The block that the preview shows: what will happen, in a few sentences. Warnings and refusals are shown apart. */
export function describePlan(plan: Plan, facts: PlanFacts): string {
    const atFirst = plan.kind === "create" ? [...spread(facts), unsetVersion(plan, facts)] : [];
    return [sentence(plan, facts), ...atFirst].filter((line) => line !== "").join("\n");
}

function sentence(plan: Plan, facts: PlanFacts): string {
    switch (plan.kind) {
        case "create":
            return `Garage ${plan.to} on ${counted(facts.nodes.length)}: ${facts.nodes.join(", ")}. Hosts that are new get a new cluster of series ${seriesOf(plan.to)}; on others their ledgers decide.`;
        case "none":
            return `Garage ${plan.to}: no change of release.`;
        case "patch":
            return `${plan.from} → ${plan.to}: patch ${goesDown(plan) ? "downgrade" : "upgrade"}, ${describeRoll(facts)}`;
        case "major":
            return majorBlock(plan, facts);
        case "refused":
            return [
                `Garage ${plan.from ? `${plan.from} → ` : ""}${plan.to}: refused, and nothing is changed.`,
                ...plan.reasons.map(({ id, message }) => `  - ${message} [${id}]`),
            ].join("\n");
    }
}

function goesDown({ from, to }: Plan): boolean {
    return from !== undefined && semver.lt(to, from);
}

/** In which order the nodes restart, and what clients notice of it. */
export function describeRoll(facts: PlanFacts): string {
    return `one node at a time: ${facts.nodes.join(" → ")}. ${whileOneIsDown(facts)}`;
}

function whileOneIsDown({ replicationFactor, consistencyMode = "consistent", leftOut = 0 }: PlanFacts): string {
    const up = replicationFactor - leftOut - 1;
    const copies = { replicationFactor, consistencyMode };
    if (leftOut > 0 && up < writeQuorum(copies)) {
        const what = up < readQuorum(copies) ? "reads and writes fail" : "writes fail";
        return `${leftOut} of the storage nodes left out: while another one restarts, ${what} for all that has only ${up} of ${replicationFactor} copies up. Bring it back first, if you can.`;
    }
    if (replicationFactor <= 1)
        return "Replication factor 1: while a node restarts, what lies on it can be neither read nor written.";
    if (replicationFactor === 2 && consistencyMode !== "dangerous") {
        return "Replication factor 2: while a node restarts, writes fail (they need 2 of 2 copies); reads go on.";
    }
    return "S3 stays up.";
}

function majorBlock(plan: Plan, facts: PlanFacts): string {
    const hop = hopNamed(plan.hop!)!;
    const way = facts.strategy ?? "full";
    const [off, on] = S3_OFF[way];
    const names = HOP_STEPS[way].map(({ number, verb }) => `${number} ${verb}`).join(" → ");
    return [
        `Garage ${plan.from ?? `of series ${hop.from}`} → ${plan.to}: major upgrade. S3 and web are off from step ${off.number} to step ${on.number}, ${expected(facts)}. Steps: ${names}.`,
        ...hop.notes.map((note) => `  - ${note}`),
        `Read ${changelogOf(plan.to)} and ${hop.guide}; rehearse first.`,
    ].join("\n");
}

/** Minutes without S3, for little metadata: measured on three nodes; Garage itself queues blocks for 10 minutes after a write. */
function expected({ drain = "empty", strategy = "full" }: PlanFacts): string {
    if (strategy === "short")
        return "expected 1 min (all nodes are stopped, backed up and started at once; longer with much metadata)";
    if (drain === "settled") return "expected 3 min (repair, backup and checks; longer with much metadata)";
    return "expected 14 min (about 11 of them until the resync queues are empty, which Garage takes after the last write; longer with much metadata)";
}

/** What can't be changed later, or costs moving all data: said while it costs nothing. */
function spread({
    replicationFactor,
    consistencyMode = "consistent",
    nodes,
    zones = nodes.length,
}: PlanFacts): string[] {
    const copies =
        replicationFactor <= 1
            ? "Replication factor 1: one copy of each object. A node that is down takes what lies on it away, a disk that is lost takes it for good. The factor can't be changed later."
            : replicationFactor === 2 && consistencyMode !== "dangerous"
              ? "Replication factor 2: a write needs both copies, so writes fail whenever any node is down; reads go on. With 3 both go on. The factor can't be changed later."
              : "";
    const places =
        zones === 1 && replicationFactor > 1
            ? `All nodes are in one zone: what takes that place away takes all ${replicationFactor} copies. Nodes that don't fail together belong in zones of their own; a change later moves data.`
            : "";
    return [copies, places];
}

function unsetVersion(plan: Plan, facts: PlanFacts): string {
    if (facts.versionSet !== false) return "";
    return `version isn't set: ${plan.to} is the newest release of series ${seriesOf(plan.to)} that this package knows, and hosts that run an older one of it go there. Set version: "${plan.to}": with another default, of another version of the package, an update is refused.`;
}

function counted(nodes: number): string {
    return nodes === 1 ? "1 node" : `${nodes} nodes`;
}

import * as pulumi from "@pulumi/pulumi";
import { downloads } from "../garage/download";
import { refusedChanges } from "../plan/change";
import { describePlan, type PlanFacts } from "../plan/describePlan";
import { parseReleaseWords, type ReleaseRecord } from "../plan/record";
import { planUpgrade, type Reason, seriesOf } from "../policy";
import type { ClusterSpec } from "../spec";
import { hook } from "./hook";

/**
 * Wall 2: judges, at preview, what is asked for now by the record of what was reached, and prints the plan. It lets a
 * preview fail with the reasons. It fires late, or never, with `--skip-preview`, `--target` or an unchanged record:
 * the hosts' own consent (`stage`) is the wall that holds alone.
 */
export function gate(component: pulumi.Resource, clusterName: string, spec: ClusterSpec): pulumi.ResourceHookBinding {
    const hooks = hook(`garage-cluster-gate-${clusterName}`, ({ newInputs, oldInputs }) =>
        judge(component, spec, newInputs?.create, oldInputs?.create),
    );
    return { beforeCreate: hooks, beforeUpdate: hooks };
}

function judge(component: pulumi.Resource, spec: ClusterSpec, newLine: unknown, oldLine: unknown): void {
    const asked = parseReleaseWords(newLine);
    if (asked === undefined) throw new Error("release: its own line isn't plain text; nothing was changed.");
    const reached = oldLine === undefined ? undefined : parseReleaseWords(oldLine);
    if (oldLine !== undefined && reached === undefined)
        throw new Error(
            "release: the record of what was reached can't be read, so no change can be judged by it; nothing was changed. `pulumi state delete` of the `release` resource lets the hosts' ledgers decide.",
        );
    const plan = planUpgrade({
        from: reached?.version,
        to: spec.versionGiven ? spec.version : undefined,
        stateVersion: spec.stateVersion,
        allowPatchDowngrade: spec.allowPatchDowngrade,
    });
    const reasons = [...plan.reasons, ...(reached ? refusedChanges(reached, asked) : [])];
    if (!pulumi.runtime.isDryRun()) {
        judgeLate(reasons, reached);
        for (const warning of reached ? takenOut(reached, asked) : []) pulumi.log.warn(warning, component);
        return;
    }
    if (reasons.length > 0) throw new Error(`refused, nothing was changed:\n${listed(reasons)}`);
    for (const warning of reached ? takenOut(reached, asked) : []) pulumi.log.warn(warning, component);
    const fetched = reached?.version === asked.version ? [] : unknownChecksums(spec);
    for (const warning of [...plan.warnings, ...fetched]) pulumi.log.warn(warning, component);
    const text = describePlan(plan, planFacts(spec));
    const notes = [
        ...(reached ? [...engineNote(reached, asked, spec), ...layoutNote(reached, asked)] : []),
        ...(reached?.stateVersion === "0.8" && asked.stateVersion === "0.9"
            ? [
                  "The capacities as declared are assigned now, in place of what Garage made of the old units, one zone after the other: data may move.",
              ]
            : []),
        ...(reached && reached.stateVersion !== asked.stateVersion
            ? [
                  "The resources that go are the record of the finished upgrade: taking them away runs nothing on any host.",
              ]
            : []),
        ...(spec.skipChecks.length > 0 ? [`Checks waived: ${spec.skipChecks.join(", ")}.`] : []),
        ...(spec.without.length > 0
            ? [
                  `Left out, not dialled: ${spec.without.join(", ")}. Its resources that go, or come back, run nothing there now.`,
              ]
            : []),
    ];
    pulumi.log.info([text, ...notes].join("\n"), component);
}

/**
 * Without a preview this is the last step: `stage` has refused what the hosts and its own hook (a default that has moved) can know, and the rest
 * is done. What is said then has to be true, and lead on.
 */
function judgeLate(all: Reason[], reached: ReleaseRecord | undefined): void {
    const reasons = all.filter(({ id }) => id !== "default-moved");
    if (reasons.length === 0) return;
    throw new Error(
        `refused, but too late: this run had no preview (--skip-preview, or the Automation API, which never has one), so every step before this record of what was reached has run on the hosts, and the record still says ${reached?.version ?? "nothing"}:\n${listed(reasons)}\nIs what was done what you want: \`pulumi state delete\` of the \`release\` resource, then \`pulumi up\`; the hosts' ledgers decide, and nothing restarts. Else do what is said above. Run \`pulumi preview\` before each change.`,
    );
}

const listed = (reasons: Reason[]) => reasons.map((r) => `  - ${r.message} [${r.id}]`).join("\n");

export function planFacts(spec: ClusterSpec): PlanFacts {
    const leftOut = spec.nodes.filter((node) => spec.without.includes(node.name));
    return {
        nodes: spec.nodes.filter((node) => !leftOut.includes(node)).map((node) => node.name),
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
function unknownChecksums(spec: ClusterSpec): string[] {
    const unknown = downloads(spec).filter(({ sha256 }) => sha256 === undefined);
    if (unknown.length === 0) return [];
    return [
        `No checksum of Garage ${spec.version} for ${unknown.map(({ arch }) => arch).join(" and ")} is known here: the hosts only make sure that all of them got the same file. Set binary.sha256 to be sure that it is the right one.`,
    ];
}

/** What of the layout changes for whom, by the record of what was reached. */
function layoutNote(reached: ReleaseRecord, asked: ReleaseRecord): string[] {
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
    if (!["0.7", "0.8", "0.9"].includes(seriesOf(asked.version) ?? "")) return [];
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
function takenOut(reached: ReleaseRecord, asked: ReleaseRecord): string[] {
    return reached.nodes
        .filter(({ name }) => !asked.nodes.some((node) => node.name === name))
        .map(
            ({ name }) =>
                `nodes.${name} is taken out: when all else is done and proven, its host is dialled to be uninstalled. If that host is lost, this last step fails, at each run: put nodes.${name} back with without: ["${name}"], run pulumi up, and take it out then; or \`pulumi state delete\` its \`host\` resource.`,
        );
}

function engineNote(reached: ReleaseRecord, asked: ReleaseRecord, spec: ClusterSpec): string[] {
    if (reached.dbEngine === asked.dbEngine) return [];
    const change = `dbEngine ${reached.dbEngine} → ${asked.dbEngine}`;
    if (!spec.dbEngineGiven)
        return [
            `${change} is only a default, so the hosts will refuse: write dbEngine: "${reached.dbEngine}" out, or the other one to convert.`,
        ];
    return [
        spec.hop === undefined
            ? `${change}: each node's database is converted and compared, one node at a time.`
            : `${change}: each node's database is converted in step 7, while all nodes are down.`,
    ];
}

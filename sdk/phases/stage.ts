import * as pulumi from "@pulumi/pulumi";
import { downloads } from "../garage/download";
import { renderToml } from "../garage/garageToml";
import { generationId } from "../garage/generation";
import { listeners } from "../garage/listeners";
import type { Node } from "../placement/node";
import { releaseWords } from "../plan/record";
import type { ClusterSpec } from "../spec";
import { ANSWERS } from "./answer";
import { type Cluster, leader } from "./cluster";
import { again } from "./host";
import { hostCommand } from "./hostCommand";
import { hostTool } from "./hostTool";
import { commonLines, lookedLines, optionLines, sheet } from "./sheet";

/**
 * Binary and configuration lie ready in a generation of their own, and the node's ledger has consented or refused:
 * nothing that runs is changed. Answers `<epoch> <release> <architecture>:<checksum>`.
 */
export function stage(
    cluster: Cluster,
    node: Node,
    uploads: pulumi.Resource[],
    looked: Record<string, pulumi.Output<string>>,
    dependsOn: pulumi.Resource[],
    hooks: pulumi.ResourceHookBinding,
) {
    const { spec } = cluster;
    const downgrade = spec.allowPatchDowngrade ? " downgrade=allowed" : "";
    return hostCommand(cluster.parent, {
        name: `${cluster.name}-stage-${node.name}`,
        node,
        create: `garage-node stage ${generationId(spec)} sv=${spec.stateVersion}${downgrade}${again(node)}`,
        stdin: sheet(
            commonLines(cluster, node),
            cluster.peers,
            generationLines(spec, node),
            recordLines(cluster, node),
            node.options,
            lookedLines(looked, node),
        ),
        answers: ANSWERS.stage,
        dependsOn: [...dependsOn, ...uploads],
        hooks,
    });
}

function generationLines(spec: ClusterSpec, node: Node): pulumi.Input<string>[] {
    return [
        `package ${hostTool().packageVersion}`,
        `release ${spec.version}`,
        `series ${spec.series}`,
        `engine ${spec.dbEngine}`,
        ...(spec.dbEngineGiven ? ["convert allowed"] : []),
        `replicationfactor ${spec.replicationFactor}`,
        `rpctimeout ${rpcTimeout(spec)}`,
        `metadata ${spec.metadataDir}`,
        ...spec.dataDirs.map((dir) => `data ${dir.path}`),
        `backups ${spec.backupsDir}`,
        listeners(spec).ports,
        listeners(spec).binds,
        pulumi.interpolate`public ${node.rpcAddress}`,
        `toml ${base64(renderToml(spec, "full"))}`,
        `quiet ${base64(renderToml(spec, "quiet"))}`,
        ...optionLines(spec),
        ...downloads(spec).map(({ arch, url, sha256 }) => `download ${arch} ${url} ${sha256 ?? "-"}`),
    ];
}

/** Milliseconds; Garage's own default, from 0.8 on, where it isn't set. What is no number Garage itself refuses in `stage`. */
function rpcTimeout({ settings }: ClusterSpec): number {
    const set = settings.rpc_timeout_msec;
    return Number.isSafeInteger(set) && Number(set) >= 0 ? Number(set) : 300_000;
}

/** One node remembers what the cluster has reached (`release` runs there), and so refuses in time what only that tells, without a preview too. */
function recordLines(cluster: Cluster, node: Node): string[] {
    return node === leader(cluster) ? [`record ${releaseWords(cluster.spec)}`] : [];
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

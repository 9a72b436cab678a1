import { type Plan, parseStateVersion, planUpgrade, type Series, seriesOf } from "../policy";
import type { ClusterSpec } from "../spec";
import { readAdopt } from "./adopt";
import { checkNoCommands } from "./adoptCommands";
import { checkAdopted } from "./adopted";
import { readAwsCluster } from "./aws";
import { checkAwsTogether } from "./awsTogether";
import { readBinary } from "./binary";
import { checkComponentName } from "./container";
import { checkCounts } from "./counts";
import { readBlockSize, readCompression, readEngine } from "./engine";
import { checkInputs } from "./inputs";
import { readNames } from "./names";
import { checkRpcReachable, readBinds, readDomains, readPorts } from "./network";
import { readNodes } from "./nodes";
import { readOperation } from "./operation";
import { missing, Reader, type Table } from "./reader";
import { readReplication } from "./replication";
import { inRollOrder } from "./rollOrder";
import { readSettings } from "./settings";
import { readDirectories } from "./storage";
import { checkTogether } from "./together";
import { gathered, type Validated } from "./validated";

export type { Problem } from "./reader";

/**
 * Checks the arguments of a GarageCluster, whatever they are, and fills in every default. Never throws; gathers all
 * problems (`name` is the component's), each with its path, the value given (never a secret), what is allowed, and what to do.
 */
export function validateArgs(args: unknown, name = "garage"): Validated<ClusterSpec> {
    const reader = new Reader();
    return gathered(reader, () => readArgs(reader, args, name));
}

function readArgs(reader: Reader, value: unknown, name: string): ClusterSpec | undefined {
    const args = reader.options("", missing(value) ? {} : value, "");
    if (!args) return undefined;
    const { plan, stateVersion, series } = readVersions(reader, args);
    const ports = readPorts(reader, args);
    const { nodes: all, reached } = readNodes(reader, args.nodes, series, ports.rpc);
    const names = all.map((node) => node.name);
    const replication = readReplication(reader, args, series);
    const without = readNames(reader, "without", args.without, names, "node of this cluster");
    const nodes = all.map((node) => (without.includes(node.name) ? { ...node, part: "without" as const } : node));
    checkComponentName(reader, name, nodes);
    const rollOrder = readNames(reader, "rollOrder", args.rollOrder, names, "node of this cluster");
    checkCounts(reader, nodes, without, replication);

    const binds = readBinds(reader, args);
    checkRpcReachable(reader, binds, nodes.length);
    const domains = readDomains(reader, args);
    const directories = readDirectories(reader, args, series, nodes);
    const aws = readAwsCluster(reader, args.aws, nodes);
    checkAwsTogether(reader, args, { nodes, aws, ...directories });
    const dbEngine = readEngine(reader, args, stateVersion, series);
    const blockSizeBytes = readBlockSize(reader, args);
    const compressionLevel = readCompression(reader, args);
    const settings = readSettings(reader, args.settings, {
        version: series ? plan.to : undefined,
        series,
        ports,
        writable: [directories.metadataDir, ...directories.dataDirs.map(({ path }) => path)],
        compression: !missing(args.compressionLevel),
    });
    checkTogether(reader, { nodes, reached, binds, ...directories, blockSizeBytes, settings });
    const binary = readBinary(reader, args.binary);
    const operation = readOperation(reader, args, plan.hop);
    const allowPatchDowngrade = reader.flag("allowPatchDowngrade", args.allowPatchDowngrade) ?? false;
    checkInputs(reader, args);
    const seen = readAdopt(reader, args.adopt);
    if (!stateVersion || !series) return undefined;
    const spec: ClusterSpec = {
        stateVersion,
        version: plan.to,
        versionGiven: !missing(args.version),
        series,
        ...(plan.hop ? { hop: plan.hop } : {}),
        ...replication,
        nodes: inRollOrder(nodes, rollOrder),
        ...(aws === undefined ? {} : { aws }),
        ports,
        binds,
        ...domains,
        ...directories,
        dbEngine,
        dbEngineGiven: !missing(args.dbEngine),
        ...(blockSizeBytes === undefined ? {} : { blockSizeBytes }),
        ...(compressionLevel === undefined ? {} : { compressionLevel }),
        settings,
        binary,
        allowPatchDowngrade,
        ...operation,
        ...(seen === undefined ? {} : { adopt: seen }),
    };
    if (seen !== undefined) checkAdopted(reader, args, seen, spec, reached);
    else if (missing(args.adopt)) checkNoCommands(reader, nodes);
    return spec;
}

interface Versions {
    plan: Plan;
    stateVersion?: Series;
    /** Of `version`; absent when that is no release. */
    series?: Series;
}

/** The first wall: what stateVersion and version say by themselves, without the stack's memory. */
function readVersions(reader: Reader, args: Table): Versions {
    const plan = planUpgrade({
        to: args.version as string,
        stateVersion: args.stateVersion as string,
        allowPatchDowngrade: args.allowPatchDowngrade === true,
    });
    const stateReasons = parseStateVersion(args.stateVersion ?? undefined).reasons.map(({ id }) => id);
    for (const { id, message } of plan.reasons) {
        const path = stateReasons.includes(id) ? "stateVersion" : "version";
        reader.problems.push({ path, message: `${message} [${id}]` });
    }
    return { plan, stateVersion: parseStateVersion(args.stateVersion ?? undefined).series, series: seriesOf(plan.to) };
}

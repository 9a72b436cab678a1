import type { UpgradeStrategy } from "../args";
import { listeners } from "../garage/listeners";
import { type HopName, hopNamed } from "../policy";
import type { ClusterSpec } from "../spec";
import type { Procedure, Step } from "./procedure";

// A step ends its answer with the attempt; up to 0.1.0 most did not.
const preflight: Step = {
    number: 1,
    verb: "preflight",
    scope: "cluster",
    gives: "attempt",
    takes: [],
    answers: /^[\d.]+-to-[\d.]+ attempt \w+$/,
};
const quiesce: Step = {
    number: 2,
    verb: "quiesce",
    scope: "node",
    takes: ["attempt"],
    answers: /^[a-z0-9-]+ quiet( \w+)?$/,
};
/** Gives the time since when the journal has to be clean. */
const repair: Step = {
    number: 3,
    verb: "repair",
    scope: "cluster",
    gives: "repaired",
    takes: ["attempt"],
    answers: /^repair began [\w:-]+( \w+)?$/,
};
const drain: Step = { number: 4, verb: "drain", scope: "cluster", takes: ["attempt"], answers: /^drained( \w+)?$/ };
const halt: Step = {
    number: 5,
    verb: "halt",
    scope: "node",
    takes: ["attempt", "repaired"],
    answers: /^[a-z0-9-]+ \/\S+( \w+)?$/,
};
const halted: Step = {
    number: 6,
    verb: "halted",
    scope: "cluster",
    takes: ["attempt"],
    answers: /^all nodes are down( \w+)?$/,
};
/** The data change, while all nodes are down. */
export const migrate: Step = {
    number: 7,
    verb: "migrate",
    scope: "node",
    withGeneration: true,
    takes: ["attempt"],
    answers: /^[a-z0-9-]+ [\d.]+( \w+)?$/,
};
const verify: Step = { number: 8, verb: "verify", scope: "cluster", takes: ["attempt"], answers: /^verified( \w+)?$/ };
const resume: Step = {
    number: 9,
    verb: "resume",
    scope: "node",
    withGeneration: true,
    takes: ["attempt"],
};

/** A hop's steps, by strategy. `short` leaves S3 on until the nodes are down. */
export const HOP_STEPS: Readonly<Record<`${UpgradeStrategy}`, readonly Step[]>> = {
    full: [preflight, quiesce, repair, drain, halt, halted, migrate, verify, resume],
    short: [preflight, repair, drain, halt, halted, migrate, verify, resume],
};

/** The step in which the first daemon ends to answer clients, and the one after which all do again. */
export const S3_OFF: Readonly<Record<`${UpgradeStrategy}`, readonly [Step, Step]>> = {
    full: [quiesce, resume],
    short: [halt, migrate],
};

/** From one series to the next one. */
export function hop(name: HopName, spec: ClusterSpec): Procedure {
    const { from, to, minFrom, offlineRepair, capacityUnitsChange } = hopNamed(name)!;
    return {
        name: `${from}-to-${to}`,
        facts: [
            listeners(spec).ports,
            `replicationfactor ${spec.replicationFactor}`,
            `minfrom ${minFrom}`,
            `offlinerepair ${offlineRepair.join(" ") || "none"}`,
            `capacityunits ${capacityUnitsChange ? "change" : "same"}`,
        ],
        steps: HOP_STEPS[spec.strategy],
    };
}

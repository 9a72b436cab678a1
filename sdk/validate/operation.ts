import { DeepCheck, DrainMode, UpgradeStrategy } from "../args";
import { WAIVABLE_CHECKS } from "../garage/checks";
import { type HopName, hopNamed } from "../policy";
import { showValue } from "../showValue";
import { readNames } from "./names";
import type { Reader, Table, TextRule } from "./reader";
import { ANY_LINE } from "./rules";

/** Default, least and most of every time limit, in seconds. Without a default the host knows better. */
const SECONDS: Readonly<Record<string, readonly [number | undefined, number, number]>> = {
    healthTimeoutSeconds: [120, 5, 86400],
    stopGraceSeconds: [undefined, 1, 600],
    downloadTimeoutSeconds: [600, 10, 86400],
    drainTimeoutSeconds: [1800, 10, 604800],
    repairTimeoutSeconds: [3600, 10, 2592000],
    countTimeoutSeconds: [600, 10, 86400],
    hookTimeoutSeconds: [60, 1, 86400],
    startTimeoutSeconds: [undefined, 5, 86400],
    cliTimeoutSeconds: [undefined, 1, 3600],
    settleSeconds: [undefined, 1, 86400],
    lockTimeoutSeconds: [undefined, 10, 2592000],
};

export interface Operation {
    skipChecks: string[];
    options: Record<string, string>;
    logLevel: string;
    strategy: `${UpgradeStrategy}`;
    drain: `${DrainMode}`;
}

/** What only tunes waiting, waives checks or runs beside; it reaches the hosts as `option` lines. */
export function readOperation(reader: Reader, args: Table, hop: HopName | undefined): Operation {
    const skipChecks = readNames(
        reader,
        "skipChecks",
        args.skipChecks,
        Object.keys(WAIVABLE_CHECKS),
        "check that may be waived",
    );
    const logLevel = readLogLevel(reader, args);
    const options: Record<string, string> = { logLevel };
    for (const [name, [usual, least, most]] of Object.entries(SECONDS)) {
        const seconds = reader.integer(name, args[name], least, most, "a whole number of seconds");
        if (seconds ?? usual) options[name] = String(seconds ?? usual);
    }
    for (const name of ["beforeStop", "afterStart"]) {
        const line = reader.text(name, args[name], { ...ANY_LINE, secret: true })?.trim();
        if (line) options[name] = line;
    }
    const major = reader.options("majorUpgrade", args.majorUpgrade, "majorUpgrade") ?? {};
    const strategy = readStrategy(reader, major, hop);
    if (strategy === "short") options.strategy = strategy;
    const settled = reader.choice("majorUpgrade.drain", major.drain, Object.values(DrainMode)) === "settled";
    const drain = settled || strategy === "short" ? "settled" : "empty";
    options.drain = drain;
    const deep = readNames(
        reader,
        "majorUpgrade.deepChecks",
        major.deepChecks,
        Object.values(DeepCheck),
        "further repair",
    );
    if (deep.length > 0) options.deepChecks = deep.join(",");
    if (skipChecks.length > 0) options.skipChecks = skipChecks.join(",");
    return { skipChecks, options, logLevel, strategy, drain };
}

/** The short way was tried, and is described by upstream, from 0.9.4 on; with S3 on no queue runs empty. */
function readStrategy(reader: Reader, major: Table, hop: HopName | undefined): `${UpgradeStrategy}` {
    const path = "majorUpgrade.strategy";
    if (reader.choice(path, major.strategy, Object.values(UpgradeStrategy)) !== "short") return "full";
    const found = hop === undefined ? undefined : hopNamed(hop);
    if (found && !found.short)
        reader.complain(path, {
            given: showValue("short"),
            what: `isn't safe from series ${found.from} to ${found.to}`,
            allowed: '"full" for this upgrade; "short" from series 0.9 on',
            todo: "Take it out",
        });
    if (major.drain === "empty")
        reader.complain("majorUpgrade.drain", {
            given: showValue("empty"),
            what: 'never comes true while S3 is on, as it is with strategy "short"',
            allowed: '"settled" with strategy "short"',
            todo: 'Take it out, or choose strategy "full"',
        });
    return "short";
}

function readLogLevel(reader: Reader, args: Table): string {
    const rule: TextRule = {
        pattern: /^[A-Za-z0-9_=,:-]+$/,
        allowed: "a filter as in RUST_LOG, without spaces",
        todo: 'Write one like "garage=info" or "garage=debug,garage_api=trace"',
    };
    return reader.text("logLevel", args.logLevel, rule) ?? "garage=info";
}

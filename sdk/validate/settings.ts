import * as semver from "semver";
import { OTHER_KEYS, SECTIONS, TYPED_KEYS } from "../garage/settingKeys";
import type { Series } from "../policy";
import { holdsOutput, showKind, showValue } from "../showValue";
import type { Ports } from "../spec";
import { didYouMean } from "./didYouMean";
import { flows, isTable, missing, OUTPUT_IN_TEXT, type Reader } from "./reader";

export interface SettingsFacts {
    /** Release to run, if it is one. */
    version?: string;
    series?: Series;
    ports: Ports;
    /** Where the daemon may write. */
    writable: string[];
    /** `compressionLevel` is given. */
    compression: boolean;
}

const DEEPEST = 6;

/** `settings`, checked key by key; unknown keys are let through with a warning, since Garage ignores them in silence. */
export function readSettings(reader: Reader, value: unknown, facts: SettingsFacts): Record<string, unknown> {
    const table = reader.table("settings", value);
    if (!table) return {};
    const settings: Record<string, unknown> = {};
    // By name at every level: an order that means nothing in garage.toml must not make another generation.
    for (const key of Object.keys(table).sort()) {
        if (missing(table[key])) continue;
        checkWord(reader, "settings", key);
        settings[key] = clean(reader, `settings.${key}`, table[key], 1);
        if (SECTIONS.includes(key)) checkSection(reader, key, table[key], facts);
        else checkKey(reader, key, table[key], facts);
    }
    warnOfSecrets(reader, "settings", settings);
    checkSnapshots(reader, settings.metadata_snapshots_dir, facts);
    checkK2v(reader, settings.k2v_api, facts);
    return settings;
}

function checkSection(reader: Reader, section: string, value: unknown, facts: SettingsFacts): void {
    if (!isTable(value)) {
        if (flows(value)) return;
        reader.complain(`settings.${section}`, {
            given: showKind(value),
            what: "stands where garage.toml has a section",
            allowed: "a map of the section's keys",
            todo: `Write ${section}: { … }`,
        });
        return;
    }
    for (const key of Object.keys(value)) checkKey(reader, `${section}.${key}`, value[key], facts);
}

function checkKey(reader: Reader, key: string, value: unknown, facts: SettingsFacts): void {
    // The one way to turn compression off: Garage's own word is no number.
    if (key === "compression_level" && value === "none" && !facts.compression) return;
    const option = ownValue(TYPED_KEYS, key);
    if (option) {
        reader.complain(`settings.${key}`, {
            given: `"${key}"`,
            what: `has an option of its own, ${option}`,
            allowed: "settings without an option of their own",
            todo: `Take it out of settings and use ${option}`,
        });
        return;
    }
    const releases = ownValue(OTHER_KEYS, key);
    if (releases === undefined) {
        const guess = didYouMean(key, Object.keys(OTHER_KEYS));
        reader.warnings.push(
            `settings.${key} isn't known to this package${guess ? ` (did you mean ${guess}?)` : ""}: if Garage doesn't know it either, it ignores it in silence.`,
        );
    } else if (facts.version && !semver.satisfies(facts.version, releases)) {
        reader.warnings.push(
            `settings.${key} isn't known to Garage ${facts.version} (known to ${releases}): it ignores it in silence.`,
        );
    }
}

/** What `stage` fills in on the hosts: in a key too it would be replaced. */
const FILLED_IN = /@[A-Z_]+@/;

function checkWord(reader: Reader, path: string, key: string): void {
    if (holdsOutput(key)) reader.complain(path, { ...OUTPUT_IN_TEXT, allowed: "the keys of garage.toml" });
    if (!FILLED_IN.test(key)) return;
    reader.complain(path, {
        given: showValue(key),
        what: "holds a word that is replaced on the hosts",
        allowed: "keys without @WORDS@ in capitals",
        todo: "Take it out",
    });
}

/** A copy of what TOML can hold; anything else is reported. */
function clean(reader: Reader, path: string, value: unknown, depth: number): unknown {
    if (holdsOutput(value)) return reader.complain(path, { ...OUTPUT_IN_TEXT, allowed: "plain values, no secrets" });
    if (typeof value === "string" && !FILLED_IN.test(value)) return value;
    if (typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
    if (Array.isArray(value) && depth < DEEPEST)
        return value.map((each, index) => clean(reader, `${path}[${index}]`, each, depth + 1));
    if (isTable(value) && depth < DEEPEST) {
        const kept = Object.keys(value)
            .sort()
            .filter((key) => !missing(value[key]));
        for (const key of kept) checkWord(reader, path, key);
        return Object.fromEntries(kept.map((key) => [key, clean(reader, `${path}.${key}`, value[key], depth + 1)]));
    }
    return reader.complain(path, {
        // Not the value: a token among the settings is a mistake that must not be printed as well.
        given: flows(value) ? "An Output (or a secret, or something not known yet)" : showKind(value),
        what:
            typeof value === "string" ? "holds a word that is replaced on the hosts" : "can't be put into garage.toml",
        allowed: "plain texts, numbers, true, false, lists and maps of these, without @WORDS@ in capitals",
        todo: "Write a plain value; a secret has no place here, since garage.toml would show in the preview",
    });
}

/** What it is in the state: `stage` has garage.toml in its stdin, unmarked, and Garage reads neither from a file of its own. */
function warnOfSecrets(reader: Reader, path: string, value: unknown): void {
    const plain = "stands in plain text in the stack's state";
    if (isTable(value)) {
        for (const [key, each] of Object.entries(value)) warnOfSecrets(reader, `${path}.${key}`, each);
    } else if (path === "settings.consul_discovery.token") {
        reader.warnings.push(
            `${path} is a secret that ${plain}. Leave it out, give it to the Consul agent on each host (acl.tokens.default), and let consul_http_addr name that agent.`,
        );
    } else if (typeof value === "string" && /:\/\/[^/\s]*:[^/\s]*@/.test(value)) {
        reader.warnings.push(
            `${path} has a password that ${plain}. Name an address that needs none, such as a proxy or an agent on each host.`,
        );
    }
}

function checkSnapshots(reader: Reader, dir: unknown, { writable }: SettingsFacts): void {
    if (typeof dir !== "string" || writable.some((each) => dir.startsWith(`${each}/`))) return;
    reader.complain("settings.metadata_snapshots_dir", {
        given: showValue(dir),
        what: "is closed to the hardened daemon",
        allowed: `a directory below ${writable.join(" or ")}`,
        todo: "Move it there",
    });
}

function checkK2v(reader: Reader, k2v: unknown, { ports, series }: SettingsFacts): void {
    if (!isTable(k2v) || series === "0.7") return;
    const address = k2v.api_bind_addr;
    const port = typeof address === "string" ? Number(/:(\d+)$/.exec(address)?.[1]) : Number.NaN;
    const clash = Object.entries(ports).find(([, each]) => each === port);
    if (typeof address === "string" && !clash && !/\s/.test(address)) return;
    reader.complain("settings.k2v_api.api_bind_addr", {
        given: showValue(address),
        what: clash ? `clashes with ${clash[0]}Port` : "is needed by the section k2v_api, without a space",
        allowed: 'an address with a port of its own, such as "[::]:3904"',
        todo: "Write one",
    });
}

/** What a table itself has under a key: "constructor" and the like are no settings. */
function ownValue<T>(table: Record<string, T>, key: string): T | undefined {
    return Object.entries(table).find(([name]) => name === key)?.[1];
}

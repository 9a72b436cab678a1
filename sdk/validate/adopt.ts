import { SERIES, type Series } from "../policy";
import { showKind, showValue } from "../showValue";
import type { AdoptSpec, SeenNode } from "../spec";
import { isTable, join, missing, type Reader, type Table } from "./reader";

/** What `inspect` found in the way of a takeover. */
export interface InTheWay {
    id: string;
    where?: string;
    what: string;
    todo: string;
}

/** The text of adopt.json, understood. */
export interface Seen extends AdoptSpec {
    takeover: InTheWay[];
}

const AT = "adopt.seen";
const ALLOWED = "the text of adopt.json, as pulumi-garage-cluster inspect of this release writes it";
const AGAIN = "Inspect again: with --again it writes adopt.json alone";

/** The option `adopt`; nothing where it isn't given, or its text isn't understood, which is said. */
export function readAdopt(reader: Reader, value: unknown): Seen | undefined {
    if (missing(value)) return undefined;
    const options = reader.options("adopt", value, "adopt");
    if (options === undefined) return undefined;
    const wrong = (given: string, what: string): undefined =>
        reader.complain(AT, { given, what, allowed: ALLOWED, todo: AGAIN });
    if (missing(options.seen)) return wrong("Nothing", "is given");
    const pattern = { test: () => true };
    const rule = {
        pattern,
        longest: 2 ** 24,
        secret: true,
        allowed: ALLOWED,
        todo: 'readFileSync("adopt.json", "utf8")',
    };
    const text = reader.text(AT, options.seen, rule);
    if (text === undefined) return undefined;
    const whole = parsed(text);
    if (whole?.adopt !== 1) return wrong(showKind(text), "isn't what inspect writes");
    if (!Array.isArray(whole.takeover)) return wrong("A text of an older inspect", "says too little for a takeover");
    const odd = oddIn(whole);
    if (odd !== undefined) return wrong(odd, "in it isn't what inspect writes");
    return {
        ...(whole as unknown as Seen),
        back: reader.flag("adopt.back", options.back) ?? false,
        tagNodes: reader.flag("adopt.tagNodes", options.tagNodes) ?? false,
    };
}

function parsed(text: string): Table | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return isTable(value) ? value : undefined;
    } catch {
        return undefined;
    }
}

type Rule = (value: unknown) => boolean;

const line: Rule = (value) => typeof value === "string" && /^[^\p{Cc}]+$/u.test(value);
const whole: Rule = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const path: Rule = (value) => line(value) && String(value).startsWith("/");
const hex: Rule = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const orNull =
    (rule: Rule): Rule =>
    (value) =>
        value === null || rule(value);
const listOf =
    (rule: Rule): Rule =>
    (value) =>
        Array.isArray(value) && value.every(rule);

/** What has to be right of the whole, and of each node; other names may be there. */
const WHOLE: Readonly<Record<string, Rule>> = {
    at: (value) => line(value) && !Number.isNaN(Date.parse(String(value))),
    layoutVersion: whole,
    takeover: listOf((each) => isTable(each) && line(each.id) && line(each.what) && line(each.todo)),
    nodes: (value) => isTable(value) && Object.keys(value).length > 0,
};
const NODE: Readonly<Record<string, Rule>> = {
    id: hex,
    "role.zone": line,
    "role.capacity": orNull(whole),
    "role.tags": listOf(line),
    layoutVersion: whole,
    release: line,
    series: (value) => SERIES.includes(value as Series),
    engine: orNull(line),
    "host.arch": line,
    "binary.sha256": hex,
    "process.uid": whole,
    "process.gid": whole,
    "process.user": orNull(line),
    "keeper.kind": line,
    "configuration.path": path,
    "configuration.values": isTable,
    directories: (value) =>
        Array.isArray(value) &&
        value.length > 1 &&
        value.every((each) => isTable(each) && path(each.path) && path(each.real)),
    secrets: listOf(line),
};
/** Of one that a unit keeps. */
const UNIT: Readonly<Record<string, Rule>> = {
    "keeper.unit.name": line,
    "keeper.unit.file": orNull(path),
    "keeper.unit.dropIns": listOf(path),
    "keeper.unit.dynamicUser": (value) => typeof value === "boolean",
};
/** Of one in a container. */
const CONTAINER: Readonly<Record<string, Rule>> = {
    "keeper.container.engine": line,
    "keeper.container.name": line,
    "keeper.container.restart": line,
    "keeper.container.mounts": listOf((each) => isTable(each) && line(each.source) && line(each.target)),
};
const KEPT: Readonly<Record<string, Readonly<Record<string, Rule>>>> = { unit: UNIT, container: CONTAINER };

/** The first name that isn't as `inspect` writes it. */
function oddIn(whole: Table): string | undefined {
    const odd = oddOf(whole, WHOLE, "");
    if (odd !== undefined) return odd;
    for (const [name, node] of Object.entries(whole.nodes as Record<string, Table>)) {
        const kept = KEPT[String((node as unknown as SeenNode | null)?.keeper?.kind)];
        const found = oddOf(node, { ...NODE, ...kept }, join("nodes", name));
        if (found !== undefined) return found;
    }
    return undefined;
}

function oddOf(table: unknown, rules: Readonly<Record<string, Rule>>, at: string): string | undefined {
    const valueAt = (name: string) =>
        name.split(".").reduce((inner: unknown, key) => (isTable(inner) ? inner[key] : undefined), table);
    const name = Object.keys(rules).find((each) => !rules[each]!(valueAt(each)));
    return name === undefined ? undefined : `${at === "" ? name : `${at}.${name}`} (${showValue(valueAt(name))})`;
}

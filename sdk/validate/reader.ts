import { optionsAt } from "../garage/optionClass";
import { holdsOutput, isOutput, readField, showKind, showValue } from "../showValue";
import { didYouMean } from "./didYouMean";

export interface Problem {
    /** The option as the user typed it: `nodes.paris.capacity`, `dataDirs[0].path`. */
    path: string;
    message: string;
}

/** The four parts of a message. `given` is the value in words; never a secret's. */
export interface Complaint {
    given: string;
    what: string;
    allowed: string;
    todo: string;
}

export type Table = Record<string, unknown>;

const NOT_SHOWN = " (not shown: it may be a secret)";

export interface TextRule {
    pattern: Pick<RegExp, "test">;
    allowed: string;
    todo: string;
    longest?: number;
    /** The value may be a secret, or hold one: it is never shown. */
    secret?: boolean;
}

/** Reads values of any kind as what they have to be, and gathers everything that is wrong. `null` counts as not given. */
export class Reader {
    readonly problems: Problem[] = [];
    readonly warnings: string[] = [];

    /** `optionsOf`: the names right below a path, of the component that is read. */
    constructor(
        private readonly component = "GarageCluster",
        private readonly optionsOf = optionsAt,
    ) {}

    complain(path: string, { given, what, allowed, todo }: Complaint): undefined {
        this.problems.push({ path, message: `${upper(given)} ${what}. Allowed: ${allowed}. ${todo}.` });
        return undefined;
    }

    /** A map of plain options; names that `of` (a path of the component's options) doesn't know are reported. */
    options(path: string, value: unknown, of: string): Table | undefined {
        const known = this.optionsOf(of);
        const table = this.table(path, value, known[0]);
        if (!table) return undefined;
        for (const name of Object.keys(table)) {
            if (known.includes(name)) continue;
            const guess = didYouMean(name, known);
            this.complain(join(path, name), {
                given: showValue(name),
                what: "is no option",
                allowed: known.length > 12 ? `the options in the documentation of ${this.component}` : known.join(", "),
                todo: guess ? `Did you mean ${guess}? Rename it` : "Take it out",
            });
        }
        return table;
    }

    /** `first`: a key to show how a map is written. */
    table(path: string, value: unknown, first = "name"): Table | undefined {
        if (missing(value)) return undefined;
        if (isTable(value)) return value;
        if (flows(value)) return this.noInput(path, "a map of options");
        // Whoever writes a text here may have written the secret that belongs into the map.
        return this.complain(path === "" ? "args" : path, {
            given: showKind(value),
            what: "is no value of the right kind",
            allowed: "a map of options",
            todo: `Write a map: { ${first}: … }`,
        });
    }

    /** `rule`: of texts, so that one alone shows how a list is written. */
    list(path: string, value: unknown, rule?: TextRule): unknown[] {
        if (missing(value)) return [];
        if (Array.isArray(value)) return [...value];
        const texts = typeof value === "string" && rule !== undefined;
        this.wrongType(path, value, "a list", `Write a list: [${texts ? showValue(value) : "…"}]`);
        return [];
    }

    /** A list of texts, each once. */
    texts(path: string, value: unknown, rule: TextRule): string[] {
        const seen: string[] = [];
        this.list(path, value, rule).forEach((each, index) => {
            const text = missing(each)
                ? this.wrongText(`${path}[${index}]`, each, rule)
                : this.text(`${path}[${index}]`, each, rule);
            if (text === undefined) return;
            if (seen.includes(text)) {
                this.complain(`${path}[${index}]`, {
                    given: showValue(text),
                    what: "is there twice",
                    allowed: "each one once",
                    todo: "Take one out",
                });
            } else seen.push(text);
        });
        return seen;
    }

    text(path: string, value: unknown, rule: TextRule): string | undefined {
        if (missing(value)) return undefined;
        if (holdsOutput(value)) return this.complain(path, { ...OUTPUT_IN_TEXT, allowed: rule.allowed });
        if (typeof value !== "string") return this.wrongText(path, value, rule);
        if (value.length <= (rule.longest ?? 253) && rule.pattern.test(value)) return value;
        return this.complain(path, {
            given: rule.secret ? showKind(value) : showValue(value),
            what: `can't be used here${rule.secret ? NOT_SHOWN : ""}`,
            allowed: rule.allowed,
            todo: rule.todo,
        });
    }

    integer(path: string, value: unknown, least: number, most: number, what = "a whole number"): number | undefined {
        if (missing(value)) return undefined;
        const allowed = `${what} from ${least} to ${most}`;
        if (typeof value !== "number") return this.wrongType(path, value, allowed, unquoted(value));
        if (Number.isInteger(value) && value >= least && value <= most) return value;
        return this.complain(path, {
            given: showValue(value),
            what: "is out of range",
            allowed,
            todo: "Write one of these",
        });
    }

    flag(path: string, value: unknown): boolean | undefined {
        if (missing(value)) return undefined;
        return typeof value === "boolean" ? value : this.wrongType(path, value, "true or false", unquoted(value));
    }

    choice<T extends string>(path: string, value: unknown, choices: readonly T[]): T | undefined {
        if (missing(value)) return undefined;
        const allowed = choices.map((each) => `"${each}"`).join(", ");
        if (typeof value !== "string") return this.wrongType(path, value, allowed, "Write one of these");
        const found = choices.find((each) => each === value);
        if (found !== undefined) return found;
        const guess = didYouMean(value, choices);
        return this.complain(path, {
            given: showValue(value),
            what: "is none of the choices",
            allowed,
            todo: guess ? `Did you mean "${guess}"? Write that` : "Write one of these",
        });
    }

    /** An `Input`: an Output may be anything; a plain value is checked now. */
    input(path: string, value: unknown, rule: TextRule): string | undefined {
        return missing(value) || flows(value) ? undefined : this.text(path, value, rule);
    }

    private wrongText(path: string, value: unknown, rule: TextRule): undefined {
        if (flows(value)) return this.noInput(path, "a text");
        const quotes = typeof value === "number" && rule.pattern.test(String(value));
        return this.complain(path, {
            given: rule.secret ? showKind(value) : showValue(value),
            what: `is no text${rule.secret ? NOT_SHOWN : ""}`,
            allowed: rule.allowed,
            todo: quotes ? `Put quotes around it${rule.secret ? "" : `: "${value}"`}` : rule.todo,
        });
    }

    private wrongType(path: string, value: unknown, allowed: string, todo: string): undefined {
        if (flows(value)) return this.noInput(path, allowed);
        return this.complain(path, {
            given: showValue(value),
            what: "is no value of the right kind",
            allowed,
            todo,
        });
    }

    private noInput(path: string, allowed: string): undefined {
        return this.complain(path, {
            given: "An Output (or a secret, a promise, or something not known yet)",
            what: "is given where a plain value is needed, since it decides what the preview shows",
            allowed: `${allowed}, known before anything runs`,
            todo: "Write the value itself, or read it from the configuration as a plain value (not as a secret)",
        });
    }
}

/** The same sentence wherever it happens. */
export const OUTPUT_IN_TEXT = {
    given: "A text that an Output was put into",
    what: "(in a template string, or by joining them) holds a note of Pulumi's in place of the Output's value",
    todo: "Where an Output may flow take pulumi.interpolate, or apply; everywhere else write the value itself",
};

function unquoted(value: unknown): string {
    return typeof value === "string" ? "Take the quotes away, or write another value" : "Write such a value";
}

export function missing(value: unknown): value is undefined | null {
    return value === undefined || value === null;
}

/** What only flows through the graph: an Output, its stand-ins, a promise. */
export function flows(value: unknown): boolean {
    return isOutput(value) || typeof readField(value, "then") === "function";
}

export function isTable(value: unknown): value is Table {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !flows(value);
}

export function join(path: string, name: string): string {
    const shown = /^[\w-]{1,60}$/.test(name) ? name : `[${showValue(name)}]`;
    return path === "" || shown.startsWith("[") ? `${path}${shown}` : `${path}.${shown}`;
}

/** "the number 3" at the beginning of a sentence; names of options stay as they are. */
function upper(text: string): string {
    return /^(the|an?) /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

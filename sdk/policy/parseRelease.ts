import { holdsOutput, isOutput, showValue } from "../showValue";
import { defaultVersion, findRelease, newestOf } from "./releases";
import { isSeries, NEWEST_SERIES, SERIES, type Series, seriesOf } from "./series";

/** Why something is refused. The id is stable, so that it can be looked up in docs/troubleshooting.md. */
export interface Reason {
    readonly id: string;
    readonly message: string;
}

/** `version` and `series` are there when the text names a release of a known series, even a known-bad one. */
export interface ParsedRelease {
    readonly version?: string;
    readonly series?: Series;
    readonly reasons: readonly Reason[];
}

const LONGEST = 40;
const ALLOWED = `Allowed is one release in quotes, three plain numbers of a series ${SERIES.join(", ")}`;
const THREE_NUMBERS = /^v?(\d+)\.(\d+)\.(\d+)(-[^+]*)?(\+.*)?$/;

/**
 * Reads a release as a user writes it: `"0.8.7"` or `"v0.8.7"`. Total: any value gets an answer. What isn't exactly one
 * public release is refused with every reason that applies.
 */
export function parseRelease(value: unknown, option = "version"): ParsedRelease {
    if (typeof value !== "string" || holdsOutput(value)) return { reasons: [notAString(value, option)] };
    const malformed = misspelt(value, option);
    if (malformed.length > 0) return { reasons: malformed };
    const version = value.startsWith("v") ? value.slice(1) : value;
    const series = seriesOf(version);
    if (!series) return { reasons: [noSeries(version, option)] };
    const bad = findRelease(version)?.knownBad;
    const reasons = bad
        ? [
              {
                  id: "version-known-bad",
                  message: `${option} "${version}" is known to be bad: ${bad}. Allowed is any other release of series ${series}. Write "${newestOf(series)}".`,
              },
          ]
        : [];
    return { version, series, reasons };
}

function notAString(value: unknown, option: string): Reason {
    const id = "version-not-a-string";
    if (typeof value === "number") {
        const message = `${option} is the number ${value}, not a text: YAML reads 0.10 as the number 0.1 and 1.0 as 1. ${ALLOWED}: put quotes around it, ${option}: "${newestOf(NEWEST_SERIES)}".`;
        return { id, message };
    }
    if (isOutput(value) || holdsOutput(value)) {
        const message = `${option} is an Output (or a secret, or not known yet), and it decides what the preview shows. ${ALLOWED}: write the text itself, or read it from the configuration as a plain value.`;
        return { id, message };
    }
    return {
        id,
        message: `${option} is ${showValue(value)}, not a text. ${ALLOWED}, such as "${newestOf(NEWEST_SERIES)}".`,
    };
}

/** Everything that is wrong with the spelling; empty when it is three plain numbers. */
function misspelt(text: string, option: string): Reason[] {
    const given = `${option} ${showValue(text)}`;
    const one = (id: string, what: string, todo: string): Reason[] => [
        { id, message: `${given} ${what}. ${ALLOWED}. ${todo}` },
    ];
    const example = `Write it like "${newestOf(NEWEST_SERIES)}".`;
    if (text === "")
        return one(
            "version-empty",
            "is empty",
            `Write one, like "${newestOf(NEWEST_SERIES)}", or leave ${option} out.`,
        );
    if (text.length > LONGEST) return one("version-malformed", "is too long to be a release", example);
    if (/\s/.test(text)) return one("version-whitespace", "has a space or a line break in it", "Take it out.");
    if (/^[a-z]+$/i.test(text)) {
        return one(
            "version-tag",
            "is a name that moves, not a release",
            `${example} Left out, it is the newest release of stateVersion's series that this package knows.`,
        );
    }
    if (/[\^~<>=|*,]|(^|\.)[xX](\.|$)/.test(text)) return one("version-range", "is a range, not one release", example);
    const parts = THREE_NUMBERS.exec(text);
    if (!parts) {
        return /^v?\d+(\.\d+)?$/.test(text)
            ? one(
                  "version-incomplete",
                  "doesn't name one release: a number is missing",
                  `Write all three, ${completed(text)}.`,
              )
            : one("version-malformed", "isn't a release of Garage", example);
    }
    const reasons: Reason[] = [];
    const plain = parts.slice(1, 4).map((part) => part.replace(/^0+(?=\d)/, ""));
    if (plain.join(".") !== parts.slice(1, 4).join(".")) {
        reasons.push(
            ...one(
                "version-leading-zero",
                "has a leading zero",
                `Write "${plain.join(".")}", if that is what you mean.`,
            ),
        );
    }
    if (parts[4] !== undefined)
        reasons.push(
            ...one("version-prerelease", "is a pre-release: its data format may be one that no release reads", example),
        );
    if (parts[5] !== undefined)
        reasons.push(
            ...one(
                "version-build-metadata",
                "carries build metadata, which names no release",
                "Leave out the + and what follows.",
            ),
        );
    if (plain.some((part) => !Number.isSafeInteger(Number(part))))
        reasons.push(...one("version-malformed", "isn't a release of Garage", example));
    return reasons;
}

function completed(text: string): string {
    const series = text.replace(/^v/, "").replace(/^([1-9]\d*)\.\d+$/, "$1");
    return `such as "${defaultVersion(series) ?? newestOf(NEWEST_SERIES)}"`;
}

function noSeries(version: string, option: string): Reason {
    if (/^[1-9]\d*\.99\./.test(version)) {
        const message = `${option} "${version}" is an internal number of upstream's development, not a release. ${ALLOWED}. Take a release, such as "${newestOf(NEWEST_SERIES)}".`;
        return { id: "version-internal", message };
    }
    const message = `${option} "${version}" is of a series that this package doesn't know: nobody has tried what it does to the data. ${ALLOWED}. Take one of these, such as "${newestOf(NEWEST_SERIES)}", or a newer version of this package.`;
    return { id: "version-unknown-series", message };
}

/** Reads `stateVersion`: exactly the name of a series, nothing near it, since it decides what may happen to the data. */
export function parseStateVersion(value: unknown): { series?: Series; reasons: Reason[] } {
    if (isSeries(value)) return { series: value, reasons: [] };
    const allowed = `Allowed is the series of the data on disk, in quotes: ${SERIES.map((name) => `"${name}"`).join(", ")}`;
    const say = (id: string, what: string, todo: string) => ({
        reasons: [{ id, message: `stateVersion ${what}. ${allowed}. ${todo}` }],
    });
    if (value === undefined || value === null) {
        return say(
            "state-version-missing",
            "is missing",
            `For a new cluster take the newest: stateVersion: "${NEWEST_SERIES}".`,
        );
    }
    if (typeof value === "number") {
        const todo = isSeries(String(value)) ? `Write stateVersion: "${value}".` : "Write the series, with quotes.";
        return say(
            "state-version-not-a-string",
            `is the number ${value}, not a text (YAML reads 0.10 as the number 0.1 and 1.0 as 1)`,
            todo,
        );
    }
    if (isOutput(value) || holdsOutput(value)) {
        return say(
            "state-version-not-a-string",
            "is an Output (or a secret, or not known yet), and it decides what the preview shows",
            "Write the text itself.",
        );
    }
    if (typeof value !== "string")
        return say(
            "state-version-not-a-string",
            `is ${showValue(value)}, not a text`,
            "Write the series, with quotes.",
        );
    const meant = seriesMeant(value);
    return say(
        "state-version-unknown",
        `${showValue(value)} isn't the name of a series`,
        meant ? `Write stateVersion: "${meant}".` : "Ask a host if in doubt: `garage-node status` names it.",
    );
}

/** `"1.0"`, `"v1"`, `"1.3.0"` → `"1"`; `"0.8.7"`, `"v0.8"` → `"0.8"`. A help in the message only: it is refused all the same. */
function seriesMeant(text: string): Series | undefined {
    if (text.length > LONGEST) return undefined;
    const parts = /^v?(\d+)(?:\.(\d+))?(?:\.\d+)?$/.exec(text.trim());
    if (!parts) return undefined;
    if (parts[1] !== "0" && parts[2] === "99") return undefined;
    const name = parts[1] === "0" ? `0.${parts[2]}` : parts[1];
    return isSeries(name) ? name : undefined;
}

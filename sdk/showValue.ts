/** Never longer than this in a message, whatever was given. */
const LONGEST_SHOWN = 60;

/** A value in words, for a message: never throws, never long, touches nothing but Pulumi's mark of an Output. */
export function showValue(value: unknown): string {
    if (holdsOutput(value)) return "a text that an Output was put into";
    if (typeof value === "string") return showText(value);
    if (value === null || value === undefined) return String(value);
    if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${value}`;
    if (typeof value === "bigint") return "a big integer";
    if (isOutput(value)) return "an Output";
    if (typeof value === "object") return isArray(value) ? "a list" : "an object";
    return `a ${typeof value}`;
}

/** What kind of value it is, and nothing of the value: it may be a secret. */
export function showKind(value: unknown): string {
    if (typeof value === "string") return `a text of ${value.length} characters`;
    return typeof value === "number" || typeof value === "boolean" ? `a ${typeof value}` : showValue(value);
}

function showText(text: string): string {
    return text.length <= LONGEST_SHOWN
        ? JSON.stringify(text)
        : `${JSON.stringify(text.slice(0, LONGEST_SHOWN))}… (${text.length} characters)`;
}

/** An Output, or what a hook or an engine gives in place of a secret or an unknown one. */
export function isOutput(value: unknown): boolean {
    const marks = ["__pulumiOutput", "__pulumiUnknown", "4dabf18193072939515e22adb298388d"];
    return marks.some((mark) => readField(value, mark) !== undefined);
}

/**
 * What the SDKs of all languages make of an Output in a template string, or of one that is joined to a text: a note of theirs ("Calling [toString]
 * on an [Output<T>] is not supported"), which would pass for the value.
 */
export function holdsOutput(value: unknown): boolean {
    return typeof value === "string" && /\bCalling \W?\w+(\(\))?\W? on an \W?Output\b/i.test(value);
}

/** Reads a field of anything; undefined where there is none, or where reading throws (a hostile proxy or getter). */
export function readField(holder: unknown, name: string): unknown {
    if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return undefined;
    try {
        return (holder as Record<string, unknown>)[name];
    } catch {
        return undefined;
    }
}

/** `Array.isArray` throws for a revoked proxy. */
function isArray(value: unknown): boolean {
    try {
        return Array.isArray(value);
    } catch {
        return false;
    }
}

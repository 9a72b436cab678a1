type Want = Record<string, unknown>;

/** By what an entry of a list is the same one as before. */
const IDENTITY: Record<string, string> = { keys: "accessKeyId", lifecycle: "id", cors: "origins" };

/** What another wish for a bucket or a key changes, a line each; from the sheets of last time and of now. Nothing where one can't be read. */
export function wantChanges(before: unknown, now: unknown): string[] {
    const [old, wish] = [wantIn(before), wantIn(now)];
    if (old === undefined || wish === undefined) return [];
    const names = [...new Set([...Object.keys(old), ...Object.keys(wish)])];
    return names.flatMap((name) => changeOf(name, old[name], wish[name]));
}

/** A sheet that holds a secret, or what isn't known yet, comes as no text. */
function wantIn(sheet: unknown): Want | undefined {
    const line = typeof sheet === "string" ? /^want (\{.*\})$/m.exec(sheet)?.[1] : undefined;
    try {
        return line === undefined ? undefined : JSON.parse(line);
    } catch {
        return undefined;
    }
}

function changeOf(name: string, old: unknown, now: unknown): string[] {
    if (text(old) === text(now)) return [];
    if (IDENTITY[name]) [old, now] = [old ?? [], now ?? []];
    if (!Array.isArray(old) || !Array.isArray(now)) return [`${name}: ${text(old)} → ${text(now)}`];
    const [former, wished]: unknown[][] = [old, now];
    const key = (entry: unknown) => text(IDENTITY[name] ? (entry as Want)[IDENTITY[name]] : entry);
    const told = (entry: unknown) => (IDENTITY[name] ? text(entry) : key(entry));
    return [
        ...wished!.flatMap((entry) => {
            const same = former!.find((each) => key(each) === key(entry));
            if (same === undefined) return [`${name}: + ${told(entry)}`];
            return text(same) === text(entry) ? [] : [`${name}: ${text(same)} → ${text(entry)}`];
        }),
        ...former!
            .filter((entry) => !wished!.some((each) => key(each) === key(entry)))
            .map((entry) => `${name}: - ${told(entry)}`),
    ];
}

/** As JSON, without what is false or none: that is what isn't there. */
function text(value: unknown): string {
    if (value === undefined || value === null) return "none";
    if (typeof value !== "object") return JSON.stringify(value);
    return JSON.stringify(value, (_, inner) => (inner === null || inner === false ? undefined : inner)) ?? "none";
}

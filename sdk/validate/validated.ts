import type { Problem, Reader } from "./reader";

export interface Validated<T> {
    /** Only if there are no problems. */
    spec?: T;
    problems: Problem[];
    warnings: string[];
}

/** Reads, whatever the values do: only hostile ones (a getter or a proxy that throws) end a reading. */
export function gathered<T>(reader: Reader, read: () => T | undefined): Validated<T> {
    let spec: T | undefined;
    try {
        spec = read();
    } catch (error) {
        const reason = error instanceof Error ? error.message : "unknown reason";
        reader.complain("args", {
            given: "Something",
            what: `can't be read (${reason})`,
            allowed: "plain values, maps, lists and Outputs",
            todo: "Write such values",
        });
    }
    const { problems, warnings } = reader;
    return problems.length === 0 && spec ? { spec, problems, warnings } : { problems, warnings };
}

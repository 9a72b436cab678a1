import { showValue } from "../showValue";
import { didYouMean } from "./didYouMean";
import type { Reader, TextRule } from "./reader";

/** A list of names, each of which has to exist. */
export function readNames(reader: Reader, path: string, value: unknown, known: string[], kind: string): string[] {
    const rule: TextRule = { pattern: /^[\s\S]*$/, allowed: known.join(", "), todo: "Write one of these" };
    return reader.texts(path, value, rule).filter((name) => {
        if (known.includes(name)) return true;
        const guess = didYouMean(name, known);
        reader.complain(path, {
            given: showValue(name),
            what: `is no ${kind}`,
            allowed: known.length > 0 ? known.join(", ") : "none",
            todo: guess ? `Did you mean ${guess}? Write that` : "Take it out, or write one of these",
        });
        return false;
    });
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { jqAsked } from "../longJq";

const LIB = resolve(__dirname, "../../../sdk/host/lib");
const GLOBALS = ["series", "rules", "own", "others", "record", "rotation", "temporary"];

export const OWN = createHash("sha256").update("me").digest("hex").slice(0, 40);
export const MARKS = "GKmarks00";
export const ID = "1d".repeat(32);
export const key = (n: number) => `GK0000000${n}`;

interface Flags {
    read: boolean;
    write: boolean;
    owner: boolean;
}
export const flags = (words: string): Flags => ({
    read: words.includes("r"),
    write: words.includes("w"),
    owner: words.includes("o"),
});

/** What a judge is asked about; what isn't named is as store.sh has it. */
export interface Row {
    series?: string;
    rules?: string;
    own?: string;
    others?: string[];
    record?: { id: string; set: object } | null;
    rotation?: string;
    temporary?: string;
    want: object;
    world: object;
    records?: object[];
}

/** The lines of each verdict, as fields; a refusal is ["refuse", id, text]. */
export function verdicts(files: string[], expression: string, rows: Row[]): string[][][] {
    const all = ["words", "store", "storeRules", "storeApi", "storeWorld", ...files];
    const text = all.map((file) => readFileSync(join(LIB, `${file}.jq`), "utf8")).join("\n");
    const inner = `${text}\n. as $row | .world as $world | [try (${expression}) catch refused]`;
    const definition = `def judged(${GLOBALS.map((each) => `$${each}`).join("; ")}): ${inner};`;
    const judged = `judged(${GLOBALS.map((each) => `.${each}`).join("; ")})`;
    const usual = {
        series: "1",
        rules: "s3",
        own: OWN,
        others: [],
        record: null,
        rotation: "0",
        temporary: "",
        records: [],
    };
    const asked = rows.map((row) => ({ ...usual, ...row }));
    return jqAsked<string[]>(definition, judged, asked).map((lines) => lines.map((line) => line.split("\u001f")));
}

/** The acts alone: what is told, then the act's own words. */
export const acts = (verdict: string[][]) =>
    verdict.filter(([kind]) => kind === "act").map(([, told, ...words]) => [JSON.parse(told!), ...words]);
export const noted = (verdict: string[][]) => {
    const [, id, set] = verdict.find(([kind]) => kind === "set") ?? [];
    return set === undefined ? undefined : { id, set: JSON.parse(set) as Record<string, unknown> };
};

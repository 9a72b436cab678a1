import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { jqAsked } from "./longJq";

const LIB = resolve(__dirname, "../../sdk/host/lib");
const text = (file: string) => readFileSync(join(LIB, `${file}.jq`), "utf8");

/** As jq.sh puts it together, with all questions. */
const answers = [...text("garage").matchAll(/^def answer_([a-z]+)\(/gm)].map(
    ([, question]) => ` elif $question == "${question}" then answer_${question}($series)`,
);
const definitions = [
    text("words"),
    text("garage"),
    `def answer_to($question; $series): if false then null${answers.join("")} else nonsense end;`,
    ...["report", "cluster", "hop", "proof", "judge"].map(text),
].join("\n");

/** What `expression` makes of each row. */
export function jqEach<Row, Result>(expression: string, rows: Row[]): Result[] {
    return jqAsked(definitions, expression, rows);
}

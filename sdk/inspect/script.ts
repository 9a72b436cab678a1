import { ownFile } from "../ownFiles";

const LIBRARIES = ["common.sh", "ports.sh", "ask.sh"];
const OWN = ["process.sh", "look.sh", "ask.sh", "main.sh"];
const END = "END_OF_FACTS";
const END_PROGRAM = "END_OF_PROGRAM";

export type Verb = "look" | "ask" | "secrets";

/** The stdin of `bash -s` on a host: one text, which does nothing unless it has come to its last line. `facts` are lines `key value`. */
export function inspectScript(verb: Verb, mark: string, facts: readonly (readonly [string, string])[] = []): string {
    const bad = facts.find(([, value]) => /[\n\r]/.test(value));
    if (bad) throw new Error(`${bad[0]} has a line break in it`);
    const lines = facts.map(([key, value]) => `${key} ${value}`);
    return [
        ...LIBRARIES.map((file) => ownFile(`host/lib/${file}`)),
        ...OWN.map((file) => ownFile(`host/inspect/${file}`)),
        `facts() {\ncat <<'${END}'\n${lines.join("\n")}\n${END}\n}`,
        `secret_program() {\ncat <<'${END_PROGRAM}'\n${ownFile("host/inspect/secrets.jq")}\n${END_PROGRAM}\n}`,
        `documents_program() {\ncat <<'${END_PROGRAM}'\n${programs()}\n${END_PROGRAM}\n}`,
        `inspect_main ${verb} ${mark} </dev/null`,
        "",
    ].join("\n");
}

/** As lib/jq.sh puts them together, with all questions. */
export function programs(): string {
    const text = (name: string) => ownFile(`host/lib/${name}.jq`);
    const answers = [...text("garage").matchAll(/^def answer_([a-z]+)\(/gm)].map(
        ([, question]) => ` elif $question == "${question}" then answer_${question}($series)`,
    );
    return [
        text("words"),
        text("garage"),
        `def answer_to($question; $series): if false then null${answers.join("")} else nonsense end;`,
        text("report"),
        ownFile("host/inspect/secrets.jq"),
        ownFile("host/inspect/inspect.jq"),
    ].join("\n");
}

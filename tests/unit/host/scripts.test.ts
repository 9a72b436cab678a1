import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const HOST = resolve(__dirname, "..", "..", "..", "sdk", "host");
const names = readdirSync(HOST, { recursive: true, encoding: "utf8" });
const files = names.filter((name) => /\.sh$|garage-node$/.test(name)).map((name) => join(HOST, name));
const sources = files.map((file) => readFileSync(file, "utf8").replace(/^\s*#.*$/gm, ""));

interface BashFunction {
    name: string;
    body: string;
    locals: string[];
}

/** The words of a command from the start of `text` on, with their quotes; quotes and `$(…)` hold a word together. */
function words(text: string): string[] {
    const found: string[] = [];
    let word = "";
    let depth = 0;
    let quoted = false;
    for (const [i, char] of [...text].entries()) {
        if (char === '"' && depth === 0) quoted = !quoted;
        if (char === "(" && (word.endsWith("$") || depth > 0)) depth++;
        else if (char === ")" && depth > 0) depth--;
        else if (depth === 0 && !quoted && /[\s;|&)<>]/.test(char)) {
            if (word) found.push(word);
            word = "";
            if (char !== " " && !(char === "\n" && text[i - 1] === "\\")) return found;
            continue;
        }
        word += char;
    }
    return word ? [...found, word] : found;
}

function functionsOf(source: string): BashFunction[] {
    const found = [...source.matchAll(/^(\w+)\(\) (?:\{ (.*) \}|[{(]\n([\s\S]*?)\n[})])$/gm)];
    return found.map(([, name, line, lines]) => {
        const body = line ?? lines!;
        const declared = [...body.matchAll(/(?:^|[;{&|] *)\s*local ([^\n;]*)/gm)].flatMap(([, list]) => words(list!));
        return { name: name!, body, locals: declared.map((word) => word.split("=")[0]!) };
    });
}

const calls = (body: string, name: string): string[][] =>
    [...body.matchAll(new RegExp(`(?<![\\w/.$"-])${name}(?= )`, "g"))].map((at) =>
        words(body.slice(at.index)).slice(1),
    );

const parameter = (word: string | undefined) => Number(/^"\$\{?(\d)(?::-)?\}?"$/.exec(word ?? "")?.[1] ?? 0);

/** For each function that sets a VARIABLE of its caller: which argument names it, and the locals that would catch it instead. */
function givers(functions: BashFunction[]): Map<string, { position: number; locals: Set<string> }> {
    const found = new Map<string, { position: number; locals: Set<string> }>();
    for (const { name, body, locals } of functions) {
        const set = /printf -v "\$(\d)"/.exec(body);
        if (set) found.set(name, { position: Number(set[1]), locals: new Set(locals) });
    }
    for (let before = -1; before !== found.size; ) {
        before = found.size;
        for (const [giver, { position, locals: inner }] of [...found]) {
            for (const { name, body, locals } of functions) {
                const own = Math.max(0, ...calls(body, giver).map((args) => parameter(args[position - 1])));
                if (own === 0) continue;
                const all = new Set([...locals, ...inner, ...(found.get(name)?.locals ?? [])]);
                found.set(name, { position: own, locals: all });
            }
        }
    }
    return found;
}

/** Calls whose VARIABLE is a local of what is called: the caller's own variable would stay as it was. */
function caught(texts: string[]): string[] {
    const functions = texts.flatMap(functionsOf);
    const found = givers(functions);
    return functions.flatMap(({ name, body }) =>
        [...found].flatMap(([giver, { position, locals }]) =>
            calls(body, giver)
                .filter((args) => locals.has(args[position - 1] ?? ""))
                .map((args) => `${name}: ${giver} ${args.join(" ")}`),
        ),
    );
}

describe("host scripts that set a variable of their caller", () => {
    it("are found, with the argument that names it", () => {
        const found = givers(sources.flatMap(functionsOf));
        const positions = (name: string) => found.get(name)?.position;
        assert.deepEqual(["give", "kv_get", "ledger_get", "peers_in", "hop_state"].map(positions), [2, 3, 2, 1, 1]);
        assert.ok(found.size > 25, [...found.keys()].join(" "));
    });

    it("are never handed the name of a local of their own", () => {
        assert.deepEqual(caught(sources), []);
    });

    it("would be told of, also through another function", () => {
        const give = 'give() {\n    printf -v "$2" %s "$1"\n}\n';
        const inner = `inner() {\n    local mine why\n    give "$mine $(other one)" "\${1:-}" && return\n}\n`;
        const outer = `outer() { inner "$1"; }\n`;
        const ask = (variable: string) => `ask() {\n    local ${variable}\n    outer ${variable}\n}\n`;
        assert.deepEqual(caught([give + inner + outer + ask("why")]), ["ask: outer why"]);
        assert.deepEqual(caught([give + inner + outer + ask("trouble")]), []);
    });
});

describe("host scripts that refuse", () => {
    it("do so even where a process dies that looks up their words", () => {
        // With && the assignment's own status, which is that of its last `$(…)`, would decide.
        const hanging = sources.flatMap((source) => source.match(/LAST_SEEN=.*&& *(?:return 1.*)?$/gm) ?? []);
        assert.deepEqual(hanging, []);
    });
});

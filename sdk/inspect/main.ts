import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { adoptFile } from "../adopt/adoptFile";
import { adoptFileAgain } from "../adopt/again";
import { type Language, renderProgram } from "../adopt/render";
import type { Reason } from "../adopt/seen";
import { describe, describeReasons } from "../adopt/table";
import { manifest } from "../ownFiles";
import { type Inspected, inspect } from "./inspect";
import { sshWords } from "./reach";
import { setConfig } from "./secrets";

const ADOPT_JSON = "adopt.json";

export const USAGE = `pulumi-garage-cluster inspect [user@]host[:port]… [options]

Looks at the hosts of a Garage cluster that this package doesn't look after, by SSH, and changes nothing there. Prints what
runs, and what stands in the way of a takeover, and writes a Pulumi program that takes the cluster over as it was seen. Needs
root, or password-less sudo, and jq.

  --language typescript|yaml  of the program; default typescript
  --out DIR                   where the program goes; default garage-cluster. What is there already isn't overwritten
  --again                     writes adopt.json alone, over the one that is in DIR
  --set-config                puts the cluster's secrets into the stack that is selected in DIR, and writes no files
  --json                      prints what was seen as JSON in place of tables
  --ssh-option OPTION         for ssh -o, as often as needed: "IdentityFile=key"

The ways of ~/.ssh/config (names, keys, agents, one ProxyJump) are ssh's own. See docs/adopting.md.
`;

interface Wanted {
    targets: string[];
    language: Language;
    out: string;
    again: boolean;
    setConfig: boolean;
    json: boolean;
    ssh: string[];
}

/** Runs `inspect` with these words, and says its exit code: 1 where no program can be written, 2 where the words are wrong. */
export async function inspectCommand(words: readonly string[]): Promise<number> {
    let wanted: Wanted;
    try {
        wanted = readWords(words);
    } catch (error) {
        console.error(`${(error as Error).message}\n\n${USAGE}`);
        return 2;
    }
    const before = wanted.again ? adoptJsonOf(wanted) : undefined;
    const found = await inspect(wanted.targets, wanted.ssh);
    const at = new Date().toISOString().replace(/\.\d+/, "");
    if (before !== undefined) return writtenAgain(before, found, wanted, at);
    if (wanted.json) console.log(asJson(found, at));
    else printTable(found, found.reasons);
    if (found.args === undefined) return 1;
    const said = wanted.setConfig ? await secretsSet(found, wanted) : written(found, wanted, at);
    if (!wanted.json) console.log(`\n${said}`);
    return 0;
}

function readWords(words: readonly string[]): Wanted {
    const { values, positionals } = parseArgs({
        args: [...words],
        allowPositionals: true,
        options: {
            language: { type: "string", default: "typescript" },
            out: { type: "string", default: "garage-cluster" },
            again: { type: "boolean", default: false },
            "set-config": { type: "boolean", default: false },
            json: { type: "boolean", default: false },
            "ssh-option": { type: "string", multiple: true, default: [] },
        },
    });
    if (values.again && (values.json || values["set-config"]))
        throw new Error("--again writes adopt.json, and goes alone.");
    if (positionals.length === 0) throw new Error("Which hosts? Name all of the cluster's.");
    for (const target of positionals) sshWords(target);
    const twice = positionals.find((target, at) => positionals.indexOf(target) < at);
    if (twice !== undefined) throw new Error(`${twice} is named twice.`);
    const { language } = values;
    if (language !== "typescript" && language !== "yaml")
        throw new Error(`--language "${language}" isn't known: typescript or yaml.`);
    return {
        targets: positionals,
        language,
        out: resolve(values.out),
        again: values.again,
        setConfig: values["set-config"],
        json: values.json,
        ssh: values["ssh-option"].flatMap((option) => ["-o", option]),
    };
}

function asJson({ cluster, reasons }: Inspected, at: string): string {
    const { adopt: _adopt, takeover: _takeover, ...seen } = JSON.parse(adoptFile(cluster, reasons, at));
    return JSON.stringify({ inspect: 1, ...seen, reasons }, null, 2);
}

/** All files or none: nothing that is there already is touched. */
function written({ cluster, args, reasons }: Inspected, { language, out }: Wanted, at: string): string {
    const project = basename(out).replace(/[^A-Za-z0-9._-]/g, "-");
    const { version: release } = manifest();
    const files: Record<string, string> = {
        ...renderProgram(language, { args: args!, project, release, at }),
        [ADOPT_JSON]: adoptFile(cluster, reasons, at),
    };
    const there = Object.keys(files).filter((file) => existsSync(join(out, file)));
    if (there.length > 0)
        throw new Error(
            `Nothing was written: ${out} has ${there.join(", ")} already. Name another folder by --out, or write adopt.json alone by --again.`,
        );
    mkdirSync(out, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(out, file), text);
    return [
        `Written to ${out}: ${Object.keys(files).join(", ")}.`,
        "Its secrets: npm install and pulumi stack init there, then the same command with --set-config. Then pulumi preview says what a",
        "takeover changes. Mend what is in the way first, and inspect with --again.",
    ].join("\n");
}

/** The text that is to be written anew. */
function adoptJsonOf({ out }: Wanted): string {
    const file = join(out, ADOPT_JSON);
    if (!existsSync(file))
        throw new Error(`Nothing was written: there is no ${file} to be written anew. Leave --again out.`);
    const text = readFileSync(file, "utf8");
    if (!/^\s*\{\s*"adopt": ?1,/.test(text)) throw new Error(`Nothing was written: ${file} isn't what inspect writes.`);
    return text;
}

/** For a program that is there, and may have been worked on; also while a takeover stands half-way. */
function writtenAgain(before: string, { cluster }: Inspected, { out }: Wanted, at: string): number {
    const { text, reasons } = adoptFileAgain(before, cluster, at);
    printTable({ cluster }, reasons);
    if (text === undefined) return 1;
    writeFileSync(join(out, ADOPT_JSON), text);
    console.log(
        `\nWritten anew: ${join(out, ADOPT_JSON)}. The program beside it is as it was; pulumi preview compares the two.`,
    );
    return 0;
}

function printTable({ cluster }: Pick<Inspected, "cluster">, reasons: readonly Reason[]): void {
    console.log([describe(cluster), describeReasons(reasons)].filter((text) => text !== "").join("\n\n"));
}

async function secretsSet(found: Inspected, { out, ssh }: Wanted): Promise<string> {
    const names = await setConfig(found, out, ssh);
    return names.length === 0
        ? "The program names no secrets."
        : `Set in the stack of ${out}, as secrets: ${names.join(", ")}.`;
}

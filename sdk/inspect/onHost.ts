import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { sshWords } from "./reach";
import { inspectScript, type Verb } from "./script";

/** Why a host has no answer; `lacks` is what it needs, and hasn't got. */
export class NoAnswer extends Error {
    constructor(
        message: string,
        readonly lacks?: string,
    ) {
        super(message);
    }
}

/** Root's own shell, or sudo's. */
const REMOTE = `sh -c 'if [ "$(id -u)" = 0 ]; then exec bash -s; else exec sudo -n bash -s; fi'`;

/** Runs a verb of sdk/host/inspect on a host by the system's own ssh, which asks for nothing; its answer. */
export async function onHost(
    target: string,
    verb: Verb,
    facts: readonly (readonly [string, string])[] = [],
    options: readonly string[] = [],
): Promise<unknown> {
    const mark = `garage-inspect-${randomBytes(8).toString("hex")}`;
    const words = [...options, "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-T", ...sshWords(target), REMOTE];
    const { code, stdout, stderr } = await run("ssh", words, inspectScript(verb, mark, facts));
    const line = stdout.split("\n").find((each) => each.startsWith(`${mark} `));
    if (line === undefined) throw new NoAnswer(whyNone(code, stderr));
    const answer = line.slice(mark.length + 1);
    if (answer.startsWith("lacks ")) throw new NoAnswer(`it lacks ${answer.slice(6)}`, answer.slice(6));
    return JSON.parse(answer);
}

function whyNone(code: number | null, stderr: string): string {
    const last = stderr.trim().split("\n").at(-1);
    return last ? last : `ssh ended with ${code}`;
}

function run(
    command: string,
    words: readonly string[],
    input: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, words, { stdio: ["pipe", "pipe", "pipe"] });
        let [stdout, stderr] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            stdout += text;
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
            stderr += text;
        });
        // A connection that ends early tells why by its code.
        child.stdin.on("error", () => {});
        child.on("error", reject);
        child.on("close", (code) => resolve({ code, stdout, stderr }));
        child.stdin.end(input);
    });
}

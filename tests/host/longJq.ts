import { strict as assert } from "node:assert";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A jq that reads its program once, which takes it longer than what it is asked afterwards. It is answered at once, as by spawnSync: its pipes have
 * names, and are read and written by this thread. It ends when this process does.
 */
class LongJq {
    private readonly to: number;
    private readonly from: number;
    private rest = "";

    constructor(program: string) {
        const dir = mkdtempSync(join(tmpdir(), "jq-"));
        const ends = ["to", "from"].map((name) => {
            const path = join(dir, name);
            spawnSync("mkfifo", [path]);
            // With both ends in one hand neither waits for the other.
            const both = openSync(path, "r+");
            const [read, write] = [openSync(path, "r"), openSync(path, "w")];
            closeSync(both);
            return { read, write };
        });
        const [to, from] = ends as [(typeof ends)[0], (typeof ends)[0]];
        const child = spawn("jq", ["-c", "--unbuffered", program], { stdio: [to.read, from.write, "inherit"] });
        child.unref();
        for (const end of [to.read, from.write]) closeSync(end);
        rmSync(dir, { recursive: true });
        this.to = to.write;
        this.from = from.read;
    }

    /** What it makes of `value`: one line. */
    ask(value: unknown): unknown {
        writeSync(this.to, `${JSON.stringify(value)}\n`);
        const part = Buffer.alloc(1 << 16);
        while (!this.rest.includes("\n")) {
            const length = readSync(this.from, part);
            if (length === 0) throw new Error("jq ended: see what it said above");
            this.rest += part.toString("latin1", 0, length);
        }
        const end = this.rest.indexOf("\n");
        const line = Buffer.from(this.rest.slice(0, end), "latin1").toString();
        this.rest = this.rest.slice(end + 1);
        return JSON.parse(line);
    }
}

const running = new Map<string, LongJq>();

/** What the expression, of these definitions, makes of each value. Throws where it ends in an error, or isn't one result. */
export function jqAsked<Result>(definitions: string, expression: string, values: unknown[]): Result[] {
    const program = `${definitions}\ntry {results: [${expression}]} catch {error: tostring}`;
    const jq = running.get(program) ?? new LongJq(program);
    running.set(program, jq);
    return values.map((value) => {
        const { results, error } = jq.ask(value) as { results: Result[]; error: string };
        assert.equal(error, undefined);
        assert.equal(results.length, 1, "one result a row");
        return results[0]!;
    });
}

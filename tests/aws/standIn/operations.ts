import { appendFileSync } from "node:fs";
import { sleep } from "./api";
import type { Switch, WorldFile } from "./world";

/** One line of the log: an operation begins, is held up by a switch, or ends. */
export interface Entry {
    at: number;
    what: "start" | "held" | "end";
    operation: Switch["operation"];
    /** The last word of the type, as `Instance`. */
    type: string;
    name: string;
    error?: string;
}

export const logOf = (aws: WorldFile) => `${aws.path}.log`;

/** Runs an operation, with its lines in the log, and with what the world's switches make of it. */
export async function operation<T>(
    aws: WorldFile,
    which: Pick<Entry, "operation" | "type" | "name">,
    work: () => Promise<T>,
): Promise<T> {
    const note = (what: Entry["what"], error?: string) =>
        appendFileSync(logOf(aws), `${JSON.stringify({ at: Date.now(), what, ...which, error })}\n`);
    const pass = async (when: Switch["when"]) => {
        const fits = (each: Switch) =>
            each.operation === which.operation &&
            each.type === which.type &&
            each.when === when &&
            which.name.includes(each.name ?? "");
        const thrown = aws.look().switches.find(fits);
        if (!thrown) return;
        if (thrown.fails !== undefined) {
            aws.change((world) => {
                world.switches.splice(world.switches.findIndex(fits), 1);
            });
            throw new Error(thrown.fails);
        }
        note("held");
        while (aws.look().switches.some(fits)) await sleep(50);
    };
    note("start");
    try {
        await pass("before");
        const result = await work();
        await pass("after");
        note("end");
        return result;
    } catch (error) {
        note("end", (error as Error).message);
        throw error;
    }
}

/** One step of a procedure: a verb on every node at once, or on one for all; the next one waits for all of it. */
export interface Step {
    /** In the names of its resources, so in users' states: a way that leaves a step out keeps the others' numbers. */
    readonly number: number;
    readonly verb: string;
    readonly scope: "node" | "cluster";
    /** Its line names the staged generation, which it puts to work. */
    readonly withGeneration?: true;
    /** The key under which later steps have its answer in their sheets. */
    readonly gives?: string;
    /** What earlier steps gave, in the order of the sheet's lines. */
    readonly takes: readonly string[];
    /** The form of its answer, if something is made of it: nothing else is taken for one. */
    readonly answers?: RegExp;
}

/** Steps in order, and what the hosts have to know for them. */
export interface Procedure {
    /** In its resources' names and in the lines of its steps. */
    readonly name: string;
    /** Lines for the sheet of each step. */
    readonly facts: readonly string[];
    readonly steps: readonly Step[];
}

/** The line of a sheet that says the whole order, and who has each step. */
export function stepsLine({ steps }: Procedure): string {
    return `steps ${steps.map(({ verb, scope }) => `${verb}:${scope}`).join(" ")}`;
}

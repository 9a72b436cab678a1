import { run } from "../shell";
import { engineCommand } from "../tools/containerEngine";
import { LABEL, stateFile } from "./stack";
import { containersIn } from "./stateFiles";

export interface LocalNode {
    name: string;
    container: string;
    /** Whether the container is on this machine, running or not. */
    there: boolean;
}

/** Containers of one stack, running or not. */
async function containerNames(label: string): Promise<string[]> {
    const filter = ["--filter", `label=pulumi-garage=${label}`];
    const listed = await run(await engineCommand(), ["ps", "-a", ...filter, "--format", "{{.Names}}"]);
    return listed.split("\n").filter(Boolean);
}

/** The nodes of the local stack: those of its state, and those of a `pulumi up` that didn't get as far as its state. */
export async function localNodes(): Promise<LocalNode[]> {
    const names = await containerNames(LABEL);
    const made = containersIn(stateFile);
    const more = names.filter((name) => !made.some(({ container }) => container === name));
    return [...made, ...more.map((container) => ({ name: container.split("-").at(-1)!, container }))]
        .map((node) => ({ ...node, there: names.includes(node.container) }))
        .sort((one, other) => one.container.localeCompare(other.container));
}

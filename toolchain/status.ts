import { engineCommand } from "./engine";
import { run, tryRun } from "./shell";
import { LABEL } from "./stack";

/** Containers of one stack, running or not. */
export async function containerNames(label: string): Promise<string[]> {
    const filter = ["--filter", `label=pulumi-garage=${label}`];
    const listed = await run(await engineCommand(), ["ps", "-a", ...filter, "--format", "{{.Names}}"]);
    return listed.split("\n").filter(Boolean).sort();
}

/** `npm run status`: what every node says of itself. Read-only. */
export async function status(): Promise<boolean> {
    const engine = await engineCommand();
    const names = await containerNames(LABEL);
    if (names.length === 0) console.log(`No containers of ${LABEL} on this machine: npm start makes them.`);
    let allAnswer = true;
    for (const name of names) {
        const { code, stdout, stderr } = await tryRun(engine, ["exec", name, "garage-node", "status"]);
        console.log(`== ${name} ==\n${stdout}${stderr}`);
        allAnswer &&= code === 0;
    }
    return allAnswer;
}

import { tryRun } from "../shell";
import { engineCommand } from "../tools/containerEngine";
import { type LocalNode, localNodes } from "./localNodes";
import { LABEL } from "./stack";

/** Prints what a node says of itself; true where its daemon answers. */
async function show(engine: string, { container, there }: LocalNode): Promise<boolean> {
    const { stdout, stderr } = there
        ? await tryRun(engine, ["exec", container, "garage-node", "status"])
        : { stdout: "", stderr: "missing: the container is gone; npm start makes it anew\n" };
    console.log(`== ${container} ==\n${stdout}${stderr}`);
    return /^health sees /m.test(stdout);
}

/** `npm run status`: what every node says of itself. Read-only. */
export async function status(): Promise<boolean> {
    const engine = await engineCommand();
    const nodes = await localNodes();
    if (nodes.length === 0) {
        console.log(`No containers of ${LABEL} on this machine: npm start makes them.`);
        return true;
    }
    let answering = 0;
    for (const node of nodes) if (await show(engine, node)) answering++;
    console.log(`${answering} of ${nodes.length} nodes answer`);
    return answering === nodes.length;
}

import { containerScript, engineCommand } from "./engine";
import { prepare } from "./prepare";
import { run, say } from "./shell";
import { alone, LABEL, LocalStack, STACK } from "./stack";
import { containerNames } from "./status";

interface State {
    deployment?: { resources?: { type: string; inputs?: { create?: unknown } }[] };
}

/** Names of the containers that the stack made, as its state has them. */
async function containersInState(stack: LocalStack): Promise<string[]> {
    const { code, stdout } = await stack.pulumi(["stack", "export", "--show-secrets", "--stack", STACK]);
    if (code !== 0) return [];
    const resources = (JSON.parse(stdout) as State).deployment?.resources ?? [];
    return resources
        .filter(({ type }) => type === "command:local:Command")
        .flatMap(({ inputs }) => /^bash -s -- up (\S+)/.exec(String(inputs?.create))?.[1] ?? []);
}

/** `npm stop`: destroys the stack, then removes its containers, its volumes and its record, whatever state they are in. */
export async function stop(): Promise<boolean> {
    const toolchain = await prepare({ garage: [] });
    const stack = new LocalStack(toolchain);
    return alone(stack, async () => {
        const running = (await containerScript("wake", LABEL)).code === 0;
        const names = await containerNames(LABEL);
        const missing = (await containersInState(stack)).filter((name) => !names.includes(name));
        // Without its host an uninstall would only wait for its time to run out.
        if (!running || missing.length > 0) {
            say(
                `no pulumi destroy, as these containers are gone or don't start: ${missing.join(", ") || names.join(", ")}`,
            );
        } else if ((await stack.pulumi(["stack", "select", STACK])).code === 0) {
            await stack.pulumi(["destroy", "--yes", "--skip-preview", "--stack", STACK], { show: true });
        }
        const purged = await containerScript("purge", LABEL);
        process.stderr.write(purged.stderr);
        if (purged.code !== 0) return false;
        await stack.remove();
        const left = await run(await engineCommand(), ["ps", "-aq", "--filter", `label=pulumi-garage=${LABEL}`]);
        say(left ? `still there: ${left}` : "stopped: no container, no volume and no stack is left");
        return left === "";
    });
}

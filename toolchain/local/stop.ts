import { say } from "../shell";
import { containerScript } from "../tools/containerEngine";
import { prepare } from "../tools/prepare";
import { localNodes } from "./localNodes";
import { alone, LABEL, LocalStack, STACK } from "./stack";

/** `npm stop`: destroys the stack, then removes its containers, its volumes and its record, whatever state they are in. */
export async function stop(): Promise<boolean> {
    const toolchain = await prepare({ garage: [], yaml: "at hand" });
    const stack = new LocalStack(toolchain);
    return alone(stack, async () => {
        const running = (await containerScript("wake", LABEL)).code === 0;
        const nodes = await localNodes();
        const missing = nodes.filter(({ there }) => !there);
        // Without its host an uninstall would only wait for its time to run out.
        if (!running || missing.length > 0) {
            const names = (missing.length > 0 ? missing : nodes).map(({ container }) => container);
            say(`no pulumi destroy, as these containers are gone or don't start: ${names.join(", ")}`);
        } else if ((await stack.pulumi(["stack", "select", STACK])).code === 0) {
            await stack.pulumi(["destroy", "--yes", "--skip-preview", "--stack", STACK], { show: true });
        }
        const purged = await containerScript("purge", LABEL);
        process.stderr.write(purged.stderr);
        if (purged.code !== 0) return false;
        await stack.remove();
        const left = await labelled();
        const own = left.get(LABEL);
        say(own ? `still there: ${own}` : `stopped: no container, no volume and no stack of ${LABEL} is left`);
        for (const [label, things] of left) if (label !== LABEL) sayHowToRemove(label, things);
        return !own;
    });
}

function sayHowToRemove(label: string, things: string): void {
    const purge = `bash sdk/container/container.sh purge ${label}`;
    say(`of ${label} there is: ${things}; pulumi destroy in its project, then ${purge} (deletes its data)`);
}

/** What carries this package's label on this machine, whoever made it: label → "3 containers, 6 volumes". */
async function labelled(): Promise<Map<string, string>> {
    const lines = (await containerScript("list")).stdout.split("\n").filter(Boolean);
    const labels = [...new Set(lines.map((line) => line.slice(line.indexOf(" ") + 1)))].sort();
    const count = (kind: string, label: string) => lines.filter((line) => line === `${kind} ${label}`).length;
    return new Map(
        labels.map((label) => [label, `${count("container", label)} containers, ${count("volume", label)} volumes`]),
    );
}

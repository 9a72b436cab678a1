import { randomBytes } from "node:crypto";
import { checkInputs, inputKinds } from "./commandInputs";
import { CommandOutput, type Logging } from "./commandOutput";
import { copyToRemote } from "./copyToRemote";
import { runLocal } from "./localCommand";
import { type Properties, reveal, unknown } from "./properties";
import { runRemote } from "./remoteCommand";
import { type Connection, dial } from "./sshDial";

/** Says something about a resource to the user: `line` in the live view only, `warn` for good. */
export interface Reporter {
    line(text: string): void;
    warn(text: string): void;
}

const copy = "command:remote:CopyToRemote";

/** Inputs as they stand in a state, without the outputs beside them. */
export function inputsIn(type: string, state: Properties): Properties {
    const names = Object.keys(inputKinds[type] ?? {});
    return Object.fromEntries(names.filter((name) => name in state).map((name) => [name, state[name]]));
}

export { checkInputs };

export async function create(type: string, name: string, inputs: Properties, preview: boolean, report: Reporter) {
    const id = (type === copy ? "" : name) + randomBytes(4).toString("hex");
    return { id, state: await applied(type, inputs, {}, preview, report, "create") };
}

export async function update(type: string, state: Properties, inputs: Properties, preview: boolean, report: Reporter) {
    return applied(type, inputs, state, preview, report, "update");
}

/** Runs `delete` with the connection, the stdin and the environment that are stored. */
export async function remove(type: string, state: Properties, report: Reporter): Promise<void> {
    const stored = reveal(state) as Properties;
    if (type !== copy && typeof stored.delete === "string") {
        await execute(type, stored.delete, stored, stored, report);
    }
}

async function applied(
    type: string,
    inputs: Properties,
    state: Properties,
    preview: boolean,
    report: Reporter,
    step: "create" | "update",
): Promise<Properties> {
    const plain = reveal(inputs) as Properties;
    const before = reveal(state) as Properties;
    if (type === copy) {
        const source = (of: Properties) => (of.source as Properties | undefined)?.hash;
        const moved = source(plain) !== source(before) || plain.remotePath !== before.remotePath;
        if (!preview && (step === "create" || moved)) {
            const client = await dial(plain.connection as Connection, report.line);
            await copyToRemote(client, plain.source as Properties, plain.remotePath as string);
            client.end();
        }
        return inputs;
    }
    if (preview) {
        return { ...inputs, stdout: unknown, stderr: unknown };
    }
    const line = (step === "update" ? plain.update : undefined) ?? plain.create;
    const answer =
        typeof line === "string"
            ? await execute(type, line, plain, before, report)
            : { stdout: state.stdout ?? "", stderr: state.stderr ?? "" };
    return { ...inputs, ...answer };
}

async function execute(type: string, line: string, inputs: Properties, before: Properties, report: Reporter) {
    const output = new CommandOutput(inputs.logging as Logging | undefined, report.line);
    const previous: Record<string, string> = {};
    if (inputs.addPreviousOutputInEnv !== false) {
        for (const [name, value] of [
            ["PULUMI_COMMAND_STDOUT", before.stdout],
            ["PULUMI_COMMAND_STDERR", before.stderr],
        ] as const) {
            if (typeof value === "string" && value !== "") {
                previous[name] = value;
            }
        }
    }
    const stdin = inputs.stdin as string | undefined;
    const environment = (inputs.environment ?? {}) as Record<string, string>;
    if (type === "command:local:Command") {
        const dir = inputs.dir as string | undefined;
        const interpreter = (inputs.interpreter ?? []) as string[];
        const all = { ...environment, ...previous };
        return runLocal({ command: line, stdin, dir, interpreter, environment: all }, output);
    }
    // Never closed: like the official provider's, the connection stays open until the plugin ends.
    const client = await dial(inputs.connection as Connection, report.line);
    const run = { command: line, stdin, environment, optionalEnvironment: previous, warn: report.warn };
    return runRemote(client, run, output);
}

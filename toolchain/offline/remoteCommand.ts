import type { Client, ClientChannel } from "ssh2";
import type { CommandAnswer, CommandOutput } from "./commandOutput";
import { askForEachVariable } from "./sshEnvironment";

export interface RemoteRun {
    command: string;
    stdin?: string;
    /** A variable that the server refuses is an error. */
    environment: Record<string, string>;
    /** A variable that the server refuses is only warned about. */
    optionalEnvironment: Record<string, string>;
    warn: (message: string) => void;
}

/** Runs one command in one session: the login shell with `-c`, no terminal. */
export async function runRemote(client: Client, run: RemoteRun, output: CommandOutput): Promise<CommandAnswer> {
    const channel = await session(client, run);
    let failure: string | undefined = "wait: remote command exited without exit status or exit signal";
    channel.on("data", (chunk: Buffer) => output.add("stdout", chunk));
    channel.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
    channel.on("error", () => undefined); // "close" follows
    channel.on("exit", (code: number | null, signal?: string) => {
        const by = signal ? ` from signal ${signal.replace(/^SIG/, "")}` : "";
        failure = code === 0 ? undefined : `Process exited with status ${code ?? 128}${by}`;
    });
    const closed = new Promise<void>((resolve) => channel.once("close", () => resolve()));
    channel.end(run.stdin ?? "");
    await closed;
    return output.finish(run.command, failure);
}

function session(client: Client, run: RemoteRun): Promise<ClientChannel> {
    const env = { ...run.optionalEnvironment, ...run.environment };
    return new Promise((resolve, reject) => {
        client.once("close", () => reject(new Error("EOF: the server closed the connection")));
        if (Object.keys(env).length > 0) {
            askForEachVariable(client, (refused) => {
                const needed = refused.find((name) => name in run.environment);
                for (const name of refused) {
                    run.warn(`Unable to set '${name}': the SSH server has to allow it by AcceptEnv.`);
                }
                if (needed !== undefined) {
                    reject(new Error(`could not set environment variable "${needed}": ssh: setenv failed`));
                }
                return needed === undefined;
            });
        }
        client.exec(run.command, { env }, (error, channel) => (error ? reject(error) : resolve(channel)));
    });
}

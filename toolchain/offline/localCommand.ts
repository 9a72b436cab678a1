import { spawn } from "node:child_process";
import type { CommandAnswer, CommandOutput } from "./commandOutput";

export interface LocalRun {
    command: string;
    stdin?: string;
    dir?: string;
    interpreter: string[];
    environment: Record<string, string>;
}

/** Runs one command on this machine, by `/bin/sh -c` unless told otherwise. */
export async function runLocal(run: LocalRun, output: CommandOutput): Promise<CommandAnswer> {
    const [shell = "/bin/sh", ...words] = run.interpreter.length > 0 ? run.interpreter : ["/bin/sh", "-c"];
    const child = spawn(shell, [...words, run.command], {
        cwd: run.dir,
        env: { ...process.env, ...run.environment },
        stdio: "pipe",
    });
    child.stdout.on("data", (chunk: Buffer) => output.add("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
    child.stdin.on("error", () => undefined); // a command needn't read its stdin
    child.stdin.end(run.stdin ?? "");
    const failure = await new Promise<string | undefined>((resolve) => {
        child.once("error", (error) => resolve(error.message));
        child.once("close", (code, signal) =>
            resolve(code === 0 ? undefined : signal ? `signal: ${signal}` : `exit status ${code}`),
        );
    });
    return output.finish(run.command, failure);
}

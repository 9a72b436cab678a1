import { bench } from "./checks/bench";
import { test } from "./checks/testRun";
import { start } from "./local/start";
import { status } from "./local/status";
import { stop } from "./local/stop";
import { yaml } from "./local/yaml";

const COMMANDS: Record<string, (...args: string[]) => Promise<boolean>> = {
    start,
    stop,
    status,
    test: (set = "quick") => test(set),
    bench,
    yaml,
};

async function main(): Promise<boolean> {
    const [name = "", ...args] = process.argv.slice(2);
    const command = COMMANDS[name];
    if (!command) throw new Error(`unknown command "${name}"; allowed: ${Object.keys(COMMANDS).join(", ")}`);
    return command(...args);
}

main().then(
    (good) => process.exit(good ? 0 : 1),
    (error: Error) => {
        console.error(`toolchain: ${error.message}`);
        process.exit(1);
    },
);

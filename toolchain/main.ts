import { bench } from "./bench";
import { start } from "./start";
import { status } from "./status";
import { stop } from "./stop";
import { test } from "./testRun";
import { yaml } from "./yaml";

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

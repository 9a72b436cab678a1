import { inspectCommand, USAGE } from "./inspect/main";

/** `pulumi-garage-cluster inspect …`: the package's one command. */
async function main([command, ...words]: string[]): Promise<number> {
    if (command === "inspect") return inspectCommand(words);
    const asked = command === "help" || command === "--help";
    (asked ? console.log : console.error)(USAGE);
    return asked ? 0 : 2;
}

main(process.argv.slice(2)).then(
    (code) => {
        process.exitCode = code;
    },
    (error: Error) => {
        console.error(error.message);
        process.exitCode = 1;
    },
);

import { PulumiProject, type PulumiRun, standIns } from "../support/pulumiProject";

/** One Command of the test program; `secretStdin` is marked as a secret. */
export interface CommandSpec {
    local?: boolean;
    args: Record<string, unknown>;
    secretStdin?: string;
    options?: Record<string, unknown>;
    /** Names of Commands whose stdout becomes this one's stdin. */
    stdinFrom?: string;
}

// In JavaScript, so that a run doesn't load the TypeScript compiler: the story has a dozen of them.
const program = `
const pulumi = require("@pulumi/pulumi");
const { local, remote } = require("@pulumi/command");
const made = {};
for (const [name, spec] of Object.entries(require("./commands.json"))) {
    const args = { ...spec.args };
    if (spec.secretStdin !== undefined) args.stdin = pulumi.secret(spec.secretStdin);
    if (spec.stdinFrom !== undefined) args.stdin = made[spec.stdinFrom].stdout;
    made[name] = new (spec.local ? local : remote).Command(name, args, spec.options);
}
module.exports = Object.fromEntries(Object.entries(made).map(([name, command]) => [name, command.stdout]));
`;

/** A project whose program makes just the Commands it is told to make, with the stand-ins in front of all else. */
export class CommandsProject {
    private constructor(readonly project: PulumiProject) {}

    static async create(env: Record<string, string> = {}): Promise<CommandsProject> {
        const project = await PulumiProject.create({
            files: { "index.js": program, "commands.json": "{}" },
            env: { PATH: `${standIns}:${process.env.PATH}`, ...env },
        });
        return new CommandsProject(project);
    }

    update(commands: Record<string, CommandSpec>, ...args: string[]): Promise<PulumiRun> {
        this.project.write("commands.json", JSON.stringify(commands));
        return this.project.update(...args);
    }

    preview(commands: Record<string, CommandSpec>, ...args: string[]): Promise<PulumiRun> {
        this.project.write("commands.json", JSON.stringify(commands));
        return this.project.preview(...args);
    }
}

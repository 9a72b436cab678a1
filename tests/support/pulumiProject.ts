import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** The root of this repository; programs import the component from `${repo}/sdk`. */
export const repo = path.resolve(__dirname, "..", "..");

/** The folder of executables that stand in for Pulumi's Node language host and command plugin. */
export const standIns = path.join(repo, "toolchain", "offline", "bin");

export interface PulumiRun {
    code: number;
    stdout: string;
    stderr: string;
}

/** One resource of an exported state, as far as tests look at it. */
export interface ResourceState {
    urn: string;
    type: string;
    id?: string;
    inputs: Record<string, unknown>;
    outputs: Record<string, unknown>;
}

export interface PulumiProjectOptions {
    /** Contents by file name; `index.ts` or `index.js` is the program. With neither, `yaml` has to be given. */
    files?: Record<string, string>;
    /** The rest of Pulumi.yaml (`resources:`, `outputs:` …) of a program in YAML. */
    yaml?: string;
    env?: Record<string, string | undefined>;
    name?: string;
}

const tsconfig = {
    compilerOptions: {
        target: "es2022",
        module: "commonjs",
        moduleResolution: "node",
        strict: true,
        esModuleInterop: true,
        skipLibCheck: true,
    },
};

/**
 * A Pulumi project of its own in a temporary directory, with its own state and the stack `dev`, driven by the real CLI
 * (`PULUMI`, else `pulumi` on PATH). Where PATH has no Node language host, the stand-ins are put in front. The program
 * finds the same node_modules as this repository, and isn't type-checked at each run (`PULUMI_NODEJS_TRANSPILE_ONLY`).
 */
export class PulumiProject {
    readonly env: NodeJS.ProcessEnv;

    private constructor(
        readonly dir: string,
        readonly name: string,
        env: Record<string, string | undefined>,
    ) {
        const given = { ...process.env, ...env };
        const all: NodeJS.ProcessEnv = {
            ...given,
            PATH: hasLanguageHost(given.PATH ?? "") ? given.PATH : `${standIns}:${given.PATH}`,
            PULUMI_BACKEND_URL: `file://${path.join(dir, ".state")}`,
            PULUMI_CONFIG_PASSPHRASE: "for tests only",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_NODEJS_TRANSPILE_ONLY: given.PULUMI_NODEJS_TRANSPILE_ONLY ?? "true",
        };
        delete all.SSH_AUTH_SOCK;
        if (env.SSH_AUTH_SOCK !== undefined) {
            all.SSH_AUTH_SOCK = env.SSH_AUTH_SOCK;
        }
        this.env = all;
    }

    static async create(options: PulumiProjectOptions): Promise<PulumiProject> {
        const name = options.name ?? "test";
        const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "garage-pulumi-")));
        const project = new PulumiProject(dir, name, options.env ?? {});
        const files = options.files ?? {};
        const language = options.yaml === undefined ? nodejs("index.ts" in files) : "runtime: yaml\n";
        project.write("Pulumi.yaml", `name: ${name}\n${language}${options.yaml ?? ""}`);
        project.write("package.json", JSON.stringify({ name, private: true }));
        project.write("tsconfig.json", JSON.stringify(tsconfig));
        for (const [file, content] of Object.entries(files)) {
            project.write(file, content);
        }
        fs.symlinkSync(path.join(repo, "node_modules"), path.join(dir, "node_modules"));
        fs.mkdirSync(path.join(dir, ".state"));
        await project.must("stack", "init", "dev");
        return project;
    }

    write(file: string, content: string): void {
        fs.mkdirSync(path.dirname(path.join(this.dir, file)), { recursive: true });
        fs.writeFileSync(path.join(this.dir, file), content);
    }

    /** Preview and update. */
    up(...args: string[]): Promise<PulumiRun> {
        return this.pulumi("up", "--yes", ...args);
    }

    /** Update without a preview, as the Automation API does it; twice as fast as `up`. */
    update(...args: string[]): Promise<PulumiRun> {
        return this.up("--skip-preview", ...args);
    }

    preview(...args: string[]): Promise<PulumiRun> {
        return this.pulumi("preview", ...args);
    }

    destroy(...args: string[]): Promise<PulumiRun> {
        return this.pulumi("destroy", "--yes", "--skip-preview", ...args);
    }

    /** The stack's outputs, secrets in plain text. */
    async outputs(): Promise<Record<string, unknown>> {
        return JSON.parse((await this.must("stack", "output", "--json", "--show-secrets")).stdout);
    }

    /** The exported state as text: secrets are encrypted in it, unless `--show-secrets` is given. */
    async exported(...args: string[]): Promise<string> {
        return (await this.must("stack", "export", ...args)).stdout;
    }

    /** The resources in the state by their names; of several with the same name (of other types) the last. */
    async resources(): Promise<Record<string, ResourceState>> {
        const all: ResourceState[] = JSON.parse(await this.exported()).deployment.resources ?? [];
        return Object.fromEntries(all.map((each) => [each.urn.split("::").slice(3).join("::"), each]));
    }

    /** Any command of the CLI on the stack `dev`. */
    pulumi(...args: string[]): Promise<PulumiRun> {
        return this.start(...args).ended;
    }

    /** The same while it runs: to kill it, or to look at what it prints. */
    start(...args: string[]): { process: ChildProcess; output: () => string; ended: Promise<PulumiRun> } {
        const stack = args[0] === "package" || args[0] === "plugin" || args[1] === "init" ? [] : ["--stack", "dev"];
        const child = spawn(process.env.PULUMI ?? "pulumi", [...args, ...stack, "--non-interactive", "--color=never"], {
            cwd: this.dir,
            env: this.env,
            stdio: ["ignore", "pipe", "pipe"],
        });
        const printed = { stdout: "", stderr: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (text: string) => {
                printed[stream] += text;
            });
        }
        const ended = new Promise<PulumiRun>((resolve, reject) => {
            child.once("error", reject);
            child.once("close", (code) => resolve({ code: code ?? -1, ...printed }));
        });
        return { process: child, output: () => printed.stdout + printed.stderr, ended };
    }

    /** Deletes the directory with the state in it; destroys nothing else. */
    remove(): void {
        fs.rmSync(this.dir, { recursive: true, force: true });
    }

    private async must(...args: string[]): Promise<PulumiRun> {
        const run = await this.pulumi(...args);
        if (run.code !== 0) {
            throw new Error(`pulumi ${args.join(" ")} ended with ${run.code}:\n${run.stdout}${run.stderr}`);
        }
        return run;
    }
}

/** A run that ended well; throws all of what it said otherwise. */
export function succeeded(run: PulumiRun): PulumiRun {
    if (run.code !== 0) throw new Error(`pulumi ended with ${run.code}:\n${run.stdout}\n${run.stderr}`);
    return run;
}

function nodejs(typescript: boolean): string {
    return `runtime:\n  name: nodejs\n  options:\n    typescript: ${typescript}\n`;
}

function hasLanguageHost(searchPath: string): boolean {
    return searchPath.split(":").some((dir) => fs.existsSync(path.join(dir, "pulumi-language-nodejs")));
}

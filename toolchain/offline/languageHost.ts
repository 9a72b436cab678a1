// Stand-in for `pulumi-language-nodejs`, for machines that can't have the real one: it runs programs and component
// providers written for Node with the SDK's own `cmd/run` and `cmd/run-plugin`. It generates no code.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as lang from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { serve, unary } from "./grpcServer";

/** The exit code by which the SDK says that it has already told the user what is wrong. */
const alreadyReported = 32;

const children = new Set<ChildProcess>();
let engineAddress = process.argv.slice(2).find((word) => !word.startsWith("-")) ?? "";

function start(command: string, args: string[], options: SpawnOptions): ChildProcess {
    const child = spawn(command, args, options);
    children.add(child);
    child.once("close", () => children.delete(child));
    return child;
}

/** Resolves to the exit code, or to the reason why there is none. */
function ended(child: ChildProcess): Promise<number | string> {
    return new Promise((resolve) => {
        child.once("error", (error) => resolve(error.message));
        child.once("close", (code, signal) => resolve(code ?? `signal ${signal}`));
    });
}

/** Finds a command of the SDK that the program itself uses, so that host and program never differ in version. */
function sdkCommand(name: string, from: string): string {
    try {
        return require.resolve(`@pulumi/pulumi/cmd/${name}`, { paths: [from] });
    } catch {
        throw new Error(`@pulumi/pulumi isn't installed for ${from}: run npm install there`);
    }
}

function optionsOf(info: lang.ProgramInfo | undefined): Record<string, unknown> {
    return info?.getOptions()?.toJavaScript() ?? {};
}

function asMap(entries: { forEach(f: (value: string, key: string) => void): void }): Record<string, string> {
    const result: Record<string, string> = {};
    entries.forEach((value, key) => {
        result[key] = value;
    });
    return result;
}

function typescriptEnvironment(options: Record<string, unknown>): NodeJS.ProcessEnv {
    return {
        ...(options.typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
        ...(typeof options.tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
    };
}

function runEnvironment(request: lang.RunRequest, options: Record<string, unknown>): NodeJS.ProcessEnv {
    return {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(asMap(request.getConfigMap())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        ...typescriptEnvironment(options),
    };
}

function nodeArgsOf(options: Record<string, unknown>): string[] {
    return typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter(Boolean) : [];
}

async function run(request: lang.RunRequest, call: grpc.ServerUnaryCall<lang.RunRequest, lang.RunResponse>) {
    const info = request.getInfo();
    const options = optionsOf(info);
    const flags: [string, string][] = [
        ["monitor", request.getMonitorAddress()],
        ["engine", engineAddress],
        ["organization", request.getOrganization()],
        ["project", request.getProject()],
        ["root-directory", info?.getRootDirectory() ?? ""],
        ["stack", request.getStack()],
        ["pwd", request.getPwd()],
        ["parallel", String(request.getParallel())],
    ];
    const args = flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]);
    const program = info?.getEntryPoint() || request.getProgram() || ".";
    const child = start(
        process.execPath,
        [
            ...nodeArgsOf(options),
            sdkCommand("run", request.getPwd()),
            ...args,
            ...(request.getDryrun() ? ["--dry-run"] : []),
            program,
            ...request.getArgsList(),
        ],
        { cwd: request.getPwd(), env: runEnvironment(request, options), stdio: ["ignore", "inherit", "inherit"] },
    );
    call.on("cancelled", () => child.kill());
    const code = await ended(child);
    const response = new lang.RunResponse();
    if (code === alreadyReported) {
        response.setBail(true);
    } else if (code !== 0) {
        response.setError(`Program exited with ${typeof code === "number" ? "non-zero exit code: " : ""}${code}`);
    }
    return response;
}

/** Ends a streaming call with an error; grpc-js knows no other way to send one. */
function fail(call: { emit(event: "error", error: object): boolean }, details: string): void {
    call.emit("error", { code: grpc.status.UNKNOWN, details });
}

/** Names and versions of a package's dependencies, as its package.json says. */
function dependenciesOf(directory: string): [string, string][] {
    const file = path.join(directory, "package.json");
    return fs.existsSync(file) ? Object.entries(JSON.parse(fs.readFileSync(file, "utf8")).dependencies ?? {}) : [];
}

/** Runs a process and streams what it prints, and then its exit code, to the engine. */
async function stream<Request, Response>(
    call: grpc.ServerWritableStream<Request, Response>,
    child: ChildProcess,
    message: (kind: "stdout" | "stderr" | "exit", content: Buffer | number) => Response | undefined,
): Promise<number | string> {
    call.on("cancelled", () => child.kill());
    const send = (response: Response | undefined) => response !== undefined && call.write(response);
    child.stdout?.on("data", (chunk: Buffer) => send(message("stdout", chunk)));
    child.stderr?.on("data", (chunk: Buffer) => send(message("stderr", chunk)));
    const code = await ended(child);
    send(message("exit", typeof code === "number" ? code : 1));
    return code;
}

/**
 * In the directory of whoever uses the plugin, as the official host does: there `run-plugin` takes tsconfig.json, and ts-node, which compiles
 * what is TypeScript, the compiler.
 */
function runPlugin(call: grpc.ServerWritableStream<lang.RunPluginRequest, lang.RunPluginResponse>): void {
    const request = call.request;
    const directory = request.getInfo()?.getProgramDirectory() || request.getProgram();
    let command: string;
    try {
        command = sdkCommand("run-plugin", directory);
    } catch (error) {
        fail(call, (error as Error).message);
        return;
    }
    const given = request.getEnvList().map((line): [string, string] => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
    });
    const options = optionsOf(request.getInfo());
    const child = start(process.execPath, [command, ...nodeArgsOf(options), directory, ...request.getArgsList()], {
        cwd: request.getPwd(),
        env: {
            ...(given.length > 0 ? Object.fromEntries(given) : process.env),
            ...typescriptEnvironment(options),
        },
        stdio: ["ignore", "pipe", "pipe"],
    });
    stream(call, child, (kind, content) => {
        const response = new lang.RunPluginResponse();
        if (kind === "exit") {
            response.setExitcode(content as number);
        } else if (kind === "stdout") {
            response.setStdout(content as Buffer);
        } else {
            response.setStderr(content as Buffer);
        }
        return response;
    }).then(() => call.end());
}

function installDependencies(
    call: grpc.ServerWritableStream<lang.InstallDependenciesRequest, lang.InstallDependenciesResponse>,
): void {
    const cwd = call.request.getInfo()?.getProgramDirectory() || call.request.getDirectory();
    if (dependenciesOf(cwd).every(([name]) => fs.existsSync(path.join(cwd, "node_modules", name)))) {
        call.end();
        return;
    }
    // A plugin's users have no need of what its development needs.
    const words = ["install", ...(call.request.getIsPlugin() ? ["--omit=dev"] : [])];
    const child = start("npm", words, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    stream(call, child, (kind, content) => {
        if (kind === "exit") {
            return undefined;
        }
        const response = new lang.InstallDependenciesResponse();
        if (kind === "stdout") {
            response.setStdout(content as Buffer);
        } else {
            response.setStderr(content as Buffer);
        }
        return response;
    }).then((code) => (code === 0 ? call.end() : fail(call, `npm ${words.join(" ")} in ${cwd} ended with ${code}`)));
}

function programDependencies(request: lang.GetProgramDependenciesRequest): lang.GetProgramDependenciesResponse {
    const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
    return new lang.GetProgramDependenciesResponse().setDependenciesList(
        dependenciesOf(directory).map(([name, version]) => new lang.DependencyInfo().setName(name).setVersion(version)),
    );
}

serve(LanguageRuntimeService, {
    handshake: unary((request: lang.LanguageHandshakeRequest) => {
        engineAddress = request.getEngineAddress() || engineAddress;
        return new lang.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion("0.0.0-stand-in")),
    // Nothing is asked for, so nothing is downloaded: plugins are found on PATH or in the plugin cache.
    getRequiredPlugins: unary(() => new lang.GetRequiredPluginsResponse()),
    getRequiredPackages: unary(() => new lang.GetRequiredPackagesResponse()),
    run: unary(run),
    runPlugin,
    installDependencies,
    runtimeOptionsPrompts: unary(() => new lang.RuntimeOptionsResponse()),
    about: unary(() => new lang.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    getProgramDependencies: unary(programDependencies),
    cancel: unary(() => {
        for (const child of children) {
            child.kill();
        }
        return new Empty();
    }),
});

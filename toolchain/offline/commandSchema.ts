// The schema of the command provider 1.2.1, as far as the stand-in goes: names, types, what is required, what is
// secret. It is asked for by YAML programs only; the Node SDK brings its own.

const string = { type: "string" };
const integer = { type: "integer" };
const boolean = { type: "boolean" };
const any = { $ref: "pulumi.json#/Any" };
const stringList = { type: "array", items: string };
const stringMap = { type: "object", additionalProperties: string };
const logging = { $ref: "#/types/command:remote:Logging" };
const localLogging = { $ref: "#/types/command:local:Logging" };
const connection = { $ref: "#/types/command:remote:Connection", secret: true };
const triggers = { type: "array", items: any, replaceOnChanges: true };

const dialling = {
    host: string,
    port: { type: "number", default: 22 },
    user: { ...string, default: "root" },
    password: string,
    privateKey: string,
    privateKeyPassword: string,
    hostKey: string,
    agentSocketPath: string,
    dialErrorLimit: { ...integer, default: 10 },
    perDialTimeout: { ...integer, default: 15 },
};
const common = {
    create: string,
    update: string,
    delete: string,
    stdin: string,
    environment: stringMap,
    addPreviousOutputInEnv: { ...boolean, default: true },
    triggers,
};
const outputs = { stdout: string, stderr: string };

function resource(inputs: object, required: string[], more: object = {}) {
    return {
        inputProperties: inputs,
        requiredInputs: required,
        properties: { ...inputs, ...more },
        required: [...required, ...Object.keys(more)],
    };
}

const loggings = {
    type: "string",
    enum: ["stdout", "stderr", "stdoutAndStderr", "none"].map((value) => ({ name: value, value })),
};

/** Inputs that exist officially and are refused here. */
export const unsupported = ["archivePaths", "assetPaths"];

export const commandSchema = JSON.stringify({
    name: "command",
    version: "1.2.1",
    types: {
        "command:local:Logging": loggings,
        "command:remote:Logging": loggings,
        "command:remote:ProxyConnection": { type: "object", properties: dialling, required: ["host"] },
        "command:remote:Connection": {
            type: "object",
            properties: { ...dialling, proxy: { $ref: "#/types/command:remote:ProxyConnection" } },
            required: ["host"],
        },
    },
    resources: {
        "command:local:Command": resource(
            { ...common, dir: string, interpreter: stringList, logging: localLogging },
            [],
            outputs,
        ),
        "command:remote:Command": resource({ ...common, connection, logging }, ["connection"], outputs),
        "command:remote:CopyToRemote": resource(
            { connection, remotePath: string, source: { $ref: "pulumi.json#/Asset" }, triggers },
            ["connection", "remotePath", "source"],
        ),
    },
});

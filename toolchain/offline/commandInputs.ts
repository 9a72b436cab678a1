import { unsupported } from "./commandSchema";
import { archiveMark, assetMark, hasMark, isSecret, type Properties, reveal, secret, unknown } from "./properties";

export interface Failure {
    property: string;
    reason: string;
}

type Kind = "string" | "number" | "boolean" | "list" | "map" | "source";

const dialling: Record<string, Kind> = {
    host: "string",
    port: "number",
    user: "string",
    password: "string",
    privateKey: "string",
    privateKeyPassword: "string",
    hostKey: "string",
    agentSocketPath: "string",
    dialErrorLimit: "number",
    perDialTimeout: "number",
};
const diallingDefaults = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };

const command: Record<string, Kind> = {
    create: "string",
    update: "string",
    delete: "string",
    stdin: "string",
    environment: "map",
    addPreviousOutputInEnv: "boolean",
    logging: "string",
    triggers: "list",
};

/** The inputs of each resource; what else a state holds are outputs. */
export const inputKinds: Record<string, Record<string, Kind>> = {
    "command:local:Command": { ...command, dir: "string", interpreter: "list" },
    "command:remote:Command": { ...command, connection: "map" },
    "command:remote:CopyToRemote": { connection: "map", remotePath: "string", source: "source", triggers: "list" },
};

/** Looks at new inputs as the engine hands them over; returns them with the defaults of a connection filled in. */
export function checkInputs(type: string, inputs: Properties): { inputs: Properties; failures: Failure[] } {
    const kinds = inputKinds[type];
    if (!kinds) {
        return { inputs, failures: [{ property: "", reason: `this stand-in has no resource ${type}` }] };
    }
    const failures = mismatches("", kinds, inputs);
    for (const property of unsupported.filter((name) => inputs[name] !== undefined)) {
        failures.push({ property, reason: "this stand-in for the command provider doesn't know it" });
    }
    if (type === "command:remote:CopyToRemote") {
        failures.push(...missing(inputs, ["remotePath", "source"], ""));
    }
    if (!("connection" in kinds)) {
        return { inputs, failures };
    }
    const connection = reveal(inputs.connection);
    failures.push(...missing(inputs, ["connection"], ""));
    if (typeof connection !== "object" || connection === null) {
        return { inputs: { ...inputs, connection: markSecret(inputs.connection) }, failures };
    }
    const filled: Properties = { ...diallingDefaults, ...given(connection as Properties) };
    failures.push(...missing(filled, ["host"], "connection."), ...mismatches("connection.", dialling, filled));
    if (typeof filled.proxy === "object" && filled.proxy !== null) {
        const proxy: Properties = { ...diallingDefaults, ...given(filled.proxy as Properties) };
        failures.push(...missing(proxy, ["host"], "connection.proxy."));
        failures.push(...mismatches("connection.proxy.", dialling, proxy));
        filled.proxy = proxy;
    }
    return { inputs: { ...inputs, connection: secret(filled) }, failures };
}

function given(object: Properties): Properties {
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined));
}

function markSecret(value: unknown): unknown {
    return value === undefined || isSecret(value) ? value : secret(value);
}

function missing(object: Properties, names: string[], path: string): Failure[] {
    return names
        .filter((name) => object[name] === undefined || object[name] === null)
        .map((name) => ({ property: path + name, reason: "Missing required field" }));
}

function mismatches(path: string, kinds: Record<string, Kind>, object: Properties): Failure[] {
    return Object.entries(kinds).flatMap(([name, kind]) => {
        const value = reveal(object[name]);
        if (value === undefined || value === null || value === unknown || isOf(kind, value)) {
            return [];
        }
        return [
            {
                property: path + name,
                reason: `must be a ${kind}, but is ${Array.isArray(value) ? "a list" : typeof value}`,
            },
        ];
    });
}

function isOf(kind: Kind, value: unknown): boolean {
    switch (kind) {
        case "list":
            return Array.isArray(value);
        case "map":
            return typeof value === "object" && !Array.isArray(value);
        case "source":
            return hasMark(value, assetMark) || hasMark(value, archiveMark);
        default:
            return typeof value === kind;
    }
}

import { ConsistencyMode, DbEngine } from "../args";
import { FromConfig } from "./programArgs";

type Table = Record<string, unknown>;

export type Language = "typescript" | "yaml";

export interface ProgramFacts {
    args: Table;
    /** Name of the project. */
    project: string;
    /** Release of this package. */
    release: string;
    at: string;
}

/** The files of a Pulumi project with these arguments, by name. */
export function renderProgram(language: Language, facts: ProgramFacts): Record<string, string> {
    return language === "yaml" ? yamlProject(facts) : typescriptProject(facts);
}

/** What it is, and what it does: it stands at the head of the program. */
function head({ at, release, args }: ProgramFacts): string[] {
    return [
        `Written by \`pulumi-garage-cluster inspect\` (${release}) at ${at}: the cluster as it runs.`,
        "`pulumi preview` says what a takeover changes, and what stands in its way; `pulumi up` takes the cluster over, one node at a",
        "time, the data staying where they are. Once all nodes are, take `adopt` out. See docs/adopting.md of pulumi-garage-cluster.",
        ...(args.rpcSecret === undefined
            ? [
                  "rpcSecret08 is the secret that runs. rpcSecret isn't named: it is made anew, and comes into use with the upgrade to 0.9.",
              ]
            : []),
    ];
}

// --- TypeScript ---------------------------------------------------------------------------------------------------------

/** What stands in the program as it is. */
class Code {
    constructor(readonly text: string) {}
}

/** Beside the program, written with it. */
const ADOPT_JSON = "adopt.json";

/** Options whose values are an enum's members, by that enum. */
const ENUMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    consistencyMode: members("ConsistencyMode", ConsistencyMode),
    dbEngine: members("DbEngine", DbEngine),
};

function members(name: string, all: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(all).map(([member, value]) => [value, `${name}.${member}`]));
}

function typescriptProject(facts: ProgramFacts): Record<string, string> {
    const secrets = secretsIn(facts.args);
    const plain = Object.entries(facts.args).map(([key, value]) => {
        const member = ENUMS[key]?.[String(value)];
        return [key, member === undefined ? value : new Code(member)] as const;
    });
    const adopt = { seen: new Code(`readFileSync(${JSON.stringify(ADOPT_JSON)}, "utf8")`) };
    const entries = [...plain, ["adopt", adopt] as const];
    const enums = plain.flatMap(([, value]) => (value instanceof Code ? value.text.split(".")[0]! : []));
    const imported = [...enums, "GarageCluster"].sort();
    const lines = [
        ...head(facts).map((line) => `// ${line}`),
        'import { readFileSync } from "node:fs";',
        ...(secrets.length > 0 ? ['import * as pulumi from "@pulumi/pulumi";'] : []),
        `import { ${imported.join(", ")} } from "pulumi-garage-cluster";`,
        "",
        ...(secrets.length > 0 ? ["const config = new pulumi.Config();", ""] : []),
        `const store = new GarageCluster("store", ${typescript(Object.fromEntries(entries), "")});`,
        "",
        "export const s3Endpoints = store.s3Endpoints;",
        "export const version = store.version;",
        "export const clusterId = store.clusterId;",
        "export const rpcSecret = store.rpcSecret;",
        "",
    ];
    const compilerOptions = { target: "es2022", module: "commonjs", moduleResolution: "node", strict: true };
    return {
        "Pulumi.yaml": `name: ${JSON.stringify(facts.project)}\nruntime: nodejs\nmain: index.ts\n`,
        "index.ts": lines.join("\n"),
        "package.json": json({
            name: facts.project,
            private: true,
            main: "index.ts",
            dependencies: { "@pulumi/pulumi": "^3.248.0", "pulumi-garage-cluster": `^${facts.release}` },
            devDependencies: { "@types/node": "^20.19.43", typescript: "^5.9.3" },
        }),
        "tsconfig.json": json({ compilerOptions: { ...compilerOptions, esModuleInterop: true, skipLibCheck: true } }),
    };
}

const WORD = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Maps as lines, what is small as one. */
function typescript(value: unknown, indent: string): string {
    if (value instanceof Code) return value.text;
    if (value instanceof FromConfig) return `config.requireSecret(${JSON.stringify(value.name)})`;
    if (Array.isArray(value)) return `[${value.map((each) => typescript(each, indent)).join(", ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const entries = Object.entries(value).map(
        ([name, each]) => `${WORD.test(name) ? name : JSON.stringify(name)}: ${typescript(each, `${indent}    `)}`,
    );
    const line = `{ ${entries.join(", ")} }`;
    if (indent !== "" && line.length + indent.length < 110 && !line.includes("\n"))
        return entries.length === 0 ? "{}" : line;
    return `{\n${entries.map((entry) => `${indent}    ${entry},\n`).join("")}${indent}}`;
}

// --- YAML ---------------------------------------------------------------------------------------------------------------

function yamlProject(facts: ProgramFacts): Record<string, string> {
    const secrets = secretsIn(facts.args);
    const lines = [
        ...head(facts).map((line) => `# ${line}`),
        `name: ${JSON.stringify(facts.project)}`,
        "runtime: yaml",
        ...(secrets.length > 0
            ? ["configuration:", ...secrets.map((name) => `  ${name}: { type: string, secret: true }`)]
            : []),
        "resources:",
        "  store:",
        "    type: garage-cluster:index:GarageCluster",
        "    properties:",
        ...yamlLines(facts.args, "      "),
        "      adopt:",
        "        seen:",
        `          fn::readFile: ./${ADOPT_JSON}`,
        "outputs:",
        ...["s3Endpoints", "version", "clusterId", "rpcSecret"].map((name) => `  ${name}: \${store.${name}}`),
        "",
    ];
    return { "Pulumi.yaml": lines.join("\n") };
}

function yamlLines(table: Table, indent: string): string[] {
    return Object.entries(table).flatMap(([key, value]) => {
        const name = WORD.test(key) ? key : JSON.stringify(key);
        const line = `${indent}${name}: ${flow(value)}`;
        const plain =
            typeof value !== "object" || value === null || Array.isArray(value) || value instanceof FromConfig;
        return plain || line.length < 110 ? [line] : [`${indent}${name}:`, ...yamlLines(value as Table, `${indent}  `)];
    });
}

/** JSON is YAML; `${` begins a reference in Pulumi's. */
function flow(value: unknown): string {
    if (value instanceof FromConfig) return `\${${value.name}}`;
    if (typeof value === "string") return JSON.stringify(value.replace(/\$\{/g, "$$${"));
    if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    return `{ ${Object.entries(value)
        .map(([key, each]) => `${WORD.test(key) ? key : JSON.stringify(key)}: ${flow(each)}`)
        .join(", ")} }`;
}

// ------------------------------------------------------------------------------------------------------------------------

function secretsIn(args: Table): string[] {
    return Object.values(args).flatMap((value) => (value instanceof FromConfig ? [value.name] : []));
}

function json(value: unknown): string {
    return `${JSON.stringify(value, null, 2)}\n`;
}

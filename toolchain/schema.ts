import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";
import { root } from "./shell";

const NAME = "garage-cluster";
const file = join(root, "schema.json");

interface Manifest {
    version: string;
    description: string;
}

/** What the plugin tells of itself: by Pulumi's own analyzer, from the sources. */
export function schemaOf(manifest: Manifest) {
    const dir = mkdtempSync(join(tmpdir(), "garage-schema-"));
    try {
        // The analyzer takes a folder's tsconfig.json; the root's would have it read all tests too.
        const config = { extends: join(root, "tsconfig.build.json"), files: [join(root, "sdk", "index.ts")] };
        writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
        const entry = { main: join(root, "sdk", "index.js") };
        const found = new Analyzer(dir, NAME, entry, new Set(["GarageCluster", "GarageBucket", "GarageKey"])).analyze();
        const { components, typeDefinitions, dependencies } = found;
        const { version, description } = manifest;
        // Without a namespace the SDK for Node would be called @pulumi/garage-cluster.
        return withIntegers(
            generateSchema(NAME, version, description, components, typeDefinitions, dependencies, NAME),
        );
    } finally {
        rmSync(dir, { recursive: true, force: true });
    }
}

/** TypeScript, and so the analyzer, knows `number` only; ports, counts and seconds, which is all that we have, are integers. */
function withIntegers<T>(schema: T): T {
    return JSON.parse(JSON.stringify(schema), (_, value) =>
        value !== null && typeof value === "object" && value.type === "number" ? { ...value, type: "integer" } : value,
    );
}

/** The text of schema.json. */
export function schemaText(): string {
    const manifest: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    return `${JSON.stringify(schemaOf(manifest), null, 2)}\n`;
}

if (require.main === module) writeFileSync(file, schemaText());

import { rmSync } from "node:fs";
import { join } from "node:path";
import { root, run, say } from "../shell";
import { prepare } from "../tools/prepare";
import { LocalStack } from "./stack";

/** `npm run yaml`: what programs in YAML need, as examples/yaml; `.local/env` leads to it. */
export async function yaml(): Promise<boolean> {
    // Pulumi keeps the schema that it was told, and asks no more: options that are new since would be unknown.
    rmSync(join(root, "toolchain", "offline", "schema-garage-cluster.json"), { force: true });
    await run(process.execPath, [join(root, "toolchain", "build.mjs")]);
    new LocalStack(await prepare({ garage: [], yaml: true }));
    say("ready: . .local/env");
    return true;
}

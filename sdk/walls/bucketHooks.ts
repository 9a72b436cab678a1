import * as pulumi from "@pulumi/pulumi";
import { hook } from "./hook";

/** Says what a host has brought back or changed: only where it was asked, for the answer of last time stays in the state. */
export function bucketHooks(component: pulumi.Resource, name: string, changed: (stdout: string) => string[]) {
    const hooks = hook(`garage-bucket-${name}`, ({ newOutputs }) => {
        if (pulumi.runtime.isDryRun()) return;
        const stdout = (newOutputs as { stdout?: unknown } | undefined)?.stdout;
        const all = typeof stdout === "string" ? changed(stdout) : [];
        if (all.length > 0) pulumi.log.info(`bucket ${name}: ${all.join("; ")}`, component);
    });
    return { afterCreate: hooks, afterUpdate: hooks };
}

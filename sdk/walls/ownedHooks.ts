import * as pulumi from "@pulumi/pulumi";
import { hook } from "./hook";

/** What a host has to tell of a bucket or a key, beside what it is. */
export interface Told {
    /** What it has made, brought back or taken back. */
    changed: string[];
    warnings: string[];
}

/** Says what a host has changed, and what it warns of: only where it was asked, for the answer of last time stays in the state. */
export function ownedHooks(component: pulumi.Resource, what: string, told: (stdout: string) => Told) {
    const say = (stdout: unknown) => {
        if (typeof stdout !== "string") return;
        const { changed, warnings } = told(stdout);
        if (changed.length > 0) pulumi.log.info(`${what}: ${changed.join("; ")}`, component);
        for (const warning of warnings) pulumi.log.warn(`${what}: ${warning}`, component);
    };
    const hooks = hook(`garage-${what.replace(" ", "-")}`, ({ newOutputs }) => {
        if (pulumi.runtime.isDryRun()) return;
        // A secret comes as an Output; what is said of it is none.
        const { stdout }: { stdout?: pulumi.Input<string> } = newOutputs ?? {};
        pulumi.output(stdout).apply(say);
    });
    return { afterCreate: hooks, afterUpdate: hooks };
}

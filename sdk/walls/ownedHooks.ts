import * as pulumi from "@pulumi/pulumi";
import { wantChanges } from "../plan/wantChanges";
import { hook } from "./hook";

/** What a host has to tell of a bucket or a key, beside what it is. */
export interface Told {
    /** What it has made, brought back or taken back. */
    changed: string[];
    warnings: string[];
}

/** Says at preview what would change, and afterwards what a host has changed, and what it warns of: only where it was asked, for the answer of last time stays in the state. */
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
    const shows = hook(`garage-preview-${what.replace(" ", "-")}`, ({ oldInputs, newInputs }) => {
        if (!pulumi.runtime.isDryRun()) return;
        const changes = wantChanges(oldInputs?.stdin, newInputs?.stdin);
        if (changes.length > 0) pulumi.log.info([`${what} changes:`, ...changes].join("\n  "), component);
    });
    return { beforeUpdate: shows, afterCreate: hooks, afterUpdate: hooks };
}

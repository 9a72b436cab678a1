import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import type { ClusterSpec } from "../spec";
import { validateArgs } from "../validate/validateArgs";

/** Wall 1: every problem of the arguments at once, at preview, before anything is made. */
export function validated(component: pulumi.Resource, name: string, args: GarageClusterArgs): ClusterSpec {
    const { spec, problems, warnings } = validateArgs(args, name);
    if (spec === undefined || problems.length > 0) {
        const head = `${problems.length} problem(s) in the arguments of GarageCluster; nothing was changed:`;
        const message = [head, ...problems.map((p) => `  - ${p.path}: ${p.message}`)].join("\n");
        // No `errors`: for each property path of them the engine prints the value that stands there, a secret too.
        const error = new pulumi.InputPropertiesError({ message, errors: [] });
        error.stack = message;
        // What a program in Node prints of an error is its stack and its fields, which would say it all again.
        Object.defineProperty(error, Symbol.for("nodejs.util.inspect.custom"), { value: () => message });
        throw error;
    }
    for (const warning of warnings) pulumi.log.warn(warning, component);
    return spec;
}

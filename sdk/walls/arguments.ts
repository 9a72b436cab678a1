import * as pulumi from "@pulumi/pulumi";
import type { GarageClusterArgs } from "../args";
import type { GarageBucketArgs } from "../bucketArgs";
import type { BucketSpec, KeySpec } from "../bucketSpec";
import type { GarageKeyArgs } from "../keyArgs";
import type { ClusterSpec } from "../spec";
import { validateBucket } from "../validate/bucket";
import { validateKey } from "../validate/key";
import { validateArgs } from "../validate/validateArgs";
import type { Validated } from "../validate/validated";
import { takenAliases } from "./takenAliases";

/** Wall 1: every problem of the arguments at once, at preview, before anything is made. */
export function validated(component: pulumi.Resource, name: string, args: GarageClusterArgs): ClusterSpec {
    return sound(component, "GarageCluster", validateArgs(args, name));
}

/** The same of a bucket; what the program's other buckets are called speaks too. */
export function validatedBucket(component: pulumi.Resource, name: string, args: GarageBucketArgs): BucketSpec {
    const read = validateBucket(args, name);
    const taken = read.spec ? takenAliases(name, args.access, read.spec.aliases) : [];
    return sound(component, `GarageBucket ${name}`, { ...read, problems: [...read.problems, ...taken] });
}

export function validatedKey(component: pulumi.Resource, name: string, args: GarageKeyArgs): KeySpec {
    return sound(component, `GarageKey ${name}`, validateKey(args, name));
}

/** What was read, where nothing speaks against it. */
function sound<T>(component: pulumi.Resource, kind: string, { spec, problems, warnings }: Validated<T>): T {
    if (spec === undefined || problems.length > 0) {
        const head = `${problems.length} problem(s) in the arguments of ${kind}; nothing was changed:`;
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

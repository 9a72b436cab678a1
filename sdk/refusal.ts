import * as pulumi from "@pulumi/pulumi";

/**
 * An error for an Output that much is made of. Pulumi puts the name of each property that waited for it in front of the message, and a trace of
 * each behind it, and prints them all, for minutes: this one stays as it is.
 */
export function refusal(message: string): pulumi.RunError {
    const error = new pulumi.RunError(message);
    for (const part of ["message", "stack"])
        Object.defineProperty(error, part, { get: () => message, set: () => {}, enumerable: false });
    Object.defineProperty(error, Symbol.for("nodejs.util.inspect.custom"), { value: () => message });
    return error;
}

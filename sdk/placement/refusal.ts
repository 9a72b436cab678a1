import * as pulumi from "@pulumi/pulumi";

/**
 * An error for an Output that much is made of: Pulumi puts the name of each property that waited for it in front of the message, hundreds of
 * them in the end. This one keeps its own.
 */
export function refusal(message: string): pulumi.RunError {
    const error = new pulumi.RunError(message);
    Object.defineProperty(error, "message", { get: () => message, set: () => {} });
    return error;
}

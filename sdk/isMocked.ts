import * as pulumi from "@pulumi/pulumi";

/** Pulumi's mocks (unit tests of programs) can't register hooks, and would hang; every real engine can, or says so. */
export function isMocked(): boolean {
    const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
    return typeof monitor?.registerResourceHook !== "function";
}

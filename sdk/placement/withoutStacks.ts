/**
 * Pulumi notes a stack trace, mapped back to TypeScript, for each of some 50 promises of a resource. Without them (they
 * serve the debugging of Pulumi itself) the preview of a large cluster takes a quarter less time: `bench/preview`.
 */
export function withoutStacks<T>(make: () => T): T {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
        return make();
    } finally {
        Error.stackTraceLimit = limit;
    }
}

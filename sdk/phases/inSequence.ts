import type * as pulumi from "@pulumi/pulumi";

/** Makes one resource an item, each depending on the one before it: the order in which they run. */
export function inSequence<T, R extends pulumi.Resource>(
    items: T[],
    after: pulumi.Resource[],
    make: (item: T, dependsOn: pulumi.Resource[]) => R,
): R[] {
    const made: R[] = [];
    for (const item of items) {
        const previous = made.at(-1);
        made.push(make(item, previous ? [previous] : after));
    }
    return made;
}

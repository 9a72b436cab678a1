import { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { withoutStacks } from "../placement/withoutStacks";
import type { Base, Lines } from "./cluster";

export interface Gathered {
    lines: Lines;
    /** Comes behind all that have answered. */
    all: pulumi.Resource;
}

/**
 * What all nodes have answered, kept by one resource that whatever needs it depends on. Were it each of the nodes instead, for each step of each
 * node, the state would grow by the square of the nodes, half of it by such lists. A Command without a line runs nothing: its stdin is what it keeps.
 */
export function gathered(
    { parent, name }: Pick<Base, "parent" | "name">,
    what: "peers" | "staged",
    lines: Lines,
    dependsOn: pulumi.Resource[],
): Gathered {
    const stdin = lines.apply((each) => each.join("\n"));
    const options = { parent, dependsOn, protect: false, retainOnDelete: false };
    const make = () => new local.Command(`${name}-${what}`, { stdin, addPreviousOutputInEnv: false }, options);
    const all = withoutStacks(make);
    // Mocks of a user's own tests may keep nothing.
    return { lines: all.stdin.apply((text) => (text ? text.split("\n") : [])), all };
}

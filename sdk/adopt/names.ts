import { nameInTag } from "../garage/layout";
import { NODE_NAME } from "../validate/rules";
import type { Layout } from "./layoutFile";

interface Nameable {
    id: string;
    look: { host: { name: string } };
}

/** Names for the nodes: their first tags (this package's own, where it looked after them before) where these tell all of them apart, else the hosts' names, else a part of their ids. */
export function nodeNames(nodes: readonly Nameable[], layout: Layout | undefined): string[] {
    const tags = nodes.map(({ id }) => nameInTag(layout?.roles.find((role) => role.id === id)?.tags[0] ?? ""));
    const hosts = nodes.map(({ look }) => look.host.name.split(".")[0]!.toLowerCase());
    return [tags, hosts].find(fit) ?? nodes.map(({ id }) => `node-${id.slice(0, 8)}`);
}

function fit(names: readonly string[]): boolean {
    const { pattern, longest = Number.POSITIVE_INFINITY } = NODE_NAME;
    return new Set(names).size === names.length && names.every((name) => name.length <= longest && pattern.test(name));
}

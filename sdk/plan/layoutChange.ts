import * as semver from "semver";
import { layoutWords } from "../garage/layout";
import type { Reason } from "../policy";
import type { ClusterSpec } from "../spec";

/** What changes of a layout that no record of what was reached has: who takes whose place, and tags. */
export interface LayoutChange {
    /** The node that takes a lost one's place, and the lost one's id; one that did so long ago may stand in the program for ever. */
    replacing?: { name: string; id: string };
    /** Nodes with other tags than they had. */
    tagged: string[];
    /** Whatever else changes of the layout. */
    others: string[];
}

/** By the old line and the old sheet of `layout`; nothing where they can't be read. */
export function layoutChange(oldLine: unknown, oldSheet: unknown, spec: ClusterSpec): LayoutChange {
    if (typeof oldLine !== "string" || typeof oldSheet !== "string") return { tagged: [], others: [] };
    const [old, now] = [oldLine, layoutWords(spec)].map(wordsOf) as [Words, Words];
    const known = oldSheet.split("\n");
    const given = spec.nodes.flatMap(({ name, replace: id }) => (id === undefined ? [] : [{ name, id }]));
    const replacing = given.find(({ name, id }) => !known.includes(`replace ${name} ${id}`));
    const changed = [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
    return {
        ...(replacing ? { replacing } : {}),
        tagged: changed.filter((key) => old.has(key) && now.has(key) && tagsIn(old, key) !== tagsIn(now, key)),
        others: changed.filter((key) => key !== replacing?.name),
    };
}

type Words = Map<string, string>;
const wordsOf = (line: string): Words =>
    new Map([...line.matchAll(/(\S+?)=(\S+)/g)].map(([, key, said]) => [key!, said!]));
const tagsIn = (words: Words, node: string) => words.get(node)!.split(":")[2];

/** For the preview. */
export function describeLayoutChange({ replacing, tagged }: LayoutChange): string[] {
    return [
        ...(replacing
            ? [
                  `${replacing.name} takes the place of the node ${replacing.id.slice(0, 16)}: what that one has is given up for good, and the others copy to ${replacing.name} what it is to have, once they have all their blocks.`,
              ]
            : []),
        ...(tagged.length > 0
            ? [`Other tags: ${tagged.join(", ")}. A new version of the layout is applied, by which data may move.`]
            : []),
    ];
}

/**
 * Why it can't be done together with what else changes; `release` where another one is staged than last time. A lower one is what was set back, unless
 * `downgrades` are allowed: the nodes may never have reached what was staged, and a lost one has to be replaced.
 */
export function refusedLayoutChange(
    { replacing, tagged, others }: LayoutChange,
    release: { from: string; to: string } | undefined,
    downgrades = false,
): Reason | undefined {
    const option = replacing
        ? `nodes.${replacing.name}.replace`
        : tagged.map((name) => `nodes.${name}.tags`).join(", ");
    if (release !== undefined && (downgrades || semver.lt(release.from, release.to)) && option !== "")
        return {
            id: "nodes-and-release-changed",
            message: `${option}: changed together with version (${release.from} → ${release.to}). One thing at a time: set version back to "${release.from}", run \`pulumi up\`, and change version when the data have moved.`,
        };
    // What a moved stateVersion brings (capacities, after 0.8 → 0.9) the hosts do when the new node has its data; before it a lost one can't be replaced.
    const beside = others.filter((key) => key !== "sv");
    if (replacing === undefined || beside.length === 0) return undefined;
    return {
        id: "replace-and-layout-changed",
        message: `${option}: set together with another change of the layout (${beside.join(", ")}). One thing at a time: put that back, run \`pulumi up\`, and change it when ${replacing.name} has its data. Where the hosts say that it is done already: without: ["${replacing.name}"] in place of replace, \`pulumi up\`, and replace after that.`,
    };
}

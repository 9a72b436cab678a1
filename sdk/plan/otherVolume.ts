import type { Reason } from "../policy";

/**
 * Why a node can't have the volumes that it would get, by the old and the new sheet of its `leave`, which comes before anything of its machine:
 * a volume was named that isn't the node's, or the node's own is gone and there would be an empty one in its place.
 */
export function otherVolume(node: string, oldSheet: unknown, newSheet: unknown): Reason | undefined {
    const [old, now] = [oldSheet, newSheet].map(
        (text) =>
            new Map(
                String(text)
                    .match(LINE)
                    ?.map((line) => pairOf(line)),
            ),
    );
    for (const [name, id] of old!) {
        const other = now!.get(name);
        if (other === undefined || other === id) continue;
        return {
            id: "volume-changed",
            message: `nodes.${node}.aws.${name}VolumeId: the node's ${name} are on ${id}, and it would get ${other}. A node keeps its volumes; nothing of it was changed. Set ${name}VolumeId: "${id}". If that volume is gone, with all that was on it, also in a snapshot, set nodes.${node}.replace to the old node's id.`,
        };
    }
    return undefined;
}

const LINE = /^volume \S+ \S+/gm;
const pairOf = (line: string) => line.split(" ").slice(1) as [string, string];

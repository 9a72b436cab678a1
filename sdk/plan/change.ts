import { type Reason, SERIES, type Series, seriesOf } from "../policy";
import { Machines } from "./machines";
import type { ReleaseRecord as Reached } from "./record";

/** Why a change from what was reached to what is asked can't be done; all reasons at once, none if it can. */
export function refusedChanges(reached: Reached, asked: Reached, machines = new Machines()): Reason[] {
    return [
        ...removedNodes(reached, asked),
        ...oneThingAtATime(reached, asked),
        ...machinesAlone(reached, asked, machines),
        ...closedAlready(reached, asked),
        ...(reached.replicationFactor === asked.replicationFactor
            ? []
            : [
                  {
                      id: "replication-factor-changed",
                      message: `replicationFactor: ${asked.replicationFactor} is asked for, the cluster has ${reached.replicationFactor}. All nodes would have to change at once and every object be copied anew; there is no procedure for it yet. Set it back to ${reached.replicationFactor}, or make a second cluster and copy the buckets.`,
                  },
              ]),
        ...(reached.metadataDir === asked.metadataDir
            ? []
            : [
                  {
                      id: "metadata-dir-changed",
                      message: `metadataDir: "${asked.metadataDir}" is asked for, the cluster has "${reached.metadataDir}". A daemon started on an empty directory comes up healthy and without any object; there is no procedure for a move yet. Set it back to "${reached.metadataDir}". To use another disk keep the path: one node after the other, stop its garage, copy everything there (rsync -a), mount that disk at the path, start it.`,
                  },
              ]),
        ...(reached.rpcPort === asked.rpcPort
            ? []
            : [
                  {
                      id: "rpc-port-changed",
                      message: `rpcPort: ${asked.rpcPort} is asked for, the cluster talks on ${reached.rpcPort}. All nodes would have to change at once; there is no procedure for it yet. Set it back to ${reached.rpcPort}.`,
                  },
              ]),
    ];
}

function removedNodes(reached: Reached, asked: Reached): Reason[] {
    const reasons: Reason[] = [];
    for (const old of reached.nodes) {
        if (old.gateway) continue;
        const now = asked.nodes.find((node) => node.name === old.name);
        if (now === undefined)
            reasons.push({
                id: "storage-node-removed",
                message: `nodes.${old.name}: removed, but it holds data. Moving them away first (draining) isn't possible yet; a node that is dead for now goes into \`without\`. Put nodes.${old.name} back.`,
            });
        else if (now.gateway)
            reasons.push({
                id: "storage-node-to-gateway",
                message: `nodes.${old.name}.gateway: true is asked for, but it holds data. Moving them away first (draining) isn't possible yet. Give nodes.${old.name} its capacity back.`,
            });
    }
    return reasons;
}

/** A change of the release goes alone. Moving stateVersion closes a major upgrade, and may give capacities anew: data move. */
function oneThingAtATime(reached: Reached, asked: Reached): Reason[] {
    if (reached.version === asked.version) return [];
    const reasons: Reason[] = [];
    if (placesOf(reached) !== placesOf(asked))
        reasons.push({
            id: "nodes-and-release-changed",
            message: `nodes: they or their layout changed together with version (${reached.version} → ${asked.version}). One thing at a time: set version back to "${reached.version}" and change the nodes, or put the nodes back and change version.`,
        });
    if (reached.stateVersion !== asked.stateVersion && seriesOf(reached.version) === asked.stateVersion)
        reasons.push({
            id: "state-version-and-release-changed",
            message: `stateVersion: moved from "${reached.stateVersion}" to "${asked.stateVersion}" together with version (${reached.version} → ${asked.version}). One thing at a time: leave version at "${reached.version}", run \`pulumi up\`, and change version afterwards.`,
        });
    return reasons;
}

function machinesAlone(reached: Reached, asked: Reached, machines: Machines): Reason[] {
    if (reached.version !== asked.version) return machines.together(`version (${reached.version} → ${asked.version})`);
    return placesOf(reached) === placesOf(asked) ? [] : machines.together("the layout (nodes, zones, capacities)");
}

/** Who holds how much where. */
function placesOf({ nodes }: Reached): string {
    return nodes
        .map((node) => `${node.name}:${node.zone}:${node.capacityBytes ?? "gateway"}`)
        .sort()
        .join(",");
}

/** It only ever states a fact; a major upgrade that this stack knows as closed can't be asked for again. */
function closedAlready(reached: Reached, asked: Reached): Reason[] {
    const back = SERIES.indexOf(asked.stateVersion as Series) < SERIES.indexOf(reached.stateVersion as Series);
    if (!back || seriesOf(asked.version) !== reached.stateVersion) return [];
    return [
        {
            id: "state-version-back",
            message: `stateVersion: "${asked.stateVersion}" is asked for, but the data are of series ${reached.stateVersion}, as was declared before. It states what is on the disks; moving it back changes nothing there. Set it back to "${reached.stateVersion}".`,
        },
    ];
}

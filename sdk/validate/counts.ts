import { type Copies, writeQuorum } from "../garage/quorum";
import { type NodeSpec, takesPart } from "../spec";
import type { Reader } from "./reader";

/** Nodes enough for all copies, and enough of them left for a write. */
export function checkCounts(reader: Reader, nodes: NodeSpec[], without: string[], replication: Copies): void {
    const storage = nodes.filter((node) => !node.gateway);
    const { replicationFactor } = replication;
    if (nodes.length > 0 && storage.length < replicationFactor) {
        reader.complain("nodes", {
            given: `${storage.length} node(s) with a capacity`,
            what: `can't hold ${replicationFactor} copies of an object, each on a node of its own`,
            allowed: `at least replicationFactor (${replicationFactor}) nodes that aren't gateways`,
            todo: "Add nodes, or for a new cluster lower replicationFactor",
        });
    }
    if (without.length === 0 || storage.length < replicationFactor) return;
    const left = storage.filter(takesPart).length;
    const quorum = writeQuorum(replication);
    if (left >= quorum) return;
    reader.complain("without", {
        given: without.join(", "),
        what: `leaves ${left} node(s) with data, but a write needs ${quorum} of ${replicationFactor} copies`,
        allowed: `at most ${storage.length - quorum} node(s) with data`,
        todo: "Bring a host back, then go on",
    });
}

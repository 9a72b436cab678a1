import assert from "node:assert/strict";
import { refusedChanges } from "../../../sdk/plan/change";
import type { ReleaseRecord } from "../../../sdk/plan/record";

const reached: ReleaseRecord = {
    version: "0.8.6",
    stateVersion: "0.8",
    replicationFactor: 3,
    dbEngine: "lmdb",
    metadataDir: "/var/lib/garage/meta",
    rpcPort: 3901,
    nodes: [
        { name: "gate", zone: "par", gateway: true },
        { name: "london", zone: "lon", capacityBytes: 10, gateway: false },
        { name: "paris", zone: "par", capacityBytes: 10, gateway: false },
    ],
};
const [gate, london, paris] = reached.nodes as [
    ReleaseRecord["nodes"][0],
    ReleaseRecord["nodes"][0],
    ReleaseRecord["nodes"][0],
];

const rows: [string, Partial<ReleaseRecord>, string[]][] = [
    ["nothing changes", {}, []],
    ["another release alone", { version: "0.8.7" }, []],
    ["a larger node alone", { nodes: [gate, { ...london, capacityBytes: 20 }, paris] }, []],
    ["a new node alone", { nodes: [...reached.nodes, { ...paris, name: "rome" }] }, []],
    ["a gateway as a storage node", { nodes: [{ ...paris, name: "gate" }, london, paris] }, []],
    ["a gateway removed", { nodes: [london, paris] }, []],
    ["stateVersion and the capacities after a hop", { stateVersion: "0.9" }, []],
    ["another engine", { dbEngine: "sqlite" }, []],
    ["stateVersion moved back", { stateVersion: "0.7" }, ["state-version-back"]],
    // That is planUpgrade's to refuse.
    ["stateVersion and version moved back", { stateVersion: "0.7", version: "0.7.3" }, []],
    ["a storage node removed", { nodes: [gate, london] }, ["storage-node-removed"]],
    ["a storage node renamed", { nodes: [gate, london, { ...paris, name: "rome" }] }, ["storage-node-removed"]],
    [
        "a storage node as gateway",
        { nodes: [gate, london, { name: "paris", zone: "par", gateway: true }] },
        ["storage-node-to-gateway"],
    ],
    ["another replication factor", { replicationFactor: 2 }, ["replication-factor-changed"]],
    ["another RPC port", { rpcPort: 4901 }, ["rpc-port-changed"]],
    ["another metadata directory", { metadataDir: "/srv/meta" }, ["metadata-dir-changed"]],
    [
        "a release and a capacity at once",
        { version: "0.8.7", nodes: [gate, { ...london, capacityBytes: 20 }, paris] },
        ["nodes-and-release-changed"],
    ],
    [
        "everything at once",
        { version: "0.9.4", replicationFactor: 1, metadataDir: "/x", nodes: [gate] },
        [
            "metadata-dir-changed",
            "nodes-and-release-changed",
            "replication-factor-changed",
            "storage-node-removed",
            "storage-node-removed",
        ],
    ],
];

describe("what may change after a finished major upgrade", () => {
    const finished: ReleaseRecord = { ...reached, version: "0.9.4" };
    const ids = (change: Partial<ReleaseRecord>) =>
        refusedChanges(finished, { ...finished, ...change }).map((reason) => reason.id);

    it("stateVersion alone: allowed", () => assert.deepEqual(ids({ stateVersion: "0.9" }), []));

    for (const version of ["0.9.5", "1.3.1"])
        it(`stateVersion together with version ${version}: refused`, () =>
            assert.deepEqual(ids({ stateVersion: "0.9", version }), ["state-version-and-release-changed"]));
});

describe("what may change together", () => {
    for (const [what, change, ids] of rows)
        it(`${what}: ${ids.length === 0 ? "allowed" : ids.join(", ")}`, () => {
            const reasons = refusedChanges(reached, { ...reached, ...change });
            assert.deepEqual(reasons.map((reason) => reason.id).sort(), ids);
            for (const { message } of reasons) assert.ok(message.length > 40);
            const moved = reasons.find((reason) => reason.id === "metadata-dir-changed");
            if (moved)
                assert.match(moved.message, /no procedure .* yet\. Set it back .*\. To use another disk keep the path/);
        });
});

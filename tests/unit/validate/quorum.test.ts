import { strictEqual } from "node:assert";
import { writeQuorum } from "../../../sdk/validate/operation";

describe("writeQuorum", () => {
    // src/rpc/replication_mode.rs of Garage 0.8.7 (1 to 3) and of 1.x (the rest).
    const rows: [number, string, number][] = [
        [1, "consistent", 1],
        [2, "consistent", 2],
        [2, "dangerous", 1],
        [3, "consistent", 2],
        [3, "degraded", 2],
        [3, "dangerous", 1],
        [4, "consistent", 3],
        [5, "consistent", 3],
        [5, "degraded", 3],
        [7, "consistent", 4],
    ];
    for (const [replicationFactor, consistencyMode, quorum] of rows)
        it(`${replicationFactor} ${consistencyMode} → ${quorum}`, () =>
            strictEqual(writeQuorum({ replicationFactor, consistencyMode }), quorum));
});

import { strictEqual } from "node:assert";
import { type Copies, readQuorum, writeQuorum } from "../../../sdk/garage/quorum";

describe("how many copies a write and a read need", () => {
    // src/rpc/replication_mode.rs of Garage 0.8.7 (1 to 3) and of 1.x (the rest).
    const rows: [number, Copies["consistencyMode"], number, number][] = [
        [1, "consistent", 1, 1],
        [2, "consistent", 2, 1],
        [2, "dangerous", 1, 1],
        [3, "consistent", 2, 2],
        [3, "degraded", 2, 1],
        [3, "dangerous", 1, 1],
        [4, "consistent", 3, 2],
        [5, "consistent", 3, 3],
        [5, "degraded", 3, 1],
        [7, "consistent", 4, 4],
    ];
    for (const [replicationFactor, consistencyMode, write, read] of rows)
        it(`${replicationFactor} ${consistencyMode} → ${write}, ${read}`, () => {
            strictEqual(writeQuorum({ replicationFactor, consistencyMode }), write);
            strictEqual(readQuorum({ replicationFactor, consistencyMode }), read);
        });
});

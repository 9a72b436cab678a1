import assert from "node:assert/strict";
import { describeUndone } from "../../../sdk/plan/describeUndone";

const facts = { nodes: ["london", "paris", "rome"], replicationFactor: 3 };

describe("describeUndone", () => {
    it("says which nodes restart where a roll is set back half-way, and how", () => {
        assert.deepEqual(describeUndone("2.5.0", "none", "2.4.0", facts), [
            "The roll to 2.5.0, which wasn't finished, is undone: nodes that had moved restart with 2.4.0, the others stay, unless their configuration changes; one node at a time: london → paris → rome. S3 stays up.",
        ]);
    });

    for (const [kind, to] of [
        ["none", "1.3.0"],
        ["patch", "1.3.1"],
    ] as const)
        it(`says that S3 comes on where a major upgrade is set back (${kind})`, () => {
            const [said] = describeUndone("2.5.0", kind, to, facts);
            assert.match(said!, /^The major upgrade to 2\.5\.0, which wasn't finished, is called off/);
            assert.match(said!, /as long as step 7 \(migrate\) has begun on no node.*restart.*S3 on.*hosts refuse/);
        });

    for (const [what, before, kind, to] of [
        ["the same release was asked for", "2.4.0", "none", "2.4.0"],
        ["nothing was staged", undefined, "none", "2.4.0"],
        ["the plan says it", "2.5.0", "patch", "2.4.0"],
        ["a major upgrade is asked for", "1.3.0", "major", "2.5.0"],
        ["it is refused", "2.5.0", "refused", "1.3.0"],
    ] as const)
        it(`says nothing where ${what}`, () => assert.deepEqual(describeUndone(before, kind, to, facts), []));
});

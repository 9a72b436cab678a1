import assert from "node:assert/strict";
import { describePlan } from "../../../sdk/plan/describePlan";
import { planUpgrade } from "../../../sdk/policy";

const facts = { nodes: ["london", "paris", "rome"], replicationFactor: 3 };

describe("describePlan", () => {
    it("a patch upgrade is one sentence", () => {
        const plan = planUpgrade({ from: "0.8.6", to: "0.8.7", stateVersion: "0.8" });
        assert.equal(
            describePlan(plan, facts),
            "0.8.6 → 0.8.7: patch upgrade, one node at a time: london → paris → rome. S3 stays up.",
        );
    });

    it("a roll at replication factor 1 or 2 says what it interrupts", () => {
        const plan = planUpgrade({ from: "0.8.6", to: "0.8.7", stateVersion: "0.8" });
        assert.match(describePlan(plan, { ...facts, replicationFactor: 1 }), /neither read nor written/);
        assert.match(
            describePlan(plan, { ...facts, replicationFactor: 2 }),
            /writes fail \(they need 2 of 2 copies\); reads go on/,
        );
        assert.match(
            describePlan(plan, { ...facts, replicationFactor: 2, consistencyMode: "dangerous" }),
            /S3 stays up/,
        );
        for (const replicationFactor of [1, 2])
            assert.doesNotMatch(describePlan(plan, { ...facts, replicationFactor }), /S3 stays up/);
    });

    it("a roll with nodes left out says what one more that is down takes away", () => {
        const plan = planUpgrade({ from: "0.8.6", to: "0.8.7", stateVersion: "0.8" });
        const says = (more: object) => describePlan(plan, { ...facts, leftOut: 1, ...more });
        assert.match(
            says({}),
            /1 of the storage nodes left out: .*reads and writes fail .* only 1 of 3 copies up\. Bring it/,
        );
        assert.match(says({ consistencyMode: "degraded" }), / writes fail for all that has only 1 of 3 copies up/);
        assert.match(says({ consistencyMode: "dangerous" }), /S3 stays up/);
        assert.match(says({ replicationFactor: 5 }), /S3 stays up/);
    });

    it("a patch downgrade is called one", () => {
        const plan = planUpgrade({ from: "0.8.7", to: "0.8.6", stateVersion: "0.8", allowPatchDowngrade: true });
        assert.match(describePlan(plan, facts), /^0\.8\.7 → 0\.8\.6: patch downgrade/);
    });

    it("a major upgrade names its steps, its outage and what to read", () => {
        const plan = planUpgrade({ from: "0.8.7", to: "0.9.4", stateVersion: "0.8" });
        const text = describePlan(plan, facts);
        assert.match(
            text,
            /^Garage 0\.8\.7 → 0\.9\.4: major upgrade\. S3 and web are off from step 2 to step 9, expected 14 min \(/,
        );
        assert.match(
            text,
            /Steps: 1 preflight → 2 quiesce → 3 repair → 4 drain → 5 halt → 6 halted → 7 migrate → 8 verify → 9 resume\./,
        );
        assert.match(text, /multipart uploads that are under way are lost/);
        assert.match(text, /Read https:\/\/\S+\/tag\/v0\.9\.4 and https:\/\/\S+\/migration-09\/; rehearse first\.$/);
    });

    it("a settled drain and the short strategy take less time, the latter fewer steps", () => {
        const plan = planUpgrade({ from: "0.9.4", to: "1.3.0", stateVersion: "0.9" });
        assert.match(describePlan(plan, { ...facts, drain: "settled" }), /step 2 to step 9, expected 3 min/);
        const short = describePlan(plan, { ...facts, strategy: "short" });
        assert.match(short, /step 5 to step 7, expected 1 min/);
        assert.doesNotMatch(short, /quiesce/);
    });

    it("a major upgrade without memory doesn't invent a release", () => {
        assert.match(
            describePlan(planUpgrade({ to: "0.9.4", stateVersion: "0.8" }), facts),
            /^Garage of series 0\.8 → 0\.9\.4: major/,
        );
    });

    const created = (more: object) =>
        describePlan(planUpgrade({ to: "2.5.0", stateVersion: "2" }), { ...facts, ...more });
    for (const [what, more, says] of [
        ["one copy", { replicationFactor: 1 }, /Replication factor 1: one copy.*can't be changed later/],
        [
            "two copies",
            { replicationFactor: 2 },
            /Replication factor 2: .*writes fail whenever any node is down; reads go on/,
        ],
        ["one zone", { zones: 1 }, /All nodes are in one zone: .*all 3 copies/],
    ] as const)
        it(`the first preview says what it means: ${what}`, () => {
            assert.match(created(more), says);
            const later = planUpgrade({ from: "2.5.0", to: "2.5.0", stateVersion: "2" });
            assert.doesNotMatch(describePlan(later, { ...facts, ...more }), /factor \d|one zone/);
        });

    it("the first preview has nothing to say of three copies in zones of their own, nor of one copy in one zone", () => {
        assert.doesNotMatch(created({ zones: 3 }), /factor|zone/);
        assert.doesNotMatch(created({ replicationFactor: 2, consistencyMode: "dangerous", zones: 2 }), /factor|zone/);
        assert.doesNotMatch(created({ replicationFactor: 1, zones: 1 }), /zone/);
    });

    it("an unset version is said where hosts may be rolled by it, one that is set isn't", () => {
        const plan = planUpgrade({ stateVersion: "0.8" });
        assert.match(
            describePlan(plan, { ...facts, versionSet: false }),
            /version isn't set: 0\.8\.7 is the newest.*hosts that run an older one.*Set version: "0\.8\.7"/,
        );
        assert.doesNotMatch(describePlan(plan, facts), /isn't set/);
    });

    it("a refusal lists every reason with its id", () => {
        const text = describePlan(planUpgrade({ from: "0.8.7", to: "1.3.0", stateVersion: "1" }), facts);
        assert.match(text, /refused, and nothing is changed/);
        assert.match(text, /\[state-version-ahead\]\n.*\[skips-series\]/);
    });
});

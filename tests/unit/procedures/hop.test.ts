import assert from "node:assert/strict";
import { HOPS } from "../../../sdk/policy";
import { HOP_STEPS, hop } from "../../../sdk/procedures/hop";
import { stepsLine } from "../../../sdk/procedures/procedure";
import { spec } from "../support";

describe("the steps of a major upgrade", () => {
    it("are nine, under the numbers that lie in users' states", () => {
        assert.deepEqual(
            HOP_STEPS.full.map(({ number, verb }) => `${number} ${verb}`),
            [
                "1 preflight",
                "2 quiesce",
                "3 repair",
                "4 drain",
                "5 halt",
                "6 halted",
                "7 migrate",
                "8 verify",
                "9 resume",
            ],
        );
    });

    it("are eight the short way: without quiesce, under the same numbers", () => {
        assert.deepEqual(
            HOP_STEPS.short.map(({ number, verb }) => `${number} ${verb}`),
            HOP_STEPS.full.filter(({ verb }) => verb !== "quiesce").map(({ number, verb }) => `${number} ${verb}`),
        );
    });

    for (const [way, steps] of Object.entries(HOP_STEPS))
        it(`take nothing that no step before them gave (${way})`, () =>
            steps.forEach((step, index) => {
                const given = steps.slice(0, index).flatMap(({ gives }) => gives ?? []);
                for (const key of step.takes) assert.ok(given.includes(key), `${step.verb} takes ${key}`);
            }));
});

describe("the procedure of a major upgrade", () => {
    it("tells the hosts what this one needs", () => {
        const asked = hop("0.8->0.9", spec({ stateVersion: "0.8", version: "0.9.4" }));
        assert.equal(asked.name, "0.8-to-0.9");
        assert.deepEqual(asked.facts, [
            "ports rpc=3901 s3=3900 web=3902 admin=3903",
            "replicationfactor 3",
            "minfrom 0.8.7",
            "offlinerepair none",
            "capacityunits change",
        ]);
        assert.match(stepsLine(asked), /^steps preflight:cluster quiesce:node repair:cluster drain:cluster halt:node /);
    });

    it("is there for each of the hops", () => {
        for (const { name, from, to } of HOPS) assert.equal(hop(name, spec()).name, `${from}-to-${to}`);
    });
});

import assert from "node:assert/strict";
import { type Plan, planUpgrade } from "../../../sdk/policy";

/**
 * The rule, written out by hand from the design and not computed: one grid a stateVersion, a row a `from`, a column a
 * `to`, in the order of VERSIONS. c create, n none, p patch, M major, · refused.
 */
const VERSIONS = ["0.7.0", "0.8.0", "0.8.6", "0.8.7", "0.9.0", "0.9.4", "1.0.0", "1.3.0", "2.0.0", "2.5.0"];
const KINDS: Record<string, Plan["kind"]> = { c: "create", n: "none", p: "patch", M: "major", "·": "refused" };

const GRIDS: Record<string, Record<string, string>> = {
    "0.7": {
        none: "cMMM······",
        "0.7.0": "nMMM······",
        "0.8.0": "·n········",
        "0.8.6": "··n·······",
        "0.8.7": "···n······",
        "0.9.0": "··········",
        "0.9.4": "··········",
        "1.0.0": "··········",
        "1.3.0": "··········",
        "2.0.0": "··········",
        "2.5.0": "··········",
    },
    "0.8": {
        none: "·cccMM····",
        "0.7.0": "··········",
        "0.8.0": "·nppMM····",
        "0.8.6": "··npMM····",
        "0.8.7": "···nMM····",
        "0.9.0": "····n·····",
        "0.9.4": "·····n····",
        "1.0.0": "··········",
        "1.3.0": "··········",
        "2.0.0": "··········",
        "2.5.0": "··········",
    },
    "0.9": {
        none: "····ccMM··",
        "0.7.0": "··········",
        "0.8.0": "··········",
        "0.8.6": "··········",
        "0.8.7": "··········",
        "0.9.0": "····npMM··",
        "0.9.4": "·····nMM··",
        "1.0.0": "······n···",
        "1.3.0": "·······n··",
        "2.0.0": "··········",
        "2.5.0": "··········",
    },
    "1": {
        none: "······ccMM",
        "0.7.0": "··········",
        "0.8.0": "··········",
        "0.8.6": "··········",
        "0.8.7": "··········",
        "0.9.0": "··········",
        "0.9.4": "··········",
        "1.0.0": "······npMM",
        "1.3.0": "·······nMM",
        "2.0.0": "········n·",
        "2.5.0": "·········n",
    },
    "2": {
        none: "········cc",
        "0.7.0": "··········",
        "0.8.0": "··········",
        "0.8.6": "··········",
        "0.8.7": "··········",
        "0.9.0": "··········",
        "0.9.4": "··········",
        "1.0.0": "··········",
        "1.3.0": "··········",
        "2.0.0": "········np",
        "2.5.0": "·········n",
    },
};

/** The only cells that allowPatchDowngrade changes, and all of them become `patch`. */
const DOWNGRADES: [stateVersion: string, from: string, to: string][] = [
    ["0.8", "0.8.6", "0.8.0"],
    ["0.8", "0.8.7", "0.8.0"],
    ["0.8", "0.8.7", "0.8.6"],
    ["0.9", "0.9.4", "0.9.0"],
    ["1", "1.3.0", "1.0.0"],
    ["2", "2.5.0", "2.0.0"],
];

const HOP_OF: Record<string, string> = { "0.7": "0.7->0.8", "0.8": "0.8->0.9", "0.9": "0.9->1", "1": "1->2" };

describe("planUpgrade: every pair of releases with every stateVersion", () => {
    for (const [stateVersion, rows] of Object.entries(GRIDS)) {
        for (const [row, letters] of Object.entries(rows)) {
            const from = row === "none" ? undefined : row;
            [...letters].forEach((letter, column) => {
                const to = VERSIONS[column]!;
                it(`stateVersion ${stateVersion}: ${row} → ${to} is ${KINDS[letter]}`, () => {
                    const plan = planUpgrade({ from, to, stateVersion });
                    assert.equal(plan.kind, KINDS[letter], JSON.stringify(plan.reasons));
                    assert.equal(plan.to, to);
                    assert.equal(plan.from, from);
                    assert.equal(plan.hop, letter === "M" ? HOP_OF[stateVersion] : undefined);
                    assert.equal(plan.reasons.length > 0, letter === "·");
                    if (letter === "·") assert.equal(plan.next, undefined);
                });
            });
        }
    }

    it("allowPatchDowngrade opens the way down inside of stateVersion's series, and nothing else", () => {
        for (const [stateVersion, rows] of Object.entries(GRIDS)) {
            for (const [row, letters] of Object.entries(rows)) {
                [...letters].forEach((letter, column) => {
                    const to = VERSIONS[column]!;
                    const from = row === "none" ? undefined : row;
                    const opened = DOWNGRADES.some(([s, f, t]) => s === stateVersion && f === from && t === to);
                    const { kind } = planUpgrade({ from, to, stateVersion, allowPatchDowngrade: true });
                    assert.equal(kind, opened ? "patch" : KINDS[letter], `${stateVersion}: ${from} → ${to}`);
                });
            }
        }
    });
});

import assert from "node:assert/strict";
import { otherCluster } from "../../../sdk/plan/otherCluster";

const id = (letter: string) => letter.repeat(64);
const peer = (name: string, letter: string, role = "storage") => `peer ${name} ${id(letter)} ${name}:3901 ${role} in\n`;
const out = (letter: string) => peer(letter, letter).replace(" in\n", " without\n");
const sheet = (...letters: string[]) => `lines 9\n${letters.map((letter, i) => peer(`n${i}`, letter)).join("")}`;

describe("otherCluster", () => {
    const rows: [what: string, old: unknown, now: unknown, replaced: string[], refused: boolean][] = [
        ["all nodes are others", sheet("a", "b", "c"), sheet("d", "e", "f"), [], true],
        ["the only node is another one", sheet("a"), sheet("d"), [], true],
        [
            "a gateway alone is left",
            sheet("a") + peer("gw", "0", "gateway"),
            sheet("d") + peer("gw", "0", "gateway"),
            [],
            true,
        ],
        ["one node is left", sheet("a", "b", "c"), sheet("d", "e", "c"), [], false],
        ["nodes have changed their names", sheet("a", "b"), sheet("b", "a"), [], false],
        ["the only node is replaced, and said to be", sheet("a"), sheet("d"), ["a".repeat(16)], false],
        ["the only one left is left out", sheet("a", "b", "c"), sheet("d", "e") + out("c"), [], true],
        [
            "one that was left out is back, and the others are left out",
            sheet("a") + out("b"),
            sheet("b") + out("a"),
            [],
            false,
        ],
        [
            "one of them is replaced, and the others are new",
            sheet("a", "b", "c"),
            sheet("d", "e", "f"),
            ["c".repeat(16)],
            true,
        ],
        ["another one is said to be replaced", sheet("a"), sheet("d"), ["b".repeat(16)], true],
        ["the ids aren't known yet", sheet("a"), { __pulumiUnknown: true }, [], false],
        ["the stack had no sheet", undefined, sheet("a"), [], false],
    ];
    for (const [what, old, now, replaced, refused] of rows)
        it(`${refused ? "refuses" : "lets pass"} where ${what}`, () => {
            assert.equal(otherCluster(old, now, replaced)?.id, refused ? "hosts-all-new" : undefined);
        });
});

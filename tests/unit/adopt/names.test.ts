import assert from "node:assert/strict";
import { nodeNames } from "../../../sdk/adopt/names";
import { idOf } from "./support";

const ROWS: [what: string, tags: string[][], hosts: string[], names: string[]][] = [
    ["their first tags", [["paris", "ssd"], ["rome"]], ["a", "b"], ["paris", "rome"]],
    ["what this package has called them before", [["node=paris", "ssd"], ["node=rome"]], ["a", "b"], ["paris", "rome"]],
    ["the hosts' names where a tag is missing", [["paris"], []], ["Alpha.example.org", "beta"], ["alpha", "beta"]],
    ["the hosts' names where two share a tag", [["ssd"], ["ssd"]], ["a", "b"], ["a", "b"]],
    ["the hosts' names where a tag is no name", [["node one"], ["x"]], ["a", "b"], ["a", "b"]],
    ["a part of their ids where the hosts share a name", [[], []], ["vm", "vm"], ["node-11111111", "node-22222222"]],
    ["a part of their ids where a host's name is a number", [[], []], ["1", "b"], ["node-11111111", "node-22222222"]],
    [
        "a part of their ids where a host's name is too long",
        [[], []],
        ["a".repeat(33), "b"],
        ["node-11111111", "node-22222222"],
    ],
];

describe("nodes are called by", () => {
    for (const [what, tags, hosts, names] of ROWS)
        it(what, () => {
            const roles = tags.map((each, at) => ({ id: idOf(at), zone: "z", capacity: 1, tags: each }));
            const nodes = hosts.map((name, at) => ({ id: idOf(at), look: { host: { name } } }));
            assert.deepEqual(nodeNames(nodes, { version: 1, roles, staged: false, live: 1 }), names);
        });

    it("a part of their ids or the hosts' names where there is no layout", () =>
        assert.deepEqual(nodeNames([{ id: idOf(0), look: { host: { name: "a" } } }], undefined), ["a"]));
});

import assert from "node:assert/strict";
import { layoutWords } from "../../../sdk/garage/layout";
import { describeLayoutChange, layoutChange, refusedLayoutChange } from "../../../sdk/plan/layoutChange";
import { paris, specOf } from "../support";

const LOST = "9".repeat(64);
const line = `sudo -n garage-node layout ${layoutWords(specOf(paris({})))}`;
const sheet = (...more: string[]) => ["lines 9", "node london", ...more, ""].join("\n");
const LONG_AGO = sheet(`replace paris ${LOST}`);
const release = { from: "2.4.0", to: "2.5.0" };

const london = (changes: object) => {
    const args = paris({ replace: LOST });
    const nodes = args.nodes as Record<string, object>;
    return { ...args, nodes: { ...nodes, london: { ...nodes.london, ...changes } } };
};
const changed = (args: unknown, oldSheet: unknown = sheet(), oldLine: unknown = line) =>
    layoutChange(oldLine, oldSheet, specOf(args));
const refusedId = (...[change, by]: Parameters<typeof refusedLayoutChange>) => refusedLayoutChange(change, by)?.id;

describe("a change of the layout that no record has", () => {
    it("is a node that takes another one's place, and tags", () => {
        assert.deepEqual(changed(paris({ replace: LOST })), {
            replacing: { name: "paris", id: LOST },
            tagged: [],
            others: [],
        });
        assert.deepEqual(changed(paris({ tags: ["ssd"] })), { tagged: ["paris"], others: ["paris"] });
        assert.deepEqual(changed(paris({ capacity: "2T" })), { tagged: [], others: ["paris"] });
    });

    it("is none where a replacement of long ago stands in the program, or is taken out, whatever else changes", () => {
        for (const args of [paris({ replace: LOST }), paris({})]) {
            const change = changed(args, LONG_AGO);
            assert.deepEqual(change, { tagged: [], others: [] });
            assert.deepEqual([describeLayoutChange(change), refusedId(change, release)], [[], undefined]);
        }
        assert.equal(refusedId(changed(london({ capacity: "2T" }), LONG_AGO), undefined), undefined);
    });

    it("is none where the old one isn't known", () => {
        for (const unknown of [null, { __pulumiUnknown: true }])
            assert.deepEqual(changed(paris({ replace: LOST }), unknown, unknown), { tagged: [], others: [] });
    });

    it("is said: what is given up, and that data move", () => {
        assert.match(
            describeLayoutChange(changed(paris({ replace: LOST }))).join(),
            /^paris takes the place of the node 9{16}: what that one has is given up for good, and the others copy/,
        );
        assert.match(
            describeLayoutChange(changed(paris({ tags: ["ssd"] }))).join(),
            /^Other tags: paris\. A new version of the layout/,
        );
    });

    it("is refused together with another release", () => {
        for (const [change, option] of [
            [{ replace: LOST }, "nodes.paris.replace"],
            [{ tags: ["ssd"] }, "nodes.paris.tags"],
        ] as const) {
            const refused = refusedLayoutChange(changed(paris(change)), release)!;
            assert.equal(refused.id, "nodes-and-release-changed");
            assert.ok(refused.message.startsWith(`${option}: changed together with version (2.4.0 → 2.5.0)`));
            assert.equal(refusedId(changed(paris(change)), undefined), undefined);
            const setBack = { from: "2.5.0", to: "2.4.0" };
            assert.equal(
                refusedId(changed(paris(change)), setBack),
                undefined,
                "which the nodes may never have reached",
            );
            assert.equal(refusedLayoutChange(changed(paris(change)), setBack, true)?.id, "nodes-and-release-changed");
        }
        assert.equal(refusedId(changed(paris({ capacity: "2T" })), release), undefined, "wall 2 has that");
    });

    it("goes with a moved stateVersion, before which a host that was lost in a major upgrade can't be replaced", () => {
        const [was, is] = ["0.8", "0.9"].map((stateVersion) => ({ stateVersion, version: "0.9.4" }));
        const old = `garage-node layout ${layoutWords(specOf(paris({}, was)))}`;
        const change = changed({ ...london({}), ...is }, sheet(), old);
        assert.deepEqual([change.replacing?.name, change.others], ["paris", ["sv"]]);
        assert.equal(refusedId(change, undefined), undefined);
        assert.match(
            refusedLayoutChange(changed({ ...london({ capacity: "2T" }), ...is }, sheet(), old), undefined)!.message,
            /another change of the layout \(london\)/,
        );
    });

    it("is refused beside another node's change, and not beside the new node's own", () => {
        assert.equal(refusedId(changed(paris({ replace: LOST, capacity: "2T", zone: "lyo" })), undefined), undefined);
        for (const change of [{ capacity: "2T" }, { zone: "mad" }, { tags: ["ssd"] }])
            assert.match(
                refusedLayoutChange(changed(london(change)), undefined)!.message,
                /^nodes\.paris\.replace: set together with another change of the layout \(london\)/,
            );
    });
});

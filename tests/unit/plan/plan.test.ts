import assert from "node:assert/strict";
import { plan } from "../../../sdk/plan/plan";
import { parseReleaseWords, recordOf, releaseWords } from "../../../sdk/plan/record";
import { goodArgs, paris, spec, specOf } from "../support";

type Fields = Record<string, unknown>;

const OLD = { stateVersion: "0.8", version: "0.8.6" };

/** From what was reached with the one to what the other asks for. */
const planned = (before: Fields | undefined, after: Fields) =>
    plan(before && recordOf(spec(before)), spec({ ...OLD, ...after }));

describe("plan", () => {
    it("judges by the same record that a line keeps", () => {
        const edge = paris({ capacity: undefined, gateway: true, tags: ["x"] }, { replicationFactor: 2 });
        for (const each of [spec(), specOf(edge)])
            assert.deepEqual(recordOf(each), parseReleaseWords(releaseWords(each)));
    });

    const rows: [what: string, before: Fields | undefined, after: Fields, kind: string, ids: string[]][] = [
        ["a stack without memory", undefined, {}, "create", []],
        ["nothing changes", OLD, {}, "none", []],
        ["another patch release", OLD, { version: "0.8.7" }, "patch", []],
        ["the next series", OLD, { version: "0.9.4" }, "major", []],
        ["the next series, by a stack without memory", undefined, { version: "0.9.4" }, "major", []],
        ["a patch downgrade", OLD, { version: "0.8.5" }, "refused", ["patch-downgrade"]],
        ["one that is allowed", OLD, { version: "0.8.5", allowPatchDowngrade: true }, "patch", []],
        ["a default that has moved", OLD, { version: undefined }, "refused", ["default-moved"]],
        ["another metadata directory", OLD, { metadataDir: "/srv/meta" }, "refused", ["metadata-dir-changed"]],
    ];
    for (const [what, before, after, kind, ids] of rows)
        it(`${what}: ${kind}${ids.length > 0 ? ` (${ids.join(", ")})` : ""}`, () => {
            const change = planned(before, after);
            assert.equal(change.kind, kind);
            assert.deepEqual(
                change.reasons.map(({ id }) => id),
                ids,
            );
        });

    it("has the steps that a major upgrade takes, of the way that is asked for, and none for what a roll does", () => {
        const short = { version: "1.3.1", majorUpgrade: { strategy: "short" } };
        const from = { stateVersion: "0.9", version: "0.9.4" };
        const { procedure } = planned(from, { ...from, ...short });
        assert.equal(procedure?.name, "0.9-to-1");
        assert.equal(procedure.steps.length, 8);
        assert.equal(planned(OLD, { version: "0.8.7" }).procedure, undefined);
    });

    it("gives all reasons at once, by the rule of versions and by the record", () => {
        const asked = spec({ stateVersion: "0.7", version: "0.8.7", rpcPort: 4901 });
        const reached = { ...recordOf(asked), version: "0.9.4", stateVersion: "0.9", rpcPort: 3901 };
        assert.deepEqual(
            plan(reached, asked).reasons.map(({ id }) => id),
            ["state-version-behind", "series-downgrade", "rpc-port-changed"],
        );
    });

    it("says what will happen before what is to be known of it", () => {
        const { notes } = planned(OLD, { version: "0.8.7", skipChecks: ["free-disk"], without: ["rome"] });
        assert.match(notes[0]!, /^0\.8\.6 → 0\.8\.7: patch upgrade, one node at a time: london → paris\./);
        assert.deepEqual(notes.slice(1), [
            "Checks waived: free-disk.",
            "Left out, not dialled: rome. Its resources that go, or come back, run nothing there now.",
        ]);
    });

    it("says what a moved stateVersion does: to the record, and after 0.8 → 0.9 to the capacities", () => {
        const moved = (from: string, to: string, version: string) =>
            plan(recordOf(spec({ stateVersion: from, version })), spec({ stateVersion: to, version }));
        const { kind, notes } = moved("0.8", "0.9", "0.9.4");
        assert.equal(kind, "none");
        assert.match(notes[1]!, /^The capacities as declared are assigned now/);
        assert.match(notes[2]!, /^The resources that go are the record of the finished upgrade/);
        assert.equal(moved("0.9", "1", "1.3.1").notes.length, 2);
    });

    it("warns of a checksum that nobody knows only where a release is fetched", () => {
        const unknown = ({ warnings }: { warnings: string[] }) => warnings.some((each) => /^No checksum/.test(each));
        assert.ok(unknown(planned(OLD, { version: "0.8.7" })));
        assert.ok(!unknown(planned(OLD, {})));
    });

    it("names a gateway that goes, though nothing is refused", () => {
        const edge = { zone: "par", gateway: true, ssh: { host: "192.0.2.9" } };
        const change = planned({ ...OLD, nodes: { ...(goodArgs().nodes as Fields), edge } }, {});
        assert.deepEqual(change.reasons, []);
        assert.match(change.takenOut[0]!, /^nodes\.edge is taken out/);
    });
});

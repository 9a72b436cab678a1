import * as assert from "node:assert/strict";
import { refusedChanges } from "../../../sdk/plan/change";
import { parseReleaseWords, type ReleaseRecord } from "../../../sdk/plan/record";
import { planUpgrade } from "../../../sdk/policy";
import { FakeHost, METADATA } from "./fakeHost";

const NODES = [
    "a:z1:1000,b:z2:1000,c:z3:1000",
    "a:z1:1000,b:z2:1000,c:z3:1000,d:z1:1000",
    "a:z1:1000,c:z3:1000",
    "a:z1:1000,b:z2:gateway,c:z3:1000,d:z1:1000",
    "a:z1:1000,b:z2:1000,c:z3:1000,edge:z1:gateway",
];
const VERSIONS = [
    ["0.8.7", "0.8"],
    ["0.9.3", "0.8"],
    ["0.9.4", "0.8"],
    ["0.9.3", "0.9"],
    ["0.9.4", "0.9"],
];
const RECORDS = VERSIONS.flatMap(([version, stateVersion]) =>
    NODES.map(
        (nodes) =>
            `${version} stateVersion=${stateVersion} replicationFactor=3 dbEngine=lmdb metadataDir=/var/lib/garage/meta rpcPort=3901 nodes=${nodes}`,
    ),
);

/** What the records tell together, and no ledger by itself. */
const ONLY_TOGETHER = [
    ...[
        "nodes-and-release-changed",
        "state-version-and-release-changed",
        "state-version-back",
        "set-state-version-first",
    ],
    ...["storage-node-removed", "storage-node-to-gateway"],
];

function byTheStack(had: ReleaseRecord, asked: ReleaseRecord): string[] {
    const plan = planUpgrade({ from: had.version, to: asked.version, stateVersion: asked.stateVersion });
    return [...plan.reasons, ...refusedChanges(had, asked)]
        .map(({ id }) => id)
        .filter((id) => ONLY_TOGETHER.includes(id));
}

describe("what was reached against what is asked, told by the stack's record and by the node that has it too", function () {
    this.timeout(60_000);

    it("gives the same refusals for every pair of records, so that without a preview nothing is begun either", () => {
        const host = FakeHost.like();
        const pairs = RECORDS.flatMap((had) => RECORDS.map((asked) => [had, asked] as const));
        const script = pairs.map(
            ([had, asked]) => `HAD='${had}'; ASKED='${asked}'; (stage_refuse_together "" && echo yes) || true`,
        );
        const fakes = `
            fail() { echo "$1"; exit 1; }
            ledger_get() { give "$HAD" "$2"; }
            sheet_get() { give "$ASKED" "$2"; }
        `;
        host.write("/cases", fakes + script.join("\n"));
        const run = host.lib('source "$GARAGE_NODE_ROOT/cases"');
        const said = run.stdout.trim().split("\n");
        assert.equal(said.length, pairs.length, run.stderr);
        const differ = pairs.filter(([had, asked], i) => {
            const wanted = byTheStack(parseReleaseWords(had)!, parseReleaseWords(asked)!);
            return wanted.length === 0 ? said[i] !== "yes" : !wanted.includes(said[i]!);
        });
        assert.deepEqual(differ, []);
        for (const id of ONLY_TOGETHER) assert.ok(said.includes(id), id);
        host.remove();
    });

    it("refuses in `stage`, by the record in the ledger; a ledger without one refuses nothing", () => {
        const host = FakeHost.like("2.4.0");
        const record = (version: string, nodes: string) =>
            `record ${version} stateVersion=2 replicationFactor=3 dbEngine=lmdb metadataDir=${METADATA} rpcPort=3901 nodes=${nodes}`;
        const stage = () => host.stage("2.5.0", ["sv=2"], (lines) => [...lines, record("2.5.0", NODES[1]!)]);
        assert.equal(stage().code, 0);
        host.append(`${METADATA}/garage-node.ledger`, `${record("2.4.0", NODES[0]!)}\n`);
        const refused = stage();
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /nothing was started or stopped.*\[nodes-and-release-changed\]/);
        host.remove();
    });

    it("forgets it by another `reapply`, once: a node that was left out meanwhile hasn't heard what the others reached", () => {
        const host = FakeHost.like("2.4.0");
        const record = (version: string, nodes: string) =>
            `record ${version} stateVersion=2 replicationFactor=3 dbEngine=lmdb metadataDir=${METADATA} rpcPort=3901 nodes=${nodes}`;
        const stage = (words: string[]) =>
            host.stage("2.5.0", ["sv=2", ...words], (lines) => [...lines, record("2.5.0", NODES[1]!)]);
        const reached = () => host.append(`${METADATA}/garage-node.ledger`, `${record("2.4.0", NODES[0]!)}\n`);
        reached();
        assert.match(
            stage([]).stderr,
            /Was paris left out .*nodes\.paris\.reapply to a new text.*\[nodes-and-release-changed\]/,
        );
        assert.equal(stage(["reapply=once"]).code, 0);
        assert.doesNotMatch(host.read(`${METADATA}/garage-node.ledger`), /^record /m);
        reached();
        assert.match(stage(["reapply=once"]).stderr, /\[nodes-and-release-changed\]/);
        host.remove();
    });

    it("forgets it where another node looks after the cluster, which is told from then on what it reaches", () => {
        const host = FakeHost.like("2.4.0");
        host.append(`${METADATA}/garage-node.ledger`, "record 2.4.0 stateVersion=2 nodes=a:z1:1000\n");
        const run = host.stage("2.5.0", ["sv=2"]);
        assert.equal(run.code, 0, run.stderr);
        assert.doesNotMatch(host.read(`${METADATA}/garage-node.ledger`), /^record /m);
        host.remove();
    });
});

import { deepStrictEqual, match, strictEqual } from "node:assert";
import { emptyHosts, engineNote, layoutNote, planFacts, takenOut, unknownChecksums } from "../../../sdk/plan/notes";
import { plan } from "../../../sdk/plan/plan";
import { parseReleaseWords, type ReleaseRecord, releaseWords } from "../../../sdk/plan/record";
import type { ClusterSpec } from "../../../sdk/spec";
import { goodArgs, spec } from "../support";

type Fields = Record<string, unknown>;

const reachedBy = (of: ClusterSpec): ReleaseRecord => parseReleaseWords(releaseWords(of))!;
const recordOf = (changes: Fields = {}): ReleaseRecord => reachedBy(spec(changes));

const node = (zone: string, host: string, more: Fields = {}) => ({ zone, capacity: "1T", ssh: { host }, ...more });
const nodes = (more: Fields) => ({ nodes: { ...(goodArgs().nodes as Fields), ...more } });
const milan = node("mil", "192.0.2.4");
const edge = { zone: "par", gateway: true, ssh: { host: "192.0.2.9" } };

describe("what the layout's change means for the data", () => {
    const rows: [what: string, before: Fields, after: Fields, says: string[]][] = [
        ["nothing changes", {}, {}, []],
        ["a node more", {}, nodes({ milan }), ["The layout changes (milan is new): data may move between the nodes."]],
        ["a gateway more", {}, nodes({ edge }), ["The layout changes (edge is new (a gateway)): no data move."]],
        [
            "another zone and another capacity",
            {},
            nodes({ rome: node("mil", "192.0.2.3", { capacity: "2T" }) }),
            ["The layout changes (rome: zone rom → mil, another capacity): data may move between the nodes."],
        ],
        [
            "a gateway that becomes a storage node",
            nodes({ edge }),
            nodes({ edge: node("par", "192.0.2.9") }),
            ["The layout changes (edge: another capacity): data may move between the nodes."],
        ],
    ];
    for (const [what, before, after, says] of rows)
        it(what, () => deepStrictEqual(layoutNote(recordOf(before), recordOf(after)), says));

    const old = { stateVersion: "0.9", version: "0.9.4" };
    it("up to 0.9 says that several storage nodes go one after the other", () => {
        const two = nodes({ milan, bern: node("ber", "192.0.2.5") });
        match(layoutNote(recordOf(old), recordOf({ ...old, ...two }))[1]!, /^One storage node after the other \(2\)/);
        strictEqual(layoutNote(recordOf(old), recordOf({ ...old, ...nodes({ milan }) })).length, 1);
        strictEqual(layoutNote(recordOf(old), recordOf({ ...old, ...nodes({ edge }) })).length, 1);
    });

    it("up to 0.9 says what fewer than three copies mean while data move", () => {
        const few = { ...old, replicationFactor: 2 };
        match(
            layoutNote(recordOf(few), recordOf({ ...few, ...nodes({ milan }) }))[1]!,
            /^With replicationFactor 2 what moves may answer 404/,
        );
    });
});

describe("what is said of the databases' engine", () => {
    const said = (before: Fields, after: Fields) => engineNote(recordOf(before), recordOf(after), spec(after));

    it("nothing, where it stays", () => deepStrictEqual(said({}, {}), []));

    it("one that is named is a conversion, node by node", () =>
        deepStrictEqual(said({}, { dbEngine: "sqlite" }), [
            "dbEngine lmdb → sqlite: each node's database is converted and compared, one node at a time.",
        ]));

    it("in a major upgrade it is one while all nodes are down", () =>
        match(
            said(
                { stateVersion: "0.9", version: "0.9.4", dbEngine: "sled" },
                { stateVersion: "0.9", version: "1.3.1", dbEngine: "lmdb" },
            )[0]!,
            /sled → lmdb: .* in step 7, while all nodes are down\.$/,
        ));

    it("a default moves no data: the hosts will refuse", () =>
        match(said({ dbEngine: "sqlite" }, {})[0]!, /only a default, .* write dbEngine: "sqlite" out/));
});

describe("what is said of the binary", () => {
    it("a checksum that nobody knows, by architecture", () => {
        match(
            unknownChecksums(spec({ version: "2.5.0" }))[0]!,
            /^No checksum of Garage 2\.5\.0 for x86_64 and aarch64/,
        );
        match(
            unknownChecksums(spec({ version: "2.5.0", binary: { sha256: { x86_64: "a".repeat(64) } } }))[0]!,
            / for aarch64 is known/,
        );
    });

    it("nothing, where all are known", () => deepStrictEqual(unknownChecksums(spec({ version: "2.1.0" })), []));
});

describe("hosts that would be made empty", () => {
    const machine = { subnetId: "subnet-0aaaaaaa", instanceType: "t4g.medium", dataVolumeSizeGiB: 1000 };
    const onAws = (aws: Fields = {}) =>
        spec({
            aws: { adminCidrs: ["198.51.100.0/24"], clientCidrs: [] },
            replicationFactor: 1,
            nodes: { a: { zone: "z", capacity: "1T", aws: { ...machine, ...aws } } },
        });
    const inContainers = spec({ replicationFactor: 1, nodes: { a: { zone: "z", capacity: "1T", container: {} } } });
    const volumes = { metadataVolumeId: "vol-12345678", dataVolumeId: "vol-12345679" };

    it("are warned of where nothing is known of the cluster: a component that was renamed looks the same", () => {
        for (const each of [onAws(), onAws({ dataVolumeId: "vol-12345679" }), inContainers]) {
            match(plan(undefined, each).warnings.join(), /so a would be made with empty volumes.*`aliases: /);
            deepStrictEqual(plan(reachedBy(each), each).warnings, []);
        }
    });

    it("are none on hosts that exist, nor on volumes that are named", () => {
        for (const each of [spec(), onAws(volumes)]) deepStrictEqual(emptyHosts(each), []);
    });
});

describe("a node that is taken out", () => {
    it("is said to be dialled at the very end, with what to do if it is lost", () => {
        const [said, ...more] = takenOut(recordOf(nodes({ edge })), recordOf());
        match(said!, /^nodes\.edge is taken out: .*without: \["edge"\].*pulumi state delete/);
        deepStrictEqual(more, []);
    });

    it("nothing is said where all stay", () => deepStrictEqual(takenOut(recordOf(), recordOf(nodes({ milan }))), []));
});

describe("the facts of a plan", () => {
    it("count those who are left out, and name the others in the order of the roll", () => {
        const facts = planFacts(spec({ ...nodes({ edge, milan }), without: ["rome", "edge"], rollOrder: ["paris"] }));
        deepStrictEqual(facts.nodes, ["paris", "london", "milan"]);
        deepStrictEqual([facts.leftOut, facts.zones, facts.versionSet], [1, 4, true]);
    });
});

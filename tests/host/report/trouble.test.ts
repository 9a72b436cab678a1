import { strict as assert } from "node:assert";
import { idsOf } from "../cluster/support";
import { of, RELEASES, read } from "./support";

describe("Garage in trouble", () => {
    const rows = {
        staged: RELEASES.map((release) =>
            of(
                release,
                release < "0.9" ? "layout" : release < "2" ? "roles" : "layout",
                release < "0.9"
                    ? "layout-show-staged"
                    : release < "2"
                      ? "v1-layout-staged"
                      : "json-api-GetClusterLayout-staged",
            ),
        ),
        gateway: RELEASES.map((release) =>
            of(
                release,
                release < "0.9" ? "layout" : release < "2" ? "roles" : "layout",
                release < "0.9"
                    ? "layout-show-gateway"
                    : release < "2"
                      ? "v1-layout-gateway"
                      : "json-api-GetClusterLayout-gateway",
            ),
        ),
    };

    it("is seen: a change of the layout and a removal", () => {
        for (const [i, part] of read(rows.staged).entries()) {
            const release = RELEASES[i]!;
            const ids = release < "0.9" ? idsOf(release).map((id) => id.slice(0, 16)) : idsOf(release);
            assert.equal(part.layout.staged, true, release);
            const wanted = [
                { id: ids[1]!, zone: "zz", capacity: release < "0.9" ? 7 : 2000000000, tags: ["node=n2", "a", "b"] },
                { id: ids[2]!, removed: true },
            ].sort((a, b) => (a.id < b.id ? -1 : 1));
            assert.deepEqual(part.layout.changes, wanted, release);
        }
    });

    it("is seen: a gateway has no capacity", () => {
        for (const [i, part] of read(rows.gateway).entries())
            assert.equal(part.layout.changes[0].capacity, null, RELEASES[i]);
    });

    it("is seen: staged changes in the text that 0.9 and 1 need beside the admin API", () => {
        const parts = read([of("0.9.4", "layout", "layout-show-staged"), of("1.3.0", "layout", "layout-show-staged")]);
        assert.deepEqual(parts, [{ layout: { version: 2, staged: true } }, { layout: { version: 1, staged: true } }]);
    });

    it("is seen: a node that is down", () => {
        const parts = read(RELEASES.map((release) => of(release, "status", "status-failed")));
        for (const [i, part] of parts.entries()) {
            const third = idsOf(RELEASES[i]!)[2]!.slice(0, 16);
            assert.deepEqual(part.down, [third], RELEASES[i]);
            assert.equal(part.sees.length, 2);
        }
    });

    it("is seen: a node that is down, whose part of the old layout the others wait for", () => {
        const parts = read((["1.3.0", "2.5.0"] as const).map((release) => of(release, "status", "status-draining")));
        assert.deepEqual(
            parts.map(({ sees, down }) => [sees.length, down]),
            [
                [3, ["6ff2ca6e7968f2e5"]],
                [3, ["62f832df81def56f"]],
            ],
        );
    });

    it("is seen: who doesn't answer through a node; of 0.7 nobody does", () => {
        const parts = read(RELEASES.map((release) => of(release, "through", "stats-a-failed")));
        assert.deepEqual(
            parts.map((part) => part.answersThrough.length),
            [0, 2, 2, 2, 2],
        );
    });

    it("is seen: nodes without a role, or with one that is only staged", () => {
        for (const suffix of ["new", "pending"]) {
            const parts = read(RELEASES.map((release) => of(release, "status", `status-${suffix}`)));
            for (const [i, part] of parts.entries()) {
                assert.equal(part.sees.length, 3, RELEASES[i]);
                assert.ok(part.sees.every((each: { role: boolean }) => !each.role));
            }
        }
    });

    it("is seen: partitions without any copy where there is no layout, whatever 1.3.0 calls well", () => {
        const rows = [
            of("0.8.7", "health", "v0-health-new"),
            of("1.3.0", "health", "v1-health-new"),
            of("2.5.0", "health", "json-api-GetClusterHealth-new"),
        ];
        assert.deepEqual(
            read(rows).map((part) => part.partitions),
            [
                { all: 0, ok: 0, quorum: 0 },
                { all: 256, ok: 256, quorum: 0 },
                { all: 0, ok: 0, quorum: 0 },
            ],
        );
    });

    it("is seen: two live layouts, and who is behind", () => {
        for (const part of read([
            of("1.3.0", "history", "layout-history-draining"),
            of("2.5.0", "history", "layout-history-draining"),
        ])) {
            const { live, trackers } = part.layout;
            assert.deepEqual(
                live.map((each: { version: number; storage: number }) => [each.version, each.storage]),
                [
                    [2, 3],
                    [1, 3],
                ],
            );
            assert.equal(trackers.length, 3);
            assert.ok(trackers.every((each: { syncAck: number }) => each.syncAck === 1));
        }
    });

    it("is seen: what is historical doesn't live any more", () => {
        for (const part of read([
            of("1.3.0", "history", "layout-history-historical"),
            of("2.5.0", "history", "layout-history-historical"),
            of("1.3.0", "history", "layout-history-new"),
        ]))
            assert.equal(part.layout.live.length, 1);
    });

    it("is seen: tables at work, workers that fail, a repair that is done", () => {
        const name = (
            part: { workers: { name: string; state: string; queue: number; consecutive: number }[] },
            n: string,
        ) => part.workers.find((each) => each.name === n)!;
        const [busy, failing, repaired, checked] = read([
            of("1.3.0", "workers", "worker-list-busy"),
            of("2.5.0", "workers", "worker-list-failing"),
            of("0.9.4", "workers", "worker-list-repaired"),
            of("0.9.4", "workers", "worker-list-checked"),
        ]);
        assert.deepEqual([name(busy, "version sync").state, name(busy, "version sync").queue], ["busy", 67]);
        assert.ok(failing.workers.some((each: { consecutive: number }) => each.consecutive > 0));
        assert.equal(name(repaired, "Block repair worker").state, "done");
        // What these two have done is said in two words.
        for (const worker of ["version repair worker", "block_ref repair worker"])
            assert.deepEqual([name(checked, worker).state, name(checked, worker).queue], ["done", 0]);
    });

    it("is seen: blocks that are lost", () => {
        const lost = (["0.8.7", "0.9.4", "1.3.0"] as const).map((release) =>
            of(release, "errors", "block-list-errors-lost"),
        );
        for (const part of read(lost)) assert.deepEqual(part.blockErrors, { needed: 1, unneeded: 0 });
        for (const part of read(lost.map((row) => ({ ...row, text: row.text.replace(/ {2}1 {3}1 /, "  0   1 ") }))))
            assert.deepEqual(part.blockErrors, { needed: 0, unneeded: 1 });
        assert.equal(read([of("0.9.4", "stats", "stats-lost")])[0].queues.resyncErrors, 1);
    });
});

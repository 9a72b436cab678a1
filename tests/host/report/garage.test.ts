import { strict as assert } from "node:assert";
import { idsOf } from "../cluster/support";
import { captured, documents, FILES, RELEASES, SERIES, said } from "./support";

// Garage's answers as they were captured from real clusters, read by garage.jq. What later releases of a series print isn't proven here.

describe("what Garage says, as one document", () => {
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    let docs: any;

    before(() => {
        const all = RELEASES.map((release) => ({
            series: SERIES[release],
            answers: Object.fromEntries(
                Object.entries(FILES[release]).map(([question, file]) => [question, said(captured(release, file))]),
            ),
        }));
        docs = Object.fromEntries(documents(all).map((doc, i) => [RELEASES[i], doc]));
    });

    for (const release of RELEASES) {
        const short = idsOf(release).map((id) => id.slice(0, 16));
        const full = release < "0.9" ? short : idsOf(release);
        const capacities = release < "0.9" ? [1, 2, 3] : [1000000000, 1000000001, 1073741824];
        const engine = release < "1" ? "sled" : "lmdb";
        const counts = release === "1.3.0" ? [2, 4, 5, 6, 6] : [2, 3, 5, 5, 5];

        describe(release, () => {
            it("is understood, all of it", () => {
                assert.deepEqual(docs[release].errors, []);
            });

            it("names release and engine", () => {
                assert.deepEqual([docs[release].release, docs[release].engine], [release, engine]);
            });

            it("says whom the node sees, and who answers through it", () => {
                const { sees, down, answersThrough } = docs[release];
                assert.deepEqual(sees.map((each: { id: string }) => each.id).sort(), [...short].sort());
                assert.ok(sees.every((each: { role: boolean }) => each.role));
                assert.deepEqual(down, []);
                assert.deepEqual([...answersThrough].sort(), [...short].sort());
            });

            it("has the layout, with numbers for capacities", () => {
                const { version, staged, roles, changes } = docs[release].layout;
                assert.deepEqual([version, staged, changes], [release === "0.9.4" ? 2 : 1, false, []]);
                const wanted = full.map((id, i) => ({
                    id,
                    zone: `z${i}`,
                    capacity: capacities[i],
                    tags: [`node=n${i}`, "extra"],
                }));
                assert.deepEqual(
                    roles,
                    wanted.sort((a, b) => (a.id < b.id ? -1 : 1)),
                );
            });

            it("has the queues, and the entries where they were asked for", () => {
                const { queues, items } = docs[release];
                assert.equal(queues.merkle, 0);
                assert.equal(queues.resyncErrors, 0);
                assert.equal(typeof queues.resync, "number");
                assert.deepEqual(Object.keys(queues.gc), ["bucket", "key", "object", "version", "block_ref"]);
                assert.equal(queues.insert, release === "0.7.0" ? undefined : 0);
                assert.deepEqual(Object.values(items), counts);
            });

            it("has partitions and workers, where the series tells them", () => {
                const { partitions, workers } = docs[release];
                if (release === "0.7.0") {
                    assert.deepEqual([partitions, workers], [undefined, undefined]);
                    return;
                }
                assert.deepEqual(partitions, { all: 256, ok: 256, quorum: 256 });
                assert.ok(workers.length > 40);
                assert.deepEqual(
                    workers.find((each: { name: string }) => each.name === "Block resync worker #1").queue,
                    1,
                );
            });

            it("has the full ids of buckets, and the keys", () => {
                assert.equal(docs[release].buckets.length, 2);
                for (const id of docs[release].buckets) assert.match(id, /^[0-9a-f]{64}$/);
                assert.equal(docs[release].keys.length, counts[1]);
            });
        });
    }
});

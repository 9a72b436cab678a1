import { strict as assert } from "node:assert";
import { captured, documents, FILES, has, of, RELEASES, type Read, type Release, read, said } from "./support";

describe("what isn't understood", () => {
    const evil = "EUID[$(id>/tmp/f)]";
    const forged = (release: Release, question: string, file: string, from: string | RegExp, to: string): Read => {
        const row = of(release, question, file);
        const text = row.text.replace(from, to);
        assert.notEqual(text, row.text, `${file} has no ${from}`);
        return { ...row, text };
    };
    const rows: Read[] = [
        ...RELEASES.flatMap((release) => [
            forged(release, "stats", "stats", /resync queue length: *\d+/, `resync queue length: ${evil}`),
            forged(release, "stats", "stats", /with resync errors: *\d+/, "with resync errors: -1"),
            forged(release, "stats", "stats", /with resync errors: *\d+/, "with resync errors: 1e3"),
            forged(release, "stats", "stats", /with resync errors: *\d+/, `with resync errors: ${"9".repeat(19)}`),
            forged(release, "stats", "stats", /Garage version: +cargo:/, "Garage version: ; rm -rf /"),
            forged(release, "stats", "stats", /block_ref/, "other"),
            forged(release, "layout", FILES[release].layout!, /(version"?: )\d/, "$1-4"),
            forged(release, "layout", FILES[release].layout!, /(version"?: )\d/, "$1a[0]"),
        ]),
        ...(["0.8.7", "0.9.4", "1.3.0", "2.5.0"] as const).flatMap((release) => [
            forged(release, "workers", "worker-list", /(object queue .*)0 /, "$1x "),
            forged(release, "workers", "worker-list", /Idle/, "Hurt"),
            forged(release, "workers", "worker-list", /Tranq/, "Trank"),
            forged(release, "health", FILES[release].health!, "256", '"256"'),
            forged(release, "health", FILES[release].health!, "256", "2.5"),
            forged(release, "health", FILES[release].health!, "256", "1e300"),
        ]),
        forged("0.7.0", "layout", "layout-show", /z0 {4}1\n/, "z0    a\n"),
        forged("0.9.4", "roles", "v1-layout", "1000000001", '"$(id)"'),
        forged("0.9.4", "roles", "v1-layout", /"id": "../, '"id": "GG'),
        forged("0.9.4", "roles", "v1-layout", '"z1"', '"z\\u0000"'),
        forged("1.3.0", "history", "layout-history-draining", "#1 ", "#x "),
        forged("1.3.0", "history", "layout-history", "#1 ", "1 "),
        forged("0.9.4", "errors", "block-list-errors-lost", / {2}1 {3}1 /, "  -   1 "),
        forged("0.9.4", "errors", "block-list-errors", "Hash", "Hush"),
        forged("1.3.0", "history", "layout-history-draining", "25d694c8eed71840", "25d694c8eed7184g"),
        forged("1.3.0", "status", "status", "161eae0b657c1d6c", "161eae0b657c1d6c6"),
        forged("0.8.7", "layout", "layout-show", "0ffd90e7014d18f4", "0ffd90e7014d18f"),
        forged("0.8.7", "buckets", "bucket-list", /..\n$/, "\n"),
        { question: "layout", series: "2", text: '{"version": 1' },
        { question: "health", series: "1", text: "" },
        { question: "status", series: "1", text: "" },
        { question: "workers", series: "1", text: "" },
        { question: "workers", series: "1", text: captured("1.3.0", "worker-list").split("\n")[0]! },
        { question: "items", series: "0.9", text: captured("0.9.4", "stats") },
        { question: "nonsense", series: "1", text: "" },
    ];

    it("is no part of a document, never a value", () => {
        for (const [i, part] of read(rows).entries()) assert.equal(part, null, JSON.stringify(rows[i]).slice(0, 300));
    });

    it("is named by its question, and so is what hit a limit or wasn't answered", () => {
        const fine = captured("1.3.0", "stats");
        const [doc] = documents([
            {
                series: "1",
                answers: {
                    stats: said(fine.replace("with resync errors: 0", "with resync errors: x")),
                    status: said("", 124),
                    items: said("", 137),
                    workers: said("Error: no", 1),
                    layout: said("", 1),
                },
            },
        ]);
        assert.deepEqual(doc, {
            series: "1",
            errors: [
                { question: "status", why: "does not answer within 20 s" },
                { question: "workers", why: "no answer" },
                { question: "stats", why: "answers what isn't understood" },
                { question: "items", why: "does not answer within 600 s" },
                { question: "layout", why: "no answer" },
            ],
        });
    });

    it("isn't what 2.5.0 prints before the first layout, where it fails behind the figures", () => {
        const [doc] = documents([{ series: "2", answers: { stats: said(captured("2.5.0", "stats-new"), 1) } }]);
        assert.deepEqual([doc.release, doc.queues.resync, doc.errors], ["2.5.0", 0, []]);
    });

    it("of a node that wasn't asked is no document", () => {
        assert.deepEqual(documents([{ series: "1", answers: {} }]), [null]);
    });

    it("says whether there are captured files for all questions of a series", () => {
        for (const release of RELEASES)
            for (const file of Object.values(FILES[release])) assert.ok(has(release, file), `${release} ${file}`);
    });
});

import { strict as assert } from "node:assert";
import { acts, flags, ID, key, MARKS, noted, OWN, type Row, verdicts } from "./store";

const OTHER = "0c".repeat(32);
const WANT = { aliases: ["photos"], keys: [], quotas: null, website: null, lifecycle: null, cors: null };
const mark = (own: string) => `pulumi-${own}`;

interface Has {
    aliases?: string[];
    keys?: object[];
    website?: object | null;
    quotas?: object;
    objects?: number | null;
    uploads?: number | null;
    bytes?: number;
    cors?: object[];
    lifecycle?: object[];
    marks?: string[];
}

/** A bucket that is there, with its marks; and others. */
function world(has: Has | undefined, more: { keys?: object[]; buckets?: object[]; s3?: object } = {}): object {
    const { marks = [mark(OWN)], ...rest } = has ?? {};
    const bucket = { aliases: ["photos"], website: null, quotas: { size: null, objects: null }, ...rest };
    const marking = marks.length > 0 ? [{ id: MARKS, local: marks, ...flags("") }] : [];
    const keys = [...(has?.keys ?? []), ...marking];
    const whole = { id: ID, objects: 0, uploads: 0, bytes: 0, ...bucket, keys };
    const listed = { id: ID, aliases: bucket.aliases, local: marks.map((alias) => ({ key: MARKS, alias })) };
    return {
        keys: [
            { id: MARKS, name: "pulumi owner marks" },
            ...[1, 2, 3].map((n) => ({ id: key(n), name: `key ${n}` })),
            ...(more.keys ?? []),
        ],
        buckets: [...(has ? [listed] : []), ...(more.buckets ?? [])],
        bucket: has ? { [ID]: whole } : {},
        key: {},
        s3: more.s3 ? { [ID]: more.s3 } : {},
    };
}

const judged = (...rows: Row[]) => verdicts(["bucketRules", "bucket"], "judge_bucket($row.want; $world)", rows);
const one = (row: Row) => judged(row)[0]!;
const right = (n: number, words: string) => ({ accessKeyId: key(n), ...flags(words) });
const holds = (n: number, words: string) => ({ id: key(n), local: [], ...flags(words) });

describe("what becomes of a bucket", () => {
    it("is nothing where all is as it is to be, and the record says so", () => {
        const verdict = one({ want: WANT, world: world({}) });
        assert.deepEqual(acts(verdict), []);
        assert.deepEqual(verdict.at(-1), ["done", JSON.stringify({ bucketId: ID })]);
        assert.equal(noted(verdict)!.id, ID);
    });

    it("says what stays though nobody names it, where only its mark tells whose it is: what was set from here isn't known", () => {
        const has = world({
            aliases: ["photos", "old"],
            keys: [holds(1, "rw"), holds(2, "r")],
            website: { index: "i.html" },
        });
        const row = { want: { ...WANT, keys: [right(1, "r")] }, world: has };
        const warned = (verdict: string[][]) => verdict.filter(([kind]) => kind === "warn").map(([, text]) => text);
        const [unknown, known, exclusive, taken] = judged(
            row,
            { ...row, record: { id: ID, set: {} } },
            { ...row, want: { ...row.want, exclusive: true, lifecycle: [], cors: [] } },
            { want: { ...row.want, takeOver: true }, world: world({ marks: [], aliases: ["photos", "old"] }) },
        );
        assert.equal(warned(unknown!).length, 1);
        assert.ok(
            warned(unknown!)[0]!.includes(
                `it stays: the name old, write of key ${key(1)}, read of key ${key(2)}, the website.`,
            ),
            warned(unknown!)[0],
        );
        for (const verdict of [known, exclusive, taken]) assert.deepEqual(warned(verdict!), []);
    });

    it("begins with the key of the marks, goes on with a bucket that bears one, and ends with its names", () => {
        const none = { ...world(undefined), keys: [] };
        const [first, second, third] = judged(
            { want: WANT, world: none },
            { want: WANT, world: world(undefined) },
            { want: WANT, world: world({ aliases: [] }) },
        );
        assert.deepEqual(acts(first!), [["", "make-key", "pulumi owner marks"]]);
        assert.deepEqual(acts(second!), [["made", "make-bucket", MARKS, mark(OWN)]]);
        assert.deepEqual(acts(third!), [["alias photos added", "alias", ID, "photos"]]);
    });

    it("takes up a bucket that was being made when the call died, and no other that has no name", () => {
        const nameless = { marks: [], aliases: [] };
        const record = { id: "", set: {} };
        const [own, used, unasked] = judged(
            { want: WANT, record, world: world(nameless) },
            { want: WANT, record, world: world({ ...nameless, objects: 1 }) },
            { want: WANT, world: world(nameless) },
        );
        assert.deepEqual(acts(own!)[0], ["marked as this resource's", "local", ID, MARKS, mark(OWN)]);
        for (const verdict of [used, unasked])
            assert.deepEqual(acts(verdict!), [["made", "make-bucket", MARKS, mark(OWN)]]);
    });

    it("takes up none that has no name and was there before, though the key of the marks was made in between", () => {
        const has = { marks: [], aliases: [] };
        const marking = one({ want: WANT, world: { ...world(has), keys: [] } });
        assert.deepEqual(acts(marking), [["", "make-key", "pulumi owner marks"]]);
        assert.equal(noted(marking), undefined);
        const making = one({ want: WANT, world: world(has) });
        const record = noted(making)!;
        assert.deepEqual(record.set.nameless, [ID]);
        const again = one({ want: WANT, record: record as Row["record"] & object, world: world(has) });
        for (const verdict of [making, again])
            assert.deepEqual(acts(verdict), [["made", "make-bucket", MARKS, mark(OWN)]]);
    });

    it("adds the new name before the old one goes, and takes only names away that were set from here", () => {
        const has = world({ aliases: ["old", "by-hand"] });
        const row = { want: { ...WANT, aliases: ["new"] }, world: has };
        const record = { id: ID, set: { aliases: ["old"] } };
        const added = ["alias new added", "alias", ID, "new"];
        const removed = (name: string) => [`alias ${name} removed`, "unalias", ID, name];
        const [known, unknown, exclusive] = judged({ ...row, record }, row, {
            ...row,
            want: { ...row.want, exclusive: true, lifecycle: [], cors: [] },
            rules: "admin",
        });
        assert.deepEqual(acts(known!), [added, removed("old")]);
        assert.deepEqual(acts(unknown!), [added]);
        assert.deepEqual(acts(exclusive!), [added, removed("by-hand"), removed("old")]);
    });

    it("sets the rights that are named exactly, and takes back those that were set from here", () => {
        const has = world({ keys: [holds(1, "rw"), holds(2, "rwo"), holds(3, "r")] });
        const record = { id: ID, set: { keys: { [key(2)]: flags("rw"), [key(1)]: flags("rw") } } };
        const verdict = one({ want: { ...WANT, keys: [right(1, "ro")] }, world: has, record });
        assert.deepEqual(acts(verdict), [
            [`key ${key(1)}: owner given`, "allow", ID, key(1), "owner"],
            [`key ${key(1)}: write taken away`, "deny", ID, key(1), "write"],
            [`key ${key(2)}: read, write taken away`, "deny", ID, key(2), "read write"],
        ]);
        const { keys } = noted(verdict)!.set as { keys: Record<string, unknown> };
        assert.deepEqual(keys, { [key(1)]: flags("rwo"), [key(2)]: flags("rw") });
    });

    it("leaves the predecessor of a key that is named what the key itself has, exclusive or not", () => {
        const name = (n: number) => `app pulumi:0123456789ab.${n}.0`;
        const keys = [1, 2].map((n) => ({ id: `GKrotated${n}`, name: name(n) }));
        const had = [
            { id: "GKrotated1", local: [], ...flags("rwo") },
            { id: "GKrotated2", local: [], ...flags("rw") },
        ];
        const want = { ...WANT, keys: [{ accessKeyId: "GKrotated2", ...flags("rw") }], lifecycle: [], cors: [] };
        const row: Row = { want, world: world({ keys: had }, { keys }), rules: "admin" };
        const taken = [["key GKrotated1: owner taken away", "deny", ID, "GKrotated1", "owner"]];
        for (const verdict of judged(row, { ...row, want: { ...want, exclusive: true } }))
            assert.deepEqual(acts(verdict), taken);
    });

    it("takes the rights of a key back from those before and behind it in a rotation too, no more than it has set", () => {
        const keys = [1, 2].map((n) => ({ id: `GKrotated${n}`, name: `app pulumi:0123456789ab.${n}.0` }));
        const had = keys.map(({ id }) => ({ id, local: [], ...flags("rwo") }));
        const taken = keys.map(({ id }) => [`key ${id}: read, write taken away`, "deny", ID, id, "read write"]);
        const rows = keys.map(
            ({ id }): Row => ({
                want: WANT,
                world: world({ keys: had }, { keys }),
                record: { id: ID, set: { keys: { [id]: flags("rw") } } },
            }),
        );
        for (const verdict of judged(...rows)) assert.deepEqual(acts(verdict), taken);
    });

    it("never touches the key of the marks, nor the one that S3 is asked with; one that a dead call left goes", () => {
        const temporary = { id: "GKtemporary", name: "pulumi temporary 0123abcd" };
        const has = world({ keys: [{ id: temporary.id, local: [], ...flags("rwo") }] }, { keys: [temporary] });
        const want = { ...WANT, exclusive: true, lifecycle: [], cors: [] };
        const row: Row = { want, world: has, rules: "admin" };
        assert.deepEqual(acts(one({ ...row, temporary: temporary.id })), []);
        assert.deepEqual(acts(one(row)), [["", "delete-key", temporary.id]]);
    });

    it("sets a quota that is named and lifts one that was set from here, each by itself", () => {
        const has = world({ quotas: { size: 5, objects: 7 } });
        const quotas = { maxSizeBytes: 1e16, maxObjects: null };
        const body = (max: string) => [["quotas set", "update-bucket", ID, `{"quotas":{"maxSize":${max}}}`]];
        const [both, others, lifted] = judged(
            { want: { ...WANT, quotas }, world: has },
            { want: WANT, world: has },
            { want: WANT, world: has, record: { id: ID, set: { size: true, objects: false } } },
        );
        assert.deepEqual(acts(both!), body('10000000000000000,"maxObjects":7'));
        assert.deepEqual(acts(others!), []);
        assert.deepEqual(acts(lifted!), body('null,"maxObjects":7'));
    });

    it("warns of quotas below what is used", () => {
        const has = world({ quotas: { size: 5, objects: 1 }, objects: 2, bytes: 6 });
        const verdict = one({ want: { ...WANT, quotas: { maxSizeBytes: 5, maxObjects: 1 } }, world: has });
        assert.deepEqual(
            verdict.filter(([kind]) => kind === "warn").map(([, text]) => text!.split(":")[0]),
            ["quotas.maxSize is 5 bytes, and 6 are in use", "quotas.maxObjects is 1, and there are 2 objects"],
        );
    });

    it("asks S3 for rules only where they are named or were set from here, and sets what differs", () => {
        const cors = [{ origins: ["https://a"], methods: ["GET"], headers: ["x"], maxAgeSeconds: 5 }];
        const lifecycle = [{ id: "a", prefix: "a&b/", expireAfterDays: 3 }];
        const want = { ...WANT, cors, lifecycle };
        const there = [{ origins: ["https://a"], methods: ["GET"], headers: ["x"], expose: [], age: 5 }];
        const [asks, none, same, gone, admin] = judged(
            { want, world: world({}) },
            { want: WANT, world: world({}) },
            { want, world: world({}, { s3: { cors: there, lifecycle: [] } }) },
            {
                want: WANT,
                record: { id: ID, set: { cors: [[["https://a"], ["GET"]]] } },
                world: world({}, { s3: { cors: there } }),
            },
            { want, world: world({ cors: [], lifecycle: [] }), rules: "admin", series: "2" },
        );
        assert.deepEqual(asks, [
            ["ask", `cors.${ID}`],
            ["ask", `lifecycle.${ID}`],
        ]);
        assert.deepEqual(acts(none!), []);
        const xml =
            '<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>a</ID><Status>Enabled</Status>';
        const rule = `${xml}<Filter><Prefix>a&amp;b/</Prefix></Filter><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>`;
        assert.deepEqual(acts(same!), [["lifecycle rules set", "s3", "PUT", ID, "lifecycle", rule]]);
        assert.deepEqual(acts(gone!), [["CORS rules removed", "s3", "DELETE", ID, "cors", ""]]);
        const [[told, , , body]] = acts(admin!) as [string[]];
        assert.equal(told, "lifecycle rules set, CORS rules set");
        assert.deepEqual(JSON.parse(body!), {
            lifecycleRules: [{ ID: "a", Status: "Enabled", Filter: { Prefix: "a&b/" }, Expiration: { Days: 3 } }],
            corsRules: [
                {
                    AllowedOrigin: ["https://a"],
                    AllowedMethod: ["GET"],
                    AllowedHeader: ["x"],
                    ExposeHeader: [],
                    MaxAgeSeconds: 5,
                },
            ],
        });
    });

    it("writes its own rules beside those of others, which stay as they were told, and takes only its own away", () => {
        const foreign = { id: "theirs", enabled: false, prefix: null, days: 1, abort: null, more: true };
        const before = { id: "before", enabled: true, prefix: "b/", days: 2, abort: null, raw: "<ID>before</ID>" };
        const raw = "<ID>theirs</ID><Filter><And>&amp;</And></Filter>";
        const lifecycle = [{ id: "own", prefix: "a/", expireAfterDays: 3 }];
        const record = { id: ID, set: { lifecycle: ["before"], cors: [] } };
        const has = (text: string) => ({ s3: { lifecycle: [{ ...foreign, raw: text }, before] } });
        const row = { want: { ...WANT, lifecycle }, record, world: world({}, has(raw)) };
        const [set, taken, exclusive, cut] = judged(
            row,
            { ...row, want: WANT },
            { ...row, want: { ...row.want, exclusive: true }, world: world({}, { s3: { ...has(raw).s3, cors: [] } }) },
            { ...row, world: world({}, has("<ID>theirs</ID><Filter><Prefix>a </Prefix></Filter>")) },
        );
        const own =
            "<Rule><ID>own</ID><Status>Enabled</Status><Filter><Prefix>a/</Prefix></Filter><Expiration><Days>3</Days></Expiration></Rule>";
        const put = (verdict: string[][]) => {
            const [[told, , , , , xml]] = acts(verdict) as [string[]];
            return [told, xml!.slice(xml!.indexOf("<Rule>"), xml!.lastIndexOf("</Life"))];
        };
        assert.deepEqual(put(set!), ["lifecycle rules set", `${own}<Rule>${raw}</Rule>`]);
        assert.deepEqual(noted(set!)!.set.lifecycle, ["before", "own"]);
        assert.deepEqual(put(taken!), ["lifecycle rules set", `<Rule>${raw}</Rule>`]);
        assert.deepEqual(put(exclusive!), ["lifecycle rules set", own]);
        assert.deepEqual(cut![0]!.slice(0, 2), ["refuse", "bucket-rule-foreign"]);
    });

    it("is refused, and touches nothing, where it is another's or can't be", () => {
        const strangers = world({ marks: [] });
        const others = world({ marks: [mark("0f".repeat(20))] });
        const taken = { id: OTHER, aliases: ["taken"], local: [] };
        const rows: [string, RegExp, Row][] = [
            ["bucket-foreign", /takeOver: true/, { want: WANT, world: strangers }],
            ["bucket-owned", /mark is pulumi-0f0f.*aliases/, { want: { ...WANT, takeOver: true }, world: others }],
            [
                "bucket-alias-taken",
                /"?taken is/,
                { want: { ...WANT, aliases: ["photos", "taken"] }, world: world({}, { buckets: [taken] }) },
            ],
            ["bucket-differs", /bucketId names 0c0c/, { want: { ...WANT, bucketId: OTHER }, world: world({}) }],
            ["bucket-missing", /bucketId/, { want: { ...WANT, bucketId: OTHER }, world: world(undefined) }],
            [
                "bucket-key-missing",
                /GKnobody1/,
                { want: { ...WANT, keys: [{ accessKeyId: "GKnobody1" }] }, world: world({}) },
            ],
            ["bucket-name", /"Photos"/, { want: { ...WANT, aliases: ["Photos"] }, world: world({}) }],
            ["want-unfit", /can't be meant/, { want: { ...WANT, quotas: { maxObjects: "3" } }, world: world({}) }],
            [
                "want-unfit",
                /can't be meant/,
                { want: { ...WANT, cors: [{ origins: [], methods: ["GET"] }] }, world: world({}) },
            ],
            ["want-unfit", /can't be meant/, { want: { ...WANT, aliases: "photos" }, world: world({}) }],
            ...["logs ", " a/", " ", "a\n"].map((prefix): [string, RegExp, Row] => [
                "want-unfit",
                /can't be meant/,
                { want: { ...WANT, lifecycle: [{ id: "a", prefix, expireAfterDays: 1 }] }, world: world({}) },
            ]),
            [
                "bucket-key-twice",
                /GK00000001 twice/,
                { want: { ...WANT, keys: [right(1, "r"), right(2, "r"), right(1, "w")] }, world: world({}) },
            ],
            ["store-series", /0\.8/, { series: "0.7", want: { ...WANT, quotas: { maxObjects: 3 } }, world: world({}) }],
            [
                "store-series",
                /0\.9/,
                { series: "0.8", want: { ...WANT, lifecycle: [{ id: "a", expireAfterDays: 1 }] }, world: world({}) },
            ],
        ];
        const all = judged(...rows.map(([, , row]) => row));
        for (const [i, [id, says]] of rows.entries()) {
            assert.deepEqual(
                all[i]!.map((line) => line.slice(0, 2)),
                [["refuse", id]],
            );
            assert.match(all[i]![0]![2]!, says);
            assert.match(all[i]![0]![2]!, /nothing was touched/);
        }
    });

    it("is taken over with takeOver, marked first; nothing that it had is lost", () => {
        const has = world({ marks: [], aliases: ["photos", "more"], keys: [holds(1, "rw")], objects: 9 });
        const verdict = one({ want: { ...WANT, takeOver: true }, world: has });
        assert.deepEqual(acts(verdict), [["marked as this resource's", "local", ID, MARKS, mark(OWN)]]);
    });

    it("is taken over by its id, whoever has one of the names", () => {
        const other = { id: OTHER, aliases: ["photos"], local: [] };
        const has = world({ marks: [], aliases: ["old"] }, { buckets: [other] });
        const want = { ...WANT, aliases: ["new"], takeOver: true, bucketId: ID };
        const [taken, held] = judged({ want, world: has }, { want: { ...want, aliases: ["photos"] }, world: has });
        assert.deepEqual(acts(taken!), [
            ["marked as this resource's", "local", ID, MARKS, mark(OWN)],
            ["alias new added", "alias", ID, "new"],
        ]);
        assert.equal(held![0]![1], "bucket-alias-taken");
    });

    it("keeps all that it had when it is taken over, though this resource had another bucket before, or was about to make one", () => {
        const has = world({
            marks: [],
            website: { index: "i.html", error: null },
            quotas: { size: 5, objects: 7 },
            keys: [holds(1, "rw")],
            aliases: ["photos", "old"],
            lifecycle: [{ id: "a", enabled: true, prefix: null, days: 1, abort: null }],
            cors: [{ origins: ["*"], methods: ["GET"], headers: [], expose: [], age: null }],
        });
        const set = {
            aliases: ["photos", "old"],
            keys: { [key(1)]: flags("rw") },
            website: { index: "i.html" },
            ...{ size: true, objects: true, lifecycle: ["a"], cors: [[["*"], ["GET"]]] },
        };
        for (const id of [OTHER, ""]) {
            const want = { ...WANT, takeOver: true };
            const verdict = one({ want, world: has, record: { id, set }, rules: "admin", series: "2" });
            assert.deepEqual(acts(verdict), [["marked as this resource's", "local", ID, MARKS, mark(OWN)]]);
            assert.deepEqual(noted(verdict)!.set.keys, {});
        }
    });

    it("is found by the mark of an owner that it had, which gives way to the new one", () => {
        const old = "0e".repeat(20);
        const verdict = one({ want: WANT, others: [old], world: world({ marks: [mark(old)] }) });
        assert.deepEqual(acts(verdict), [
            ["marked as this resource's", "local", ID, MARKS, mark(OWN)],
            ["", "unlocal", ID, MARKS, mark(old)],
        ]);
    });

    it("is found by the record where the mark is lost, unless another has marked it since", () => {
        const record = { id: ID, set: {} };
        const [lost, others] = judged(
            { want: WANT, record, world: world({ marks: [] }) },
            { want: WANT, record, world: world({ marks: [mark("0f".repeat(20))] }) },
        );
        assert.deepEqual(acts(lost!), [["marked as this resource's", "local", ID, MARKS, mark(OWN)]]);
        assert.equal(others![0]![1], "bucket-owned");
    });
});

describe("whether a bucket may go", () => {
    const deleted = (...rows: Omit<Row, "want">[]) =>
        verdicts(
            ["bucketNoRules", "bucket", "bucketDelete"],
            "judge_bucket_delete($world)",
            rows.map((row) => ({ ...row, want: {} })),
        );

    it("it may when it is empty and this owner's; else it is refused with the counts, or left alone", () => {
        const [empty, full, upload, others, gone] = deleted(
            { world: world({}) },
            { world: world({ objects: 3, uploads: 1 }) },
            { world: world({ uploads: 2 }) },
            { world: world({ marks: [mark("0f".repeat(20))] }) },
            { world: world(undefined) },
        );
        assert.deepEqual(acts(empty!), [["deleted", "delete-bucket", ID, "photos"]]);
        for (const [verdict, holds] of [
            [full, "3 objects and 1 unfinished uploads"],
            [upload, "0 objects and 2 unfinished uploads"],
        ] as const) {
            assert.deepEqual(verdict![0]!.slice(0, 2), ["refuse", "bucket-not-empty"]);
            assert.ok(verdict![0]![2]!.includes(`holds ${holds}; nothing was touched`));
        }
        for (const verdict of [others, gone]) assert.deepEqual(verdict, [["done", "gone"]]);
    });

    it("on 0.7 S3 is asked first whether it is empty, and only then its names go", () => {
        const has = { aliases: ["photos", "more"], keys: [holds(1, "r")], objects: null, uploads: null };
        const marks = { [MARKS]: { buckets: [{ id: ID, local: [mark(OWN)] }] } };
        const empty = (s3: object) => ({ ...world(has, { s3 }), key: marks });
        const [asks, full, goes] = deleted(
            { series: "0.7", world: empty({}) },
            { series: "0.7", world: empty({ objects: 1, uploads: 0 }) },
            { series: "0.7", world: empty({ objects: 0, uploads: 0 }) },
        );
        assert.deepEqual(asks, [
            ["ask", `objects.${ID}`],
            ["ask", `uploads.${ID}`],
        ]);
        assert.equal(full![0]![1], "bucket-not-empty");
        assert.deepEqual(
            acts(goes!).map(([, ...words]) => words),
            [
                ["deny", ID, key(1), "read"],
                ["unlocal", ID, MARKS, mark(OWN)],
                ["unalias", ID, "more"],
                ["delete-bucket", ID, "photos"],
            ],
        );
    });
});

import { strict as assert } from "node:assert";
import { acts, flags, ID, key, noted, OWN, type Row, verdicts } from "./store";

const WANT = { name: "app", allowCreateBucket: false, rotate: null, retire: [], exclusive: false };
const named = (mark: string, own = OWN, name = "app") => `${name} pulumi:${own.slice(0, 12)}.${mark}`;

interface Has {
    id?: string;
    name?: string;
    secret?: string;
    createBucket?: boolean;
    expires?: string | null;
    buckets?: object[];
}

/** Keys by their ids: what the list says, and what each says of itself. */
function world(...keys: Has[]): object {
    const whole = keys.map((each, i) => ({
        id: key(i + 1),
        name: named("1.0"),
        secret: `secret ${i + 1}`,
        createBucket: false,
        expires: null,
        buckets: [],
        ...each,
    }));
    return {
        keys: whole.map(({ id, name }) => ({ id, name })),
        buckets: [],
        bucket: {},
        key: Object.fromEntries(whole.map((each) => [each.id, each])),
        s3: {},
    };
}
const judged = (...rows: Row[]) => verdicts(["key"], "judge_key($row.want; $world)", rows);
const one = (row: Row) => judged(row)[0]!;
const answer = (verdict: string[][]) => JSON.parse(verdict.find(([kind]) => kind === "done")![1]!);

describe("what becomes of a key", () => {
    it("is made under a name that says whose it is, and is answered with its secret", () => {
        const [none, first, there] = judged(
            { want: WANT, world: world() },
            { want: WANT, rotation: "0123abcd", world: world() },
            { want: WANT, world: world({}) },
        );
        assert.deepEqual(acts(none!), [["made", "make-key", named("1.0")]]);
        assert.deepEqual(acts(first!), [["made", "make-key", named("1.0123abcd")]]);
        assert.deepEqual(answer(there!), {
            accessKeyId: key(1),
            secretAccessKey: "secret 1",
            previousAccessKeyIds: [],
        });
        assert.deepEqual(noted(there!), { id: key(1), set: { keys: { [key(1)]: "1.0" }, expires: false } });
    });

    it("is another one than a key of the same name that is somebody else's", () => {
        const others = world({ name: named("1.0", "0f".repeat(20)) }, { name: "app" });
        assert.deepEqual(acts(one({ want: WANT, world: others })), [["made", "make-key", named("1.0")]]);
    });

    it("gets a second key for another rotation, and only for that", () => {
        const keys = world({}, { name: named("2.0123abcd") });
        const made = (mark: string) => [["rotated: a second key was made", "make-key", named(mark)]];
        const [again, removed, other] = ["0123abcd", "0", "99999999"].map((rotation) =>
            one({ want: WANT, rotation, world: keys }),
        );
        for (const verdict of [again, removed]) {
            assert.deepEqual(acts(verdict!), []);
            assert.deepEqual(answer(verdict!).previousAccessKeyIds, [key(1)]);
            assert.equal(answer(verdict!).accessKeyId, key(2));
        }
        assert.deepEqual(acts(other!), made("3.99999999+"));
    });

    it("gives a new key the rights and names of the one before, and only then its own name", () => {
        const had = { id: ID, aliases: ["photos"], local: ["mine"], ...flags("rw") };
        const fresh = { name: named("2.0123abcd+") };
        const half = { ...fresh, buckets: [{ ...had, local: [], ...flags("r") }] };
        const all = { want: WANT, rotation: "0123abcd" };
        const [none, some, asks] = judged(
            { ...all, world: world({ buckets: [had] }, fresh) },
            { ...all, world: world({ buckets: [had] }, half) },
            { ...all, world: { ...world({ buckets: [had] }, fresh), key: {} } },
        );
        const whole = ["", "name-key", key(2), named("2.0123abcd")];
        const local = ["", "local", ID, key(2), "mine"];
        assert.deepEqual(acts(none!), [["", "allow", ID, key(2), "read write"], local, whole]);
        assert.deepEqual(acts(some!), [["", "allow", ID, key(2), "write"], local, whole]);
        assert.deepEqual(asks, [
            ["ask", `key.${key(2)}`],
            ["ask", `key.${key(1)}`],
        ]);
    });

    it("gives a new key that was made twice the rights of the one before both", () => {
        const had = { id: ID, aliases: [], local: [], ...flags("rw") };
        const open = { name: named("2.0123abcd+") };
        const verdict = one({ want: WANT, rotation: "0123abcd", world: world({ buckets: [had] }, open, open) });
        assert.deepEqual(acts(verdict), [
            ["", "allow", ID, key(3), "read write"],
            ...[2, 3].map((n) => ["", "name-key", key(n), named("2.0123abcd")]),
        ]);
    });

    it("finishes a rotation that was begun before it begins another, which may retire that very key", () => {
        const keys = world({}, { name: named("2.0123abcd+") });
        const want = { ...WANT, retire: [key(2)] };
        const whole = ["", "name-key", key(2), named("2.0123abcd")];
        assert.deepEqual(acts(one({ want, rotation: "99999999", world: keys })), [whole]);
    });

    it("retires previous keys that are named, whatever else is named and gone", () => {
        const keys = world({}, { name: named("2.0123abcd") });
        const want = { ...WANT, retire: [key(1), key(7)] };
        assert.deepEqual(acts(one({ want, rotation: "0123abcd", world: keys })), [
            [`key ${key(1)} retired`, "delete-key", key(1)],
        ]);
    });

    it("gets back its name, its right to make buckets and its expiry", () => {
        const at = "2100-01-01T00:00:00Z";
        const [name, may, mayNot, expiry, same, lifted, byHand] = judged(
            { want: { ...WANT, name: "other" }, world: world({}) },
            { want: { ...WANT, allowCreateBucket: true }, world: world({}) },
            { want: WANT, world: world({ createBucket: true }) },
            { series: "2", want: { ...WANT, expiresAt: at }, world: world({}) },
            { series: "2", want: { ...WANT, expiresAt: at }, world: world({ expires: "2100-01-01T00:00:00.000Z" }) },
            {
                series: "2",
                want: WANT,
                world: world({ expires: at }),
                record: { id: key(1), set: { keys: {}, expires: true } },
            },
            { series: "2", want: WANT, world: world({ expires: at }) },
        );
        assert.deepEqual(acts(name!), [["named other", "name-key", key(1), named("1.0", OWN, "other")]]);
        assert.deepEqual(acts(may!), [["allowCreateBucket given", "allow-create", key(1)]]);
        assert.deepEqual(acts(mayNot!), [["allowCreateBucket taken away", "deny-create", key(1)]]);
        assert.deepEqual(acts(expiry!), [[`expires at ${at}`, "expires", key(1), at]]);
        assert.deepEqual(acts(same!), []);
        assert.deepEqual(acts(lifted!), [["expires no more", "expires", key(1), ""]]);
        assert.deepEqual(acts(byHand!), []);
    });

    it("is found by the record where its name was changed by hand, by its owners' names where there is no record", () => {
        const record = { id: key(1), set: { keys: { [key(1)]: "1.0" } } };
        const old = "0e".repeat(20);
        const [renamed, moved] = judged(
            { want: WANT, record, world: world({ name: "by hand" }) },
            { want: WANT, others: [old], world: world({ name: named("1.0", old) }) },
        );
        for (const verdict of [renamed, moved])
            assert.deepEqual(acts(verdict!), [["named app", "name-key", key(1), named("1.0")]]);
    });

    it("is imported or taken over by its id, once", () => {
        const pair = { accessKeyId: "GKimported1", secretAccessKey: "a-secret-of-16-and-more" };
        const imported = { ...WANT, import: pair };
        const taken = { ...WANT, takeOver: key(1) };
        const [first, again, over] = judged(
            { want: imported, world: world() },
            { want: imported, world: world({ id: pair.accessKeyId, secret: pair.secretAccessKey }) },
            { want: taken, world: world({ name: "a stranger's" }) },
        );
        const [[told, act, body]] = acts(first!) as [string[]];
        assert.deepEqual([told, act], ["key GKimported1 imported", "import-key"]);
        assert.deepEqual(JSON.parse(body!), { ...pair, name: named("1.0") });
        assert.deepEqual(acts(again!), []);
        assert.deepEqual(acts(over!), [[`key ${key(1)} taken over`, "name-key", key(1), named("1.0")]]);
    });

    it("is taken over with its own expiry, whatever was set on the one before", () => {
        const want = { ...WANT, takeOver: key(2) };
        const record = { id: key(1), set: { keys: { [key(1)]: "1.0" }, expires: true } };
        const strangers = world({}, { name: "a stranger's", expires: "2100-01-01T00:00:00Z" });
        const set = noted(one({ series: "2", want, record, world: strangers }))!;
        assert.equal(set.set.expires, false);
        const taken = world({}, { name: named("2.0"), expires: "2100-01-01T00:00:00Z" });
        assert.deepEqual(acts(one({ series: "2", want, record: set as Row["record"] & object, world: taken })), []);
    });

    it("isn't brought back once it is retired, though the program still says where it came from", () => {
        const pair = { accessKeyId: key(1), secretAccessKey: "a-secret-of-16-and-more" };
        const left = world({ id: key(2), name: named("2.0123abcd") });
        const both = world({}, { name: named("2.0123abcd") });
        for (const from of [{ import: pair }, { takeOver: key(1) }]) {
            const want = { ...WANT, ...from, retire: [key(1)] };
            const [goes, stays, anew, pairAlone] = judged(
                { want, rotation: "0123abcd", world: both },
                { want, rotation: "0123abcd", world: left },
                { want, rotation: "0123abcd", world: world() },
                { want, world: world() },
            );
            assert.deepEqual(acts(goes!), [[`key ${key(1)} retired`, "delete-key", key(1)]]);
            assert.deepEqual(acts(stays!), []);
            assert.equal(answer(stays!).accessKeyId, key(2));
            assert.deepEqual(acts(anew!), [["made", "make-key", named("1.0123abcd")]]);
            assert.equal(pairAlone![0]![1], "key-retire-current");
        }
    });

    it("is refused where it is named again after another one; with rotations behind it it may be named on", () => {
        const pair = { accessKeyId: key(1), secretAccessKey: "a-secret-of-16-and-more" };
        for (const from of [{ import: pair }, { takeOver: key(1) }]) {
            const want = { ...WANT, ...from };
            const [another, afterRotation, rotated, notAnyMore] = judged(
                { want, world: world({}, { name: named("2.0") }) },
                {
                    want,
                    rotation: "0123abcd",
                    world: world({}, { name: named("2.0123abcd") }, { name: named("3.0123abcd") }),
                },
                { want, rotation: "0123abcd", world: world({}, { name: named("2.0123abcd") }) },
                { want, world: world({}, { name: named("2.0123abcd") }) },
            );
            for (const verdict of [another, afterRotation]) {
                assert.deepEqual(
                    verdict!.map((line) => line.slice(0, 2)),
                    [["refuse", "key-named-previous"]],
                );
                assert.match(verdict![0]![2]!, /nothing was touched.*Name the current one/);
            }
            for (const verdict of [rotated, notAnyMore]) assert.equal(answer(verdict!).accessKeyId, key(2));
        }
    });

    it("rotates only where all that is to be retired is this resource's", () => {
        const want = { ...WANT, retire: [key(2)] };
        const verdict = one({ want, rotation: "0123abcd", world: world({}, { name: "a stranger's" }) });
        assert.deepEqual(
            verdict.map((line) => line.slice(0, 2)),
            [["refuse", "key-retire-foreign"]],
        );
    });

    it("is refused, and touches nothing, where it is another's or can't be", () => {
        const others = world({ name: named("1.0", "0f".repeat(20)) });
        const pair = { accessKeyId: key(1), secretAccessKey: "a-secret-of-16-and-more" };
        const rows: [string, RegExp, Row][] = [
            ["key-owned", /aliases/, { want: { ...WANT, takeOver: key(1) }, world: others }],
            ["key-owned", /own/, { want: { ...WANT, takeOver: key(1) }, world: world({ name: "pulumi owner marks" }) }],
            ["key-missing", /GKnobody1/, { want: { ...WANT, takeOver: "GKnobody1" }, world: world() }],
            ["key-foreign", /takeOver: "GK/, { want: { ...WANT, import: pair }, world: others }],
            ["key-pair-differs", /another secret/, { want: { ...WANT, import: pair }, world: world({}) }],
            ["key-retire-current", /rotate first/, { want: { ...WANT, retire: [key(1)] }, world: world({}) }],
            [
                "key-retire-foreign",
                /previousAccessKeyIds/,
                { want: { ...WANT, retire: [key(2)] }, world: world({}, { name: "a stranger's" }) },
            ],
            ["store-series", /Garage 2/, { want: { ...WANT, expiresAt: "2100-01-01T00:00:00Z" }, world: world() }],
            ["store-series", /0\.7/, { series: "0.7", want: { ...WANT, import: pair }, world: world() }],
            ["want-unfit", /can't be meant/, { want: { ...WANT, name: "-a" }, world: world() }],
            ["want-unfit", /can't be meant/, { want: { ...WANT, name: "a\nb" }, world: world() }],
            ["want-unfit", /can't be meant/, { want: { ...WANT, retire: ["a b"] }, world: world() }],
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
});

describe("whether a key may go", () => {
    const owner = "urn:pulumi:dev::shop::garage-cluster:index:GarageKey::app";
    const bucketOf = (program: string) => `urn:pulumi:${program}::garage-cluster:index:GarageBucket::photos`;
    const right = { id: ID, aliases: ["photos"], local: [], ...flags("rw") };
    const given = (program: string, set = flags("rw")) => [
        { own: "", owner: bucketOf(program), id: ID, set: { keys: { [key(1)]: set } } },
    ];
    const judge = (...rows: Omit<Row, "want">[]) =>
        verdicts(
            ["key", "keyDelete"],
            `judge_key_delete($world; "${owner}"; $row.records)`,
            rows.map((row) => ({ ...row, want: {} })),
        );
    const holding = (bucket: object, more: Has = {}) => ({
        ...world({ buckets: [right], ...more }),
        bucket: { [ID]: { objects: 0, uploads: 0, ...bucket } },
    });

    it("it may where no bucket with objects and nobody else's right hangs on it", () => {
        const [free, mine, rotated, asks, gone] = judge(
            { world: world({}, { name: named("2.0") }) },
            { world: holding({}), records: given("dev::shop") },
            {
                world: {
                    ...world({ buckets: [right] }, { name: named("2.0"), buckets: [right] }),
                    bucket: { [ID]: { objects: 0, uploads: 0 } },
                },
                records: given("dev::shop"),
            },
            { world: { ...holding({}), bucket: {} } },
            { world: world({ name: named("1.0", "0f".repeat(20)) }) },
        );
        for (const verdict of [free, rotated])
            assert.deepEqual(
                acts(verdict!),
                [1, 2].map((n) => [`key ${key(n)} deleted`, "delete-key", key(n)]),
            );
        assert.deepEqual(acts(mine!), [[`key ${key(1)} deleted`, "delete-key", key(1)]]);
        assert.deepEqual(asks, [["ask", `bucket.${ID}`]]);
        assert.deepEqual(gone, [["done", "gone"]]);
    });

    it("else it is refused, with the names of the buckets", () => {
        const rows: [string, Omit<Row, "want">][] = [
            ["key-in-use", { world: holding({ objects: 1 }), records: given("dev::shop") }],
            ["key-in-use", { world: holding({ uploads: 1 }), records: given("dev::shop") }],
            ["key-in-use", { world: holding({ objects: null, uploads: null }), records: given("dev::shop") }],
            ["key-right-foreign", { world: holding({}) }],
            ["key-right-foreign", { world: holding({}), records: given("dev::other") }],
            ["key-right-foreign", { world: holding({}), records: given("dev::shop", flags("r")) }],
        ];
        for (const [i, verdict] of judge(...rows.map(([, row]) => row)).entries()) {
            assert.deepEqual(
                verdict.map((line) => line.slice(0, 2)),
                [["refuse", rows[i]![0]]],
            );
            assert.match(verdict[0]![2]!, /photos.*nothing was touched/);
        }
    });
});

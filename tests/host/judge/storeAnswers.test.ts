import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ID, OWN } from "./store";

const LIB = resolve(__dirname, "../../../sdk/host/lib");
const WANT = { aliases: ["photos"], keys: [], quotas: null, website: null, lifecycle: null, cors: null };
const BUCKET = { files: ["bucketNoRules", "bucket"], expression: "judge_bucket($want; $world)", want: WANT };
const KEY = { files: ["key"], expression: "judge_key($want; $world)", want: { name: "app" } };
const RECORD = { id: ID, set: { aliases: ["photos"] } };

/** As store.sh asks: of each look the answers' text, one after the other, each with its mark, its question and its code. */
function verdicts(
    series: string,
    looks: [string, string, number][][],
    judge: typeof BUCKET | typeof KEY = BUCKET,
): string[][] {
    const rules = series === "2" ? "storeRules" : "storeNoRules";
    const reader = series === "0.7" ? "storeCli" : "storeApi";
    const files = ["words", "store", rules, reader, "storeWorld", ...judge.files];
    const text = (file: string) => readFileSync(join(LIB, `${file}.jq`), "utf8");
    const expression = `def expression($want; $records; $world): ${judge.expression};`;
    const look = [...files.map(text), expression, text("storeVerdict")].join("\n");
    const program = `def look($record; $shown; $temporary):\n${look};\n${text("storeLooks")}`;
    const given = { series, rules: series === "2" ? "admin" : "s3", mark: "answered 1", own: OWN };
    const words = Object.entries({ ...given, rotation: "0", urn: "urn" }).flatMap(([key, value]) => [
        "--arg",
        key,
        value,
    ]);
    const input = looks.map((answers) => {
        const said = answers.map(([question, body, code]) => `${body}\nanswered 1 ${question} ${code}\n`).join("");
        return `${JSON.stringify(judge.want)}\n[]\n${JSON.stringify(RECORD)}\n\n\n${said}\nanswered 1\n`;
    });
    const all = ["-nrR", ...words, "--argjson", "others", "[]", program];
    const ran = spawnSync("jq", all, { input: input.join(""), encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stderr);
    const each = ran.stdout.split("answered 1\n");
    assert.equal(each.pop(), "");
    assert.equal(each.length, looks.length);
    return each.map((verdict) => verdict.trimEnd().split("\n"));
}

const MARK = `pulumi-${OWN}`;
const keys = [{ id: "GKmarks00", name: "pulumi owner marks" }];
const listed = [{ id: ID, globalAliases: ["photos"], localAliases: [{ accessKeyId: "GKmarks00", alias: MARK }] }];
const bucket = {
    id: ID,
    globalAliases: ["photos"],
    websiteAccess: false,
    keys: [{ accessKeyId: "GKmarks00", permissions: {}, bucketLocalAliases: [MARK] }],
    objects: 0,
    bytes: 0,
    unfinishedUploads: 0,
    quotas: { maxSize: null, maxObjects: null },
};
const json = JSON.stringify;
const api = (change: { keys?: string; buckets?: string; bucket?: string; code?: number } = {}) =>
    [
        ["keys", change.keys ?? json(keys), 200],
        ["buckets", change.buckets ?? json(listed), 200],
        [`bucket.${ID}`, change.bucket ?? json(bucket), change.code ?? 200],
    ] as [string, string, number][];

describe("what Garage says of buckets and keys", () => {
    it("is understood on each series that has an API, and of 0.7's CLI", () => {
        for (const series of ["0.8", "0.9", "1", "2"])
            assert.equal(verdicts(series, [api()])[0]!.at(-1), `done\u001f${json({ bucketId: ID })}`);
        const text = `Bucket: ${ID}
Website access: false

Global aliases:
  photos

Key-specific aliases:
  GKmarks00 (pulumi owner marks)  ${MARK}

Authorized keys:
`;
        const marks = `Key name: pulumi owner marks
Key ID: GKmarks00
Secret key: s
Can create buckets: false

Key-specific bucket aliases:
  ${MARK}  photos  ${ID}

Authorized buckets:
`;
        const said: [string, string, number][] = [
            ["keys", "List of keys:\n  GKmarks00  pulumi owner marks\n", 200],
            ["buckets", `List of buckets:\n  photos  GKmarks00:${MARK}  ${ID}\n`, 200],
            [`bucket.${ID}`, text, 200],
            ["key.GKmarks00", marks, 200],
        ];
        assert.equal(verdicts("0.7", [said])[0]!.at(-1), `done\u001f${json({ bucketId: ID })}`);
    });

    it("is refused, and nothing is done, where it is anything else", () => {
        const rows: [string, ReturnType<typeof api>][] = [
            ["garage-unclear", api({ keys: "" })],
            ["garage-unclear", api({ keys: json(keys).slice(0, -9) })],
            ["garage-unclear", api({ buckets: "<html>" })],
            ["garage-unclear", api({ buckets: json([{ ...listed[0], id: "$(touch x)" }]) })],
            ["garage-unclear", api({ buckets: json([{ ...listed[0], globalAliases: ["a\u001fb"] }]) })],
            ["garage-unclear", api({ bucket: json({ ...bucket, id: 3 }) })],
            ["garage-unclear", api({ bucket: json({ ...bucket, keys: [{ accessKeyId: "a b" }] }) })],
            ["garage-unclear", api({ bucket: "null" })],
            ["garage-unclear", api({ bucket: json({ ...bucket, globalAliases: ["photos", '","x":"'] }) })],
            ["garage-unclear", api({ bucket: json({ ...bucket, objects: "1\nact\u001f" }) })],
            ["garage-unclear", api({ bucket: json({ ...bucket, quotas: { maxSize: "1" } }) })],
            ["garage-silent", api({ code: 500 })],
            ["garage-silent", [["keys", json({ message: "Forbidden\u001b[2J" }), 403], ...api().slice(1)]],
            ["garage-silent", [["keys", "", 0], ...api().slice(1)]],
            ["garage-silent", [...api(), ["key.GKmarks00", json({ secretAccessKey: "a-secret" }), 500]]],
            ["garage-silent", [...api(), ["key.GKmarks00", "Secret key: a-secret\nError: late", 500]]],
            ["garage-silent", [...api(), ["key.GKmarks00", '{"secretAccessKey": "a-secret"', 0]]],
            ["garage-unclear", [...api(), ["key.GKmarks00", '{"secretAccessKey": "a-secret"', 200]]],
            ["garage-unclear", []],
        ];
        const all = verdicts(
            "1",
            rows.map(([, answers]) => answers),
        );
        for (const [i, [id]] of rows.entries()) {
            const lines = all[i]!;
            assert.equal(lines.length, 1, `row ${i}: ${lines}`);
            const [kind, refusedBy, text] = lines[0]!.split("\u001f");
            assert.deepEqual([kind, refusedBy], ["refuse", id], `row ${i}: ${lines}`);
            assert.doesNotMatch(text!, /[^\x20-\x7e]|a-secret/, `row ${i}`);
        }
    });

    it("never becomes an act of its own, whatever names a daemon in strange hands gives", () => {
        const forged = `x\nact\u001f""\u001fupdate-bucket\u001f${ID}\u001f@/etc/shadow`;
        const mark = (n: number, open = "") => `app pulumi:${OWN.slice(0, 12)}.${n}.0${open}`;
        const list = [
            { id: "GK00000001", name: mark(1) },
            { id: "GK00000002", name: mark(2, "+") },
        ];
        const has = (id: string, buckets: object[]) =>
            json({ accessKeyId: id, name: "app", secretAccessKey: "s", permissions: {}, buckets });
        const look = (local: string[], listedAlias = "photos") =>
            [
                ["keys", json(list), 200],
                [
                    "buckets",
                    json([{ ...listed[0], localAliases: [{ accessKeyId: "GK00000001", alias: listedAlias }] }]),
                    200,
                ],
                ["key.GK00000001", has("GK00000001", [{ id: ID, globalAliases: [forged], localAliases: local }]), 200],
                ["key.GK00000002", has("GK00000002", []), 200],
            ] as [string, string, number][];
        const all = verdicts(
            "1",
            [look([forged]), look(['a","b":"c']), look(["--yes"]), look(["photos"], forged)],
            KEY,
        );
        for (const lines of all.slice(0, 3)) {
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.deepEqual(lines[0]!.split("\u001f").slice(0, 2), ["refuse", "garage-unclear"]);
        }
        // Those of other buckets are only told, if that.
        assert.deepEqual(
            all[3]!.map((line) => line.split("\u001f").slice(0, 3)),
            [
                ["set", "GK00000002", all[3]![0]!.split("\u001f")[2]],
                ["act", '""', "local"],
                ["act", '""', "name-key"],
            ],
        );
    });

    it("is no line where a field would end it, and a refusal's words are one line", () => {
        const program = (text: string) =>
            `${["words", "store"].map((file) => readFileSync(join(LIB, `${file}.jq`), "utf8")).join("\n")}\n${text}`;
        const said = (text: string) =>
            spawnSync("jq", ["-nr", "--arg", "series", "1", program(text)], { encoding: "utf8" }).stdout;
        for (const bad of ["\\n", "\\u001f", "\\u001b", "\\u0000"])
            assert.equal(said(`[try (["act", "a${bad}b"] | line) catch "none"][]`), "none\n");
        assert.equal(said('["act", "a\\tb"] | line'), "act\u001fa\tb\n");
        assert.equal(said('try reason("x"; "a\\nact\\u001fb") catch refused'), "refuse\u001fx\u001fa act b\n");
    });
});

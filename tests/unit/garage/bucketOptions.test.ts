import { deepStrictEqual, match, ok } from "node:assert";
import { BUCKET_OPTIONS, bucketOptionsAt, KEY_OPTIONS, keyOptionsAt } from "../../../sdk/garage/bucketOptions";
import { OptionsFile } from "../optionsFile";

for (const [args, file, known] of [
    ["GarageBucketArgs", new OptionsFile("bucketArgs.ts"), BUCKET_OPTIONS],
    ["GarageKeyArgs", new OptionsFile("keyArgs.ts"), KEY_OPTIONS],
] as const)
    describe(`the options of ${args}`, () => {
        const options = file.optionsOf(args);

        it("are all known to whoever reads them, and no others", () => {
            deepStrictEqual(options.map(({ path }) => path).sort(), [...known].sort());
        });

        for (const { path, doc } of options)
            it(`${path} says what it is, and its default where it may be left out`, () => {
                match(doc, /^[A-Z].{10,}\.$/s);
                const needed = /access$|indexDocument|accessKeyId|origins|methods/.test(path);
                const means = /Default|may be|takeOver|reapply|rotate|retire|imported/;
                ok(needed || means.test(`${path} ${doc}`), doc);
            });

        it("have no unions and no functions, which Pulumi's analyzer refuses, and import nothing but the type Input", () => {
            deepStrictEqual(file.refused(), []);
            deepStrictEqual(file.imports(), ['import type { Input } from "@pulumi/pulumi";']);
        });
    });

describe("options of buckets and keys", () => {
    it("are listed by their place", () => {
        deepStrictEqual(bucketOptionsAt("website"), ["indexDocument", "errorDocument"]);
        deepStrictEqual(bucketOptionsAt("keys.*"), ["accessKeyId", "read", "write", "owner"]);
        ok(keyOptionsAt("").includes("rotate"));
    });
});

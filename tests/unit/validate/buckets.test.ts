import { deepStrictEqual, match, ok } from "node:assert";
import { secret } from "@pulumi/pulumi";
import { validateBucket } from "../../../sdk/validate/bucket";
import { validateKey } from "../../../sdk/validate/key";
import type { Validated } from "../../../sdk/validate/validated";
import { said } from "../support";

type Row = [what: string, args: Record<string, unknown>, ...said: [path: string, message: RegExp][]];

/** What is wrong with which value, what is allowed, what to do. */
const FOUR_PARTS = /^\S.*\. Allowed: .*\. \S.*\.$/s;
const ID = `GK${"1".repeat(24)}`;
const access = secret("known later");

function describeRows(title: string, read: (args: object) => Validated<unknown>, rows: Row[]): void {
    describe(title, () => {
        for (const [what, args, ...expected] of rows)
            it(`${what}: ${expected.length === 0 ? "allowed" : "refused"}`, () => {
                const { problems } = read({ access, ...args });
                const paths = problems.map(({ path }) => path);
                deepStrictEqual(
                    paths,
                    expected.map(([path]) => path),
                    said({ problems, warnings: [] }).join("\n"),
                );
                problems.forEach(({ message }, index) => {
                    match(message, expected[index]![1]);
                    match(message, FOUR_PARTS);
                });
            });
    });
}

const right = { accessKeyId: ID, read: true };
const rule = { origins: ["https://example.org"], methods: ["GET"] };

describeRows("a bucket", (args) => validateBucket(args, "photos"), [
    ["nothing but the store", {}],
    ["no store", { access: null }, ["access", /^Nothing says which store/]],
    ["the store itself", { access: { clusterId: "x" } }, ["access", /^An object is no text/]],
    ["a text that is no access", { access: "hunter2" }, ["access", /^It is no JSON \(not shown/]],
    ["an option of another name", { alias: ["a"] }, ["alias", /Did you mean aliases\?/]],
    ["several names", { aliases: ["photos", "my.site.example.org", "a-1"] }],
    ["too short", { aliases: ["ab"] }, ["aliases[0]", /^"ab" can't be used/]],
    ["too long", { aliases: ["a".repeat(64)] }, ["aliases[0]", /\(64 characters\) can't be used/]],
    ["as long as may be", { aliases: ["a".repeat(63)] }],
    ...["Photos", "my_photos", "-photos", "photos-", ".photos", "photos.", "my..photos", "10.0.0.1", "xn--photos"].map(
        (name): Row => [`the name ${name}`, { aliases: [name] }, ["aliases[0]", /can't be used here/]],
    ),
    ...["a.xn--b", "photos-s3alias", ID, ID.toLowerCase()].map(
        (name): Row => [`the name ${name}`, { aliases: [name] }, ["aliases[0]", /can't be used here/]],
    ),
    ["a name twice", { aliases: ["photos", "photos"] }, ["aliases[1]", /is there twice/]],
    ["no name at all", { aliases: [] }, ["aliases", /no client could reach it/]],
    ["a name in place of a list", { aliases: "photos" }, ["aliases", /Write a list: \["photos"\]/]],
    ["a name that isn't known yet", { aliases: [access] }, ["aliases[0]", /where a plain value is needed/]],
    ["both quotas", { quotas: { maxSize: "500G", maxObjects: 1_000_000 } }],
    ["one quota, as YAML has the other", { quotas: { maxSize: "1.5TiB", maxObjects: null } }],
    ["quotas of nothing", { quotas: {} }, ["quotas", /limits nothing/]],
    ["a size without unit", { quotas: { maxSize: "500" } }, ["quotas.maxSize", /can't be used here/]],
    ["a size that is a number", { quotas: { maxSize: 500 } }, ["quotas.maxSize", /is no text/]],
    ["a size that is none", { quotas: { maxSize: "lots of G" } }, ["quotas.maxSize", /is no capacity/]],
    ["no object", { quotas: { maxObjects: 0 } }, ["quotas.maxObjects", /out of range/]],
    ["half an object", { quotas: { maxObjects: 1.5 } }, ["quotas.maxObjects", /out of range/]],
    ["objects in quotes", { quotas: { maxObjects: "5" } }, ["quotas.maxObjects", /Take the quotes away/]],
    ["a website", { website: { indexDocument: "index.html", errorDocument: "errors/404.html" } }],
    ["a website without index", { website: {} }, ["website.indexDocument", /Garage has to know/]],
    [
        "an index in a folder",
        { website: { indexDocument: "a/index.html" } },
        ["website.indexDocument", /can't be used/],
    ],
    [
        "an error page by its path",
        { website: { indexDocument: "index.html", errorDocument: "/404.html" } },
        ["website.errorDocument", /can't be used/],
    ],
    ["a website that is a flag", { website: true }, ["website", /is no value of the right kind/]],
    ["rights", { keys: [right, { accessKeyId: access, write: true, owner: true }] }],
    ["a right without key", { keys: [{ read: true }] }, ["keys[0].accessKeyId", /says which key/]],
    ["a key without right", { keys: [{ accessKeyId: ID, read: false }] }, ["keys[0]", /may do nothing/]],
    ["a key twice", { keys: [right, { ...right, write: true }] }, ["keys[1].accessKeyId", /is there twice/]],
    [
        "a key twice by one Output",
        { keys: [1, 2].map(() => ({ accessKeyId: access, read: true })) },
        ["keys[1].accessKeyId", /^The same key is there twice/],
    ],
    [
        "a secret in place of an id",
        { keys: [{ accessKeyId: "5".repeat(64), read: true }] },
        ["keys[0].accessKeyId", /can't be used/],
    ],
    ["a right in words", { keys: [{ accessKeyId: ID, read: "yes" }] }, ["keys[0].read", /true or false/]],
    ["a right of another name", { keys: [{ ...right, delete: true }] }, ["keys[0].delete", /is no option/]],
    ["rules of days", { lifecycle: [{ prefix: "tmp/", expireAfterDays: 7 }, { abortUploadsAfterDays: 1 }] }],
    ...["logs ", " a/", " "].map(
        (prefix): Row => [
            `a prefix with a blank at an end, which Garage cuts off: "${prefix}"`,
            { lifecycle: [{ prefix, expireAfterDays: 7 }] },
            ["lifecycle[0].prefix", /can't be used here.*without a blank at either end/],
        ],
    ),
    ["a blank inside", { lifecycle: [{ id: "my logs", prefix: "my logs/", expireAfterDays: 7 }] }],
    [
        "a rule's name with a blank at its end",
        { lifecycle: [{ id: "logs ", prefix: "logs", expireAfterDays: 7 }] },
        ["lifecycle[0].id", /can't be used here/],
    ],
    ["a rule that does nothing", { lifecycle: [{ prefix: "tmp/" }] }, ["lifecycle[0]", /does nothing/]],
    ...[undefined, null].map(
        (prefix): Row => [
            `a prefix that came out of a configuration as ${prefix}`,
            { lifecycle: [{ prefix, expireAfterDays: 1 }] },
            ["lifecycle[0].prefix", /doesn't say which: it would be every object of the bucket.*everything: true/],
        ],
    ),
    ["all objects, in so many words", { lifecycle: [{ everything: true, expireAfterDays: 90 }] }],
    [
        "all objects, and those of a prefix",
        { lifecycle: [{ everything: true, prefix: "tmp/", expireAfterDays: 90 }] },
        ["lifecycle[0].everything", /has a prefix too/],
    ],
    [
        "no day",
        { lifecycle: [{ everything: true, expireAfterDays: 0 }] },
        ["lifecycle[0].expireAfterDays", /out of range.*from 1/],
    ],
    [
        "less than no day",
        { lifecycle: [{ abortUploadsAfterDays: -3 }] },
        ["lifecycle[0].abortUploadsAfterDays", /out of range/],
    ],
    [
        "two rules for one prefix",
        {
            lifecycle: [
                { prefix: "a", expireAfterDays: 1 },
                { prefix: "a", abortUploadsAfterDays: 1 },
            ],
        },
        ["lifecycle[1]", /"a" is the name of another rule too/],
    ],
    [
        "two rules for one prefix, with names",
        {
            lifecycle: [
                { prefix: "a", expireAfterDays: 1 },
                { id: "b", prefix: "a", abortUploadsAfterDays: 1 },
            ],
        },
    ],
    ["scripts of a site", { cors: [{ ...rule, headers: ["*"], exposeHeaders: ["ETag"], maxAgeSeconds: 3600 }] }],
    ["scripts of all sites", { cors: [{ origins: ["*"], methods: ["*"] }] }],
    ["an origin with a port", { cors: [{ ...rule, origins: ["http://localhost:8080", "http://[::1]:80"] }] }],
    ...[
        ["a path", "https://example.org/"],
        ["a wildcard inside", "https://*.example.org"],
        ["a user's credentials", "https://me:hunter2@example.org"],
        ["no scheme", "example.org"],
        ["upper case", "https://Example.org"],
    ].map(
        ([what, origin]): Row => [
            `an origin with ${what}`,
            { cors: [{ ...rule, origins: [origin] }] },
            ["cors[0].origins[0]", /can't be used here.*no wildcard inside of one/],
        ],
    ),
    [
        "all origins and one",
        { cors: [{ ...rule, origins: ["*", "https://a.org"] }] },
        ["cors[0].origins", /allows all/],
    ],
    ["no origin", { cors: [{ methods: ["GET"] }] }, ["cors[0].origins", /^Nothing is allowed/]],
    ["no method", { cors: [{ ...rule, methods: [] }] }, ["cors[0].methods", /^Nothing is allowed/]],
    ["a method in lower case", { cors: [{ ...rule, methods: ["get"] }] }, ["cors[0].methods[0]", /can't be used/]],
    [
        "credentials, which Garage has no word for",
        { cors: [{ ...rule, origins: ["*"], allowCredentials: true }] },
        ["cors[0].allowCredentials", /is no option/],
    ],
    ["one origin in two rules, for other methods", { cors: [rule, { ...rule, methods: ["PUT"] }] }],
    [
        "one origin and method in two rules",
        { cors: [rule, { origins: ["*", ...rule.origins].slice(1), methods: ["PUT", "GET"] }] },
        ["cors[1]", /^GET from https:\/\/example\.org is there twice/],
    ],
    ["flags in words", { exclusive: "no", takeOver: 1 }, ["exclusive", /true or false/], ["takeOver", /true or false/]],
    ["one taken over by its id", { bucketId: "b".repeat(64), takeOver: true }],
    [
        "an id that was cut short",
        { bucketId: "b".repeat(16), takeOver: true },
        ["bucketId", /can't be used.*64 hex digits/],
    ],
    ["a reapply with a space", { reapply: "a b" }, ["reapply", /can't be used/]],
    [
        "all at once",
        { aliases: ["A"], quotas: { maxSize: "x" }, website: {}, keys: [{}], lifecycle: [{}], cors: [{}] },
        ...["aliases[0]", "quotas.maxSize", "website.indexDocument", "keys[0].accessKeyId", "keys[0]"].map(
            (path): [string, RegExp] => [path, /./],
        ),
        ...["lifecycle[0]", "cors[0].origins", "cors[0].methods"].map((path): [string, RegExp] => [path, /./]),
    ],
]);

describe("a bucket's name", () => {
    it("is the resource's, which has to be one then", () => {
        deepStrictEqual(validateBucket({ access }, "photos").spec?.aliases, ["photos"]);
        const { problems } = validateBucket({ access }, "Photos");
        deepStrictEqual(
            problems.map(({ path }) => path),
            ["aliases"],
        );
        match(problems[0]!.message, /"Photos" can't be used.*no aliases are given\. Give one/s);
        ok(validateBucket({ access, aliases: ["photos"] }, "Photos").spec);
    });

    it("stands in a command line as the resource's, where not every name can", () => {
        for (const read of [validateBucket, validateKey])
            for (const name of ["my photos", "a;b", "-a", "$(id)", "a".repeat(65), ""])
                deepStrictEqual(
                    read({ access, aliases: ["photos"], name: "app" }, name).problems.flatMap(({ path }) =>
                        path.startsWith("(") ? [path] : [],
                    ),
                    ["(the resource's name)"],
                    name,
                );
    });
});

const pair = { accessKeyId: ID, secretAccessKey: "5".repeat(64) };

describeRows("a key", (args) => validateKey(args, "app"), [
    ["nothing but the store", {}],
    ["another name", { name: "my.app_1" }],
    ["a name with a space", { name: "my app" }, ["name", /can't be used/]],
    ["a time", { expiresAt: "2030-01-31T00:00:00+01:00" }],
    ["a day", { expiresAt: "2030-01-31" }, ["expiresAt", /can't be used.*RFC 3339/]],
    ["a day that is none", { expiresAt: "2030-13-31T00:00:00Z" }, ["expiresAt", /can't be used/]],
    ["a day in February that is none", { expiresAt: "2030-02-31T00:00:00Z" }, ["expiresAt", /can't be used/]],
    ["a pair", pair],
    ["a pair that isn't known yet", { accessKeyId: access, secretAccessKey: access }],
    [
        "a pair of another store",
        { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfi" },
    ],
    ["an id alone", { accessKeyId: ID }, ["secretAccessKey", /^Nothing is given beside accessKeyId/]],
    [
        "a secret alone",
        { secretAccessKey: "5".repeat(64) },
        ["accessKeyId", /^Nothing is given beside secretAccessKey/],
    ],
    [
        "a pair the wrong way round",
        { accessKeyId: "5".repeat(64), secretAccessKey: "hunter2" },
        ["accessKeyId", /can't be used/],
        ["secretAccessKey", /^A text of 7 characters can't be used here \(not shown/],
    ],
    ["a rotation, and one that is retired", { rotate: "2026", retire: [ID] }],
    ["one retired twice", { retire: [ID, ID] }, ["retire[1]", /is there twice/]],
    ["one retired by its name", { retire: ["app"] }, ["retire[0]", /can't be used/]],
    ["one taken over", { takeOver: ID }],
    ["one taken over by its name", { takeOver: "app" }, ["takeOver", /can't be used/]],
    ["one taken over by yes", { takeOver: true }, ["takeOver", /is no text/]],
    ["one taken over and imported", { ...pair, takeOver: ID }, ["takeOver", /beside a key to be imported/]],
    ["a flag in words", { allowCreateBucket: "yes" }, ["allowCreateBucket", /true or false/]],
]);

describe("a key's time", () => {
    it("is said in UTC, as Garage says it", () => {
        const of = (expiresAt: string) => validateKey({ access, expiresAt }, "app").spec?.expiresAt;
        deepStrictEqual(of("2030-01-31T00:30:00.5+01:00"), "2030-01-30T23:30:00Z");
    });
});

describe("hostile arguments", () => {
    const throwing = new Proxy(
        {},
        {
            get: () => {
                throw new Error("no");
            },
            ownKeys: () => {
                throw new Error("no");
            },
        },
    );
    for (const [kind, read] of Object.entries({ bucket: validateBucket, key: validateKey }))
        it(`of a ${kind} are refused, and nothing is thrown`, () => {
            for (const args of [
                null,
                undefined,
                3,
                "x",
                [],
                access,
                throwing,
                { access, aliases: throwing, name: throwing },
            ])
                ok(read(args, "photos").problems.length > 0);
        });
});

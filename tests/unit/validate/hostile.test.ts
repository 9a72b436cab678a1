import { ok, strictEqual } from "node:assert";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { goodArgs, paris } from "../support";

const OUTPUT = { __pulumiOutput: true, apply: () => OUTPUT };

describe("hostile input", () => {
    const hostile: [string, unknown][] = [
        ["undefined", undefined],
        ["null", null],
        ["a text", "x"],
        ["a number", 3],
        ["a list", []],
        ["a function", () => 1],
        ["an Output", OUTPUT],
        ["a symbol", Symbol("x")],
        ["a big integer", 10n],
        [
            "a getter that throws",
            Object.defineProperty({}, "nodes", {
                enumerable: true,
                get: () => {
                    throw new Error("no");
                },
            }),
        ],
        [
            "a proxy that throws",
            new Proxy(
                {},
                {
                    get: () => {
                        throw new Error("no");
                    },
                    ownKeys: () => {
                        throw new Error("no");
                    },
                },
            ),
        ],
        ["an object without prototype", Object.create(null)],
        ["a map with a strange key", { "a\nb": 1, __proto__: null }],
    ];
    for (const [what, args] of hostile) {
        it(`answers ${what} with problems, not with an exception`, () => {
            const { spec: found, problems } = validateArgs(args);
            strictEqual(found, undefined);
            ok(problems.length > 0);
        });
    }

    it("survives any kind of value in any option", () => {
        const cyclic: Record<string, unknown> = {};
        cyclic.self = cyclic;
        const revoked = Proxy.revocable({}, {});
        revoked.revoke();
        const values: unknown[] = [
            null,
            0,
            -1,
            1.5,
            Number.NaN,
            Number.POSITIVE_INFINITY,
            "",
            " ",
            "\0",
            "x".repeat(1e5),
            true,
            [],
            [[]],
            {},
            { a: {} },
            cyclic,
            () => 1,
            Symbol("s"),
            10n,
            new Date(0),
            /x/,
            revoked.proxy,
            [null],
            [undefined],
            "constructor",
            "__proto__",
            new Map([["a", 1]]),
        ];
        const names = Object.keys(validateArgs(goodArgs()).spec!).concat([
            "binary",
            "majorUpgrade",
            "dataDir",
            "rpcSecret",
            "clusterId",
        ]);
        for (const value of values) {
            for (const name of names) ok(Array.isArray(validateArgs(goodArgs({ [name]: value })).problems));
            for (const name of ["zone", "capacity", "tags", "ssh", "container", "reapply", "replace", "rpcPublicAddr"])
                ok(Array.isArray(validateArgs(paris({ [name]: value })).problems));
            for (const name of ["baseUrl", "url", "path", "sha256"])
                ok(Array.isArray(validateArgs(goodArgs({ binary: { [name]: value } })).problems));
            validateArgs(goodArgs({ nodes: { paris: value } }));
            validateArgs(goodArgs({ settings: { admin: value, x: value, k2v_api: value } }));
            validateArgs(goodArgs({ dataDirs: [value] }));
        }
    });
});

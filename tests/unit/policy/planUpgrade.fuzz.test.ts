import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { afterDeploy, defaultVersion, parseRelease, planUpgrade, seriesOf } from "../../../sdk/policy";

/** mulberry32: the same run every time. */
function seeded(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}

const throwing = new Proxy(
    {},
    {
        get: () => {
            throw new Error("touched");
        },
        has: () => {
            throw new Error("touched");
        },
        ownKeys: () => {
            throw new Error("touched");
        },
        getPrototypeOf: () => {
            throw new Error("touched");
        },
    },
);
const revoked = Proxy.revocable([], {});
revoked.revoke();

const ODD: unknown[] = [
    undefined,
    null,
    true,
    false,
    0,
    -0,
    1,
    0.1,
    0.8,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n,
    Symbol("x"),
    {},
    [],
    [[]],
    ["0.8.7"],
    () => "0.8.7",
    new Date(Number.NaN),
    /x/,
    new Map(),
    Object.create(null),
    throwing,
    revoked.proxy,
    {
        toString: () => {
            throw new Error("touched");
        },
    },
    {
        get __pulumiOutput() {
            throw new Error("touched");
        },
    },
    pulumi.output("0.8.7"),
    pulumi.secret("0.8.7"),
    { __pulumiUnknown: true },
    "",
    " ",
    "\0",
    "\ud800",
    "v",
    "vv",
    "__proto__",
    "constructor",
    "latest",
    "-",
    "+",
    ".",
    "..",
    "...",
    "0",
    "0.",
    "0.8",
    "0.8.",
    "0.8.3",
    "v0.8.7",
    "0.8.7",
    "0.9.4",
    "1.3.1",
    "2.5.0",
    "0.7",
    "0.9",
    "1",
    "2",
    "1.99.0",
    "3.0.0",
    "0.10.0",
    "a".repeat(500_000),
    `0.8.${"7".repeat(100_000)}`,
    `0.8.7-${"a.".repeat(100_000)}`,
];
const KINDS = ["create", "none", "patch", "major", "refused"];

function assertShape(input: unknown): void {
    const plan = planUpgrade(input as never);
    assert.ok(KINDS.includes(plan.kind));
    assert.equal(typeof plan.to, "string");
    assert.ok(plan.from === undefined || typeof plan.from === "string");
    assert.equal(plan.reasons.length > 0, plan.kind === "refused");
    assert.equal(plan.hop !== undefined, plan.kind === "major");
    assert.ok(plan.warnings.every((warning) => typeof warning === "string"));
    for (const { id, message } of plan.reasons) {
        assert.match(id, /^[a-z]+(-[a-z]+)*$/);
        assert.ok(message.length > 20 && message.length < 1000);
    }
    assert.equal(new Set(plan.reasons.map(({ id }) => id)).size, plan.reasons.length);
    if (plan.kind !== "refused") assert.ok(seriesOf(plan.to));
    if (plan.next) assert.ok(plan.next.changelog.endsWith(`v${plan.next.version}`));
    JSON.stringify(plan);
}

describe("planUpgrade: never throws", () => {
    it("whatever stands in place of the arguments", () => {
        for (const value of ODD) assertShape(value);
        assertShape({
            get to() {
                throw new Error("touched");
            },
            stateVersion: "0.8",
        });
    });

    it("every odd value in every place", () => {
        for (const odd of ODD) {
            for (const other of ["0.8.7", undefined]) {
                assertShape({ from: odd, to: other, stateVersion: "0.8", allowPatchDowngrade: odd });
                assertShape({ from: other, to: odd, stateVersion: "0.8", allowPatchDowngrade: odd });
                assertShape({ from: other, to: other, stateVersion: odd });
            }
            parseRelease(odd);
            seriesOf(odd);
            defaultVersion(odd);
            assert.ok(Array.isArray(afterDeploy({ reached: odd as string, stateVersion: odd as string })));
        }
    });

    it("10,000 random texts and values", () => {
        const random = seeded(20261122);
        const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
        const bits = [
            "0",
            "7",
            "8",
            "9",
            "1",
            "2",
            "99",
            "10",
            ".",
            ".",
            ".",
            "v",
            "-",
            "+",
            "rc1",
            "x",
            "*",
            "^",
            "~",
            " ",
            "\n",
            "|",
            "é",
            "\u0000",
            "💥",
        ];
        const text = () => Array.from({ length: Math.floor(random() * 9) }, () => pick(bits)).join("");
        const value = () =>
            random() < 0.2 ? pick(ODD) : random() < 0.3 ? pick(["0.8.7", "0.9.4", "0.7.0", "1.3.1", "2.5.0"]) : text();
        const state = () => (random() < 0.6 ? pick(["0.7", "0.8", "0.9", "1", "2"]) : value());
        for (let round = 0; round < 10_000; round++) {
            assertShape({
                from: value(),
                to: value(),
                stateVersion: state(),
                allowPatchDowngrade: pick([true, false, undefined, "x"]),
            });
        }
    });
});

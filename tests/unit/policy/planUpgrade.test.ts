import assert from "node:assert/strict";
import { planUpgrade } from "../../../sdk/policy";

const ids = (input: unknown) => planUpgrade(input as never).reasons.map(({ id }) => id);
const said = (input: unknown) =>
    planUpgrade(input as never)
        .reasons.map(({ message }) => message)
        .join("\n");

describe("planUpgrade: refusals name the way", () => {
    const rows: [what: string, input: Record<string, unknown>, ids: string[], words: RegExp[]][] = [
        [
            "a skipped series",
            { from: "0.7.3", to: "0.9.4", stateVersion: "0.7" },
            ["skips-series"],
            [/0\.7\.3 → 0\.9\.4 skips 0\.8: .*go to 0\.8\.7 first/],
        ],
        [
            "two skipped series",
            { from: "0.7.3", to: "1.3.0", stateVersion: "0.7" },
            ["skips-series"],
            [/skips 0\.8 and 0\.9: .*go to 0\.8\.7 first/],
        ],
        ["a skip with no memory", { to: "0.9.4", stateVersion: "0.7" }, ["skips-series"], [/go to 0\.8\.7 first/]],
        [
            "stateVersion and version moved together",
            { from: "0.8.7", to: "0.9.4", stateVersion: "0.9" },
            ["state-version-ahead"],
            [
                /stateVersion says 0\.9 but the stack last reached 0\.8\.7: leave it at 0\.8, set version "0\.9\.4", move it afterwards/,
                /NixOS/,
            ],
        ],
        [
            "stateVersion moved alone, version left out",
            { from: "0.8.7", stateVersion: "0.9" },
            ["state-version-ahead"],
            [/leave it at 0\.8, set version "0\.9\.4"/],
        ],
        [
            "stateVersion moved alone, version kept",
            { from: "0.8.7", to: "0.8.7", stateVersion: "0.9" },
            ["state-version-ahead"],
            [/leave it at 0\.8\. .*stateVersion: "0\.8"/],
        ],
        [
            "stateVersion ahead and a skip: both are said",
            { from: "0.8.7", to: "1.3.0", stateVersion: "1" },
            ["state-version-ahead", "skips-series"],
            [/set version "0\.9\.4"/, /skips 0\.9/],
        ],
        [
            "stateVersion two behind",
            { from: "0.9.4", to: "0.9.4", stateVersion: "0.7" },
            ["state-version-behind"],
            [/set stateVersion: "0\.9"/],
        ],
        [
            "the next hop before the last one is closed",
            { from: "0.9.4", to: "1.3.0", stateVersion: "0.8" },
            ["state-version-behind"],
            [/set stateVersion: "0\.9"\. .*version: "0\.9\.4", and go to 1\.3\.0 afterwards/],
        ],
        [
            "another release before the hop is closed",
            { from: "0.9.3", to: "0.9.4", stateVersion: "0.8" },
            ["set-state-version-first"],
            [/Set stateVersion: "0\.9" with version: "0\.9\.3"/],
        ],
        [
            "a lower release before the hop is closed, downgrades allowed",
            { from: "0.9.4", to: "0.9.3", stateVersion: "0.8", allowPatchDowngrade: true },
            ["set-state-version-first"],
            [],
        ],
        [
            "back after a finished hop",
            { from: "0.9.4", to: "0.8.7", stateVersion: "0.8" },
            ["series-downgrade"],
            [/garage-node restore/, /set version: "0\.9\.4"/],
        ],
        [
            "back by leaving version out after a finished hop",
            { from: "0.9.4", stateVersion: "0.8" },
            ["series-downgrade"],
            [/the default of stateVersion, since version isn't set/],
        ],
        ["a series downgrade", { from: "1.3.0", to: "0.9.4", stateVersion: "1" }, ["series-downgrade"], [/restore/]],
        [
            "a series downgrade with no memory",
            { to: "0.8.7", stateVersion: "0.9" },
            ["series-downgrade"],
            [/version: "0\.9\.4"/, /stateVersion: "0\.8"/],
        ],
        [
            "a patch downgrade",
            { from: "0.8.7", to: "0.8.6", stateVersion: "0.8" },
            ["patch-downgrade"],
            [/allowPatchDowngrade: true/],
        ],
        [
            "a patch downgrade that is allowed by something that isn't true",
            { from: "0.8.7", to: "0.8.6", stateVersion: "0.8", allowPatchDowngrade: "true" },
            ["patch-downgrade"],
            [],
        ],
        [
            "a patch downgrade by default, because the package knows less",
            { from: "2.6.0", stateVersion: "2" },
            ["patch-downgrade"],
            [/since version isn't set/],
        ],
        [
            "a newer release by default, because the package knows more",
            { from: "2.4.0", stateVersion: "2" },
            ["default-moved"],
            [/version: "2\.4\.0" to stay, or version: "2\.5\.0" to go there/],
        ],
        [
            "an older release by default, where a downgrade is allowed",
            { from: "2.6.0", stateVersion: "2", allowPatchDowngrade: true },
            ["default-moved"],
            [/is now 2\.5\.0; it was 2\.6\.0/],
        ],
        [
            "a known-bad release that skips too",
            { from: "0.7.3", to: "0.8.3", stateVersion: "0.9" },
            ["version-known-bad", "state-version-ahead"],
            [/0\.8\.4/],
        ],
        [
            "everything wrong at once",
            { from: "?", to: 0.1, stateVersion: "0.10" },
            ["state-version-unknown", "version-not-a-string", "reached-unreadable"],
            [],
        ],
    ];
    for (const [what, input, expected, words] of rows) {
        it(what, () => {
            assert.deepEqual(ids(input), expected);
            for (const word of words) assert.match(said(input), word);
        });
    }
});

describe("planUpgrade: what is written in place of a release", () => {
    const rows: [unknown, string, RegExp][] = [
        ["", "version-empty", /leave version out/],
        [" 0.8.7", "version-whitespace", /0\.8\.7/],
        ["0.8.7\n", "version-whitespace", /line break/],
        ["latest", "version-tag", /latest/],
        ["stable", "version-tag", /stable/],
        ["^0.8.7", "version-range", /range/],
        ["~0.8", "version-range", /range/],
        [">=0.8.0", "version-range", /range/],
        ["0.8.x", "version-range", /range/],
        ["*", "version-range", /range/],
        ["0.8.6||0.8.7", "version-range", /range/],
        ["0.8", "version-incomplete", /"0\.8\.7"/],
        ["1.0", "version-incomplete", /"1\.3\.1"/],
        ["v1", "version-incomplete", /"1\.3\.1"/],
        ["1", "version-incomplete", /"1\.3\.1"/],
        ["1.0.0-rc1", "version-prerelease", /pre-release/],
        ["0.9.0-beta.1", "version-prerelease", /pre-release/],
        ["0.8.7+dirty", "version-build-metadata", /\+/],
        ["0.08.7", "version-leading-zero", /"0\.8\.7"/],
        ["00.8.7", "version-leading-zero", /"0\.8\.7"/],
        ["0.8.07", "version-leading-zero", /"0\.8\.7"/],
        ["0.8.7.1", "version-malformed", /0\.8\.7\.1/],
        ["vv0.8.7", "version-malformed", /vv/],
        ["V0.8.7", "version-malformed", /V0/],
        ["=0.8.7", "version-range", /range/],
        ["0.8.-7", "version-malformed", /./],
        ["0.8.99999999999999999999", "version-malformed", /./],
        ["０.８.７", "version-malformed", /./],
        ["9".repeat(1_000_000), "version-malformed", /too long/],
        ["0.6.0", "version-unknown-series", /0\.7, 0\.8, 0\.9, 1, 2/],
        ["0.10.0", "version-unknown-series", /0\.10\.0/],
        ["3.0.0", "version-unknown-series", /newer version of this package/],
        ["1.99.0", "version-internal", /internal/],
        ["1.99.1", "version-internal", /internal/],
        ["2.99.0", "version-internal", /internal/],
        ["0.8.3", "version-known-bad", /"0\.8\.7"/],
        ["v0.8.3", "version-known-bad", /0\.8\.4/],
        [0.1, "version-not-a-string", /YAML reads 0\.10 as the number 0\.1 and 1\.0 as 1.*quotes/],
        [1, "version-not-a-string", /quotes/],
        [Number.NaN, "version-not-a-string", /quotes/],
        [true, "version-not-a-string", /boolean/],
        [["0.8.7"], "version-not-a-string", /a list/],
        [{ version: "0.8.7" }, "version-not-a-string", /an object/],
        [new String("0.8.7"), "version-not-a-string", /an object/],
        [Symbol("0.8.7"), "version-not-a-string", /a symbol/],
        [10n, "version-not-a-string", /big integer/],
        [() => "0.8.7", "version-not-a-string", /a function/],
        [{ __pulumiOutput: true }, "version-not-a-string", /Output/],
        [{ __pulumiUnknown: true }, "version-not-a-string", /Output/],
    ];
    for (const [to, id, words] of rows) {
        it(`version ${typeof to === "string" ? JSON.stringify(to.slice(0, 30)) : `(${typeof to})`}: ${id}`, () => {
            const plan = planUpgrade({ to: to as string, stateVersion: "0.8" });
            assert.equal(plan.kind, "refused");
            assert.equal(plan.reasons[0]?.id, id);
            assert.match(plan.reasons[0]?.message ?? "", words);
            assert.match(plan.reasons[0]?.message ?? "", /version/);
            assert.ok(plan.reasons[0]!.message.length < 700, "a message stays short, whatever was given");
        });
    }

    it("a pre-release with build metadata and a leading zero gets all three reasons", () => {
        assert.deepEqual(ids({ to: "01.0.0-rc1+x", stateVersion: "1" }), [
            "version-leading-zero",
            "version-prerelease",
            "version-build-metadata",
        ]);
    });
});

describe("planUpgrade: what is written in place of stateVersion", () => {
    const rows: [unknown, string, RegExp][] = [
        [undefined, "state-version-missing", /stateVersion: "2"/],
        [null, "state-version-missing", /stateVersion/],
        [0.8, "state-version-not-a-string", /stateVersion: "0\.8"/],
        [0.1, "state-version-not-a-string", /YAML reads 0\.10 as the number 0\.1/],
        [1, "state-version-not-a-string", /stateVersion: "1"/],
        [{ __pulumiOutput: true }, "state-version-not-a-string", /Output/],
        [["0.8"], "state-version-not-a-string", /a list/],
        ["", "state-version-unknown", /garage-node status/],
        ["1.0", "state-version-unknown", /Write stateVersion: "1"/],
        ["1.3.0", "state-version-unknown", /Write stateVersion: "1"/],
        ["v1", "state-version-unknown", /Write stateVersion: "1"/],
        ["0.8.7", "state-version-unknown", /Write stateVersion: "0\.8"/],
        [" 0.8", "state-version-unknown", /Write stateVersion: "0\.8"/],
        ["0.10", "state-version-unknown", /"0\.7", "0\.8", "0\.9", "1", "2"/],
        ["0.6", "state-version-unknown", /"0\.7", "0\.8", "0\.9", "1", "2"/],
        ["3", "state-version-unknown", /"2"/],
        ["1.99", "state-version-unknown", /isn't the name/],
        ["toString", "state-version-unknown", /isn't the name/],
        ["__proto__", "state-version-unknown", /isn't the name/],
        ["x".repeat(1_000_000), "state-version-unknown", /1000000 characters/],
    ];
    for (const [stateVersion, id, words] of rows) {
        it(`stateVersion ${String(JSON.stringify(stateVersion)).slice(0, 30)}: ${id}`, () => {
            const plan = planUpgrade({ to: "0.8.7", stateVersion: stateVersion as string });
            assert.equal(plan.kind, "refused");
            assert.deepEqual(
                plan.reasons.map((reason) => reason.id),
                [id],
            );
            assert.match(plan.reasons[0]!.message, words);
        });
    }
});

describe("planUpgrade: what is let through", () => {
    it("takes the newest release of stateVersion's series where version isn't given", () => {
        for (const [stateVersion, to] of [
            ["0.7", "0.7.3"],
            ["0.8", "0.8.7"],
            ["0.9", "0.9.4"],
            ["1", "1.3.1"],
            ["2", "2.5.0"],
        ] as const) {
            assert.equal(planUpgrade({ stateVersion }).to, to);
            assert.equal(planUpgrade({ to: null as never, from: null as never, stateVersion }).kind, "create");
        }
    });

    it("takes a leading v away", () => {
        const plan = planUpgrade({ from: "v0.8.6", to: "v0.8.7", stateVersion: "0.8" });
        assert.deepEqual([plan.kind, plan.from, plan.to], ["patch", "0.8.6", "0.8.7"]);
    });

    it("treats a release that the catalogue doesn't know like the others, and says that it doesn't know it", () => {
        const rows: [string, string, string, string][] = [
            ["0.9.4", "0.9.9", "0.9", "patch"],
            ["2.5.0", "2.6.0", "2", "patch"],
            ["0.8.7", "0.9.9", "0.8", "major"],
        ];
        for (const [from, to, stateVersion, kind] of rows) {
            const plan = planUpgrade({ from, to, stateVersion });
            assert.equal(plan.kind, kind);
            assert.ok(plan.warnings.some((warning) => warning.includes(`doesn't know release ${to}`)));
        }
        assert.deepEqual(planUpgrade({ from: "2.6.0", to: "2.6.0", stateVersion: "2" }).warnings, []);
        assert.equal(planUpgrade({ from: "0.9.9", to: "0.9.4", stateVersion: "0.9" }).kind, "refused");
    });

    it("lets a stack without memory go on into the next series, and says that the hosts decide", () => {
        const plan = planUpgrade({ to: "0.9.4", stateVersion: "0.8" });
        assert.equal(plan.kind, "major");
        assert.match(plan.warnings.join("\n"), /remembers no release.*hosts/);
    });

    it("asks for stateVersion after a finished hop", () => {
        const plan = planUpgrade({ from: "0.9.4", to: "0.9.4", stateVersion: "0.8" });
        assert.equal(plan.kind, "none");
        assert.match(plan.warnings.join("\n"), /set stateVersion: "0\.9"/);
    });

    it("warns where a hop starts from an old release", () => {
        const old = planUpgrade({ from: "0.7.0", to: "0.8.7", stateVersion: "0.7" });
        assert.match(old.warnings.join("\n"), /0\.7\.0 is older than 0\.7\.3/);
        for (const [from, to, stateVersion] of [
            ["0.8.7", "0.9.4", "0.8"],
            ["0.9.4", "1.3.0", "0.9"],
            ["1.3.0", "2.5.0", "1"],
        ] as const) {
            assert.deepEqual(planUpgrade({ from, to, stateVersion }).warnings, []);
        }
    });

    it("lets a known-bad release be left, and says what stands in the way", () => {
        const plan = planUpgrade({ from: "0.8.3", to: "0.8.7", stateVersion: "0.8" });
        assert.equal(plan.kind, "patch");
        assert.match(plan.warnings.join("\n"), /0\.8\.3 is known to be bad/);
    });

    it("says what is said against a release that works, when it is asked for, and not again", () => {
        const said = (from?: string) => planUpgrade({ from, to: "2.3.0", stateVersion: "2" }).warnings.join("\n");
        for (const from of [undefined, "2.2.0"])
            assert.match(said(from), /2\.3\.0 may be installed, but .*S3 API panics.*2\.5\.0/);
        assert.equal(said("2.3.0"), "");
    });

    it("says what going below 2.5.0 needs", () => {
        const plan = planUpgrade({ from: "2.5.0", to: "2.4.1", stateVersion: "2", allowPatchDowngrade: true });
        assert.match(plan.warnings.join("\n"), /each node runs `repair blocks` once it has gone back/);
    });

    it("names where to go next, one hop at a time", () => {
        const rows: [string | undefined, string, string, string | undefined][] = [
            [undefined, "0.7.0", "0.7", "0.8.7"],
            ["0.8.6", "0.8.7", "0.8", "0.9.4"],
            ["0.8.6", "0.8.6", "0.8", "0.9.4"],
            ["0.8.7", "0.9.4", "0.8", "1.3.1"],
            ["0.9.4", "0.9.4", "0.8", "1.3.1"],
            ["1.3.0", "1.3.0", "1", "2.5.0"],
            [undefined, "2.0.0", "2", "2.5.0"],
            ["2.5.0", "2.5.0", "2", undefined],
            ["2.5.0", "2.6.0", "2", undefined],
        ];
        for (const [from, to, stateVersion, next] of rows) {
            const plan = planUpgrade({ from, to, stateVersion });
            assert.equal(plan.next?.version, next, `${from} → ${to}`);
            if (next) {
                assert.equal(plan.next?.changelog, `https://git.deuxfleurs.fr/Deuxfleurs/garage/releases/tag/v${next}`);
            }
        }
    });
});

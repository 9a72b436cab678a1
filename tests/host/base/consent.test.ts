import * as assert from "node:assert/strict";
import { FakeHost, METADATA } from "./fakeHost";

/** What the ledger says beside born=yes; `db` leaves a database behind. */
type Ledger = Record<string, string>;
/** ledger, release, stateVersion, verdict: "yes" or the id of the refusal, downgrade allowed */
type Row = [Ledger, string, string, string, "allowed"?];

const at = (release: string, more: Ledger = {}): Ledger => ({
    series: release.startsWith("0.") ? release.slice(0, 3) : release[0]!,
    release,
    ...more,
});
const fresh: Ledger = { born: "no" };
const open = (release: string, more: Ledger = {}) =>
    at(release, { hop: "0.8-to-0.9", hopstate: "open", attempt: "1", target: "0.9.3", ...more });
const undone = { previous: "2.4.0", act: "roll 2.5.0-aa" };

const rows: Row[] = [
    [fresh, "2.5.0", "2", "yes"],
    [fresh, "0.7.0", "0.7", "yes"],
    [fresh, "0.9.4", "0.8", "new-host-series"],
    [{ born: "no", series: "1" }, "2.5.0", "2", "yes"],
    [at("2.5.0"), "2.5.0", "2", "yes"],
    [at("2.4.0"), "2.5.0", "2", "yes"],
    [at("2.5.0"), "2.4.0", "2", "release-lower"],
    [at("2.5.0"), "2.4.0", "2", "yes", "allowed"],
    [at("0.8.10"), "0.8.9", "0.8", "release-lower"],
    [at("0.8.9"), "0.8.10", "0.8", "yes"],
    [at("2.5.0", undone), "2.4.0", "2", "yes"],
    [at("2.5.0", { ...undone, reached: "2.4.0" }), "2.4.0", "2", "yes"],
    [at("2.5.0", { ...undone, reached: "2.5.0" }), "2.4.0", "2", "release-lower"],
    [at("2.5.0", undone), "2.3.0", "2", "release-lower"],
    [at("0.7.3"), "0.8.7", "0.7", "yes"],
    [at("0.8.7"), "0.9.4", "0.8", "yes"],
    [at("0.9.4"), "1.3.0", "0.9", "yes"],
    [at("1.3.0"), "2.5.0", "1", "yes"],
    [at("0.8.7"), "0.9.4", "0.9", "state-version-ahead"],
    [at("0.8.7"), "1.3.0", "0.8", "series-skip"],
    [at("0.8.7"), "1.3.0", "0.9", "state-version-ahead"],
    [at("0.7.3"), "2.5.0", "2", "state-version-ahead"],
    [at("0.8.7"), "0.7.3", "0.8", "series-downgrade"],
    [at("0.8.7"), "0.7.3", "0.7", "series-downgrade"],
    [at("2.5.0"), "0.9.4", "0.9", "state-version-behind"],
    [at("2.5.0"), "1.3.0", "0.9", "state-version-behind"],
    [at("0.9.4", { hop: "0.8-to-0.9", hopstate: "finished" }), "0.9.4", "0.8", "yes"],
    [at("0.9.3", { hop: "0.8-to-0.9", hopstate: "finished" }), "0.9.4", "0.8", "yes"],
    [at("0.9.4", { hop: "0.8-to-0.9", hopstate: "finished" }), "0.9.3", "0.8", "release-lower"],
    [at("0.9.4", { hop: "0.8-to-0.9", hopstate: "finished" }), "0.8.7", "0.8", "series-downgrade"],
    [at("0.9.4", { hop: "0.8-to-0.9", hopstate: "finished" }), "0.9.4", "0.9", "yes"],
    [at("0.9.4", { hop: "0.8-to-0.9", hopstate: "finished" }), "1.3.0", "0.9", "yes"],
    [at("0.8.7", { hop: "0.8-to-0.9", hopstate: "finished" }), "0.9.4", "0.8", "hop-finished"],
    [open("0.8.7"), "0.9.3", "0.8", "yes"],
    [open("0.8.7"), "0.9.4", "0.8", "yes"],
    [open("0.8.7"), "0.9.2", "0.8", "release-lower"],
    [open("0.8.7"), "0.8.7", "0.8", "yes"],
    [open("0.8.7"), "0.8.6", "0.8", "release-lower"],
    [open("0.8.7"), "0.8.6", "0.8", "yes", "allowed"],
    [open("0.8.7"), "0.9.3", "0.9", "hop-open"],
    [open("0.8.7"), "1.3.0", "0.9", "hop-open"],
    [open("0.8.7", { migrating: "start" }), "0.8.7", "0.8", "hop-begun"],
    [open("0.8.7", { passed: "migrate" }), "0.8.7", "0.8", "hop-begun"],
    [open("0.9.3"), "0.8.7", "0.8", "hop-begun"],
    [open("0.9.3"), "0.9.4", "0.8", "yes"],
    [open("0.9.3", { target: "0.9.2" }), "0.9.2", "0.8", "release-lower"],
    [open("0.9.3"), "0.9.3", "0.9", "hop-open"],
    [at("2.5.0"), "3.0.0", "2", "release-unknown"],
    [at("2.5.0"), "2.5.0", "3", "release-unknown"],
];

describe("stage's consent (wall 3)", function () {
    this.timeout(60_000);
    let host: FakeHost;
    before(() => {
        host = FakeHost.like();
    });
    after(() => host.remove());

    for (const [ledger, release, sv, verdict, downgrade] of rows) {
        const state = Object.entries(ledger).map(([key, value]) => `${key} ${value}`);
        it(`${state.join(", ")} | version ${release}, stateVersion ${sv}${downgrade ? ", downgrade allowed" : ""}: ${verdict}`, () => {
            const lines = ["ledger 1", "cluster c1", "node paris", `id ${host.id()}`, `metadata ${METADATA}`, ...state];
            if (!ledger.born) lines.push("born yes");
            host.write(`${METADATA}/garage-node.ledger`, `${lines.join("\n")}\n`);
            const run = host.lib(`stage_consent ${release} ${sv} "${downgrade ?? ""}"`);
            const id = /\[([a-z-]+)\]\n$/.exec(run.stderr)?.[1];
            assert.equal(run.code === 0 ? "yes" : id, verdict, run.stderr);
        });
    }

    describe("to a release that ran here before, when the stack was lost", () => {
        const finished = { previous: "2.4.0" };
        const parts = (...left: string[]) =>
            [
                ["london", "storage"],
                ["paris", "storage"],
                ["rome", "storage"],
                ["edge", "gateway"],
            ]
                .map(
                    ([name, role]) =>
                        `peer ${name} ${name} ${name}:3901 ${role} ${left.includes(name!) ? "without" : "in"}\n`,
                )
                .join("");

        for (const [what, ledger, left, verdict] of [
            ["knows that the roll was finished", { ...finished, reached: "2.5.0" }, ["london"], "release-lower"],
            ["can count on those who would know", finished, [], "yes"],
            ["can count on the last node of the roll, without the first", finished, ["london"], "yes"],
            ["can count on the first one, without the last", finished, ["edge"], "yes"],
            ["can ask nobody who would know", finished, ["london", "edge"], "release-lower"],
            ["went before paris, the last by rollOrder", { ...finished, rolllast: "paris" }, ["london", "edge"], "yes"],
            [
                "can't ask the last by rollOrder, nor the first",
                { ...finished, rolllast: "rome" },
                ["london", "rome"],
                "release-lower",
            ],
            [
                "went before one that isn't there any more",
                { ...finished, rolllast: "oslo" },
                ["london"],
                "release-lower",
            ],
            [
                "knows by itself that the roll isn't finished",
                { ...finished, act: "failed roll 2.5.0-aa" },
                ["london", "edge"],
                "yes",
            ],
            [
                "was started in mid-roll and never proven",
                { ...finished, rollfrom: "2.4.0-aa" },
                ["london", "edge"],
                "yes",
            ],
        ] as const)
            it(`is ${verdict === "yes" ? "given" : "refused"} by a node that ${what}`, () => {
                const state = Object.entries({ ...at("2.5.0"), ...ledger }).map(([key, value]) => `${key} ${value}`);
                const lines = [
                    "ledger 1",
                    "cluster c1",
                    "node paris",
                    `id ${host.id()}`,
                    `metadata ${METADATA}`,
                    "born yes",
                    ...state,
                ];
                host.write(`${METADATA}/garage-node.ledger`, `${lines.join("\n")}\n`);
                const run = host.lib('stage_consent 2.4.0 2 ""', parts(...left));
                assert.equal(run.code === 0 ? "yes" : /\[([a-z-]+)\]\n$/.exec(run.stderr)?.[1], verdict, run.stderr);
            });
    });
});

import * as assert from "node:assert/strict";
import { planUpgrade } from "../../../sdk/policy";
import { nextSeries, SERIES, type Series, seriesOf } from "../../../sdk/policy/series";
import { FakeHost, METADATA } from "./fakeHost";

const RELEASES = ["0.7.0", "0.8.6", "0.8.7", "0.9.4", "1.2.0", "1.3.0", "2.4.0", "2.5.0"];

interface Case {
    from?: string;
    to: string;
    stateVersion: Series;
}

const isNext = (series: Series, other: Series) => nextSeries(series) === other;

const cases: Case[] = SERIES.flatMap((stateVersion) =>
    [undefined, ...RELEASES].flatMap((from) => RELEASES.map((to) => ({ from, to, stateVersion }))),
);

/** The ledger of a node whose cluster has reached a release by the book: after a hop its data are one series ahead of stateVersion. */
function ledgerOf({ from, stateVersion }: Case): string {
    if (from === undefined) return "born no\n";
    const series = seriesOf(from)!;
    const hop = isNext(stateVersion, series) ? `hop ${stateVersion}-to-${series}\nhopstate finished\n` : "";
    return `born yes\nseries ${series}\nrelease ${from}\nreached ${from}\n${hop}`;
}

const show = ({ from, to, stateVersion }: Case) => `${from ?? "new"} → ${to}, stateVersion ${stateVersion}`;

describe("one rule of versions, said twice: what the preview lets through the hosts consent to, and nothing more", function () {
    this.timeout(120_000);

    it("for every pair of releases, every stateVersion, new hosts and hosts that have run", () => {
        const host = FakeHost.like();
        const ledger = `"$GARAGE_NODE_ROOT${METADATA}/garage-node.ledger"`;
        const head = host
            .read(`${METADATA}/garage-node.ledger`)
            .split("\n")
            .filter((line) => /^(ledger|cluster|node|id|metadata) /.test(line))
            .join("\n");
        const script = cases.map(
            (one) =>
                `printf '%s' '${head}\n${ledgerOf(one)}' >${ledger}; (stage_consent ${one.to} ${one.stateVersion} "") 2>/dev/null && echo yes || echo no`,
        );
        host.write("/cases", script.join("\n"));
        const run = host.lib('source "$GARAGE_NODE_ROOT/cases"');
        const consents = run.stdout.trim().split("\n");
        assert.equal(consents.length, cases.length, run.stderr);
        const differ = cases.filter((one, i) => (planUpgrade(one).kind !== "refused") !== (consents[i] === "yes"));
        assert.deepEqual(
            differ.map(show),
            cases
                .filter(({ from, to, stateVersion }) => {
                    // What the stack remembers and a host doesn't: it knows no more than that it is new …
                    if (from === undefined) return isNext(stateVersion, seriesOf(to)!);
                    // … and after a hop, where the first release may be broken, a host takes a newer one of its series.
                    return isNext(stateVersion, seriesOf(from)!) && seriesOf(to) === seriesOf(from) && to > from;
                })
                .map(show),
        );
        host.remove();
    });
});

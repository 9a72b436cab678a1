import { deepStrictEqual, match } from "node:assert";
import { SERIES, type Series, tooOld } from "../../../sdk/policy";
import { FEATURES, type Feature } from "../../../sdk/policy/features";

/** docs/buckets.md: as tried on the releases. */
const ABLE: Record<Feature, Series[]> = {
    quotas: ["0.8", "0.9", "1", "2"],
    lifecycle: ["0.9", "1", "2"],
    createBucket: ["0.8", "0.9", "1", "2"],
    pair: ["0.8", "0.9", "1", "2"],
    expiry: ["2"],
};

describe("what a series can't do", () => {
    for (const feature of Object.keys(FEATURES) as Feature[])
        it(`is known of ${feature}, series by series`, () => {
            deepStrictEqual(
                SERIES.filter((series) => tooOld(series, [feature]).length === 0),
                ABLE[feature],
            );
        });

    it("is said with the series that can, and the way there", () => {
        const [quotas, expiry, ...more] = tooOld("0.7", ["quotas", "expiry"]);
        match(
            quotas!,
            /^quotas: .* series 0\.7, .*\. Allowed: from series 0\.8 on\. Take it out, or upgrade the cluster first \(/,
        );
        match(expiry!, /^expiresAt: .*upgrade the cluster first, series by series \(/);
        deepStrictEqual(more, []);
    });
});

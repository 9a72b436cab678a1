import assert from "node:assert/strict";
import * as semver from "semver";
import {
    changelogOf,
    defaultVersion,
    findRelease,
    HOPS,
    hopNamed,
    newestOf,
    nextSeries,
    RELEASES,
    resyncQueueMoved,
    SERIES,
    seriesOf,
} from "../../../sdk/policy";

describe("catalogue of releases", () => {
    it("names each release once, in order, each of a known series", () => {
        const versions = RELEASES.map((release) => release.version);
        assert.deepEqual(versions, semver.sort([...new Set(versions)]));
        for (const version of versions) assert.ok(seriesOf(version), version);
    });

    it("gives dates as days, where they are known", () => {
        for (const { version, date } of RELEASES)
            assert.ok(date === undefined || /^20\d\d-[01]\d-[0-3]\d$/.test(date), version);
    });

    it("knows the newest good release of each series", () => {
        assert.deepEqual(SERIES.map(newestOf), ["0.7.3", "0.8.7", "0.9.4", "1.3.1", "2.5.0"]);
        assert.equal(defaultVersion("0.8"), "0.8.7");
        assert.equal(defaultVersion("0.8.7"), undefined);
        assert.equal(defaultVersion(0.8), undefined);
    });

    it("knows 0.8.3 as bad, with the reason", () => {
        assert.match(findRelease("0.8.3")?.knownBad ?? "", /can't talk to nodes on another 0\.8 release/);
    });

    it("knows below which release a node's empty queue proves nothing", () => {
        assert.deepEqual(resyncQueueMoved(), ["2.5.0"]);
        for (const version of resyncQueueMoved()) assert.ok(findRelease(version)?.goingBelow, version);
    });

    it("links to upstream's release page", () => {
        assert.equal(changelogOf("0.8.7"), "https://git.deuxfleurs.fr/Deuxfleurs/garage/releases/tag/v0.8.7");
    });
});

describe("series", () => {
    const rows: [unknown, string | undefined][] = [
        ["0.7.0", "0.7"],
        ["0.8.99", "0.8"],
        ["1.0.0", "1"],
        ["1.3.1", "1"],
        ["2.6.0", "2"],
        ["1.99.0", undefined],
        ["0.6.0", undefined],
        ["0.10.0", undefined],
        ["3.0.0", undefined],
        ["v0.8.7", undefined],
        ["0.8.7-rc1", undefined],
        ["0.8.7+x", undefined],
        [" 0.8.7", undefined],
        ["0.8", undefined],
        [0.8, undefined],
        [undefined, undefined],
    ];
    for (const [version, series] of rows) {
        it(`${JSON.stringify(version)} is of series ${series}`, () => assert.equal(seriesOf(version), series));
    }
});

describe("hops", () => {
    it("join every series to the next one, and nothing else", () => {
        assert.deepEqual(
            HOPS.map((hop) => hop.name),
            ["0.7->0.8", "0.8->0.9", "0.9->1", "1->2"],
        );
        for (const hop of HOPS) {
            assert.equal(nextSeries(hop.from), hop.to);
            assert.equal(seriesOf(hop.minFrom), hop.from);
            assert.equal(hopNamed(hop.name), hop);
        }
        assert.equal(hopNamed("0.7->0.9"), undefined);
    });

    it("hold the facts that data hang on", () => {
        assert.deepEqual(hopNamed("0.7->0.8")?.offlineRepair, ["object_counters"]);
        assert.equal(hopNamed("0.8->0.9")?.capacityUnitsChange, true);
        assert.deepEqual(
            HOPS.filter((hop) => hop.short).map((hop) => hop.name),
            ["0.9->1", "1->2"],
        );
    });
});

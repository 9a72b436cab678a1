import { deepStrictEqual, ok } from "node:assert";
import * as semver from "semver";
import { OTHER_KEYS, SECTIONS, TYPED_KEYS } from "../../../sdk/garage/settingKeys";

describe("keys of garage.toml", () => {
    it("have valid ranges of releases", () => {
        for (const [key, range] of Object.entries(OTHER_KEYS)) ok(semver.validRange(range), key);
    });

    it("are either typed or free", () => {
        deepStrictEqual(
            Object.keys(TYPED_KEYS).filter((key) => key in OTHER_KEYS),
            [],
        );
    });

    it("lie in these sections", () => {
        const sections = ["s3_api", "s3_web", "admin", "k2v_api", "consul_discovery", "kubernetes_discovery"];
        deepStrictEqual([...SECTIONS].sort(), sections.sort());
    });

    // Read in garage_util's config.rs at these tags.
    const rows: [string, string, boolean][] = [
        ["sled_cache_capacity", "0.9.4", true],
        ["sled_cache_capacity", "1.0.0", false],
        ["allow_world_readable_secrets", "0.8.7", true],
        ["allow_world_readable_secrets", "0.9.0", false],
        ["allow_world_readable_secrets", "0.9.4", true],
        ["block_max_concurrent_reads", "1.3.0", true],
        ["block_max_concurrent_reads", "2.0.0", false],
        ["block_max_concurrent_reads", "2.1.0", true],
        ["s3_api.public_endpoint", "2.4.0", false],
        ["s3_api.public_endpoint", "2.5.0", true],
        ["admin.metrics_require_token", "1.3.0", false],
        ["admin.metrics_require_token", "2.0.0", true],
        ["lmdb_map_size", "0.8.2", false],
        ["lmdb_map_size", "0.9.0", true],
    ];
    for (const [key, version, known] of rows) {
        it(`${key} is ${known ? "" : "not "}known to ${version}`, () => {
            deepStrictEqual(semver.satisfies(version, OTHER_KEYS[key]!), known);
        });
    }
});

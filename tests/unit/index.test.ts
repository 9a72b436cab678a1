import assert from "node:assert/strict";
import * as sdk from "../../sdk";

describe("the package's public face", () => {
    it("is the components, the enums of its arguments, and the rule of versions", () => {
        assert.deepEqual(Object.keys(sdk).sort(), [
            "ConsistencyMode",
            "DbEngine",
            "DeepCheck",
            "DrainMode",
            "GarageBucket",
            "GarageCluster",
            "GarageKey",
            "RELEASES",
            "UpgradeStrategy",
            "planUpgrade",
        ]);
    });
});

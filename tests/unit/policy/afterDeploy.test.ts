import assert from "node:assert/strict";
import { afterDeploy } from "../../../sdk/policy";

describe("afterDeploy", () => {
    it("asks for stateVersion after a major upgrade, and for nothing else", () => {
        const warnings = afterDeploy({ reached: "0.9.4", stateVersion: "0.8" });
        assert.equal(warnings.length, 1);
        assert.match(warnings[0]!, /set stateVersion: "0\.9", leave version at "0\.9\.4"/);
    });

    it("names the next hop with its changelog", () => {
        const [warning] = afterDeploy({ reached: "0.8.7", stateVersion: "0.8" });
        assert.match(warning!, /version: "0\.9\.4", with stateVersion left at "0\.8".*\/tag\/v0\.9\.4/);
        assert.match(afterDeploy({ reached: "0.7.0", stateVersion: "0.7" })[0]!, /from 0\.7\.3: go there first/);
    });

    it("says nothing at the newest series, and nothing to garbage", () => {
        assert.deepEqual(afterDeploy({ reached: "2.0.0", stateVersion: "2" }), []);
        assert.deepEqual(afterDeploy({ reached: "?", stateVersion: "2" }), []);
        assert.deepEqual(afterDeploy({ reached: "0.9.4", stateVersion: "0.7" }), []);
    });
});

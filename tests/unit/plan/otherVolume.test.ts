import assert from "node:assert/strict";
import { otherVolume } from "../../../sdk/plan/otherVolume";

const sheet = (...volumes: string[]) => ["main() {", "}", "lines 9", "node a", ...volumes, "END"].join("\n");
const [META, DATA] = ["volume metadata vol-1", "volume data vol-2"];

describe("a node's volumes", () => {
    it("stay, named or not, whatever else is in the sheet", () => {
        assert.equal(otherVolume("a", sheet(META!, DATA!), sheet("without b", DATA!, META!)), undefined);
    });

    it("aren't known where the old ones, or the new ones, aren't", () => {
        assert.equal(otherVolume("a", undefined, sheet(META!)), undefined);
        assert.equal(otherVolume("a", sheet(META!), { __pulumiUnknown: true }), undefined);
    });

    it("aren't changed for others", () => {
        const refused = otherVolume("a", sheet(META!, DATA!), sheet(META!, "volume data vol-3"))!;
        assert.equal(refused.id, "volume-changed");
        assert.match(
            refused.message,
            /^nodes\.a\.aws\.dataVolumeId: the node's data are on vol-2, and it would get vol-3\./,
        );
        assert.match(refused.message, /Set dataVolumeId: "vol-2"\./);
    });
});

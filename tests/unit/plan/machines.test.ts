import assert from "node:assert/strict";
import { Machines } from "../../../sdk/plan/machines";
import { plan } from "../../../sdk/plan/plan";
import { recordOf } from "../../../sdk/plan/record";
import { spec } from "../support";

const line = (digest: string, tool = "1") => `sudo -n bash -s -- leave a tool=0.1.0-${tool} ${digest}`;
const [OLD, NEW] = ["0".repeat(12), "f".repeat(12)];

describe("a machine that changes", () => {
    it("is known by the digest at the end of its line, and said", () => {
        const machines = new Machines();
        assert.match(machines.leave("a", line(OLD), line(NEW))!, /^a: its machine changes\. Garage is stopped there/);
        assert.equal(machines.leave("b", line(OLD), line(OLD, "2")), undefined);
        assert.equal(machines.leave("c", undefined, line(OLD)), undefined);
        assert.deepEqual(machines.changed, ["a"]);
    });

    it("isn't made, nor left to be made, where AWS has no image for it", () => {
        const machines = new Machines();
        machines.noImage.set("a", "nodes.a.aws.amiId: Your query returned no results.");
        machines.refuseWithoutImage("b");
        assert.throws(
            () => machines.refuseWithoutImage("a"),
            /^Error: nodes\.a\.aws\.amiId: Your .* no machine can be made/,
        );
    });

    const changing = () => {
        const machines = new Machines();
        machines.leave("a", line(OLD), line(NEW));
        return machines;
    };
    const reasons = (change: Record<string, unknown>) =>
        plan(recordOf(spec()), spec(change), changing()).reasons.map(({ id, message }) => `${id}: ${message}`);

    it("goes alone, or with what changes neither release nor layout", () => {
        assert.deepEqual(reasons({}), []);
        assert.deepEqual(reasons({ logLevel: "debug" }), []);
    });

    it("is refused together with another release, or another layout", () => {
        assert.match(
            reasons({ version: "2.4.0", allowPatchDowngrade: true }).join(),
            /^machines-and-cluster-changed: nodes: the machines of a change together with version \(2\.5\.0 → 2\.4\.0\)/,
        );
        const { nodes } = spec();
        const larger = Object.fromEntries(
            nodes.map(({ name, zone }) => [name, { zone, capacity: "2T", ssh: { host: name } }]),
        );
        assert.match(reasons({ nodes: larger }).join(), /^machines-and-cluster-changed: .* together with the layout/);
    });
});

import assert from "node:assert/strict";
import { balancerName, balancerTags, HEALTH, leavingWords, subnetOfEachZone } from "../../../sdk/garage/balancer";

describe("what a load balancer is called", () => {
    const rows: [clusterName: string, name: string][] = [
        ["store", "store-s3-0123456"],
        ["My store!", "My-store-s3-0123456"],
        ["internal-store", "store-s3-0123456"],
        ["a-cluster-with-a-name-of-forty-letters-or-so", "a-cluster-with-a-name-s3-0123456"],
        ["日本", "garage-s3-0123456"],
    ];
    for (const [clusterName, name] of rows)
        it(`is ${name} for the cluster "${clusterName}"`, () => {
            assert.equal(balancerName(clusterName, "0123456", "s3"), name);
            assert.ok(name.length <= 32);
        });

    it("is shown in tags by letters that they take", () => {
        assert.deepEqual(balancerTags({ Name: "what's this?", team: "a/b" }), { Name: "what-s this-", team: "a/b" });
    });
});

describe("the subnets of a load balancer", () => {
    it("are one a zone, that of the first node by name", () => {
        const at = (node: string, zone: string, subnet: string) => ({ node, zone, subnet });
        assert.deepEqual(subnetOfEachZone([at("d", "1a", "s4"), at("b", "1b", "s2"), at("a", "1a", "s1")]), [
            "s1",
            "s2",
        ]);
    });
});

describe("what a host is told of the load balancer", () => {
    it("is for how long it refuses it, where, and whom, always in one order", () => {
        assert.equal(leavingWords([3900, 3902], ["10.0.1.8", "10.0.0.7"]), "20 3900,3902 10.0.0.7,10.0.1.8");
    });

    it("is nothing where its addresses aren't known", () => {
        assert.equal(leavingWords([3900], []), "");
    });

    it("leaves it time to see as many failed checks as it needs", () => {
        const seconds = Number(leavingWords([1], ["10.0.0.1"]).split(" ")[0]);
        assert.ok(seconds > HEALTH.interval * HEALTH.threshold + HEALTH.timeout);
        assert.ok(HEALTH.timeout < HEALTH.interval);
    });
});

import assert from "node:assert/strict";
import { cidrNetwork, isPrivateCidr, isWorld } from "../../../sdk/garage/cidr";

describe("a network", () => {
    for (const [given, expected] of [
        ["10.1.2.3/8", "10.0.0.0/8"],
        ["198.51.100.7/32", "198.51.100.7/32"],
        ["198.51.100.255/25", "198.51.100.128/25"],
        ["0.0.0.0/0", "0.0.0.0/0"],
        ["2001:DB8::1/32", "2001:db8::/32"],
        ["2001:db8:0:0:1:0:0:1/128", "2001:db8::1:0:0:1/128"],
        ["::ffff:10.0.0.1/128", "::ffff:a00:1/128"],
        ["fd00:1234::/65", "fd00:1234::/65"],
        ["::/0", "::/0"],
        ["10.0.0.0/33", undefined],
        ["::/129", undefined],
        ["10.0.0/8", undefined],
        ["10.0.0.0", undefined],
        ["example.org/24", undefined],
    ] as const)
        it(`${given} is ${expected ?? "none"}`, () => assert.equal(cidrNetwork(given), expected));

    it("is private where it only means something inside", () => {
        for (const inside of ["10.0.0.0/8", "172.31.0.0/16", "192.168.7.0/24", "100.64.0.0/10", "fd00::/8"])
            assert.ok(isPrivateCidr(inside), inside);
        for (const outside of ["8.8.8.8/32", "172.0.0.0/8", "10.0.0.0/7", "0.0.0.0/0", "2001:db8::/32", "::/0", "x"])
            assert.ok(!isPrivateCidr(outside), outside);
    });

    it("is the world, by halves too", () => {
        assert.deepEqual(["0.0.0.0/0", "::/0", "128.0.0.0/1", "10.0.0.0/8", "x"].map(isWorld), [
            true,
            true,
            true,
            false,
            false,
        ]);
    });
});

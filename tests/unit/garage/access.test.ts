import assert from "node:assert/strict";
import { NoAccess, parseAccess, seriesOfAccess } from "../../../sdk/garage/access";

const GOOD = {
    version: 1,
    cluster: "c".repeat(32),
    node: "london",
    stateVersion: "2",
    release: "2.5.0",
    sudo: true,
    connection: { host: "192.0.2.1", privateKey: "hunter2" },
    s3Endpoint: "http://192.0.2.1:3900",
    webEndpoint: "http://192.0.2.1:3902",
    adminEndpoint: "http://192.0.2.1:3903",
    region: "garage",
    webRootDomain: ".web.example.org",
};

describe("an access", () => {
    it("is read as it was written, also with more in it than this version knows", () => {
        assert.deepEqual(parseAccess(JSON.stringify(GOOD)), GOOD);
        assert.equal(parseAccess(JSON.stringify({ ...GOOD, further: "x" })).node, "london");
    });

    for (const [what, text, said] of [
        ["of another version", JSON.stringify({ ...GOOD, version: 2 }), /is of version 2, and .* reads version 1 only/],
        ["without a version", JSON.stringify({ ...GOOD, version: undefined }), /is of version undefined/],
        ["that was cut short", JSON.stringify(GOOD).slice(0, 200), /is no JSON \(/],
        ["that is a list", "[]", /is of version/],
        ["that is another text", "hunter2", /is no JSON \(/],
        ["that is null", "null", /is no JSON object/],
        ["that is a number", 3, /is no text/],
        [
            "that lacks parts",
            JSON.stringify({ ...GOOD, node: 1, sudo: "yes", connection: null }),
            /lacks node, sudo, con/,
        ],
        ["of no series", JSON.stringify({ ...GOOD, stateVersion: "3" }), /lacks stateVersion/],
    ] as const)
        it(`${what} is refused, in words that don't hold it`, () => {
            assert.throws(
                () => parseAccess(text),
                (error: Error) => {
                    assert.ok(error instanceof NoAccess);
                    assert.match(error.message, said);
                    assert.match(
                        error.message,
                        /^access: it .*not shown.*\. Allowed: .*\. Write access: store\.access/,
                    );
                    assert.doesNotMatch(error.message, /hunter2/);
                    return true;
                },
            );
        });

    it("tells the series of the release that was asked for, which runs once the access is there", () => {
        assert.equal(seriesOfAccess({ release: "1.3.0", stateVersion: "0.9" }), "1");
    });
});

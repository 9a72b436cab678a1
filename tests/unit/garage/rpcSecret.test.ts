import { doesNotMatch, match, strictEqual, throws } from "node:assert";
import { deriveRpcSecret08 } from "../../../sdk/garage/rpcSecret";

describe("deriveRpcSecret08", () => {
    // The value by: printf 'garage rpc 0.8' | openssl dgst -sha256 -mac HMAC -macopt hexkey:<64 times 0>
    it("is what openssl makes of it, for ever", () => {
        strictEqual(
            deriveRpcSecret08("0".repeat(64)),
            "11259dd5afe391127086982e09739f0e965fdfdec0aacd6e7e1dba3f6c343471",
        );
    });

    it("doesn't depend on upper or lower case", () => {
        strictEqual(deriveRpcSecret08("AB".repeat(32)), deriveRpcSecret08("ab".repeat(32)));
    });

    for (const secret of ["", "0", "z".repeat(64), "0".repeat(63), "0".repeat(65)]) {
        it(`refuses ${secret.length} characters without showing them`, () => {
            throws(
                () => deriveRpcSecret08(secret),
                (error: Error) => {
                    match(error.message, /64 hex digits/);
                    if (secret.length > 1) doesNotMatch(error.message, new RegExp(secret));
                    return true;
                },
            );
        });
    }
});

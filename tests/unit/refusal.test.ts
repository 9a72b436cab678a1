import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { refusal } from "../../sdk/refusal";

describe("a refusal that hundreds of properties wait for", () => {
    it("keeps its words, however often Pulumi puts a property's name in front of them, and prints nothing else", () => {
        const error = refusal("a.b: no");
        for (let index = 0; index < 1000; index++) error.message = `error serializing property "x": ${error.message}`;
        error.stack += " more";
        assert.deepEqual([error.message, error.stack, inspect(error)], ["a.b: no", "a.b: no", "a.b: no"]);
        assert.ok(pulumi.RunError.isInstance(error));
    });
});

import { match, strictEqual } from "node:assert";
import { movedDefault } from "../../../sdk/plan/movedDefault";
import { newestOf } from "../../../sdk/policy";
import { spec } from "../support";

const line = (release: string) => `sudo -n garage-node stage ${release}-0a1b2c3d sv=2`;
const unset = spec({ version: undefined });

describe("a default that has moved, seen at a stage", () => {
    it("is refused, with both releases to choose from", () => {
        const reason = movedDefault(line("2.0.0"), unset);
        strictEqual(reason?.id, "default-moved");
        match(reason.message, new RegExp(`version: "2\\.0\\.0" to stay, or version: "${newestOf("2")}" to go there`));
    });

    for (const [what, old, asked] of [
        ["it hasn't moved", line(newestOf("2")), unset],
        ["version is set", line("2.0.0"), spec({ version: newestOf("2") })],
        ["the stage is a new one", undefined, unset],
        ["the old line can't be read", { __pulumiUnknown: true }, unset],
    ] as const)
        it(`is none where ${what}`, () => strictEqual(movedDefault(old, asked), undefined));
});

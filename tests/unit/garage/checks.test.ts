import { deepStrictEqual } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WAIVABLE_CHECKS } from "../../../sdk/garage/checks";

const HOST = join(__dirname, "../../../sdk/host");

/** Ids that the scripts pass to `check ID …` and `waived ID`. */
function waivedOnHosts(): string[] {
    const ids = new Set<string>();
    for (const file of readdirSync(HOST, { recursive: true, encoding: "utf8" })) {
        if (!file.endsWith(".sh")) continue;
        for (const line of readFileSync(join(HOST, file), "utf8").split("\n")) {
            const code = line.replace(/^\s*#.*/, "").replace(/"[^"]*"/g, '""');
            const call = /\b(?:check|waived) ([a-z0-9]+(?:-[a-z0-9]+)+)/.exec(code);
            if (call) ids.add(call[1]!);
        }
    }
    return [...ids].sort();
}

describe("skipChecks", () => {
    it("may name exactly the checks that the scripts let waive", () => {
        deepStrictEqual(Object.keys(WAIVABLE_CHECKS).sort(), waivedOnHosts());
    });
});

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
            if (/^\s*#/.test(line)) continue; // ids have a "-" in them, words of a message after "check" seldom
            const call =
                /(?:^|[;&|!({]|\bif|\belif|\bthen|\bwhile)\s*(?:check|waived) ([a-z][a-z0-9-]+)(?=[\s;)]|$)/.exec(line);
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

import { deepStrictEqual } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WAIVABLE_CHECKS } from "../../../sdk/garage/checks";

const HOST = join(__dirname, "../../../sdk/host");

/** Ids that the scripts pass to `check ID …` and `waived ID`, and of which a judge says `waivable`. */
function waivedOnHosts(): string[] {
    const ids = new Set<string>();
    for (const file of readdirSync(join(HOST, "lib")).filter((each) => each.endsWith(".jq"))) {
        const text = readFileSync(join(HOST, "lib", file), "utf8");
        for (const [, id] of text.matchAll(/reason\("([a-z-]+)";[^\n]*\| waivable\b/g)) ids.add(id!);
        for (const [, judge] of text.matchAll(/\((\w+) \| map\(waivable\)\)/g)) ids.add(idOf(judge!));
    }
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

/** The id that a part of a judge gives, where it speaks of one thing. */
function idOf(judge: string): string {
    const cluster = readFileSync(join(HOST, "lib", "cluster.jq"), "utf8");
    const [, body = ""] = cluster.split(`\ndef ${judge}:`);
    return /reason\("([a-z-]+)"/.exec(body.split("\ndef ")[0]!)![1]!;
}

describe("skipChecks", () => {
    it("may name exactly the checks that the scripts let waive", () => {
        deepStrictEqual(Object.keys(WAIVABLE_CHECKS).sort(), waivedOnHosts());
    });
});

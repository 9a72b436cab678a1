import * as assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { WAIVABLE_CHECKS } from "../../../sdk/garage/checks";

const REPO = resolve(__dirname, "..", "..", "..");
const PAGE = readFileSync(join(REPO, "docs", "troubleshooting.md"), "utf8");
const ID = "([a-z][a-z0-9]*(?:-[a-z0-9]+)*)";

function filesOf(folder: string, ending: RegExp): string[] {
    const names = readdirSync(join(REPO, folder), { recursive: true, encoding: "utf8" });
    return names.filter((name) => ending.test(name)).map((name) => join(REPO, folder, name));
}

const withoutComments = (text: string) => text.replace(/^\s*(#|\/\/|\/\*\*? | \* ).*$/gm, "");

function found(files: string[], ...patterns: RegExp[]): string[] {
    return files.flatMap((file) => {
        const text = withoutComments(readFileSync(file, "utf8"));
        return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
    });
}

const SCRIPTS = filesOf("sdk/host", /\.sh$|\/?garage-(node|manage)$/);

/** admit.sh sees `<word>:<reason>`, which becomes the id admit-<word>. */
function admitIds(): string[] {
    const file = [join(REPO, "sdk", "host", "admit.sh")];
    const keys = found(file, /for key in ([a-z ]+);/g).flatMap((words) => words.split(" "));
    return [...found(file, /LAST_SEEN="([a-z]+):/g), ...keys].map((word) => `admit-${word}`);
}

const JUDGES = filesOf("sdk/host/lib", /\.jq$/);

const IN_CODE = new Set([
    ...found(
        JUDGES,
        new RegExp(`\\b(?:reason|reason_of|views|partitions|every|items_held|unread|uncounted)\\("${ID}"`, "g"),
    ),
    ...found(JUDGES, new RegExp(`\\.id = "${ID}"`, "g")),
    ...found(SCRIPTS, new RegExp(`\\bREASONS="${ID}"`, "g")),
    ...found(SCRIPTS, new RegExp(`\\b(?:fail|check|gate_wait|[a-z]+_refused) ${ID} "`, "g")),
    ...found(SCRIPTS, new RegExp(`(?:\\bwaived|! waived) ${ID}(?=[ ;)]|$)`, "gm")).filter((id) => id !== "by"),
    ...found(SCRIPTS, new RegExp(`(?:echo|say|end) ".*\\[${ID}\\]"`, "g")),
    ...admitIds(),
    ...found([...filesOf("sdk/adopt", /\.ts$/), ...filesOf("sdk/inspect", /\.ts$/)], /"(adopt-[a-z0-9-]+)"/g),
    ...found(
        [...filesOf("sdk/policy", /\.ts$/), ...filesOf("sdk/plan", /\.ts$/)],
        new RegExp(`(?:\\bid(?::| =)|\\b(?:one|say)\\()\\s*"${ID}"`, "g"),
    ),
]);

/** First cells of the table rows: one id or several, `(waivable)` beside those that are. */
const CELLS = [...PAGE.matchAll(/^\| (`[^|]*?) \|/gm)].map((match) => match[1]!);
const ON_PAGE = CELLS.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));

describe("docs/troubleshooting.md", () => {
    it("finds the ids of scripts, of admit and of the policy in the code", () => {
        for (const id of [
            "ledger-missing",
            "admit-engine",
            "admit-held",
            "not-root",
            "skips-series",
            "checksum",
            "without-quorum",
            "not-judged",
        ])
            assert.ok(IN_CODE.has(id), `${id} wasn't found: did the code change its way of saying ids?`);
        assert.ok(IN_CODE.size > 120, `only ${IN_CODE.size} ids were found`);
    });

    it("has an entry for every id in the code", () => {
        assert.deepEqual([...IN_CODE].filter((id) => !ON_PAGE.includes(id)).sort(), []);
    });

    it("has no entry for an id that the code doesn't know", () => {
        assert.deepEqual(ON_PAGE.filter((id) => !IN_CODE.has(id)).sort(), []);
    });

    it("has one entry an id", () => {
        assert.deepEqual(
            ON_PAGE.filter((id, index) => ON_PAGE.indexOf(id) !== index),
            [],
        );
    });

    it("marks as waivable what skipChecks takes, and nothing else", () => {
        const marked = CELLS.filter((cell) => cell.includes("(waivable)")).map((cell) => /`([^`]+)`/.exec(cell)![1]!);
        assert.deepEqual(marked.sort(), Object.keys(WAIVABLE_CHECKS).sort());
    });
});

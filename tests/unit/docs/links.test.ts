import * as assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const REPO = resolve(__dirname, "..", "..", "..");

function pages(folder: string): string[] {
    const found = readdirSync(join(REPO, folder), { recursive: true, encoding: "utf8" });
    return found.filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
}

const PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ...pages("docs"), ...pages("examples")];

/** As GitHub makes an anchor of a heading. */
const anchor = (heading: string) =>
    heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replace(/ /g, "-");

describe("links between the pages", () => {
    for (const page of PAGES)
        it(`${page}: every file and heading that it points to is there`, () => {
            const text = readFileSync(join(REPO, page), "utf8");
            for (const [link, path, heading] of text.matchAll(/\]\(((?!https?:)[^)#\s]*)(?:#([^)\s]+))?\)/g)) {
                const target = path ? join(REPO, dirname(page), path) : join(REPO, page);
                assert.ok(existsSync(target), `${link} leads nowhere`);
                if (heading === undefined) continue;
                const anchors = [...readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm)].map((match) =>
                    anchor(match[1]!),
                );
                assert.ok(anchors.includes(heading), `${link}: there is no such heading`);
            }
        });
});

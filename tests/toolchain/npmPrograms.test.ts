import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../toolchain/shell";

const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");

/** What only comes along with another package may go, or change its version, with that one. */
describe("each program of node_modules/.bin that the toolchain runs", () => {
    const texts = readdirSync(join(root, "toolchain"), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|sh)$/.test(name))
        .map((name) => read("toolchain", name));
    const programs = texts.flatMap((text) =>
        [...text.matchAll(/node_modules\/\.bin\/([a-z-]+)|\bbin\("([a-z-]+)"\)/g)].map(
            (found) => found[1] ?? found[2]!,
        ),
    );

    it("is one of a package that package.json names", () => {
        const { devDependencies } = JSON.parse(read("package.json"));
        const own = Object.keys(devDependencies).flatMap((name) => {
            const { bin = {} } = JSON.parse(read("node_modules", name, "package.json"));
            return typeof bin === "string" ? [name.split("/").at(-1)!] : Object.keys(bin);
        });
        assert.deepEqual(
            programs.filter((program) => !own.includes(program)),
            [],
        );
        assert.ok(
            ["tsx", "mocha", "biome", "esbuild"].every((program) => programs.includes(program)),
            programs.join(),
        );
    });
});

import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { OPTION_CLASS, optionsAt } from "../../../sdk/garage/optionClass";
import { OptionsFile } from "../optionsFile";

const file = new OptionsFile("args.ts");
const options = file.optionsOf("GarageClusterArgs");

describe("options", () => {
    it("are in the table of classes, all of them and no other", () => {
        deepStrictEqual(options.map(({ path }) => path).sort(), Object.keys(OPTION_CLASS).sort());
    });

    for (const { path, doc } of options) {
        it(`${path} says what it is, and its class`, () => {
            match(doc, /^[A-Z].{10,}\. Class: (rolling|converting|together|refused|none)\.$/s);
            strictEqual(/Class: (\w+)\.$/.exec(doc)![1], OPTION_CLASS[path]);
        });
    }

    it("have no unions and no functions: Pulumi's analyzer refuses them", () => {
        deepStrictEqual(file.refused(), []);
    });

    it("import nothing but the type Input", () => {
        deepStrictEqual(file.imports(), ['import type { Input } from "@pulumi/pulumi";']);
    });

    it("are listed by their place", () => {
        deepStrictEqual(optionsAt("majorUpgrade"), ["strategy", "drain", "deepChecks"]);
        deepStrictEqual(optionsAt("nodes.*.ssh.proxy").includes("hostKey"), true);
        ok(!optionsAt("").some((name) => name.includes(".")));
        deepStrictEqual(optionsAt("nowhere"), []);
    });
});

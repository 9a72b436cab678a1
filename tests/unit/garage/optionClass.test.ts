import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ts from "typescript";
import { OPTION_CLASS, optionsAt } from "../../../sdk/garage/optionClass";

const FILE = join(__dirname, "../../../sdk/args.ts");
const source = ts.createSourceFile(FILE, readFileSync(FILE, "utf8"), ts.ScriptTarget.ES2022, true);

interface Option {
    path: string;
    doc: string;
}

function interfaceNamed(name: string): ts.InterfaceDeclaration | undefined {
    return source.statements.find(
        (each): each is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(each) && each.name.text === name,
    );
}

/** Every option of an interface and of those below it; `*` for a name in a map or a place in a list. */
function optionsOf(name: string, prefix: string): Option[] {
    return interfaceNamed(name)!.members.flatMap((member) => {
        ok(ts.isPropertySignature(member) && member.type && ts.isIdentifier(member.name));
        const path = `${prefix}${member.name.text}`;
        const doc = ts
            .getJSDocCommentsAndTags(member)
            .map((each) => ts.getTextOfJSDocComment(each.comment) ?? "")
            .join(" ");
        let type = member.type;
        let below = `${path}.`;
        if (ts.isArrayTypeNode(type)) [type, below] = [type.elementType, `${path}.*.`];
        else if (ts.isTypeLiteralNode(type)) {
            const index = type.members[0]!;
            ok(ts.isIndexSignatureDeclaration(index));
            [type, below] = [index.type, `${path}.*.`];
        }
        const inner = ts.isTypeReferenceNode(type) ? type.typeName.getText() : "";
        return [{ path, doc }, ...(interfaceNamed(inner) ? optionsOf(inner, below) : [])];
    });
}

const options = optionsOf("GarageClusterArgs", "");

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
        const refused: string[] = [];
        const visit = (node: ts.Node) => {
            if (ts.isUnionTypeNode(node) || ts.isFunctionTypeNode(node) || ts.isMethodSignature(node))
                refused.push(node.getText());
            ts.forEachChild(node, visit);
        };
        visit(source);
        deepStrictEqual(refused, []);
    });

    it("import nothing but the type Input", () => {
        const imports = source.statements.filter(ts.isImportDeclaration).map((each) => each.getText());
        deepStrictEqual(imports, ['import type { Input } from "@pulumi/pulumi";']);
    });

    it("are listed by their place", () => {
        deepStrictEqual(optionsAt("majorUpgrade"), ["strategy", "drain", "deepChecks"]);
        deepStrictEqual(optionsAt("nodes.*.ssh.proxy").includes("hostKey"), true);
        ok(!optionsAt("").some((name) => name.includes(".")));
        deepStrictEqual(optionsAt("nowhere"), []);
    });
});

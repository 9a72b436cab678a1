import { ok } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ts from "typescript";

export interface Option {
    path: string;
    doc: string;
}

/** What a file of options in sdk holds, as its text says. */
export class OptionsFile {
    readonly source: ts.SourceFile;

    constructor(name: string) {
        const file = join(__dirname, "..", "..", "sdk", name);
        this.source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
    }

    /** Every option of an interface and of those below it; `*` for a name in a map or a place in a list. */
    optionsOf(name: string, prefix = ""): Option[] {
        return this.interfaceNamed(name)!.members.flatMap((member) => {
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
            return [{ path, doc }, ...(this.interfaceNamed(inner) ? this.optionsOf(inner, below) : [])];
        });
    }

    /** What Pulumi's analyzer refuses. */
    refused(): string[] {
        const refused: string[] = [];
        const visit = (node: ts.Node) => {
            if (ts.isUnionTypeNode(node) || ts.isFunctionTypeNode(node) || ts.isMethodSignature(node))
                refused.push(node.getText());
            ts.forEachChild(node, visit);
        };
        visit(this.source);
        return refused;
    }

    imports(): string[] {
        return this.source.statements.filter(ts.isImportDeclaration).map((each) => each.getText());
    }

    private interfaceNamed(name: string): ts.InterfaceDeclaration | undefined {
        return this.source.statements.find(
            (each): each is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(each) && each.name.text === name,
        );
    }
}

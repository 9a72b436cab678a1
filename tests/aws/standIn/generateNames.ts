// tsx tests/aws/standIn/generateNames.ts: writes names.json, the names of the SDK's arguments and outputs, from its own types.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { providers } from "../../../toolchain/tools/providers";

/** What a value is: a plain kind, a list or a map of such, or the name of a nested type. */
export type Shape = "string" | "number" | "boolean" | "any" | { list: Shape } | { map: Shape } | { type: string };

export interface Names {
    properties: Record<string, Shape>;
    required: string[];
}

export interface SdkNames {
    version: string;
    provider: Names;
    resources: Record<string, { inputs: Names; outputs: string[] }>;
    functions: Record<string, { inputs: Names; outputs: string[] }>;
    types: Record<string, Names>;
}

/** What the stand-in has, by token; where it lies in the SDK follows from the token. */
export const RESOURCES = [
    ...["ec2/instance:Instance", "ec2/volumeAttachment:VolumeAttachment", "ec2/networkInterface:NetworkInterface"],
    ...["ec2/eip:Eip", "ec2/securityGroup:SecurityGroup", "ebs/volume:Volume"],
    ...["vpc/securityGroupIngressRule:SecurityGroupIngressRule", "vpc/securityGroupEgressRule:SecurityGroupEgressRule"],
    ...["lb/loadBalancer:LoadBalancer", "lb/targetGroup:TargetGroup", "lb/listener:Listener"],
    "lb/targetGroupAttachment:TargetGroupAttachment",
];
export const FUNCTIONS = [
    ...["ec2/getAmi:getAmi", "ec2/getSubnet:getSubnet", "ec2/getInstanceType:getInstanceType"],
    ...["ec2/getNetworkInterfaces:getNetworkInterfaces", "ec2/getNetworkInterface:getNetworkInterface"],
    "ebs/getVolume:getVolume",
];

const parse = (file: string) => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);

/** The interfaces of a file by name; those in a namespace as `ec2.InstanceMetadataOptions`. */
function interfacesOf(source: ts.SourceFile): Map<string, ts.InterfaceDeclaration> {
    const found = new Map<string, ts.InterfaceDeclaration>();
    const walk = (statements: readonly ts.Statement[], namespace: string): void => {
        for (const each of statements) {
            if (ts.isInterfaceDeclaration(each)) found.set(namespace + each.name.text, each);
            if (ts.isModuleDeclaration(each) && each.body && ts.isModuleBlock(each.body))
                walk(each.body.statements, `${namespace}${each.name.text}.`);
        }
    };
    walk(source.statements, "");
    return found;
}

/** `nested` collects the names of the nested types that are met. */
function shapeOf(node: ts.TypeNode, nested: Set<string>): Shape {
    if (ts.isUnionTypeNode(node)) {
        const shapes = node.types
            .filter((each) => each.kind !== ts.SyntaxKind.UndefinedKeyword)
            .map((each) => shapeOf(each, nested));
        // `string | enums.…` and `string | Role`: the string is what crosses the wire.
        return shapes.includes("string") ? "string" : shapes[0]!;
    }
    if (ts.isArrayTypeNode(node)) return { list: shapeOf(node.elementType, nested) };
    if (ts.isParenthesizedTypeNode(node)) return shapeOf(node.type, nested);
    if (ts.isTypeLiteralNode(node)) {
        const index = node.members.find(ts.isIndexSignatureDeclaration);
        return { map: index ? shapeOf(index.type, nested) : "any" };
    }
    if (ts.isTypeReferenceNode(node)) {
        const name = node.typeName.getText();
        if (name.startsWith("inputs.")) {
            nested.add(name.slice("inputs.".length));
            return { type: name.slice("inputs.".length) };
        }
        if (name === "pulumi.Input") return shapeOf(node.typeArguments![0]!, nested);
        return name === "pulumi.ARN" || name.startsWith("enums.") ? "string" : "any";
    }
    const keyword = node.getText();
    return keyword === "string" || keyword === "number" || keyword === "boolean" ? keyword : "any";
}

function namesOf(declaration: ts.InterfaceDeclaration | undefined, nested: Set<string>): Names {
    const members = [...(declaration?.members ?? [])].filter(ts.isPropertySignature);
    return {
        properties: Object.fromEntries(members.map((each) => [each.name.getText(), shapeOf(each.type!, nested)])),
        required: members.filter((each) => !each.questionToken).map((each) => each.name.getText()),
    };
}

/** Everything that the class, or the answer of the function, shows. */
function shown(source: ts.SourceFile, name: string): string[] {
    const holder = source.statements.find(
        (each): each is ts.ClassDeclaration | ts.InterfaceDeclaration =>
            (ts.isClassDeclaration(each) || ts.isInterfaceDeclaration(each)) && each.name?.text === name,
    );
    const members = (holder?.members ?? []) as readonly ts.Node[];
    return members
        .filter((each) => ts.isPropertyDeclaration(each) || ts.isPropertySignature(each))
        .map((each) => (each as ts.PropertySignature).name.getText());
}

/** Where the toolchain has the SDK. */
export async function sdkDir(): Promise<string> {
    return join((await providers())[0]!, "@pulumi", "aws");
}

export function namesOfSdk(dir: string): SdkNames {
    const nested = new Set<string>();
    const at = (token: string) => {
        const [path, name] = token.split(":") as [string, string];
        const source = parse(join(dir, `${path.replace("index/", "")}.d.ts`));
        return { source, name, of: interfacesOf(source) };
    };
    const names: SdkNames = {
        version: (JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as { version: string }).version,
        provider: namesOf(interfacesOf(parse(join(dir, "provider.d.ts"))).get("ProviderArgs"), nested),
        resources: {},
        functions: {},
        types: {},
    };
    for (const token of RESOURCES) {
        const { source, name, of } = at(token);
        const inputs = namesOf(of.get(`${name}Args`), nested);
        names.resources[`aws:${token}`] = { inputs, outputs: shown(source, name) };
    }
    for (const token of FUNCTIONS) {
        const { source, name, of } = at(token);
        const [first, ...rest] = name;
        const titled = first!.toUpperCase() + rest.join("");
        const inputs = namesOf(of.get(`${titled}Args`), nested);
        names.functions[`aws:${token}`] = { inputs, outputs: shown(source, `${titled}Result`) };
    }
    const types = interfacesOf(parse(join(dir, "types", "input.d.ts")));
    // A set that grows while it is walked: types in types.
    for (const name of nested) names.types[name] = namesOf(types.get(name), nested);
    return names;
}

if (require.main === module)
    sdkDir().then((dir) =>
        writeFileSync(join(__dirname, "names.json"), `${JSON.stringify(namesOfSdk(dir), undefined, 2)}\n`),
    );

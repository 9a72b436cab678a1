import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { HOP_STEPS } from "../../sdk/procedures/hop";
import { root } from "../../toolchain/shell";

const SDK = join(root, "sdk");

const words = (text: string) => text.split(" ").filter((word) => word !== "");

/** Who may import whom, from the bottom up: what a folder isn't allowed to know can't hold it up. Files right in `sdk` go by their names. */
const MAY_IMPORT: Record<string, string[]> = {
    showValue: [],
    sshKey: [],
    ownFiles: [],
    isMocked: [],
    refusal: [],
    args: [],
    bucketArgs: [],
    keyArgs: [],
    policy: words("showValue"),
    spec: words("args policy"),
    bucketSpec: words("policy"),
    garage: words("args bucketSpec policy spec"),
    procedures: words("args garage policy spec"),
    plan: words("args garage policy procedures spec"),
    validate: words("args bucketSpec garage policy showValue spec sshKey"),
    adopt: words("args garage policy spec validate"),
    inspect: words("adopt garage ownFiles"),
    cli: words("inspect"),
    placement: words("args garage ownFiles policy refusal spec sshKey"),
    phases: words(
        "args bucketArgs bucketSpec garage isMocked keyArgs ownFiles placement plan policy procedures refusal spec",
    ),
    walls: words("args bucketArgs bucketSpec garage isMocked keyArgs plan policy procedures showValue spec validate"),
    handedBack: words("phases spec walls"),
    deployed: words("handedBack phases plan walls"),
    garageCluster: words("args deployed garage handedBack phases placement walls"),
    garageBucket: words("bucketArgs garage phases walls"),
    garageKey: words("garage keyArgs phases walls"),
    plugin: words("garageBucket garageCluster garageKey ownFiles"),
    index: words("args bucketArgs garageBucket garageCluster garageKey keyArgs plugin policy"),
};

/** Rules and data: no Pulumi, no files but those that an option names. */
const PURE = words("showValue sshKey policy spec bucketSpec garage procedures plan validate adopt");

/** The component is a table of contents, the options are a list. */
const LONGEST: Record<string, number> = { "garageCluster.ts": 150, "args.ts": 400 };

interface Import {
    of: string;
    typeOnly: boolean;
}

const FILES = readdirSync(SDK, { recursive: true, encoding: "utf8" })
    .map((file) => file.replace(/\\/g, "/"))
    .filter((file) => file.endsWith(".ts"));
const textOf = (file: string) => readFileSync(join(SDK, file), "utf8");
const layerOf = (file: string) => file.split("/")[0]!.replace(/\.ts$/, "");

function importsOf(file: string): Import[] {
    const found = textOf(file).matchAll(/^(?:import|export)( type)?\b[^;"]*?(?:from )?"([^"]+)";$/gm);
    return [...found].map(([, type, of]) => ({ of: of!, typeOnly: type !== undefined }));
}

/** The files of ours that one imports. */
function ownImports(file: string): string[] {
    return importsOf(file)
        .filter(({ of }) => of.startsWith("."))
        .map(({ of }) => {
            const path = normalize(join(dirname(file), of)).replace(/\\/g, "/");
            return FILES.includes(`${path}.ts`) ? `${path}.ts` : `${path}/index.ts`;
        });
}

describe("who may import whom", () => {
    it("is said of everything in sdk, and all that is imported is there", () => {
        assert.deepEqual([...new Set(FILES.map(layerOf))].sort(), Object.keys(MAY_IMPORT).sort());
        for (const file of FILES)
            for (const each of ownImports(file)) assert.ok(FILES.includes(each), `${file}: ${each}`);
        assert.ok(FILES.flatMap(ownImports).length > 150, "the imports are found");
    });

    for (const layer of Object.keys(MAY_IMPORT))
        it(`${layer}: ${MAY_IMPORT[layer]!.join(", ") || "nothing of ours"}`, () => {
            const wrong = FILES.filter((file) => layerOf(file) === layer).flatMap((file) =>
                ownImports(file)
                    .filter((each) => ![layer, ...MAY_IMPORT[layer]!].includes(layerOf(each)))
                    .map((each) => `${file} → ${each}`),
            );
            assert.deepEqual(wrong, []);
        });

    it("goes in no circle, from folder to folder nor from file to file", () => {
        const circleFrom = (
            at: string,
            after: (each: string) => string[],
            way: string[] = [],
        ): string[] | undefined => {
            if (way.includes(at)) return [...way.slice(way.indexOf(at)), at];
            for (const next of after(at)) {
                const found = circleFrom(next, after, [...way, at]);
                if (found) return found;
            }
            return undefined;
        };
        for (const layer of Object.keys(MAY_IMPORT))
            assert.equal(circleFrom(layer, (each) => MAY_IMPORT[each]!)?.join(" → "), undefined);
        for (const file of FILES) {
            const inside = (each: string) => ownImports(each).filter((other) => layerOf(other) === layerOf(file));
            assert.equal(circleFrom(file, inside)?.join(" → "), undefined);
        }
    });

    it("leaves Pulumi out of rules and data", () => {
        const pulumi = FILES.filter((file) => PURE.includes(layerOf(file))).flatMap((file) =>
            importsOf(file)
                .filter(({ of }) => of.startsWith("@pulumi/"))
                .map(({ of }) => `${file} → ${of}`),
        );
        assert.deepEqual(pulumi, []);
        for (const file of ["args.ts", "bucketArgs.ts", "keyArgs.ts"])
            assert.deepEqual(importsOf(file), [{ of: "@pulumi/pulumi", typeOnly: true }]);
    });

    it("imports @pulumi/aws in what is only loaded for nodes on AWS, and nothing else imports that", () => {
        const onAws = /^placement\/aws[A-Z]?\w*\.ts$/;
        const needy = FILES.filter((file) => importsOf(file).some(({ of }) => of.startsWith("@pulumi/aws")));
        assert.deepEqual(
            needy.filter((file) => !onAws.test(file)),
            [],
        );
        const loaders = FILES.filter((file) => !onAws.test(file) && ownImports(file).some((each) => onAws.test(each)));
        assert.deepEqual([needy.length > 3, loaders], [true, []]);
    });

    it("has one maker of remote Commands", () => {
        assert.deepEqual(
            FILES.filter((file) => /new remote\.Command\(/.test(textOf(file))),
            ["phases/hostCommand.ts"],
        );
    });

    it("knows no step's name where steps are walked: a procedure is a list, and its verbs", () => {
        const walked = textOf("phases/procedure.ts");
        for (const { verb } of HOP_STEPS.full) assert.doesNotMatch(walked, new RegExp(`\\b${verb}\\b`));
    });

    it("needs no file that is too long to be read at once", () => {
        const long = FILES.filter((file) => textOf(file).split("\n").length - 1 > (LONGEST[file] ?? 300));
        assert.deepEqual(long, []);
    });
});

describe("the toolchain", () => {
    const TOOLCHAIN = join(root, "toolchain");
    /** Folders and files right in `toolchain`; of `sdk` only what is pure. */
    const MAY: Record<string, string[]> = {
        shell: [],
        offline: [],
        schema: ["shell"],
        release: ["shell"],
        tools: ["shell"],
        local: ["shell", "tools"],
        checks: ["shell", "tools"],
        main: ["checks", "local"],
    };
    const files = readdirSync(TOOLCHAIN, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

    it("finds or makes tools, runs a cluster by them and checks by them; a stand-in knows none of ours", () => {
        const wrong = files.flatMap((file) =>
            [...readFileSync(join(TOOLCHAIN, file), "utf8").matchAll(/(?:from|import|require)[ (]*"(\.[^"]+)"/g)]
                .map(([, of]) => normalize(join(dirname(file), of!)))
                .filter((of) => {
                    const [first, second] = of.split("/");
                    if (first === "..") return second !== "sdk" || !PURE.includes(of.split("/")[2]!);
                    return ![layerOf(file), ...MAY[layerOf(file)]!].includes(layerOf(`${of}.ts`));
                })
                .map((of) => `${file} → ${of}`),
        );
        assert.deepEqual([...new Set(files.map(layerOf))].sort(), Object.keys(MAY).sort());
        assert.deepEqual(wrong, []);
    });
});

import { strict as assert } from "node:assert";
import { arch as machine } from "node:process";
import { ConsistencyMode, DbEngine, type GarageClusterArgs } from "../../../sdk";
import { layoutWords } from "../../../sdk/garage/layout";
import { validateArgs } from "../../../sdk/validate/validateArgs";
import { graphOf, threeNodes } from "../../graph/support";
import { bash } from "./support";

// A node may be called as any word of any line, and as any key or word of a sheet: words go by their place alone.

const arch = machine === "arm64" ? "aarch64" : "x86_64";

/** What could be a node's name among all that the hosts are ever told, but for the packed script of `host`. */
async function words(): Promise<string[]> {
    const everything: GarageClusterArgs[] = [
        threeNodes({
            stateVersion: "1",
            version: "2.5.0",
            without: ["rome"],
            binary: { path: { [arch]: "/bin/true" } },
        }),
        threeNodes({
            allowPatchDowngrade: true,
            consistencyMode: ConsistencyMode.Dangerous,
            dbEngine: DbEngine.Lmdb,
            skipChecks: ["free-disk"],
        }),
    ];
    everything[1]!.nodes!.paris = {
        ...everything[1]!.nodes!.paris!,
        reapply: "x",
        replace: "e".repeat(64),
        tags: ["fast"],
    };
    everything[1]!.nodes!.edge = {
        ...threeNodes().nodes!.rome!,
        capacity: undefined,
        gateway: true,
        ssh: { ...threeNodes().nodes!.rome!.ssh!, host: "192.0.2.4" },
    };
    const texts: string[] = [];
    for (const args of everything)
        for (const { inputs } of (await graphOf(args)).seen.values())
            texts.push(
                ...[inputs.create, inputs.delete, inputs.stdin].map(String).filter((text) => text.length < 20_000),
            );
    const found = texts.join("\n").split(/[\s=:,@|]+/);
    const ofHost = "cluster node stack package metadata data backups rpcport owner replace secret lines".split(" ");
    return [...new Set([...found, ...ofHost])].filter((word) => /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(word)).sort();
}

describe("a node named like a word of a line or a sheet", function () {
    this.timeout(120_000);
    let names: string[];
    before(async () => {
        names = await words();
        for (const word of "sv rf in without storage gateway peer line lines replace canary downgrade allowed reapply tool joined layout".split(
            " ",
        ))
            assert.ok(names.includes(word), word);
    });

    const argsOf = () => {
        const { paris } = threeNodes().nodes!;
        return threeNodes({
            nodes: Object.fromEntries(
                names.map((name, i) => [name, { ...paris!, ssh: { ...paris!.ssh!, host: `10.0.0.${i + 1}` } }]),
            ),
        });
    };
    const id = (index: number) => index.toString(16).padStart(64, "0");

    it("is a name like any other to the validation", () => {
        const { problems } = validateArgs(argsOf());
        assert.deepEqual(
            problems.filter(({ path }) => path.startsWith("nodes")),
            [],
        );
    });

    it("has its own role in the layout, its own line in the barrier, and its own part", () => {
        const { spec } = validateArgs(argsOf());
        const sheet = names.flatMap((name, i) => [
            `peer ${name} ${id(i)} h${i}:3901 storage ${i % 9 === 4 ? "without" : "in"}`,
            ...(i % 9 === 4 ? [] : [`line ${name} e${i} 2.5.0 x86_64:abc`]),
        ]);
        const living = names.filter((_, i) => i % 9 !== 4);
        const script = `
            current_info() { KV=2; }
            ledger_is() { :; }
            ledger_get() { if [ "$1" = node ]; then give london "\${2:-}"; else give "" "\${2:-}"; fi; }
            mapfile -t SHEET_LINES <<'SHEET'
cluster the-cluster
${sheet.join("\n")}
SHEET
            layout_words ${layoutWords(spec!)}
            echo "sv $LAYOUT_SV rf $LAYOUT_RF"
            printf '%s' "$LAYOUT_ASKED" | sed 's/^/asked /'
            require_same_release; echo "release $SAME_RELEASE"
            for name in ${names.join(" ")}; do is_in "$name" || echo "out $name"; done
            peers_in | sed 's/^/in /'
            for name in ${living.join(" ")}; do echo "target $(peer_target "$name")"; done
            echo "cluster $(sheet_get cluster)"`;
        const ran = bash(script);
        assert.equal(ran.code, 0, ran.stderr);
        const lines = ran.stdout.trimEnd().split("\n");
        const of = (kind: string) =>
            lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
        const idOf = (name: string) => id(names.indexOf(name));
        assert.deepEqual(of("sv"), ["2 rf 3"]);
        assert.deepEqual(
            of("asked")
                .map((line) => line.split(" ").slice(0, 2).join(" "))
                .sort(),
            names.map((name) => `${name} ${idOf(name)}`).sort(),
        );
        assert.ok(of("asked").every((line) => line.endsWith(` node=${line.split(" ")[0]}`)));
        assert.deepEqual(of("release"), ["2.5.0"]);
        assert.deepEqual(
            of("out"),
            names.filter((name) => !living.includes(name)),
        );
        assert.deepEqual(
            of("in"),
            living.map((name) => `${name} ${idOf(name)} h${names.indexOf(name)}:3901 storage`),
        );
        assert.deepEqual(
            of("target"),
            living.map((name) => `${idOf(name)}@h${names.indexOf(name)}:3901`),
        );
        assert.deepEqual(of("cluster"), ["the-cluster"]);
    });

    it("takes no word's place: without the two first ones nothing is done", () => {
        for (const call of [
            "sv=z:1 rf=z:1 a=z:1",
            "sv=2 a=z:1 rf=3",
            "rf=3 sv=2 a=z:1",
            "sv=2 rf=3",
            "sv=2 rf=x a=z:1",
            "sv=2 rf=3 a=z:x",
        ]) {
            const ran = bash(
                `SHEET_LINES=("peer a ${id(1)} h:1 storage in" "peer sv ${id(2)} h:1 storage in"); layout_words ${call}`,
            );
            assert.match(ran.stderr, /\[sheet-incomplete\]/, call);
        }
    });
});

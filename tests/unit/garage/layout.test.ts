import { deepStrictEqual, strictEqual } from "node:assert";
import { layoutWords, parseReleaseWords, releaseWords } from "../../../sdk/garage/layout";
import { goodArgs, paris, spec, specOf } from "../support";

const EXAMPLE = paris({ tags: ["ssd", "dc1"], capacity: "500G" }, { rollOrder: ["rome"], without: ["rome"] });

describe("layoutWords", () => {
    it("names every node with bytes and tags, in name order, those left out too", () => {
        strictEqual(
            layoutWords(specOf(EXAMPLE)),
            "sv=2 rf=3 london=lon:1000000000000 paris=par:500000000000:ssd+dc1 rome=rom:1000000000000",
        );
    });

    it("says gateway where a node has no capacity", () => {
        const nodes = {
            ...(goodArgs().nodes as object),
            gate: { zone: "par", gateway: true, tags: ["x"], container: {} },
        };
        strictEqual(
            layoutWords(spec({ nodes })),
            "sv=2 rf=3 gate=par:gateway:x london=lon:1000000000000 paris=par:1000000000000 rome=rom:1000000000000",
        );
    });

    it("doesn't change with the order of a roll or the order in the program", () => {
        const { rome, paris: p, london } = goodArgs().nodes as Record<string, unknown>;
        const shuffled = spec({ nodes: { london, rome, paris: p }, rollOrder: ["rome", "paris"] });
        strictEqual(layoutWords(shuffled), layoutWords(spec()));
    });

    it("changes with stateVersion: after 0.8 → 0.9 the real capacities are assigned", () => {
        const during = spec({ stateVersion: "0.8", version: "0.9.4" });
        const after = spec({ stateVersion: "0.9", version: "0.9.4" });
        strictEqual(layoutWords(during).replace("sv=0.8", "sv=0.9"), layoutWords(after));
    });
});

describe("the record of what was reached", () => {
    const line =
        "2.5.0 stateVersion=2 replicationFactor=3 dbEngine=lmdb metadataDir=/var/lib/garage/meta rpcPort=3901 nodes=london:lon:1000000000000,paris:par:500000000000,rome:rom:1000000000000";

    it("is one line", () => strictEqual(releaseWords(specOf(EXAMPLE)), line));

    it("is read back, with or without the command", () => {
        const expected = {
            version: "2.5.0",
            stateVersion: "2",
            replicationFactor: 3,
            dbEngine: "lmdb",
            metadataDir: "/var/lib/garage/meta",
            rpcPort: 3901,
            nodes: [
                { name: "london", zone: "lon", capacityBytes: 1e12, gateway: false },
                { name: "paris", zone: "par", capacityBytes: 5e11, gateway: false },
                { name: "rome", zone: "rom", capacityBytes: 1e12, gateway: false },
            ],
        };
        for (const prefix of ["", "garage-node release ", "sudo -n garage-node release "])
            deepStrictEqual(parseReleaseWords(prefix + line), expected);
        deepStrictEqual(parseReleaseWords(line.replace("paris:par:500000000000", "paris:par:gateway"))?.nodes[1], {
            name: "paris",
            zone: "par",
            gateway: true,
        });
    });

    const junk: unknown[] = [
        undefined,
        null,
        "",
        "garage-node release",
        { __pulumiUnknown: true },
        3,
        `${line} more=1`,
        line.replace("rome:rom:1000000000000", "rome:rom"),
        line.replace("rome:rom:1000000000000", "rome:rom:12x"),
        line.replace("nodes=", "nodes=,"),
        `echo ${line}`,
        `${line}\n`,
    ];
    junk.forEach((value, index) => {
        it(`is undefined for anything else (${index})`, () => strictEqual(parseReleaseWords(value), undefined));
    });
});

import { strictEqual } from "node:assert";
import { layoutWords } from "../../../sdk/garage/layout";
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

import assert from "node:assert/strict";
import { adoptFile } from "../../../sdk/adopt/adoptFile";
import { adoptFileAgain } from "../../../sdk/adopt/again";
import { join } from "../../../sdk/adopt/cluster";
import { hosts, type Made } from "./support";

const BEFORE = "2026-11-29T08:00:00Z";
const NOW = "2026-11-29T09:00:00Z";
const before = adoptFile(join(hosts()), [], BEFORE);
const again = (change: (made: Made, at: number) => void, text = before) => {
    const { text: now, reasons } = adoptFileAgain(text, join(hosts(change)), NOW);
    return { now: now === undefined ? undefined : JSON.parse(now), ids: reasons.map(({ id }) => id) };
};
/** As a node is once it was taken over. */
const taken = ({ process, look }: Made) => {
    look.host.claim = "cluster c1\n";
    process.exe = "/opt/garage/generations/1.3.0-00000000/garage";
    process.sha256 = "6".repeat(64);
};

describe("adopt.json written anew", () => {
    it("says what is seen now, and when", () => {
        const { now } = again(({ process }) => {
            process.sha256 = "6".repeat(64);
        });
        assert.equal(now.at, NOW);
        assert.equal(now.nodes.paris.binary.sha256, "6".repeat(64));
    });

    it("keeps what was said of the nodes that were taken over since, and looks at those that wait", () => {
        const { now } = again((made, at) => {
            if (at === 0) taken(made);
            if (at === 1) made.look.host.claim = "cluster c1\n";
            made.process.config.changed = 1_700_000_099;
        });
        assert.deepEqual(now.nodes.london, JSON.parse(before).nodes.london);
        assert.equal(now.nodes.paris.configuration.changed, 1_700_000_099);
        assert.deepEqual(now.takeover, []);
    });

    it("keeps the names that the nodes have there", () => {
        const { nodes, ...rest } = JSON.parse(before);
        const { paris, ...others } = nodes;
        const { now } = again(() => {}, JSON.stringify({ ...rest, nodes: { ...others, lutetia: paris } }));
        assert.deepEqual(Object.keys(now.nodes).sort(), ["london", "lutetia", "rome"]);
    });

    it("is stopped by a node of this package that it doesn't know, and by what stops any look", () => {
        const { rome: _, ...nodes } = JSON.parse(before).nodes;
        const unknown = again((made, at) => at === 2 && taken(made), JSON.stringify({ nodes }));
        assert.deepEqual([unknown.now, unknown.ids], [undefined, ["adopt-claimed"]]);
        const { now, ids } = again(({ process }, at) => at === 1 && process.words.push("--odd"));
        assert.deepEqual([now, ids], [undefined, ["adopt-flags"]]);
    });
});

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtPackage } from "../support/builtPackage";
import { SimBed } from "./simHosts";

// What the real engine's preview says of a change that is no upgrade, before anything happens.

const nodes = { london: "london", paris: "paris", rome: "rome" };

describe("a preview", function () {
    this.timeout(300_000);
    let bed: SimBed;
    before(async () => {
        bed = await SimBed.make(...Object.values(nodes));
        bed.cluster.declare(bed.args(nodes));
        await bed.cluster.up();
    });
    after(() => bed.remove());

    async function preview(more: Record<string, unknown>, rome: Record<string, unknown> = {}): Promise<string> {
        const args = bed.args(nodes, more);
        Object.assign(args.nodes.rome!, rome);
        bed.cluster.declare(args);
        const { code, stdout, stderr } = await bed.cluster.project.preview();
        assert.equal(code, 0, stdout + stderr);
        return stdout;
    }

    it("finds a state in which nothing lists each node for each step of each, and no tool lies", async () => {
        const state = await bed.cluster.project.exported();
        const { resources } = JSON.parse(state).deployment as { resources: { urn: string; dependencies?: string[] }[] };
        const ofNodes = (names: string[]) =>
            names.filter((name) => /-(host|stage|start)-(london|paris|rome)$/.test(name));
        const many = resources.filter(({ dependencies = [] }) => ofNodes(dependencies).length > 1);
        assert.deepEqual(many.map(({ urn }) => urn.split("::").at(-1)).sort(), [
            "store-join",
            "store-peers",
            "store-staged",
        ]);
        const longest = resources.map((each) => JSON.stringify(each).length).sort((a, b) => b - a)[0]!;
        assert.ok(longest < 30_000, `${longest} characters for one resource`);
    });

    it("takes no tool for another one because this package lies elsewhere, as it does on each machine", async () => {
        const elsewhere = mkdtempSync(join(tmpdir(), "garage-package-"));
        try {
            cpSync(builtPackage(), elsewhere, { recursive: true, verbatimSymlinks: true });
            bed.cluster.use(elsewhere);
            bed.cluster.declare(bed.args(nodes));
            const { code, stdout, stderr } = await bed.cluster.project.preview("--expect-no-changes");
            assert.equal(code, 0, stdout + stderr);
        } finally {
            bed.cluster.use();
            rmSync(elsewhere, { recursive: true, force: true });
        }
    });

    it("says that another configuration restarts the nodes, in which order, and what clients notice", async () => {
        const says =
            /The configuration changes, so the nodes restart, one node at a time: london → paris → rome\. S3 stays up\./g;
        const text = await preview({ logLevel: "debug" });
        // Once, as the plan: the engine prints both live and at the end.
        assert.equal(text.match(says)?.length, text.match(/no change of release/g)?.length);
        assert.match(
            await preview({ logLevel: "debug", without: ["rome"] }),
            /nodes restart, one node at a time: london → paris\. 1 of the storage nodes left out: .*reads and writes fail/,
        );
    });

    it("says what changes in garage.toml, in lines that can be read", async () => {
        assert.match(
            await preview({ s3Port: 4000 }),
            /What changes:\n +garage\.toml: - s3_api\.api_bind_addr = "\[::\]:3900"\n +garage\.toml: \+ s3_api\.api_bind_addr = "\[::\]:4000"/,
        );
    });

    it("says that no daemon restarts by a time limit, another order of rolls, or another name with aliases", async () => {
        const calm = /No daemon restarts by what changes/;
        for (const more of [{ healthTimeoutSeconds: 300 }, { rollOrder: ["rome"] }]) {
            const text = await preview(more);
            assert.match(text, calm);
            assert.doesNotMatch(text, /nodes restart/);
        }
        bed.cluster.declareAll({ shop: { args: bed.args(nodes), opts: { aliases: [{ name: "store" }] } } });
        const { code, stdout, stderr } = await bed.cluster.project.preview();
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, calm);
        assert.doesNotMatch(stdout, /nodes restart|to delete|to create/);
    });

    it("says that up to 0.9 one storage node changes after the other, and what may be missed with less than three copies", async () => {
        const old = await SimBed.make(...Object.values(nodes), "oslo", "bern");
        try {
            const args = (more: Record<string, string>, factor: number) =>
                old.args({ ...nodes, ...more }, { stateVersion: "0.9", version: "0.9.4", replicationFactor: factor });
            old.cluster.declare(args({}, 2));
            await old.cluster.up();
            const says = async (more: Record<string, string>) => {
                old.cluster.declare(args(more, 2));
                return (await old.cluster.project.preview()).stdout;
            };
            const two = await says({ oslo: "oslo", bern: "bern" });
            assert.match(two, /One storage node after the other \(2\), each followed by its tables and blocks/);
            assert.match(two, /With replicationFactor 2 what moves may answer 404/);
            assert.doesNotMatch(await says({ oslo: "oslo" }), /One storage node after the other/);
        } finally {
            await old.remove();
        }
    });

    it("says who takes whose place, and other tags, not that nothing happens; neither goes with another release", async () => {
        const replace = "9".repeat(64);
        const text = await preview({}, { replace });
        assert.match(text, /rome takes the place of the node 9{16}: what that one has is given up for good/);
        assert.doesNotMatch(text, /No daemon restarts/);
        assert.match(await preview({}, { tags: ["ssd"] }), /Other tags: rome\./);
        for (const rome of [{ replace }, { tags: ["ssd"] }]) {
            const args = bed.args(nodes, { version: "2.4.0", allowPatchDowngrade: true });
            Object.assign(args.nodes.rome!, rome);
            bed.cluster.declare(args);
            const { code, stdout } = await bed.cluster.project.preview();
            assert.notEqual(code, 0);
            assert.match(stdout, /nodes\.rome\.\w+: changed together with version.*\[nodes-and-release-changed\]/);
        }
    });

    it("says whose part of the layout changes, and that data may move", async () => {
        assert.match(
            await preview({}, { zone: "par", capacity: "2G" }),
            /The layout changes \(rome: zone rome → par, another capacity\): data may move between the nodes\./,
        );
        assert.doesNotMatch(await preview({}), /layout changes/);
        assert.doesNotMatch(await preview({}, { capacity: "2G" }), /One storage node after the other/);
        const edge = {
            ...bed.args(nodes).nodes.rome!,
            gateway: true,
            capacity: undefined,
            rpcPublicAddr: "edge.example:3901",
        };
        const { ssh } = edge as { ssh?: object };
        assert.match(
            await preview({
                nodes: { ...bed.args(nodes).nodes, edge: { ...edge, ssh: { ...ssh, host: "127.0.0.2" } } },
            }),
            /The layout changes \(edge is new \(a gateway\)\): no data move\./,
        );
    });
});

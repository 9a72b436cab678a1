import assert from "node:assert/strict";
import type { GarageClusterArgs } from "../../sdk";
import { idOf } from "../unit/adopt/support";
import { AT, takeoverArgs } from "../unit/adopt/takeover";
import { graphOf } from "./support";

const NODES = ["london", "paris", "rome"];
const args = (more: Partial<GarageClusterArgs> = {}) => ({
    ...(takeoverArgs() as unknown as GarageClusterArgs),
    ...more,
});

/** Of what a host gets as a secret, behind the head of its script. */
const sheetOf = (stdin: unknown) => (stdin as { value: string }).value.split("sheet() {\n")[1]!.split("files() {")[0]!;
const line = (sheet: string, key: string) => new RegExp(`^${key} (.*)$`, "m").exec(sheet)?.[1];

describe("the graph of a takeover", () => {
    it("looks at every host before the first one is claimed", async () => {
        const graph = await graphOf(args());
        assert.deepEqual(
            graph.names(/-look-/).sort(),
            NODES.map((name) => `store-look-${name}`),
        );
        for (const a of NODES)
            for (const b of NODES) assert.ok(graph.before(`store-look-${a}`, `store-host-${b}`), `${a} before ${b}`);
    });

    it("takes one node after the other, behind the layout and before the rolls, in their order", async () => {
        const graph = await graphOf(args({ rollOrder: ["rome"] }));
        const order = [
            "store-start-paris",
            "store-layout",
            ...["rome", "london", "paris"].map((name) => `store-take-${name}`),
            ...["rome", "london", "paris"].map((name) => `store-roll-${name}`),
            "store-release",
        ];
        for (let i = 1; i < order.length; i++)
            assert.ok(graph.before(order[i - 1]!, order[i]!), `${order[i - 1]} before ${order[i]}`);
        const [first, second] = ["rome", "london"].map((name) => String(graph.get(`store-take-${name}`).inputs.create));
        assert.match(first!, /^garage-node take 1\.3\.0-[0-9a-f]{8} canary$/);
        assert.equal(second, first!.replace(" canary", ""));
        assert.equal(second!.replace("take", "roll"), graph.get("store-roll-london").inputs.create);
    });

    it("brings `look` and `host` the same sheet, with what was seen of that node and the ids of all", async () => {
        const graph = await graphOf(args());
        for (const [at, name] of NODES.entries()) {
            const [look, host] = ["look", "host"].map((verb) => graph.get(`store-${verb}-${name}`).inputs);
            assert.match(String(look!.create), new RegExp(`^bash -s -- look ${name} tool=\\S+$`));
            assert.equal(look!.delete, undefined);
            const sheet = sheetOf(host!.stdin);
            assert.equal(sheetOf(look!.stdin), sheet);
            const seen = JSON.parse(Buffer.from(line(sheet, "adopt")!, "base64").toString());
            assert.deepEqual([seen.id, seen.at, seen.layoutVersion, seen.release], [idOf(at), AT, 1, "1.3.0"]);
            assert.equal(line(sheet, "adoptids"), [0, 1, 2].map(idOf).join(" "));
            assert.equal(line(sheet, "lines"), String(sheet.split("\n").indexOf("END_OF_SHEET") - 1));
        }
    });

    it("brings the commands of a daemon that runs by hand to its host, and to no other", async () => {
        const commands = { stopCommand: "sv down garage", startCommand: "sv up garage" };
        const byHand = takeoverArgs(({ process }, at) => {
            if (at === 1) process.keeper = { kind: "hand" };
        }) as unknown as GarageClusterArgs;
        Object.assign((byHand.nodes as Record<string, object>).paris!, { adopt: commands });
        const graph = await graphOf(byHand);
        const given = NODES.map((name) => {
            const sheet = sheetOf(graph.get(`store-host-${name}`).inputs.stdin);
            return JSON.parse(Buffer.from(line(sheet, "adopt")!, "base64").toString()).commands;
        });
        assert.deepEqual(given, [undefined, { stop: "sv down garage", start: "sv up garage" }, undefined]);
    });

    it("brings `take` what a roll of that node gets", async () => {
        const graph = await graphOf(args());
        for (const name of NODES)
            assert.equal(graph.get(`store-take-${name}`).inputs.stdin, graph.get(`store-roll-${name}`).inputs.stdin);
    });

    it("has every host get the very binary that runs, by its checksum", async () => {
        const download = async (more: Partial<GarageClusterArgs>) =>
            line(String((await graphOf(args(more))).get("store-stage-rome").inputs.stdin), "download x86_64");
        assert.match((await download({}))!, / 5{64}$/);
        assert.match((await download({ adopt: undefined }))!, / -$/);
    });

    it("tags the nodes where it is asked for, once all are taken over and before anything else, and the version of that is the layout's", async () => {
        const { adopt } = args();
        const graph = await graphOf(args({ adopt: { ...adopt!, tagNodes: true } }));
        for (const name of NODES) assert.ok(graph.before(`store-take-${name}`, "store-tags"));
        assert.ok(graph.before("store-tags", "store-roll-london"));
        const [laidOut, tags] = ["layout", "tags"].map((name) => graph.get(`store-${name}`).inputs);
        assert.equal(tags!.create, laidOut!.create);
        const lines = [laidOut, tags].map((inputs) => line(String(inputs!.stdin), "tagnodes"));
        assert.deepEqual(lines, ["later", "now"]);
        const none = await graphOf(args());
        assert.deepEqual(none.names(/-tags$/), []);
        assert.equal(line(String(none.get("store-layout").inputs.stdin), "tagnodes"), undefined);
    });

    it("has none of it once `adopt` is taken out: the rolls come behind the layout, the sheets say nothing of it", async () => {
        const graph = await graphOf(args({ adopt: undefined }));
        assert.deepEqual(graph.names(/-(look|take)-/), []);
        assert.ok(graph.before("store-layout", "store-roll-london"));
        const sheet = sheetOf(graph.get("store-host-paris").inputs.stdin);
        assert.equal(line(sheet, "adopt"), undefined);
        assert.equal(line(sheet, "adoptids"), undefined);
    });

    it("sets back in the place of all that: looks everywhere, then one node after the other, then every host is handed back", async () => {
        const { adopt } = args();
        const graph = await graphOf(args({ adopt: { ...adopt!, back: true }, rollOrder: ["rome"] }));
        assert.deepEqual(graph.names(/-(stage|start|join|layout|take|roll|release|upload)/), []);
        const order = ["rome", "london", "paris"].map((name) => `store-untake-${name}`);
        for (const name of NODES) {
            for (const other of NODES) assert.ok(graph.before(`store-look-${other}`, `store-host-${name}`));
            assert.ok(graph.before(`store-host-${name}`, order[0]!));
            assert.ok(graph.before(order[2]!, `store-disown-${name}`));
        }
        for (const at of [1, 2]) assert.ok(graph.before(order[at - 1]!, order[at]!));
        const { create, stdin } = graph.get("store-untake-rome").inputs;
        assert.match(String(create), /^bash -s -- untake rome tool=\S+$/);
        const sheet = sheetOf(stdin);
        assert.equal(line(sheet, "looked"), "same");
        assert.equal(line(sheet, "peer"), `london ${idOf(0)} 192.0.2.1:3901 storage in`);
        assert.equal(line(sheet, "replicationfactor"), "3");
        const backLine = async (more: object, verb: string) =>
            line(sheetOf((await graphOf(args(more))).get(`store-${verb}-rome`).inputs.stdin), "adoptback");
        for (const verb of ["look", "host"]) {
            assert.equal(await backLine({ adopt: { ...adopt!, back: true } }, verb), "yes");
            assert.equal(await backLine({}, verb), undefined);
        }
        const ids = await new Promise((known) => graph.made[0]!.nodeIds.apply(known));
        assert.deepEqual(ids, { london: idOf(0), paris: idOf(1), rome: idOf(2) });
    });

    it("has all behind it run again where a look answers something else, by what it brings to `stage`", async () => {
        const graph = await graphOf(args());
        assert.equal(line(String(graph.get("store-stage-rome").inputs.stdin), "looked"), "same");
        const without = await graphOf(args({ adopt: undefined }));
        assert.equal(line(String(without.get("store-stage-rome").inputs.stdin), "looked"), undefined);
    });
});

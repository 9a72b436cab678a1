import assert from "node:assert/strict";
import type { Procedure } from "../../sdk/procedures/procedure";
import { PulumiProject, repo } from "../support/pulumiProject";
import { SimBed } from "./simHosts";

const NODES = { london: "london", paris: "paris", rome: "rome" };

/** An outage of two steps and its proof, in data alone. */
const sample = (facts: string[]): Procedure => ({
    name: "sample",
    facts,
    steps: [
        { number: 1, verb: "alldown", scope: "cluster", gives: "attempt", takes: [] },
        { number: 2, verb: "change", scope: "node", takes: ["attempt"] },
        { number: 3, verb: "allup", scope: "cluster", takes: ["attempt"] },
    ],
});

/** The component's own pieces, but for what isn't looked at here: layout, rolls, record. */
const program = `
require(${JSON.stringify(`${repo}/node_modules/tsx/dist/cjs/index.cjs`)});
const sdk = (path) => require(${JSON.stringify(`${repo}/sdk/`)} + path);
const pulumi = require("@pulumi/pulumi");
const { args, asked } = JSON.parse(require("node:fs").readFileSync("asked.json", "utf8"));
const parent = new pulumi.ComponentResource("test:index:Cluster", "store");
const { spec } = sdk("validate/validateArgs").validateArgs(args, "store");
const { nodes } = sdk("placement/place").place(parent, "store", spec, args);
const secrets = sdk("phases/identity").clusterSecrets(parent, "store", args);
const peers = pulumi.output(nodes.map(({ name }) => "peer " + name));
const cluster = { parent, name: "store", spec, nodes, secrets, peers };
sdk("phases/procedure").procedure(cluster, asked, pulumi.output([]), []);
`;

describe("a procedure that is data alone, on the real engine", function () {
    this.timeout(300_000);
    let bed: SimBed;
    let project: PulumiProject;
    beforeEach(async () => {
        bed = await SimBed.make(...Object.values(NODES));
        for (const [label, host] of Object.entries(bed.hosts))
            Object.assign(host.answers, { alldown: "down a1", change: `${label} changed a1`, allup: "up a1" });
        project = await PulumiProject.create({ files: { "index.js": program } });
    });
    afterEach(async () => {
        project.remove();
        await bed.remove();
    });

    it("runs step after step, settles, and runs again where what it is told changes", async () => {
        const asks = (...facts: string[]) =>
            project.write("asked.json", JSON.stringify({ args: bed.args(NODES), asked: sample(facts) }));
        const up = async (...words: string[]) => {
            bed.log.length = 0;
            const { code, stdout, stderr } = await project.update(...words);
            assert.equal(code, 0, stdout + stderr);
            return [bed.log[0], ...bed.log.slice(1, -1).sort(), bed.log.at(-1)];
        };
        const all = [
            "london alldown sample",
            "london change sample",
            "paris change sample",
            "rome change sample",
            "london allup sample",
        ];
        asks("colour green");
        assert.deepEqual(await up(), all);
        assert.match(
            bed.stdin("paris", "change"),
            /\nsteps alldown:cluster change:node allup:cluster\nattempt down a1\n/,
        );
        assert.match(bed.stdin("london", "allup"), /\npassed change london london changed a1\n/);
        await up("--expect-no-changes");
        assert.deepEqual(bed.log, []);
        asks("colour blue");
        assert.deepEqual(await up(), all);
    });
});

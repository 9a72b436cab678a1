import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../../sdk/phases/cluster";
import { procedure } from "../../sdk/phases/procedure";
import type { Node } from "../../sdk/placement/node";
import type { Procedure } from "../../sdk/procedures/procedure";
import { spec } from "../unit/support";

/** An outage of two steps, in data alone: all down, proven; one verb on each; all up, proven. */
const SAMPLE: Procedure = {
    name: "sample",
    facts: ["colour green"],
    steps: [
        { number: 1, verb: "allDown", scope: "cluster", gives: "attempt", takes: [], answers: /^down \w+$/ },
        { number: 2, verb: "change", scope: "node", withGeneration: true, takes: ["attempt"] },
        { number: 3, verb: "allUp", scope: "cluster", takes: ["attempt"] },
    ],
};

interface Ran {
    name: string;
    line: string;
    sheet: string;
    began: number;
    ended: number;
}

async function run(asked: Procedure): Promise<Ran[]> {
    const ran: Ran[] = [];
    let clock = 0;
    await pulumi.runtime.setMocks({
        call: () => ({}),
        newResource: async ({ name, inputs }) => {
            if (inputs.create === undefined) return { id: name, state: inputs };
            const step = { name, line: inputs.create, sheet: inputs.stdin, began: clock++, ended: 0 };
            ran.push(step);
            await new Promise((resolve) => setImmediate(resolve));
            step.ended = clock++;
            const stdout = /allDown/.test(name) ? "Welcome!\ngarage-node answers down a1" : `${name} a1`;
            return { id: name, state: { ...inputs, stdout } };
        },
    });
    await pulumi.runtime.runInPulumiStack(async () => {
        const parent = new pulumi.ComponentResource("test:index:Parent", "parent");
        const declared = spec({ without: ["rome"] });
        const nodes = declared.nodes.map(
            (node): Node => ({
                spec: node,
                name: node.name,
                connection: { host: node.name },
                sudo: false,
                host: pulumi.output(node.name),
                rpcAddress: pulumi.output(`${node.name}:3901`),
                machine: [],
                options: [],
                volumes: {},
                dependsOn: [],
            }),
        );
        const secret = pulumi.output("x");
        const cluster: Cluster = {
            parent,
            name: "store",
            spec: declared,
            nodes,
            secrets: {
                clusterId: secret,
                rpcSecret: secret,
                rpcSecret08: secret,
                adminToken: secret,
                metricsToken: secret,
            },
            peers: pulumi.output(["peer …"]),
        };
        procedure(cluster, asked, pulumi.output(["line …"]), []);
    });
    await pulumi.runtime.disconnect();
    return ran;
}

describe("a procedure that is data alone", () => {
    it("runs step after step, on all nodes at once or on the leader, and nothing on a node that is given up", async () => {
        const ran = await run(SAMPLE);
        assert.deepEqual(
            ran.map(({ name }) => name),
            [
                "store-sample-1-allDown",
                "store-sample-2-change-london",
                "store-sample-2-change-paris",
                "store-sample-3-allUp",
            ],
        );
        const [down, london, paris, up] = ran as [Ran, Ran, Ran, Ran];
        assert.ok(
            down.ended < london.began && paris.began < london.ended && Math.max(london.ended, paris.ended) < up.began,
        );
    });

    it("carries what a step gave to those who take it, the order of all steps, and each answer to the next step", async () => {
        const [down, london, , up] = (await run(SAMPLE)) as [Ran, Ran, Ran, Ran];
        assert.match(london.line, /^garage-node change sample 2\.5\.0-[0-9a-f]{8}$/);
        assert.equal(up.line, "garage-node allUp sample");
        const steps = ["colour green", "steps allDown:cluster change:node allUp:cluster"];
        assert.deepEqual(down.sheet.trim().split("\n").slice(4), [...steps, "peer …", "line …"]);
        assert.deepEqual(up.sheet.trim().split("\n").slice(4), [
            ...steps,
            "attempt down a1",
            "peer …",
            "line …",
            "passed change london store-sample-2-change-london a1",
            "passed change paris store-sample-2-change-paris a1",
        ]);
    });
});

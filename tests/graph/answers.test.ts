import * as assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { graphOf, threeNodes } from "./support";

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((known) => output.apply(known));
const MOTD = "Welcome to this host!\nload 0.01";

describe("a login shell that prints on stdout", () => {
    for (const [who, prints] of [
        ["by a host of today", (answer: string) => `${MOTD}\n\ngarage-node answers ${answer}\n`],
        ["by a host of 0.1.0", (answer: string) => `${MOTD}\n${answer}\n`],
    ] as const)
        it(`changes nothing of what is made of the answers, said ${who}`, async () => {
            const quiet = await graphOf(threeNodes());
            const loud = await graphOf(threeNodes(), undefined, undefined, (answer, name) =>
                /identity/.test(name) ? answer : prints(answer),
            );
            const sheets = (graph: typeof quiet) =>
                [...graph.seen]
                    // What it draws is another one each time.
                    .filter(([name]) => name !== "store-identity")
                    .map(([name, { inputs }]) => [name, inputs.create, inputs.stdin]);
            assert.deepEqual(sheets(loud), sheets(quiet));
            const [cluster] = loud.made;
            assert.equal(await value(cluster!.layoutVersion), 1);
            assert.equal(await value(cluster!.version), "2.5.0");
            for (const id of Object.values(await value(cluster!.nodeIds))) assert.match(id, /^[0-9a-f]{64}$/);
        });
});

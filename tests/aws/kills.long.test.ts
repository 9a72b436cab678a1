import assert from "node:assert/strict";
import { onAws, SimMachines } from "./simMachines";

// A replacement whose engine is killed (SIGKILL) in each of its steps, then what docs/aws.md says: cancel, up. The hosts only answer, AWS is the stand-in.
// AWS goes on with what it was asked, whoever is gone. What the hosts' verbs do when they are cut short is tested with them.

type Step = { verb: string } | { operation: "create" | "delete"; type: string; when: "before" | "after" };
const STEPS: Step[] = [
    { verb: "leave" },
    { operation: "delete", type: "Instance", when: "before" },
    { operation: "delete", type: "Instance", when: "after" },
    { operation: "create", type: "Instance", when: "before" },
    { operation: "create", type: "Instance", when: "after" },
    { operation: "create", type: "VolumeAttachment", when: "before" },
    { operation: "create", type: "VolumeAttachment", when: "after" },
    { verb: "back" },
];
const nameOf = (step: Step) =>
    "verb" in step ? step.verb : `${step.operation} of ${step.type}, ${step.when} AWS did it`;

describe("a machine that is made anew", function () {
    this.timeout(900_000);
    let sim: SimMachines;
    before(async () => {
        sim = await SimMachines.make();
        sim.cluster.declare(onAws());
        await sim.cluster.up();
    });
    after(() => sim?.remove());

    const running = () => Object.entries(sim.look().instances).filter(([, { state }]) => state === "running");
    const volumesOf = (id: string) =>
        Object.values(sim.look().volumes).filter(({ attachedTo }) => attachedTo?.instance === id).length;

    for (const [index, step] of STEPS.entries())
        it(`is gone on with where the engine was killed in: ${nameOf(step)}`, async () => {
            const volumes = Object.keys(sim.look().volumes);
            sim.cluster.declare(onAws({}, {}, { a: { renew: String(index + 1) } }));
            sim.forget();
            const letGo = sim.hold("verb" in step ? `${step.verb} a` : { ...step, name: "-a" });
            assert.ok(await sim.cluster.upKilled(() => sim.isHeldUp()));
            letGo();
            await sim.quiet();
            if ("operation" in step && step.operation === "create" && step.type === "Instance") {
                // The state doesn't know it, and it holds the node's address: nothing can run beside it.
                const [orphan] = running().filter(([, { tags }]) => tags["garage-node"] === "a");
                await sim.cluster.upFails(/InvalidNetworkInterface\.InUse/);
                assert.equal(volumesOf(orphan![0]), 0);
                await sim.terminate(orphan![0]);
            }
            await sim.cluster.up();
            assert.deepEqual(sim.held(), []);
            await sim.cluster.isSettled();
            assert.deepEqual(Object.keys(sim.look().volumes), volumes);
            assert.deepEqual(
                running().map(([id]) => volumesOf(id)),
                [2, 2, 2],
            );
        });
});

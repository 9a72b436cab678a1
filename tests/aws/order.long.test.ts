import assert from "node:assert/strict";
import { ON_AWS, onAws, SimMachines } from "./simMachines";

// What the real engine makes of a cluster on AWS: which machine is left, changed and taken up again when. The hosts only answer, AWS is the stand-in.
// Each test goes on with the cluster of the one before, which it found settled.

const inPlace = (name: string) => [`leave ${name}`, `update ${name}`, `back ${name}`];
const anew = (name: string) => [`leave ${name}`, `delete ${name}`, `create ${name}`, `back ${name}`];
const OLD = "ami-0aaaaaaaaaaaaaaa1";
const NEWER = "ami-0aaaaaaaaaaaaaaa9";

describe("machines on AWS", function () {
    this.timeout(900_000);
    let sim: SimMachines;
    /** What is asked for of each node by now. */
    let node: { instanceType: string; renew?: string; metadataVolumeSizeGiB?: number } = { instanceType: "t3.medium" };
    before(async () => {
        sim = await SimMachines.make();
        await up({});
    });
    after(() => sim?.remove());

    function declare(more: Partial<typeof node>): void {
        node = { ...node, ...more };
        sim.cluster.declare(onAws(node));
        sim.forget();
    }
    async function up(more: Partial<typeof node>): Promise<string[]> {
        declare(more);
        await sim.cluster.up();
        return sim.machines();
    }
    async function upFails(more: Partial<typeof node>, words: RegExp): Promise<string[]> {
        declare(more);
        await sim.cluster.upFails(words);
        return sim.machines();
    }
    const settled = async () => {
        sim.forget();
        await sim.cluster.isSettled();
        assert.deepEqual(sim.story(), []);
        assert.deepEqual(sim.held(), []);
    };
    const without = async (type: string, work: () => Promise<void>) => {
        sim.world.change(({ noCapacity }) => noCapacity.push(type));
        await work();
        sim.world.change(({ noCapacity }) => noCapacity.pop());
    };
    const running = () => Object.entries(sim.look().instances).filter(([, { state }]) => state === "running");
    const ids = () => running().map(([id]) => id);

    it("are made without anybody being left; nothing runs again, whatever newer image there is", async () => {
        await settled();
        sim.world.change(({ images }) => {
            images[NEWER] = { ...images[OLD]!, name: "debian-12-amd64-20261101-2400", creationDate: "2026-11-01" };
        });
        await settled();
        assert.deepEqual(
            running().map(([, { ami }]) => ami),
            [OLD, OLD, OLD],
        );
    });

    it("change their type one after the other, in place", async () => {
        const before = ids();
        assert.deepEqual(await up({ instanceType: "t3.large" }), ON_AWS.flatMap(inPlace));
        assert.deepEqual(ids(), before);
        await settled();
    });

    it("are made anew one after the other, on the newest image, with the volumes they had", async () => {
        const volumes = Object.keys(sim.look().volumes);
        assert.equal(volumes.length, 6);
        assert.deepEqual(await up({ renew: "1" }), ON_AWS.flatMap(anew));
        assert.deepEqual(Object.keys(sim.look().volumes), volumes);
        assert.deepEqual(
            running().map(([, { ami }]) => ami),
            [NEWER, NEWER, NEWER],
        );
        await settled();
    });

    it("aren't left for what changes no machine: tags, a larger volume", async () => {
        const args = onAws({ ...node, tags: { team: "storage" }, metadataVolumeSizeGiB: 50 });
        sim.cluster.declare(args);
        sim.forget();
        await sim.cluster.up();
        assert.deepEqual(sim.machines().sort(), ["update a", "update b", "update c"]);
        sim.cluster.declare(onAws({ ...node, metadataVolumeSizeGiB: 50 }));
        await sim.cluster.up();
        node = { ...node, metadataVolumeSizeGiB: 50 };
        await settled();
    });

    it("stop at the first that can't be had, and go on from there", async () => {
        await without("t3.large", async () => {
            const refused = /InsufficientInstanceCapacity/;
            assert.deepEqual(await upFails({ renew: "2" }, refused), ["leave a", "delete a", "failed create a"]);
            assert.deepEqual(sim.held(), ["a"]);
            assert.deepEqual(await upFails({}, refused), ["failed create a"]);
        });
        assert.deepEqual(await up({}), ["create a", "back a", ...anew("b"), ...anew("c")]);
        await settled();
    });

    it("set back half-way, once a machine is gone: nobody is there to be left, and `without` is the way out", async () => {
        await without("t3.large", async () => {
            await upFails({ renew: "3" }, /InsufficientInstanceCapacity/);
        });
        assert.deepEqual(await upFails({ renew: "2" }, /store-leave-a.*failed.*dial/), []);
        sim.cluster.declare(onAws(node, { without: ["a"] }));
        await sim.cluster.up();
        assert.deepEqual(sim.machines(), ["create a"]);
        assert.deepEqual(await up({}), ["back a"]);
        await settled();
    });

    it("set back half-way, where a node was left and AWS did nothing: it is taken up again", async () => {
        const thrown = { operation: "delete", type: "Instance", when: "before", fails: "connection reset" } as const;
        sim.world.change(({ switches }) => switches.push(thrown));
        assert.deepEqual(await upFails({ renew: "3" }, /connection reset/), ["leave a", "failed delete a"]);
        assert.deepEqual(sim.held(), ["a"]);
        assert.equal((await up({ renew: "2" })).at(-1), "back a");
        await settled();
    });

    it("whose new type can't be had stop there; the same once more goes on", async () => {
        await without("t3.medium", async () => {
            const refused = /StartInstances.*InsufficientInstanceCapacity/;
            assert.deepEqual(await upFails({ instanceType: "t3.medium" }, refused), ["leave a", "failed update a"]);
        });
        const done = await up({});
        assert.deepEqual(done.slice(-7), ["back a", ...inPlace("b"), ...inPlace("c")]);
        await settled();
    });

    it("wait for a node that can't be proven: the next one isn't left", async () => {
        sim.failing.add("back a");
        const failed = await upFails({ renew: "4" }, /it fails for a test/);
        assert.deepEqual(failed, ["leave a", "delete a", "create a", "failed back a"]);
        assert.deepEqual(await up({}), ["back a", ...anew("b"), ...anew("c")]);
        await settled();
    });

    it("aren't touched where a node doesn't consent to be left", async () => {
        sim.failing.add("leave a");
        assert.deepEqual(await upFails({ renew: "5" }, /it fails for a test/), ["failed leave a"]);
        assert.deepEqual(await up({ renew: "4" }), []);
        await settled();
    });

    it("run on where the image that they were made of is gone; none is left that couldn't be made anew", async () => {
        const { images } = sim.look();
        const { renew } = node;
        sim.world.change((world) => {
            world.images = {};
        });
        await settled();
        assert.deepEqual(await upFails({ renew: "6" }, /nodes\.a\.aws\.amiId: .* no machine can be made for a/), []);
        const { code, stdout } = await sim.cluster.project.preview();
        assert.notEqual(code, 0, stdout);
        node = renew === undefined ? { instanceType: node.instanceType } : { ...node, renew };
        declare({});
        await settled();
        sim.world.change((world) => {
            world.images = images;
        });
    });

    it("serve on by rules and balancer of the old port where a host refuses another one; these go once all is done", async () => {
        const on = (s3Port: number) => {
            const aws = { ...onAws().aws, loadBalancer: true };
            sim.cluster.declare(onAws(node, { aws, s3Port }));
            sim.forget();
        };
        const open = () => {
            const { rules, listeners } = sim.look();
            const all = Object.values(rules).map(({ from, source, group }) => `${group} ${from} ${source}`);
            return [...all, ...Object.values(listeners).map(({ port }) => `listens ${port}`)].sort();
        };
        on(3900);
        await sim.cluster.up();
        const before = open();
        sim.failing.add("stage a");
        on(4000);
        await sim.cluster.upFails(/it fails for a test/);
        assert.deepEqual(
            before.filter((each) => !open().includes(each)),
            [],
        );
        on(3900);
        await sim.cluster.up();
        assert.deepEqual(open(), before);
        await settled();
        on(4000);
        await sim.cluster.up();
        assert.deepEqual(open(), before.map((each) => each.replace(" 3900", " 4000")).sort());
        await settled();
    });

    it("go with the stack, and their volumes don't", async () => {
        const { code, stdout, stderr } = await sim.cluster.project.destroy();
        assert.equal(code, 0, stdout + stderr);
        const { instances, volumes, enis, groups, rules } = sim.look();
        assert.ok(Object.values(instances).every(({ state }) => state === "terminated"));
        assert.deepEqual([enis, groups, rules], [{}, {}, {}]);
        assert.equal(Object.keys(volumes).length, 6);
    });
});

import assert from "node:assert/strict";
import type { PlainArgs } from "../support/clusterProject";
import { takeoverArgs } from "../unit/adopt/takeover";
import { SimBed } from "./simHosts";

const NODES = ["london", "paris", "rome"];

// What the real engine makes of a takeover that is set back, with hosts that only answer. Doesn't prove what hosts do of it.
describe("a way back on the real engine", function () {
    this.timeout(300_000);
    let bed: SimBed;
    const args = (adopt: object): PlainArgs => {
        const { nodes, adopt: seen, ...rest } = takeoverArgs() as PlainArgs;
        const on = (name: string) => ({
            ...nodes[name],
            ssh: bed.connection(name),
            rpcPublicAddr: `${name}.example:3901`,
        });
        const all = Object.fromEntries(NODES.map((name) => [name, on(name)]));
        return { ...rest, adopt: { ...(seen as object), ...adopt }, nodes: all };
    };
    beforeEach(async () => {
        bed = await SimBed.make(...NODES);
        for (const host of Object.values(bed.hosts))
            Object.assign(host.answers, { look: "ours e1", untake: "back", disown: "free" });
        bed.cluster.declare(args({}));
    });
    afterEach(() => bed.remove());
    const asked = (...verbs: string[]) =>
        bed.log
            .map((line) => line.split(" ").slice(0, 2).reverse().join(" "))
            .filter((line) => verbs.includes(line.split(" ")[0]!));
    const each = (verb: string) => NODES.map((name) => `${verb} ${name}`);

    it("says per node what happens, sets back one after the other, hands the hosts back, and then has nothing to do; destroyed, no old service is touched", async () => {
        await bed.cluster.up();
        bed.cluster.declare(args({ back: true }));
        bed.forget();
        const { stdout } = await bed.cluster.project.preview();
        assert.match(stdout, /The services of before come back, one node at a time: london → paris → rome\./);
        for (const name of NODES) assert.match(stdout, new RegExp(`${name} \\(.*\\), where it is taken over by now:`));
        assert.equal(bed.log.length, 0);
        await bed.cluster.up();
        const verbs = asked("look", "host", "untake", "disown");
        assert.equal(verbs.length, bed.log.length, bed.log.join("\n"));
        assert.deepEqual(verbs.slice(0, 3).sort(), each("look"));
        assert.deepEqual(verbs.slice(3, 6).sort(), each("host"));
        assert.deepEqual(verbs.slice(6, 9), each("untake"));
        assert.deepEqual(verbs.slice(9).sort(), each("disown"));
        assert.match(bed.stdin("rome", "untake"), /^looked ours e1$/m);
        const { stdout: second } = await bed.cluster.up("--expect-no-changes");
        assert.doesNotMatch(second, /services of before/);
        bed.forget();
        await bed.cluster.project.destroy();
        assert.deepEqual([...new Set(bed.log.map((line) => line.split(" ")[1]))], ["uninstall"]);
    });

    it("stops nothing anywhere where one host can't go back", async () => {
        await bed.cluster.up();
        bed.cluster.declare(args({ back: true }));
        bed.hosts.rome!.fails.look = "rome: this node can't go back [adopt-back-unfit]";
        bed.forget();
        await bed.cluster.upFails(/\[adopt-back-unfit\]/);
        assert.deepEqual(asked("untake", "host"), []);
    });

    it("goes on half-way with back, and without it takes over again what was set back", async () => {
        bed.hosts.rome!.fails.take = "rome: went back to the old service [adopt-failed]";
        await bed.cluster.upFails(/\[adopt-failed\]/);
        delete bed.hosts.rome!.fails.take;
        bed.cluster.declare(args({ back: true }));
        bed.hosts.paris!.fails.untake = "paris: the old service did not come back [adopt-back-failed]";
        bed.forget();
        await bed.cluster.upFails(/\[adopt-back-failed\]/);
        assert.deepEqual(asked("untake", "disown"), ["untake london", "untake paris"]);
        // Taken out half-way, the hosts are asked, and say no.
        bed.hosts.london!.fails.host = "london: is claimed, and not taken over yet [adopt-open]";
        const { adopt: _, ...without } = args({});
        bed.cluster.declare(without as PlainArgs);
        await bed.cluster.upFails(/\[adopt-open\]/);
        delete bed.hosts.london!.fails.host;

        bed.cluster.declare(args({}));
        for (const host of Object.values(bed.hosts)) {
            host.answers.look = "ours e1 again";
            host.forgets();
        }
        bed.forget();
        await bed.cluster.up();
        assert.deepEqual(asked("take", "roll", "release"), [...each("take"), ...each("roll"), "release london"]);
        await bed.cluster.up("--expect-no-changes");

        delete bed.hosts.paris!.fails.untake;
        bed.cluster.declare(args({ back: true }));
        bed.forget();
        await bed.cluster.up();
        assert.deepEqual(asked("untake"), each("untake"));
        bed.cluster.declare(args({}));
        bed.forget();
        await bed.cluster.up();
        assert.deepEqual(asked("take"), each("take"));
    });
});

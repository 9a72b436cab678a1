import assert from "node:assert/strict";
import { DECLARED, type Declared, machine } from "./declared";
import { AwsProject, newWorld, SUBNETS } from "./worlds";

// The stand-in for the aws plugin on the real engine, without machines: what AWS refuses, what replaces what, and what goes along with it.

const project = (region?: string, world = newWorld()) => AwsProject.create({ "index.js": DECLARED }, world, region);
const declare = (on: AwsProject, all: Record<string, Declared>) =>
    on.project.write("declared.json", JSON.stringify(all));

async function up(on: AwsProject, all: Record<string, Declared>, ...words: string[]): Promise<string[]> {
    declare(on, all);
    on.forget();
    const { code, stdout, stderr } = await on.project.update(...words);
    assert.equal(code, 0, stdout + stderr);
    return on.done();
}

async function upFails(on: AwsProject, all: Record<string, Declared>, words: RegExp): Promise<string[]> {
    declare(on, all);
    on.forget();
    const { code, stdout, stderr } = await on.project.update();
    assert.notEqual(code, 0, stdout + stderr);
    assert.match(stdout + stderr, words);
    return on.done();
}

describe("the stand-in for the aws plugin on the engine", function () {
    this.timeout(300_000);
    const projects: AwsProject[] = [];
    const make = async (...words: Parameters<typeof project>) => {
        const on = await project(...words);
        projects.push(on);
        return on;
    };
    after(() => {
        for (const each of projects) each.remove();
    });

    it("refuses at preview: no region, a name that nobody knows, a nested one", async () => {
        const without = await make("");
        declare(without, machine("a"));
        const first = await without.project.preview();
        assert.match(first.stdout + first.stderr, /Missing region information.*pulumi config set aws:region us-west-2/);
        const on = await make();
        for (const [args, words] of [
            [{ subnetID: SUBNETS[0] }, /subnetID.*Invalid or unknown key/],
            [
                { subnetId: SUBNETS[0], attachments: [{ instance: "i-1", deviceIndex: 0, kind: "x" }] },
                /attachments\[0\]\.kind.*Invalid or unknown key/,
            ],
        ] as const) {
            declare(on, { eni: { type: "aws:ec2/networkInterface:NetworkInterface", args } });
            const { code, stdout, stderr } = await on.project.preview();
            assert.notEqual(code, 0);
            assert.match(stdout + stderr, words);
        }
        assert.deepEqual(on.log(), []);
    });

    describe("a machine", () => {
        let on: AwsProject;
        before(async () => {
            on = await make();
        });

        it("is made in order, and a second up changes nothing", async () => {
            const done = await up(on, machine("a"));
            assert.deepEqual(done.slice(-2), ["create Instance a-instance", "create VolumeAttachment a-attachment"]);
            assert.deepEqual(await up(on, machine("a"), "--expect-no-changes"), []);
            const refresh = await on.project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
            assert.equal(refresh.code, 0, refresh.stdout + refresh.stderr);
        });

        it("changes its type in place, and keeps id and volume", async () => {
            const [id] = Object.keys(on.world.look().instances);
            assert.deepEqual(await up(on, machine("a", { instance: { instanceType: "t3.large" } })), [
                "update Instance a-instance",
            ]);
            const { instances, volumes } = on.world.look();
            assert.deepEqual(
                Object.entries(instances).map(([each, at]) => [each, at.state, at.type]),
                [[id, "running", "t3.large"]],
            );
            assert.equal(Object.values(volumes)[0]!.attachedTo?.instance, id);
        });

        it("is replaced by a tag that replaces: attachment, instance, instance, attachment; the volume stays", async () => {
            const all = machine("a", { instance: { instanceType: "t3.large", tags: { Name: "a", renew: "1" } } });
            assert.deepEqual(await up(on, all), [
                "delete VolumeAttachment a-attachment",
                "delete Instance a-instance",
                "create Instance a-instance",
                "create VolumeAttachment a-attachment",
            ]);
            const { instances, volumes } = on.world.look();
            assert.deepEqual(
                Object.values(instances).map(({ state }) => state),
                ["terminated", "running"],
            );
            assert.equal(Object.values(volumes)[0]!.attachedTo?.instance, Object.keys(instances)[1]);
        });

        it("is replaced by a type of another architecture, with an image of it", async () => {
            const all = machine("a", {
                instance: { instanceType: "t4g.medium", ami: "ami-0aaaaaaaaaaaaaaa2", tags: { Name: "a", renew: "1" } },
            });
            assert.equal((await up(on, all)).filter((each) => each === "create Instance a-instance").length, 1);
        });

        it("is terminated by destroy, which leaves nothing", async () => {
            const { code, stdout, stderr } = await on.project.destroy();
            assert.equal(code, 0, stdout + stderr);
            const { instances, volumes, enis } = on.world.look();
            assert.ok(Object.values(instances).every(({ state }) => state === "terminated"));
            assert.deepEqual([volumes, enis], [{}, {}]);
        });
    });

    it("refuses a successor while the old machine has the interface, which is what happens without deleteBeforeReplace", async () => {
        const on = await make();
        const options = (renew: string) => ({
            instance: { tags: { renew } },
            instanceOpts: { deleteBeforeReplace: false },
        });
        await up(on, machine("a", options("1")));
        await upFails(
            on,
            machine("a", options("2")),
            /InvalidNetworkInterface\.InUse: Interface: \[eni-0[0-9a-f]{16}\] in use/,
        );
    });

    it("lets a stack get stuck that stops before it detaches, once the new machine couldn't be had; by skipDestroy it goes on", async () => {
        for (const [attachment, goesOn] of [
            [{ skipDestroy: undefined, stopInstanceBeforeDetaching: true }, false],
            [{}, true],
        ] as const) {
            const on = await make();
            await up(on, machine("a", { attachment }));
            const renewed = machine("a", { attachment, instance: { tags: { Name: "a", renew: "1" } } });
            on.world.change((world) => world.noCapacity.push("t3.medium"));
            await upFails(on, renewed, /InsufficientInstanceCapacity/);
            on.world.change((world) => world.noCapacity.pop());
            if (goesOn) await up(on, renewed);
            else await upFails(on, renewed, /IncorrectInstanceState/);
            on.world.change(({ instances }) => {
                for (const each of Object.values(instances)) if (each.terminatedAt) each.terminatedAt -= 2 * 3_600_000;
            });
            if (!goesOn) await upFails(on, renewed, /InvalidInstanceID\.NotFound/);
        }
    });

    it("fails where a switch says so, before or after AWS did it; what was made then is nobody's and holds its interface", async () => {
        const on = await make();
        const thrown = { operation: "create", type: "Instance", fails: "connection reset by peer" } as const;
        on.world.change((world) => world.switches.push({ ...thrown, when: "before" }));
        await upFails(on, machine("a"), /connection reset by peer/);
        assert.deepEqual(on.world.look().instances, {});
        on.world.change((world) => world.switches.push({ ...thrown, when: "after" }));
        await upFails(on, machine("a"), /connection reset by peer/);
        await upFails(on, machine("a"), /InvalidNetworkInterface\.InUse/);
    });

    it("stops a machine whose new type can't be had: it stays stopped, with the new type", async () => {
        const on = await make();
        await up(on, machine("a"));
        on.world.change((world) => world.noCapacity.push("t3.large"));
        const larger = machine("a", { instance: { instanceType: "t3.large" } });
        await upFails(on, larger, /StartInstances.*InsufficientInstanceCapacity/);
        const [at] = Object.values(on.world.look().instances);
        assert.deepEqual([at!.state, at!.type], ["stopped", "t3.large"]);
        on.world.change((world) => world.noCapacity.pop());
        await up(on, larger);
        assert.equal(Object.values(on.world.look().instances)[0]!.state, "running");
    });

    it("has a balancer: a group of targets that a listener uses isn't deleted, and its port replaces", async () => {
        const on = await make();
        const all = (port: number, name?: string): Record<string, Declared> => ({
            eni: { type: "ec2.NetworkInterface", args: { subnetId: SUBNETS[0] } },
            lb: { type: "lb.LoadBalancer", args: { loadBalancerType: "network", internal: true, subnets: SUBNETS } },
            tg: {
                type: "lb.TargetGroup",
                args: { name, port, protocol: "TCP", targetType: "ip", vpcId: "vpc-0123456789abcdef0" },
            },
            listener: {
                type: "lb.Listener",
                args: {
                    loadBalancerArn: "<lb.arn>",
                    port: 3900,
                    protocol: "TCP",
                    defaultActions: [{ type: "forward", targetGroupArn: "<tg.arn>" }],
                },
            },
            target: {
                type: "lb.TargetGroupAttachment",
                args: { targetGroupArn: "<tg.arn>", targetId: "<eni.privateIp>", port: 3900 },
            },
        });
        await up(on, all(3900));
        assert.deepEqual(await up(on, all(3900), "--expect-no-changes"), []);
        // The new one first: the listener moves on before the old one goes.
        assert.ok((await up(on, all(3901))).includes("update Listener listener"));
        await up(on, all(3901, "named"));
        await upFails(on, all(3902, "named"), /ResourceInUse/);
    });
});

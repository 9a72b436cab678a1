import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type GarageClusterArgs, UpgradeStrategy } from "../../sdk/args";
import { unpackSheet } from "../../sdk/plan/packedSheet";
import { graphOf, stepAnswer, threeNodes } from "./support";

const NODES = ["london", "paris", "rome"];

describe("the graph of a cluster", () => {
    it("has a copied tool and four Commands a node: host, stage, start, roll", async () => {
        const graph = await graphOf(threeNodes());
        assert.deepEqual(graph.names(/-paris$/).sort(), [
            "store-host-paris",
            "store-roll-paris",
            "store-stage-paris",
            "store-start-paris",
            "store-tool-paris",
        ]);
        assert.deepEqual(graph.names(/^store-[a-z]+$/).sort(), [
            "store-identity",
            "store-join",
            "store-layout",
            "store-peers",
            "store-release",
            "store-staged",
        ]);
    });

    it("copies the tool to a host before anything runs there, again where it isn't the same machine or reapply says so", async () => {
        const args = threeNodes();
        const { paris } = args.nodes;
        args.nodes.paris = { ...paris!, reapply: "again", ssh: { host: "192.0.2.1", port: 2222, user: "admin" } };
        const graph = await graphOf(args);
        for (const node of NODES) assert.ok(graph.before(`store-tool-${node}`, `store-host-${node}`), node);
        const { type, inputs } = graph.get("store-tool-paris");
        assert.equal(type, "command:remote:CopyToRemote");
        assert.deepEqual(inputs.triggers, ["192.0.2.1", 2222, "admin", "again"]);
        assert.match(String(inputs.remotePath), /^\.garage-node-[\w.]+-[0-9a-f]{8}\.pack$/);
        const id = String(inputs.remotePath).slice(".garage-node-".length, -".pack".length);
        assert.match(String(graph.get("store-host-paris").inputs.create), new RegExp(` tool=${id} `));
        assert.equal((await graphOf(threeNodes({ without: ["rome"] }))).names(/^store-tool-rome$/).length, 0);
    });

    it("sends a sheet of many nodes packed, for the state holds each of them twice", async () => {
        const nodes = Object.fromEntries(
            Array.from({ length: 60 }, (_, at) => [
                `n${at}`,
                { zone: "z", capacity: "1G", ssh: { host: `192.0.2.${at + 1}` } },
            ]),
        );
        const graph = await graphOf(threeNodes({ nodes }));
        const sent = String(graph.get("store-roll-n7").inputs.stdin);
        assert.match(sent, /^packed [A-Za-z0-9+/=]+\n$/);
        const lines = String(unpackSheet(sent)).trimEnd().split("\n");
        assert.equal(lines[0], `lines ${lines.length}`);
        for (const key of ["peer", "line"])
            assert.equal(lines.filter((line) => line.startsWith(`${key} n`)).length, 60);
        assert.ok(sent.length < lines.join("\n").length / 1.5);
    });

    it("starts nothing before every node's stage has consented", async () => {
        const graph = await graphOf(threeNodes());
        for (const a of NODES)
            for (const b of NODES) {
                assert.ok(graph.before(`store-host-${a}`, `store-stage-${b}`), `host ${a} before stage ${b}`);
                assert.ok(graph.before(`store-stage-${a}`, `store-start-${b}`), `stage ${a} before start ${b}`);
                assert.ok(graph.before(`store-start-${a}`, "store-join"), `start ${a} before join`);
            }
    });

    it("rolls one node after the other, in the order asked for, after the layout and before the record", async () => {
        const graph = await graphOf(threeNodes({ rollOrder: ["rome"] }));
        const order = [
            "store-join",
            "store-layout",
            "store-roll-rome",
            "store-roll-london",
            "store-roll-paris",
            "store-release",
        ];
        for (let i = 1; i < order.length; i++)
            assert.ok(graph.before(order[i - 1]!, order[i]!), `${order[i - 1]} before ${order[i]}`);
        assert.match(
            String(graph.get("store-roll-rome").inputs.create),
            /^garage-node roll 2\.5\.0-[0-9a-f]{8} canary$/,
        );
        assert.match(String(graph.get("store-roll-london").inputs.create), /^garage-node roll 2\.5\.0-[0-9a-f]{8}$/);
    });

    it("names the node whose roll is the last one, where that isn't the last by name", async () => {
        const last = async (more: Parameters<typeof threeNodes>[0]) => {
            const stdin = String((await graphOf(threeNodes(more))).get("store-roll-london").inputs.stdin);
            return /^rolllast (.*)$/m.exec(stdin)?.[1];
        };
        assert.equal(await last({ rollOrder: ["rome", "london", "paris"] }), "paris");
        assert.equal(await last({ rollOrder: ["rome", "london", "paris"], without: ["paris"] }), "london");
        assert.equal(await last({ rollOrder: ["paris"] }), undefined);
    });

    it("keeps everything but the rolls as it is when rollOrder changes: the steps of the whole cluster stay on their node", async () => {
        for (const more of [{}, { stateVersion: "0.8", version: "0.9.4" }]) {
            const [plain, ordered] = [
                await graphOf(threeNodes(more)),
                await graphOf(threeNodes({ ...more, rollOrder: ["rome", "paris"] })),
            ];
            const changed = plain.names(/./).filter((name) => {
                const inputs = (graph: typeof plain) => JSON.stringify(graph.get(name).inputs);
                return name !== "store-identity" && inputs(plain) !== inputs(ordered);
            });
            // The canary is another one, and who is last.
            assert.deepEqual(changed.sort(), ["store-roll-london", "store-roll-paris", "store-roll-rome"]);
            assert.deepEqual(ordered.names(/./).sort(), plain.names(/./).sort());
        }
    });

    it("has all nine steps of a major upgrade, each after the whole step before it", async () => {
        const graph = await graphOf(threeNodes({ stateVersion: "0.8", version: "0.9.4" }));
        const steps = [
            ["1-preflight"],
            NODES.map((n) => `2-quiesce-${n}`),
            ["3-repair"],
            ["4-drain"],
            NODES.map((n) => `5-halt-${n}`),
            ["6-halted"],
            NODES.map((n) => `7-migrate-${n}`),
            ["8-verify"],
            NODES.map((n) => `9-resume-${n}`),
        ].map((step) => step.map((name) => `store-0.8-to-0.9-${name}`));
        const all = [["store-layout"], ...steps, ["store-roll-london"]];
        for (let i = 1; i < all.length; i++)
            for (const a of all[i - 1]!) for (const b of all[i]!) assert.ok(graph.before(a, b), `${a} before ${b}`);
        assert.match(
            String(graph.get("store-0.8-to-0.9-7-migrate-rome").inputs.create),
            /^garage-node migrate 0\.8-to-0\.9 0\.9\.4-[0-9a-f]{8}$/,
        );
    });

    it("brings each step of a major upgrade the answers of the one before, the attempt, and the facts of its hop", async () => {
        const graph = await graphOf(threeNodes({ stateVersion: "0.8", version: "0.9.4" }));
        const brings = (step: string, key: string) => {
            const stdin = String(graph.get(`store-0.8-to-0.9-${step}`).inputs.stdin);
            return stdin.split("\n").filter((line) => line.startsWith(`${key} `));
        };
        const said = (step: string, name: string) => `${stepAnswer(step, "0.8-to-0.9", name)} a1`;
        const each = (step: string) => NODES.map((name) => `passed ${step} ${name} ${said(step, name)}`).sort();
        const one = (step: string) => [`passed ${step} london ${said(step, "")}`];
        assert.deepEqual(brings("1-preflight", "passed"), []);
        assert.deepEqual(brings("1-preflight", "attempt"), []);
        for (const [step, answers] of Object.entries({
            "2-quiesce-rome": one("preflight"),
            "3-repair": each("quiesce"),
            "4-drain": one("repair"),
            "5-halt-paris": one("drain"),
            "6-halted": each("halt"),
            "7-migrate-rome": one("halted"),
            "8-verify": each("migrate"),
            "9-resume-london": one("verify"),
        })) {
            assert.deepEqual(brings(step, "passed").sort(), answers, step);
            assert.deepEqual(brings(step, "attempt"), ["attempt 0.8-to-0.9 attempt a1"], step);
        }
        assert.deepEqual(brings("5-halt-paris", "repaired"), [`repaired ${said("repair", "")}`]);
        assert.deepEqual(
            ["steps", "minfrom", "offlinerepair", "capacityunits"].flatMap((key) => brings("7-migrate-rome", key)),
            [
                "steps preflight:cluster quiesce:node repair:cluster drain:cluster halt:node halted:cluster migrate:node verify:cluster resume:node",
                "minfrom 0.8.7",
                "offlinerepair none",
                "capacityunits change",
            ],
        );
    });

    it("leaves quiesce out the short way, and the order stays", async () => {
        const graph = await graphOf(
            threeNodes({ stateVersion: "1", version: "2.5.0", majorUpgrade: { strategy: UpgradeStrategy.Short } }),
        );
        assert.deepEqual(graph.names(/quiesce/), []);
        const order = ["1-preflight", "3-repair", "4-drain", "5-halt-paris", "6-halted", "7-migrate-rome", "8-verify"];
        for (let i = 1; i < order.length; i++)
            assert.ok(graph.before(`store-1-to-2-${order[i - 1]}`, `store-1-to-2-${order[i]}`), order[i]);
        assert.match(String(graph.get("store-stage-rome").inputs.stdin), /^option strategy short$/m);
        const repair = String(graph.get("store-1-to-2-3-repair").inputs.stdin);
        assert.match(repair, /^steps preflight:cluster repair:cluster drain:cluster halt:node /m);
        assert.match(repair, /^passed preflight london 1-to-2 attempt a1$/m);
    });

    it("makes no step of a major upgrade for a host that is given up", async () => {
        const graph = await graphOf(threeNodes({ stateVersion: "1", version: "2.5.0", without: ["rome"] }));
        assert.deepEqual(graph.names(/-1-to-2-.*-rome$/), []);
        assert.equal(graph.names(/-1-to-2-5-halt-/).length, 2);
        assert.doesNotMatch(String(graph.get("store-1-to-2-6-halted").inputs.stdin), /^passed halt rome/m);
        assert.match(String(graph.get("store-1-to-2-6-halted").inputs.stdin), /^peer rome .* without$/m);
    });

    it("makes nothing but its host for a host that is given up, and rolls the others", async () => {
        const graph = await graphOf(threeNodes({ without: ["london"] }));
        assert.deepEqual(graph.names(/-london$/), ["store-host-london"]);
        const order = ["store-stage-rome", "store-start-paris", "store-layout", "store-roll-paris", "store-roll-rome"];
        for (let i = 1; i < order.length; i++) assert.ok(graph.before(order[i - 1]!, order[i]!), order[i]);
        assert.ok(graph.before("store-roll-rome", "store-release"));
        assert.match(String(graph.get("store-roll-paris").inputs.create), / canary$/);
        assert.match(String(graph.get("store-roll-paris").inputs.stdin), /^peer london .* without$/m);
    });

    it("copies a binary by path to every host but one that is given up", async () => {
        const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
        const graph = await graphOf(threeNodes({ binary: { path: { [arch]: "/bin/true" } }, without: ["rome"] }));
        assert.deepEqual(graph.names(/-upload-/).sort(), [`store-upload-${arch}-london`, `store-upload-${arch}-paris`]);
    });

    it("copies a binary by path once more to a host that was put up anew, and to no other", async () => {
        const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
        const args = threeNodes({ binary: { path: { [arch]: "/bin/true" } } });
        const graph = await graphOf({ ...args, nodes: { ...args.nodes, rome: { ...args.nodes.rome!, reapply: "2" } } });
        const triggers = (node: string) => graph.get(`store-upload-${arch}-${node}`).inputs.triggers;
        assert.deepEqual(["london", "paris", "rome"].map(triggers), [undefined, undefined, ["2"]]);
        assert.ok(graph.before("store-host-rome", `store-upload-${arch}-rome`));
        assert.ok(graph.before(`store-upload-${arch}-rome`, "store-stage-rome"));
    });

    it("joins once more where the first node was put up anew, so that the layout that is asked for is the last one there", async () => {
        const args = threeNodes({});
        const line = async (reapply: Record<string, string>) => {
            const nodes = { ...args.nodes, london: { ...args.nodes.london!, ...reapply } };
            return (await graphOf({ ...args, nodes })).get("store-join").inputs.create;
        };
        assert.deepEqual(
            [await line({}), await line({ reapply: "2" })],
            ["garage-node join", "garage-node join reapply=2"],
        );
    });

    it("gives every start, roll and phase the lines of all stages", async () => {
        const graph = await graphOf(threeNodes({ stateVersion: "1", version: "2.5.0" }));
        for (const name of graph.names(
            /-(start|roll|quiesce|halt|migrate|resume)-|-(preflight|repair|drain|halted|verify|release)$/,
        ))
            for (const node of NODES)
                assert.match(
                    String(graph.get(name).inputs.stdin),
                    new RegExp(`^line ${node} epoch1 2\\.5\\.0 x86_64:abcdef$`, "m"),
                    name,
                );
    });

    it("makes nothing inside an apply: every Command is known before any host has answered", async () => {
        for (const more of [{}, { stateVersion: "1" }]) {
            const graph = await graphOf(threeNodes(more));
            assert.deepEqual([...graph.atOnce].sort(), [...graph.options.keys()].sort());
            for (const name of [...NODES.map((node) => `store-roll-${node}`), "store-release"])
                assert.ok(graph.atOnce.includes(name), name);
        }
    });

    it("tells whoever starts a lower release, or relies on empty queues, below which one they prove nothing", async () => {
        const graph = await graphOf(threeNodes());
        for (const name of ["store-start-rome", "store-roll-rome", "store-layout"])
            assert.match(String(graph.get(name).inputs.stdin), /^queuemoved 2\.5\.0$/m, name);
    });

    it("puts no secret into a command line, and every secret into a marked stdin", async () => {
        const graph = await graphOf(threeNodes());
        const secret = "d".repeat(64);
        for (const { name, inputs } of graph.seen.values()) {
            assert.ok(!JSON.stringify([inputs.create, inputs.delete]).includes(secret), name);
            if (JSON.stringify(inputs).includes(secret)) assert.match(name, /^store-host-/);
        }
    });

    it("keeps protect and retainOnDelete off what every upgrade takes away, and leaves a host that is given up alone", async () => {
        const graph = await graphOf(threeNodes({ without: ["rome"] }), ["store"], {
            protect: true,
            retainOnDelete: true,
        });
        for (const [name, options] of graph.options) {
            if (name === "store" || name === "project-stack") continue;
            // Undefined is inherited: what uninstalls a host, or takes the cluster's secret away, is as protected as the component.
            const own = /-host-|-identity$/.test(name) ? undefined : false;
            assert.equal(options.protect, own, name);
            // Whoever is left out isn't dialled when he is taken out for good.
            assert.equal(options.retainOnDelete, name === "store-host-rome" ? true : own, name);
            const ignored = (options as { ignoreChanges?: string[] }).ignoreChanges;
            assert.deepEqual(ignored, /-rome$|-identity$/.test(name) ? ["*"] : undefined, name);
        }
        assert.doesNotMatch(String(graph.get("store-join").inputs.stdin), /^peer rome .* in$/m);
        assert.doesNotMatch(String(graph.get("store-start-paris").inputs.stdin), /^line rome /m);
    });

    it("has the layout run again when another one is asked for: by what join answers, which knows the declared one", async () => {
        const stdin = async (name: string, args = threeNodes()) => String((await graphOf(args)).get(name).inputs.stdin);
        const digest = async (args = threeNodes()) =>
            /^layout ([0-9a-f]{16})$/m.exec(await stdin("store-join", args))?.[1];
        assert.match(await stdin("store-layout"), /^joined word1 3 nodes$/m);
        const { nodes } = threeNodes();
        const rome = (more: object) => threeNodes({ nodes: { ...nodes, rome: { ...nodes.rome!, ...more } } });
        const digests = [
            await digest(),
            await digest(rome({ capacity: "9T" })),
            await digest(rome({ replace: "a".repeat(64) })),
        ];
        assert.equal(new Set(digests).size, 3);
        assert.equal(await digest(), digests[0]);
    });

    it("draws the cluster's identity itself, running nothing, and takes what an older state's line has printed first", async () => {
        const { type, inputs } = (await graphOf(threeNodes())).get("store-identity");
        assert.equal(type, "command:local:Command");
        assert.deepEqual(Object.keys(inputs).sort(), ["addPreviousOutputInEnv", "logging", "stdin"]);
        const stdin = JSON.stringify(inputs.stdin);
        assert.match(stdin, /"[0-9a-f]{32}\\n[0-9a-f]{64}\\n"/);
        const other = (await graphOf(threeNodes())).get("store-identity");
        assert.notEqual(JSON.stringify(other.inputs.stdin), stdin);
        // The mock answers as a state does whose line was run.
        const start = (await graphOf(threeNodes())).get("store-start-rome").inputs.stdin;
        assert.match(String(start), new RegExp(`^cluster ${"c".repeat(32)}$`, "m"));
    });

    it("makes no identity when the id and the secret are given", async () => {
        const graph = await graphOf(threeNodes({ clusterId: "mine", rpcSecret: "e".repeat(64) }));
        assert.deepEqual(graph.names(/identity/), []);
        assert.match(String(graph.get("store-start-rome").inputs.stdin), /^cluster mine$/m);
    });

    it("makes the identity where the id or the secret is null, as YAML has it", async () => {
        for (const given of [
            { clusterId: null },
            { clusterId: "mine", rpcSecret: null },
            { rpcSecret: "e".repeat(64) },
        ]) {
            const graph = await graphOf({ ...threeNodes(), ...given } as GarageClusterArgs);
            assert.deepEqual(graph.names(/identity/), ["store-identity"]);
        }
    });

    it("changes only the stage when an option that tunes waiting changes", async () => {
        const one = await graphOf(threeNodes());
        const two = await graphOf(threeNodes({ healthTimeoutSeconds: 17, skipChecks: [], stopGraceSeconds: 3 }));
        const changed = one
            .names(/^(?!store-identity)/)
            .filter((name) => JSON.stringify(one.get(name).inputs) !== JSON.stringify(two.get(name).inputs));
        assert.deepEqual(
            changed.sort(),
            NODES.map((n) => `store-stage-${n}`),
        );
        const line = (graph: typeof one) => graph.get("store-stage-rome").inputs.create;
        assert.equal(line(one), line(two));
    });

    it("lets two clusters live in one program", async () => {
        const graph = await graphOf(threeNodes(), ["store", "archive"]);
        assert.equal(graph.names(/-release$/).length, 2);
    });

    it("goes over a container once more for another reapply", async () => {
        const node = (more: object) => ({ a: { zone: "z", capacity: "1G", container: {}, ...more } });
        const line = async (more: object) => {
            const graph = await graphOf({ ...threeNodes(), replicationFactor: 1, nodes: node(more) });
            return String(graph.get("store-container-a").inputs.create);
        };
        const plain = await line({});
        assert.doesNotMatch(plain, /reapply/);
        assert.equal(await line({ reapply: "2" }), `${plain} --reapply 2`);
    });

    it("waits on every leg of the way to a machine that boots, in the first Command only", async () => {
        const args = threeNodes();
        args.nodes.rome!.ssh!.proxy = { host: "192.0.2.200", port: 2222 };
        const graph = await graphOf(args);
        const connection = (name: string) => {
            const { connection: of } = graph.get(name).inputs as { connection: { value?: object } };
            return (of.value ?? of) as { dialErrorLimit: number; perDialTimeout?: number; proxy?: object };
        };
        const patience = { dialErrorLimit: 60, perDialTimeout: 5 };
        const { proxy, ...own } = connection("store-host-rome");
        assert.deepEqual({ dialErrorLimit: own.dialErrorLimit, perDialTimeout: own.perDialTimeout }, patience);
        assert.deepEqual(proxy, { host: "192.0.2.200", port: 2222, user: "root", ...patience });
        assert.equal((connection("store-stage-rome").proxy as { dialErrorLimit: number }).dialErrorLimit, 10);
        assert.equal(connection("store-stage-rome").dialErrorLimit, 10);
    });

    it("leads buckets and keys to the first storage node by name that isn't given up, whatever the order of rolls", async () => {
        const access = async (more: object) => {
            const { made } = await graphOf(threeNodes({ rollOrder: ["rome"], ...more }));
            return JSON.parse(await new Promise<string>((known) => made[0]!.access.apply(known)));
        };
        const { connection, ...facts } = await access({});
        assert.deepEqual(facts, {
            version: 1,
            cluster: "c".repeat(32),
            node: "london",
            stateVersion: "2",
            release: "2.5.0",
            sudo: false,
            s3Endpoint: "http://192.0.2.2:3900",
            webEndpoint: "http://192.0.2.2:3902",
            adminEndpoint: "http://192.0.2.2:3903",
            region: "garage",
            webRootDomain: ".web.garage.localhost",
        });
        assert.equal(connection.host, "192.0.2.2");
        assert.match(connection.privateKey, /KEY-IN-PLAIN/);
        assert.equal((await access({ without: ["london"] })).node, "paris");
    });

    it("runs under sudo for a user who isn't root", async () => {
        const args = threeNodes();
        args.nodes.rome!.ssh!.user = "admin";
        // As YAML and other languages have it where nothing is given.
        Object.assign(args.nodes.paris!.ssh!, { user: null });
        const graph = await graphOf(args);
        assert.equal(graph.get("store-start-rome").inputs.create, "sudo -n garage-node start");
        assert.equal(graph.get("store-start-paris").inputs.create, "garage-node start");
        assert.match(String(graph.get("store-host-rome").inputs.delete), /^sudo -n bash -s -- uninstall rome$/);
    });

    it("refuses a component's name that would break a container's command line", async () => {
        const args = threeNodes();
        args.nodes.rome = { zone: "rom", capacity: "1G", container: {} };
        await assert.rejects(graphOf(args, ["my store"]), /problem/);
    });

    it("makes nothing when an argument is wrong, and names every problem", async () => {
        const bad = threeNodes({ replicationFactor: 5, version: "latest" });
        const graph = graphOf(bad);
        await assert.rejects(graph, (error: Error & { errors?: unknown[] }) => {
            assert.match(error.message, /^2 problem\(s\) in the arguments.*\n {2}- version: .*\n {2}- nodes: /);
            assert.deepEqual(error.errors, []);
            // What Pulumi's Node runtime prints.
            assert.equal(inspect(error, { colors: true }).match(/"latest"/g)?.length, 1, inspect(error));
            assert.match(
                inspect(error),
                /^\d problem\(s\) in the arguments of GarageCluster; nothing was changed:\n {2}- /,
            );
            return true;
        });
    });
});

import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answer, type Ran, ScriptedSshd } from "../standins/scriptedSshd";
import { ClusterProject } from "../support/clusterProject";
import { instance } from "./standIn/instance";
import { type Switch, type World, WorldFile } from "./standIn/world";
import { awsEnvironment, entries, newWorld, SUBNETS } from "./worlds";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const LOOK_MS = 50;
const QUIET_MS = 20_000;

const verbOf = (command: string) => command.replace(/^sudo -n (bash -s -- |garage-node )/, "").split(" ");

/** What stays with a node's volumes. */
interface Kept {
    nonces: number;
    nonce: string;
    held: boolean;
}

interface FirstBoot {
    ssh_keys: { ed25519_private: string };
    users: { name: string; ssh_authorized_keys: string[] }[];
}

/**
 * The stand-in's instances as sshds on loopback that run nothing and answer as garage-node does: each comes up with the key and the login of its user
 * data once its instance runs, and goes with it. For the order that the engine makes of it; no containers.
 */
export class SimMachines {
    private readonly up = new Map<string, ScriptedSshd>();
    private readonly kept = new Map<string, Kept>();
    /** What each machine was made for, on its root disk. */
    private readonly shapes = new Map<string, string>();
    private readonly words = new Map<string, { asked: string; word: number }>();
    private readonly verbs: { at: number; line: string }[] = [];
    private readonly holds = new Map<string, Promise<void>>();
    private waits = false;
    private readonly sheets = new Map<string, string>();
    /** Nodes whose verb fails, once, as `back a`. */
    readonly failing = new Set<string>();
    private watching: Promise<void>;
    private gone = false;

    private constructor(
        readonly cluster: ClusterProject,
        readonly world: WorldFile,
        private readonly dir: string,
    ) {
        this.watching = this.watch();
    }

    static async make(): Promise<SimMachines> {
        const dir = realpathSync(mkdtempSync(join(tmpdir(), "garage-aws-world-")));
        const world = new WorldFile(join(dir, "world.json"));
        const base = newWorld();
        const own = 20 + (process.pid % 200);
        for (const [index, subnet] of Object.values(base.subnets).entries()) subnet.cidr = `127.${own}.${index}.0/24`;
        world.write(base);
        const env = { ...(await awsEnvironment()), AWS_STAND_IN_WORLD: world.path, AWS_REGION: "eu-west-1" };
        return new SimMachines(await ClusterProject.make(undefined, env), world, dir);
    }

    look(): World {
        return this.world.look();
    }

    /** What happened to machines, in order: verbs of hosts, and operations on instances that AWS did, or `failed …`. */
    story(): string[] {
        const done = entries(this.world)
            .filter(({ what, type }) => what === "end" && type === "Instance")
            .map(({ at, operation, name, error }) => ({
                at,
                line: `${error ? "failed " : ""}${operation} ${name.replace("store-instance-", "")}`,
            }));
        return [...done, ...this.verbs].sort((a, b) => a.at - b.at).map(({ line }) => line);
    }

    /** What a verb of a node was told last, as `stage a`. */
    told(verb: string): string {
        return this.sheets.get(verb) ?? "";
    }

    /** The same without what isn't about machines. */
    machines(): string[] {
        return this.story().filter((line) => /^(failed )?(create|update|delete|leave|back) /.test(line));
    }

    forget(): void {
        this.verbs.length = 0;
        rmSync(`${this.world.path}.log`, { force: true });
    }

    /** Holds an operation of AWS's up, or the answer to a verb, as `leave a`. What is returned lets go. */
    hold(what: string | Switch): () => void {
        if (typeof what !== "string") {
            this.world.change(({ switches }) => switches.push(what));
            return () => this.world.change(({ switches }) => void switches.pop());
        }
        let letGo = () => {};
        this.holds.set(
            what,
            new Promise((done) => {
                letGo = () => this.holds.delete(what) && done();
            }),
        );
        return letGo;
    }

    /** Something waits where it was to be held up. */
    isHeldUp(): boolean {
        return this.waits || entries(this.world).at(-1)?.what === "held";
    }

    /** Waits until AWS has done what it was asked. */
    async quiet(): Promise<void> {
        const open = () =>
            entries(this.world).reduce((sum, { what }) => sum + (what === "start" ? 1 : what === "end" ? -1 : 0), 0);
        for (const until = Date.now() + QUIET_MS; open() > 0; await new Promise((done) => setTimeout(done, LOOK_MS)))
            if (Date.now() > until) throw new Error(`AWS isn't done after ${QUIET_MS / 1000} s`);
    }

    /** What a person does by hand with a machine that the state doesn't know. */
    terminate(id: string): Promise<void> {
        return instance.remove(this.world, id, {});
    }

    /** Nodes that were left and aren't back. */
    held(): string[] {
        return [...this.kept].filter(([, { held }]) => held).map(([node]) => node);
    }

    async remove(): Promise<void> {
        this.gone = true;
        await this.watching;
        for (const sshd of this.up.values()) await sshd.close();
        this.cluster.remove();
        rmSync(this.dir, { recursive: true, force: true });
    }

    private async watch(): Promise<void> {
        while (!this.gone) {
            const { instances, enis } = this.look();
            for (const [id, at] of Object.entries(instances)) {
                if (at.state === "running" && !this.up.has(id))
                    await this.boot(id, at.userData, enis[at.eni]!.privateIp, at.tags["garage-node"]!);
                if (at.state !== "running" && this.up.has(id)) {
                    await this.up.get(id)!.close();
                    this.up.delete(id);
                }
            }
            await new Promise((done) => setTimeout(done, LOOK_MS));
        }
    }

    private async boot(id: string, userData: string, address: string, node: string): Promise<void> {
        const told = JSON.parse(userData.replace(/^#cloud-config\n/, "")) as FirstBoot;
        const [user] = told.users;
        const script = async (...[channel, ran, connection]: Parameters<ReturnType<typeof answer>>) => {
            const said = this.says(id, node, ran);
            await this.heldUp(ran, node);
            return (said === undefined ? answer("", "it fails for a test\n", 1) : answer(`${said}\n`))(
                channel,
                ran,
                connection,
            );
        };
        const identity = {
            hostKeys: [told.ssh_keys.ed25519_private],
            user: user!.name,
            key: user!.ssh_authorized_keys[0]!,
        };
        const sshd = new ScriptedSshd({ sudo: script }, identity);
        this.up.set(id, sshd);
        await sshd.listen(22, address);
    }

    private async heldUp({ command }: Ran, node: string): Promise<void> {
        const held = this.holds.get(`${verbOf(command)[0]} ${node}`);
        if (!held) return;
        this.waits = true;
        await held;
        this.waits = false;
    }

    /** Nothing: the verb fails. */
    private says(id: string, node: string, { command, stdin }: Ran): string | undefined {
        const words = verbOf(command);
        const verb = words[0]!;
        this.sheets.set(`${verb} ${node}`, stdin);
        const kept = this.kept.get(node) ?? { nonces: 0, nonce: "none", held: false };
        this.kept.set(node, kept);
        if (this.failing.delete(`${verb} ${node}`)) {
            this.verbs.push({ at: Date.now(), line: `failed ${verb} ${node}` });
            return undefined;
        }
        const [digest] = /[0-9a-f]{12}$/.exec(command) ?? [];
        // One that finds nothing to do touches nothing.
        const idle =
            (verb === "leave" && [undefined, digest].includes(this.shapes.get(id))) || (verb === "back" && !kept.held);
        if (!idle) this.verbs.push({ at: Date.now(), line: `${verb} ${node}` });
        switch (verb) {
            case "leave":
                if (!idle)
                    Object.assign(kept, { held: true, nonces: kept.nonces + 1, nonce: `word${kept.nonces + 1}` });
                return `${digest} ${kept.nonce}`;
            case "back":
                kept.held = false;
                this.shapes.set(id, digest!);
                return sha256(node);
            case "host":
                if (!this.shapes.has(id)) this.shapes.set(id, /^shape (\w+)$/m.exec(stdin)?.[1] ?? "");
                return sha256(node);
            case "stage":
                return `${this.word(`epoch ${node}`, words[1]!)} ${words[1]!.split("-")[0]} x86_64:abcdef`;
            case "join":
                return `${this.word("layout", /^layout .*$/m.exec(stdin)![0])} 3 nodes`;
            case "layout":
                return "1";
            case "release":
                return words[1]!;
        }
        return "";
    }

    private word(key: string, asked: string): string {
        const last = this.words.get(key) ?? { asked: "", word: 0 };
        if (last.asked !== asked) this.words.set(key, { asked, word: last.word + 1 });
        return `word${this.words.get(key)!.word}`;
    }
}

export const ON_AWS = ["a", "b", "c"];

/** The ordinary cluster: three nodes in three zones, each with `node`, and with `only` of its own. */
export function onAws(node: object = {}, more: object = {}, only: Record<string, object> = {}) {
    const on = (name: string, index: number) => ({
        zone: `eu-west-1${name}`,
        capacity: "1G",
        aws: { subnetId: SUBNETS[index], instanceType: "t3.medium", dataVolumeSizeGiB: 3, ...node, ...only[name] },
    });
    return {
        stateVersion: "2",
        version: "2.5.0",
        replicationFactor: 3,
        nodes: Object.fromEntries(ON_AWS.map((name, index) => [name, on(name, index)])),
        aws: { adminCidrs: ["198.51.100.0/24"], clientCidrs: ["10.0.0.0/8"] },
        ...more,
    };
}

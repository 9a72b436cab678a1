import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Hosts } from "../support/bed";
import { repo } from "../support/pulumiProject";
import { type Entry, logOf } from "./standIn/operations";
import { type World, WorldFile } from "./standIn/world";
import { awsEnvironment, entries, newWorld, SUBNETS } from "./worlds";

const exec = promisify(execFile);
const BASE = "localhost/pulumi-garage-host:bookworm-2";
const IMAGE = "localhost/pulumi-garage-aws:bookworm-1";
const CONTAINER = join(repo, "sdk", "container", "container.sh");

/** An account at AWS whose instances are containers and whose volumes are loop devices. Purge it at the end. */
export class AwsBed implements Hosts {
    private constructor(
        readonly world: WorldFile,
        private readonly engine: string[],
        private readonly network: string,
        private readonly dir: string,
    ) {}

    static async make(purpose: string, mirror = process.env.GARAGE_MIRROR): Promise<AwsBed> {
        if (!mirror) throw new Error("GARAGE_MIRROR names no mirror of Garage: run these tests by npm test");
        const engine = (await exec("bash", [CONTAINER, "engine"])).stdout.trim().split(/\s+/);
        if (engine[0] !== "podman")
            throw new Error("these tests need podman: containers with volumes of their own kernel's");
        await exec("bash", [join(__dirname, "standIn", "image.sh"), ...engine, BASE, IMAGE]);
        const network = `garage-aws-${purpose}-${process.pid}`;
        const third = await makeNetwork(engine, network);
        const dir = realpathSync(mkdtempSync(join(tmpdir(), `garage-aws-${purpose}-`)));
        const files = Number((await exec("bash", ["-c", "ulimit -Hn"])).stdout);
        const world = new WorldFile(join(dir, "world.json"));
        const machines = { engine, network, image: IMAGE, dir, mirror, files };
        const base = newWorld({ machines, attachMs: 3_000 });
        // All in one network of the engine, each with addresses of its own.
        const subnets = Object.values(base.subnets);
        for (const [index, subnet] of subnets.entries()) subnet.cidr = `10.214.${third}.${64 * index + 16}/28`;
        world.write(base);
        return new AwsBed(world, engine, network, dir);
    }

    get subnets(): string[] {
        return SUBNETS;
    }

    /** What a Pulumi project needs to be in this world. */
    async env(): Promise<Record<string, string>> {
        return { ...(await awsEnvironment()), AWS_STAND_IN_WORLD: this.world.path, AWS_REGION: this.look().region };
    }

    /** The machine of a node, by its tag. */
    instance(node: string): string {
        const all = Object.entries(this.look().instances);
        const [id] = all.find(([, { tags, state }]) => tags["garage-node"] === node && state !== "terminated") ?? [];
        if (id === undefined) throw new Error(`${node} has no machine`);
        return id;
    }

    /** The nodes that have a machine; their addresses are those of their interfaces. */
    get hosts(): Record<string, { name: string; address: string }> {
        const { instances, enis } = this.look();
        const living = Object.values(instances).filter(
            ({ state, tags }) => state !== "terminated" && tags["garage-node"],
        );
        return Object.fromEntries(
            living.map(({ tags, eni }) => {
                const name = tags["garage-node"]!;
                return [name, { name, address: enis[eni]!.privateIp }];
            }),
        );
    }

    /** A shell line on the machine of a node as root; throws unless it ends well. */
    sh(node: string, line: string): Promise<string> {
        return this.on(this.instance(node), line);
    }

    /** What the plugin has done since `forget`. */
    log(): Entry[] {
        return entries(this.world);
    }

    forget(): void {
        rmSync(logOf(this.world), { force: true });
    }

    look(): World {
        return this.world.look();
    }

    /** From here on this machine has one of the load balancer's addresses, so that something can come from there. */
    async asBalancer(): Promise<string> {
        const own = Object.values(this.look().enis).find(({ description }) => description?.startsWith("ELB "));
        const [command, ...words] = this.engine;
        const bridge = await exec(command!, [
            ...words,
            "network",
            "inspect",
            this.network,
            "--format={{.NetworkInterface}}",
        ]);
        await exec("ip", ["address", "add", `${own!.privateIp}/32`, "dev", bridge.stdout.trim()]);
        return own!.privateIp;
    }

    /** A shell line on an instance, by its id; throws unless it ends well. */
    async on(id: string, line: string): Promise<string> {
        const [command, ...words] = this.engine;
        const { stdout } = await exec(command!, [...words, "exec", `${this.network}-${id}`, "bash", "-c", line]);
        return stdout;
    }

    /** Waits until a shell line ends well on an instance. */
    async until(id: string, line: string, seconds = 60): Promise<void> {
        await this.on(id, `timeout ${seconds} bash -c 'until ${line}; do sleep 0.2; done' || { ${line}; }`);
    }

    /** Removes the containers, the volumes' files and devices, and the network. */
    async purge(): Promise<void> {
        const [command, ...words] = this.engine;
        const names = (await exec(command!, [...words, "ps", "-aq", "--filter", `label=${this.network}`])).stdout
            .split("\n")
            .filter(Boolean);
        if (names.length > 0) await exec(command!, [...words, "rm", "-f", "-t", "5", ...names]);
        const { stdout } = await exec("losetup", ["--list", "--noheadings", "--output", "NAME,BACK-FILE"]);
        for (const line of stdout.split("\n").filter((each) => each.includes(`${this.dir}/`)))
            await exec("losetup", ["-d", line.trim().split(/\s+/)[0]!]);
        const rules = (await exec("iptables", ["-t", "nat", "-S"])).stdout.split("\n");
        for (const rule of rules.filter((each) => each.includes(`--comment ${this.network} `)))
            await exec("iptables", ["-t", "nat", ...rule.replace("-A", "-D").split(" ")]);
        await exec(command!, [...words, "network", "rm", this.network]);
        rmSync(this.dir, { recursive: true, force: true });
    }
}

/** The third number of its addresses: the first that is free. */
async function makeNetwork(engine: string[], network: string): Promise<number> {
    const [command, ...words] = engine;
    for (let third = 0; third < 32; third++) {
        const options = ["--disable-dns", "--label", network, "--subnet", `10.214.${third}.0/24`];
        const made = exec(command!, [...words, "network", "create", ...options, network]);
        if (
            await made.then(
                () => true,
                () => false,
            )
        )
            return third;
    }
    throw new Error("no free network from 10.214.0.0/24 to 10.214.31.0/24");
}

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { providersPath } from "../../toolchain/tools/providers";
import { PulumiProject, repo, standIns } from "../support/pulumiProject";
import { type Entry, logOf } from "./standIn/operations";
import { type World, WorldFile } from "./standIn/world";

let plugin: string | undefined;

/** A folder for PATH with the stand-in for the aws plugin, as one file. Made once a process, gone at its end. */
function pluginFolder(): string {
    if (plugin === undefined) {
        const dir = realpathSync(mkdtempSync(join(tmpdir(), "garage-aws-plugin-")));
        process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
        const words = ["--bundle", "--platform=node", "--target=node20", "--log-level=warning"];
        const source = join(repo, "tests", "aws", "standIn", "provider.ts");
        execFileSync(join(repo, "node_modules", ".bin", "esbuild"), [
            source,
            ...words,
            `--outfile=${join(dir, "provider.js")}`,
        ]);
        const launcher = join(dir, "pulumi-resource-aws");
        writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${join(dir, "provider.js")}' "$@"\n`);
        chmodSync(launcher, 0o755);
        plugin = dir;
    }
    return plugin;
}

const image = (name: string, architecture: string) => ({
    name,
    owner: "136693071363",
    architecture,
    creationDate: `${name.slice(-13, -9)}-${name.slice(-9, -7)}-${name.slice(-7, -5)}T00:00:00.000Z`,
    rootDeviceName: "/dev/xvda",
});

export const SUBNETS = ["subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb", "subnet-0cccccccccccccccc"];

/** An account with three subnets, Debian's images and a few types. */
export function newWorld(more: Partial<World> = {}): World {
    const subnet = (letter: string, number: number) => ({
        availabilityZone: `eu-west-1${letter}`,
        vpcId: "vpc-0123456789abcdef0",
        cidr: `10.0.${number}.0/24`,
    });
    const x86 = { architectures: ["x86_64"], hypervisor: "nitro" as const };
    const arm = { architectures: ["arm64"], hypervisor: "nitro" as const };
    return {
        region: "eu-west-1",
        attachMs: 0,
        subnets: {
            [SUBNETS[0]!]: subnet("a", 1),
            [SUBNETS[1]!]: subnet("b", 2),
            [SUBNETS[2]!]: subnet("c", 3),
        },
        images: {
            "ami-0aaaaaaaaaaaaaaa1": image("debian-12-amd64-20251006-2257", "x86_64"),
            "ami-0aaaaaaaaaaaaaaa2": image("debian-12-arm64-20251006-2257", "arm64"),
            "ami-0aaaaaaaaaaaaaaa3": image("debian-12-backports-amd64-20251112-2294", "x86_64"),
            "ami-0aaaaaaaaaaaaaaa4": image("debian-13-amd64-20251117-2299", "x86_64"),
        },
        types: {
            "t3.medium": x86,
            "t3.large": x86,
            "m6i.large": x86,
            "t4g.medium": arm,
            "m7g.large": arm,
            "t2.medium": { architectures: ["x86_64"], hypervisor: "xen" },
        },
        noCapacity: [],
        instances: {},
        volumes: {},
        enis: {},
        eips: {},
        groups: {},
        rules: {},
        balancers: {},
        targetGroups: {},
        listeners: {},
        switches: [],
        ...more,
    };
}

/** The lines of a world's log. */
export function entries(world: WorldFile): Entry[] {
    const path = logOf(world);
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    return lines.map((line) => JSON.parse(line) as Entry);
}

/** A Pulumi project whose aws plugin is the stand-in, with a world of its own. */
export class AwsProject {
    private constructor(
        readonly project: PulumiProject,
        readonly world: WorldFile,
    ) {}

    static async create(files: Record<string, string>, world = newWorld(), region = "eu-west-1"): Promise<AwsProject> {
        const dir = realpathSync(mkdtempSync(join(tmpdir(), "garage-aws-world-")));
        const file = new WorldFile(join(dir, "world.json"));
        file.write(world);
        const env = {
            ...(await awsEnvironment()),
            AWS_STAND_IN_WORLD: file.path,
            AWS_REGION: region === "" ? undefined : region,
            AWS_DEFAULT_REGION: undefined,
        };
        return new AwsProject(await PulumiProject.create({ files, env }), file);
    }

    /** What the plugin has done since `forget`. */
    log(): Entry[] {
        return entries(this.world);
    }

    /** What was done well, in the order in which it ended, as `create Instance a`. */
    done(): string[] {
        return this.log()
            .filter(({ what, error }) => what === "end" && error === undefined)
            .map(({ operation, type, name }) => `${operation} ${type} ${name}`);
    }

    forget(): void {
        rmSync(logOf(this.world), { force: true });
    }

    remove(): void {
        this.project.remove();
        rmSync(join(this.world.path, ".."), { recursive: true, force: true });
    }
}

/** By which programs find the SDK, and Pulumi the plugin. */
export async function awsEnvironment(): Promise<Record<string, string>> {
    return { PATH: `${pluginFolder()}:${process.env.PATH}:${standIns}`, NODE_PATH: await providersPath() };
}

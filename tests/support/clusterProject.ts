import type { Bed, Hold } from "./bed";
import { builtPackage } from "./builtPackage";
import { upKilled, upKilledAt } from "./killed";
import { PulumiProject, type PulumiRun, succeeded } from "./pulumiProject";

/** Arguments of the component as plain JSON; the program is the same for every test. */
export type PlainArgs = Record<string, unknown> & { nodes: Record<string, Record<string, unknown>> };

export interface ClusterOptions {
    protect?: boolean;
    [option: string]: unknown;
}

/** What is asked for beside a cluster, by resource: the arguments, and `opts`. A right names a key of the program by `key`. */
export interface BesideCluster {
    keys?: Record<string, Record<string, unknown>>;
    buckets?: Record<string, Record<string, unknown>>;
}

export interface KeyOutputs {
    accessKeyId: string;
    secretAccessKey: string;
    previousAccessKeyIds: string[];
    awsConfig: string;
}

export interface BucketOutputs {
    bucketId: string;
    bucketName: string;
    s3Endpoint: string;
    websiteEndpoint: string;
}

const program = (garage: string) => `
const { readFileSync } = require("node:fs");
const { GarageBucket, GarageCluster, GarageKey } = require(${JSON.stringify(garage)});

const clusters = JSON.parse(readFileSync("clusters.json", "utf8"));
const made = Object.entries(clusters).map(([name, { args, opts }]) => [name, new GarageCluster(name, args, opts)]);
const [allKeys, allBuckets] = [{}, {}];
for (const [cluster, { access }] of made) {
    const { keys = {}, buckets = {} } = clusters[cluster];
    for (const [name, { opts, ...args }] of Object.entries(keys)) allKeys[name] = new GarageKey(name, { access, ...args }, opts);
    for (const [name, { opts, keys, ...args }] of Object.entries(buckets)) {
        const rights = keys?.map(({ key, ...right }) => (key ? { accessKeyId: allKeys[key].accessKeyId, ...right } : right));
        allBuckets[name] = new GarageBucket(name, { access, keys: rights, ...args }, opts);
    }
}
const outputsOf = (all, outputs) => Object.fromEntries(
    Object.entries(all).map(([name, each]) => [name, Object.fromEntries(outputs.map((output) => [output, each[output]]))]),
);
exports.keys = outputsOf(allKeys, ["accessKeyId", "secretAccessKey", "previousAccessKeyIds", "awsConfig"]);
exports.buckets = outputsOf(allBuckets, ["bucketId", "bucketName", "s3Endpoint", "websiteEndpoint"]);
exports.outputs = Object.fromEntries(made.map(([name, store]) => [name, {
    nodeIds: store.nodeIds, version: store.version, layoutVersion: store.layoutVersion, s3Endpoints: store.s3Endpoints,
    clusterId: store.clusterId,
}]));
exports.adminTokens = Object.fromEntries(made.map(([name, store]) => [name, store.adminToken]));
exports.rpcSecrets = Object.fromEntries(made.map(([name, store]) => [name, store.rpcSecret]));
`;

/** A real Pulumi project whose clusters are declared by a JSON file, on the hosts of a bed. */
export class ClusterProject {
    private constructor(
        readonly project: PulumiProject,
        private readonly bed: Bed | undefined,
    ) {}

    /** Without a bed only previews make sense. */
    static async make(bed?: Bed, env: Record<string, string> = {}): Promise<ClusterProject> {
        const files = { "index.js": program(builtPackage()) };
        return new ClusterProject(await PulumiProject.create({ files, env }), bed);
    }

    /** From here on the program imports another build of the package; without one today's. */
    use(garage = builtPackage()): void {
        this.project.write("index.js", program(garage));
    }

    /** The ordinary cluster on all hosts of the bed, in zones of their own. */
    args(more: Record<string, unknown> = {}): PlainArgs {
        const nodes = Object.fromEntries(
            Object.keys(this.bed?.hosts ?? {}).map((name) => [
                name,
                { zone: name.slice(0, 3), capacity: "1G", ssh: this.bed!.ssh(name) },
            ]),
        );
        return { replicationFactor: 3, nodes, binary: { baseUrl: "file:///srv/garage-mirror" }, ...more };
    }

    declare(args: PlainArgs, opts: ClusterOptions = {}, name = "store"): void {
        this.declareAll({ [name]: { args, opts } });
    }

    declareAll(clusters: Record<string, { args: PlainArgs; opts?: ClusterOptions } & BesideCluster>): void {
        this.project.write("clusters.json", JSON.stringify(clusters));
    }

    /** `pulumi up`, without a preview; throws with the whole output unless it succeeds. */
    async up(...words: string[]): Promise<PulumiRun> {
        return succeeded(await this.project.update(...words));
    }

    /** `pulumi up` that has to fail with such words. */
    async upFails(words: RegExp, ...flags: string[]): Promise<PulumiRun> {
        return failed(await this.project.update(...flags), words);
    }

    /**
     * `pulumi up` whose engine is killed (SIGKILL) once `enough` says so of what it has printed; then gives up its lock. False where it had ended
     * well before: whoever waits for something that passes by itself may come too late, and tries again.
     */
    upKilled(enough: (output: string) => boolean | Promise<boolean>): Promise<boolean> {
        return upKilled(this.project, enough);
    }

    /** The same while a host holds something up, so that it can't have ended; `also`: what has to be true besides. What was held goes on by itself. */
    upKilledAt(hold: Hold, also?: () => Promise<boolean>): Promise<void> {
        return upKilledAt(this.project, hold, also);
    }

    async previewFails(words: RegExp): Promise<PulumiRun> {
        return failed(await this.project.preview(), words);
    }

    /** A second `up` finds nothing to do: no resource is touched. */
    async isSettled(): Promise<void> {
        succeeded(await this.project.update("--expect-no-changes"));
    }

    async outputs(name = "store"): Promise<Record<string, unknown>> {
        const all = (await this.project.outputs()) as { outputs: Record<string, Record<string, unknown>> };
        return all.outputs[name]!;
    }

    async keys(): Promise<Record<string, KeyOutputs>> {
        return ((await this.project.outputs()) as { keys: Record<string, KeyOutputs> }).keys;
    }

    async buckets(): Promise<Record<string, BucketOutputs>> {
        return ((await this.project.outputs()) as { buckets: Record<string, BucketOutputs> }).buckets;
    }

    async adminToken(name = "store"): Promise<string> {
        const all = (await this.project.outputs()) as { adminTokens: Record<string, string> };
        return all.adminTokens[name]!;
    }

    /** Forgets the project; what it made on the hosts stays. */
    remove(): void {
        this.project.remove();
    }
}

function failed(run: PulumiRun, words: RegExp): PulumiRun {
    const text = `${run.stdout}\n${run.stderr}`;
    if (run.code === 0) throw new Error(`pulumi should have failed with ${words}, but it ended well:\n${text}`);
    if (!words.test(text)) throw new Error(`pulumi failed, but not with ${words}:\n${text}`);
    return run;
}

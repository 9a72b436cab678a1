import assert from "node:assert/strict";
import { adoptFile } from "../../sdk/adopt/adoptFile";
import { join } from "../../sdk/adopt/cluster";
import { judge } from "../../sdk/adopt/judge";
import { type Language, renderProgram } from "../../sdk/adopt/render";
import { builtPackage, pluginFolder } from "../support/builtPackage";
import type { PlainArgs } from "../support/clusterProject";
import { PulumiProject } from "../support/pulumiProject";
import { hosts } from "../unit/adopt/support";
import { AT, takeoverArgs } from "../unit/adopt/takeover";
import { SimBed } from "./simHosts";

const NODES = ["london", "paris", "rome"];

// What the real engine makes of a takeover, with hosts that only answer. Doesn't prove what hosts do of it.
describe("a takeover on the real engine", function () {
    this.timeout(300_000);
    let bed: SimBed;
    const args = (more: object = {}): PlainArgs => {
        const { nodes, ...rest } = takeoverArgs() as PlainArgs;
        const on = (name: string) => ({
            ...nodes[name],
            ssh: bed.connection(name),
            rpcPublicAddr: `${name}.example:3901`,
        });
        return { ...rest, ...more, nodes: Object.fromEntries(NODES.map((name) => [name, on(name)])) };
    };
    beforeEach(async () => {
        bed = await SimBed.make(...NODES);
        for (const host of Object.values(bed.hosts)) host.answers.look = "same";
        bed.cluster.declare(args());
    });
    afterEach(() => bed.remove());

    it("is previewed without a word to any host, and refused there for what adopt.json speaks against", async () => {
        const { code, stdout } = await bed.cluster.project.preview();
        assert.equal(code, 0, stdout);
        assert.match(
            stdout,
            /Garage 1\.3\.0 runs already, and is taken over, one node at a time: london → paris → rome\./,
        );
        assert.match(stdout, /- rpc_secret = \(not shown\)/);
        assert.doesNotMatch(stdout, /Hosts that are new get a new cluster/);
        bed.cluster.declare(args({ version: "1.2.0" }));
        await bed.cluster.previewFails(/version: "1\.2\.0" isn't the release that runs/);
        assert.deepEqual(bed.log, []);
    });

    it("looks everywhere before it claims anything, takes one after the other, and then has nothing to do", async () => {
        const { stdout } = await bed.cluster.up();
        assert.match(stdout, /All nodes are taken over: adopt can go out of the program\./);
        const verbs = bed.log.map((line) => line.split(" ").slice(0, 2).reverse().join(" "));
        const at = (line: string) => verbs.indexOf(line);
        const last = (verb: string) => Math.max(...NODES.map((name) => at(`${verb} ${name}`)));
        const first = (verb: string) => Math.min(...NODES.map((name) => at(`${verb} ${name}`)));
        assert.ok(first("look") >= 0 && last("look") < first("host"), verbs.join(", "));
        assert.deepEqual(
            verbs.filter((each) => /^(layout|take|roll|release) /.test(each)),
            [
                "layout london",
                ...NODES.map((name) => `take ${name}`),
                ...NODES.map((name) => `roll ${name}`),
                "release london",
            ],
        );
        await bed.cluster.up("--expect-no-changes");

        // Taken out afterwards it changes what hosts are told, and takes nothing away from them.
        bed.forget();
        const { adopt: _, ...without } = args();
        bed.cluster.declare(without as PlainArgs);
        await bed.cluster.up();
        assert.deepEqual([...new Set(bed.log.map((line) => line.split(" ")[1]))], ["host", "stage"]);
        await bed.cluster.up("--expect-no-changes");
    });

    it("ends where a host refuses at the look, before any is claimed", async () => {
        bed.hosts.rome!.fails.look = "rome: this isn't what adopt.json says [adopt-stale]";
        await bed.cluster.upFails(/\[adopt-stale\]/);
        assert.deepEqual([...new Set(bed.log.map((line) => line.split(" ")[1]))], ["look"]);
    });

    it("ends where a node doesn't pass, and leaves those after it; the next up goes on there", async () => {
        bed.hosts.paris!.fails.take = "paris: went back to the old service [adopt-failed]";
        await bed.cluster.upFails(/\[adopt-failed\]/);
        assert.deepEqual(
            bed.log.filter((line) => / take /.test(line)).map((line) => line.split(" ")[0]),
            ["london", "paris"],
        );
        assert.ok(!bed.log.some((line) => / (roll|release) /.test(line)));
        delete bed.hosts.paris!.fails.take;
        bed.forget();
        await bed.cluster.up();
        assert.deepEqual(
            bed.log.filter((line) => / take /.test(line)).map((line) => line.split(" ")[0]),
            ["paris", "rome"],
        );
    });
});

describe("a program as inspect writes it", function () {
    this.timeout(180_000);
    const SECRETS = { rpcSecret: "5ec2e7ab".repeat(8), adminToken: "a".repeat(32), metricsToken: "m".repeat(32) };

    for (const language of ["typescript", "yaml"] as Language[])
        it(`in ${language} is previewed as it is, with adopt.json beside it`, async () => {
            const cluster = join(hosts());
            const { args, reasons } = judge(cluster);
            const files = renderProgram(language, { args: args!, project: "test", release: "0.1.0", at: AT });
            const env = { PATH: `${pluginFolder()}:${process.env.PATH}` };
            const project = await PulumiProject.create({ yaml: "", env });
            try {
                for (const [file, text] of Object.entries({ ...files, "adopt.json": adoptFile(cluster, reasons, AT) }))
                    project.write(file, text.replace('"pulumi-garage-cluster"', JSON.stringify(builtPackage())));
                for (const [name, value] of Object.entries(SECRETS))
                    await project.pulumi("config", "set", "--secret", name, value);
                const { code, stdout, stderr } = await project.preview();
                assert.equal(code, 0, stdout + stderr);
                assert.match(stdout, /store-take-rome /);
                assert.match(stdout, /Garage 1\.3\.0 runs already, and is taken over/);
            } finally {
                project.remove();
            }
        });
});

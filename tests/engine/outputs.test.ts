import assert from "node:assert/strict";
import { builtPackage } from "../support/builtPackage";
import { PulumiProject } from "../support/pulumiProject";
import { SimBed } from "./simHosts";

const NODES = { london: "london", paris: "paris", rome: "rome" };
const OUTPUTS = [
    ...["s3Endpoints", "webEndpoints", "adminEndpoints", "nodeIds", "version", "layoutVersion"],
    ...["adminToken", "metricsToken", "clusterId", "rpcSecret", "connections", "access"],
];

/** One Command for each output, on a host that isn't the cluster's: a bucket, say, or what keeps a token somewhere. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { remote } = require("@pulumi/command");
const { GarageCluster } = require(${JSON.stringify(builtPackage())});
const { args, client } = require("./given.json");
const store = new GarageCluster("store", args);
for (const output of ${JSON.stringify(OUTPUTS)}) new remote.Command("uses-" + output, {
    connection: client,
    create: \`sudo -n garage-node use \${output}\`,
    delete: \`sudo -n garage-node unuse \${output}\`,
    stdin: pulumi.jsonStringify(store[output]),
    addPreviousOutputInEnv: false,
});
`;

describe("what is made of a cluster's outputs", function () {
    this.timeout(300_000);
    let bed: SimBed;
    let project: PulumiProject;
    before(async () => {
        bed = await SimBed.make(...Object.values(NODES), "client");
        project = await PulumiProject.create({ files: { "index.js": PROGRAM } });
        const args = bed.args(NODES, { clusterId: "c".repeat(32), rpcSecret: "d".repeat(64) });
        project.write("given.json", JSON.stringify({ args, client: bed.connection("client") }));
    });
    after(async () => {
        project?.remove();
        await bed?.remove();
    });

    const runs = async (...words: string[]) => {
        const { code, stdout, stderr } = await project.pulumi(...words);
        assert.equal(code, 0, stdout + stderr);
        return stdout;
    };

    it("is shown by the first preview with every value that is known before anything runs", async () => {
        const shown = await runs("preview", "--diff");
        const stdin = (output: string) => {
            const resource = shown.split("[urn=").find((each) => each.split("\n")[0]!.endsWith(`::uses-${output}]`));
            return /stdin *: ([\s\S]*)/.exec(resource!)?.[1] ?? shown;
        };
        for (const output of ["s3Endpoints", "webEndpoints", "adminEndpoints"])
            assert.match(stdin(output), /london.*http:\/\/127\.0\.0\.1:390\d/, output);
        assert.match(stdin("clusterId"), /cccc/);
        for (const output of ["adminToken", "metricsToken", "rpcSecret", "connections", "access"])
            assert.match(stdin(output), /^\[secret\]\n/, output);
    });

    it("comes after the cluster's last step", async () => {
        await runs("up", "--yes", "--skip-preview");
        const last = bed.log.findIndex((call) => /^london release /.test(call));
        const uses = bed.log.filter((call) => call.startsWith("client use "));
        assert.deepEqual(uses.map((call) => call.split(" ")[2]).sort(), [...OUTPUTS].sort());
        assert.ok(bed.log.indexOf(uses[0]!) > last && last > 0, bed.log.join("\n"));
    });

    it("goes before the hosts", async () => {
        bed.forget();
        await runs("destroy", "--yes", "--skip-preview");
        assert.equal(bed.log.filter((call) => call.startsWith("client unuse ")).length, OUTPUTS.length);
        const first = bed.log.findIndex((call) => / uninstall /.test(call));
        assert.ok(first >= OUTPUTS.length, bed.log.join("\n"));
    });
});

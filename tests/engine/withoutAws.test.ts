import assert from "node:assert/strict";
import { cpSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { builtPackage } from "../support/builtPackage";
import { PulumiProject, repo } from "../support/pulumiProject";

const PROGRAM = `const { readFileSync } = require("node:fs");
const { GarageCluster } = require("pulumi-garage-cluster");
const args = JSON.parse(readFileSync("args.json", "utf8"));
exports.endpoints = new GarageCluster("store", args).s3Endpoints;
`;

const ssh = (n: number) => ({ zone: `z${n}`, capacity: "1G", ssh: { host: `192.0.2.${n}` } });
const onHosts = { stateVersion: "2", version: "2.5.0", nodes: { a: ssh(1), b: ssh(2), c: ssh(3) } };
const aws = { subnetId: "subnet-0aaaaaaa", instanceType: "t4g.medium", dataVolumeSizeGiB: 10 };
const onAws = {
    ...onHosts,
    aws: { adminCidrs: ["198.51.100.0/24"], clientCidrs: [] },
    nodes: {
        ...onHosts.nodes,
        a: { zone: "z1", capacity: "1G", aws },
        b: { zone: "z2", capacity: "1G", aws },
        c: { zone: "z3", capacity: "1G", aws },
    },
};

// With the built package in a program's own node_modules, as npm lays it there.
describe("a program without the package @pulumi/aws", function () {
    this.timeout(300_000);
    let project: PulumiProject;
    const modules = (...path: string[]) => join(project.dir, "node_modules", ...path);
    before(async () => {
        project = await PulumiProject.create({ files: { "index.js": PROGRAM }, env: { NODE_PATH: undefined } });
        rmSync(modules());
        for (const part of ["dist", "package.json", "schema.json"])
            cpSync(join(builtPackage(), part), modules("pulumi-garage-cluster", part), { recursive: true });
        for (const name of readdirSync(join(repo, "node_modules")))
            symlinkSync(join(repo, "node_modules", name), modules(name));
    });
    after(() => project?.remove());

    it("has a cluster on hosts that exist", async () => {
        project.write("args.json", JSON.stringify(onHosts));
        const { code, stdout, stderr } = await project.preview();
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /store-release/);
    });

    it("is told in one sentence, before there is a machine, what to run where", async () => {
        project.write("args.json", JSON.stringify(onAws));
        const { code, stdout, stderr } = await project.preview();
        assert.notEqual(code, 0);
        const said = `Nodes with aws need the package @pulumi/aws ^7.6.0, which isn't there: run \`npm install @pulumi/aws@7\` in ${project.dir}\n`;
        assert.ok((stdout + stderr).includes(said), stdout + stderr);
        assert.doesNotMatch(stdout, /store-(host|eni|instance)-/);
    });

    for (const version of ["6.9.0", "7.4.0", "8.0.0"])
        it(`is told which one is there where it is another: ${version}`, async () => {
            project.write(
                "node_modules/pulumi-garage-cluster/node_modules/@pulumi/aws/package.json",
                JSON.stringify({ version }),
            );
            const { stdout, stderr } = await project.preview();
            const said = `need the package @pulumi/aws ^7.6.0, and there is ${version}: run`;
            assert.ok((stdout + stderr).includes(said), stdout + stderr);
        });
});

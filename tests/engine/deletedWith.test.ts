import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtPackage } from "../support/builtPackage";
import { PulumiProject, repo } from "../support/pulumiProject";
import { SimBed } from "./simHosts";

const NODES = { london: "london", paris: "paris", rome: "rome" };

/** The lines that docs/troubleshooting.md shows. */
const shown = /^ {4}transforms: \[[\s\S]*?^ {4}\],$/m.exec(
    readFileSync(join(repo, "docs", "troubleshooting.md"), "utf8"),
)![0];
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const { local } = require("@pulumi/command");
const { GarageCluster } = require(${JSON.stringify(builtPackage())});
const vms = { rome: new local.Command("vm-rome", { create: "echo up" }) };
new GarageCluster("store", require("./given.json"), {
${shown}
});
`;

describe("a host that is a machine of the same program", function () {
    this.timeout(300_000);
    let bed: SimBed;
    let project: PulumiProject;
    after(async () => {
        project?.remove();
        await bed?.remove();
    });

    it("isn't dialled by destroy, as the documentation has it; the others are uninstalled", async () => {
        bed = await SimBed.make(...Object.values(NODES));
        const files = { "index.js": PROGRAM, "given.json": JSON.stringify(bed.args(NODES)) };
        project = await PulumiProject.create({ files });
        for (const words of [
            ["up", "--yes", "--skip-preview"],
            ["destroy", "--yes", "--skip-preview"],
        ]) {
            bed.forget();
            const { code, stdout, stderr } = await project.pulumi(...words);
            assert.equal(code, 0, stdout + stderr);
        }
        assert.deepEqual(bed.log.sort(), ["london uninstall london", "paris uninstall paris"]);
    });
});

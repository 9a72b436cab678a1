import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtPackage, pluginFolder } from "../support/builtPackage";
import { PulumiProject, type PulumiRun } from "../support/pulumiProject";

/** Wrong in every place where a secret may stand: given as it is, and marked as one where a plain value belongs. */
const YAML = `resources:
  store:
    type: garage-cluster:GarageCluster
    properties:
      stateVersion: "2"
      rpcSecret: hunter2-rpc
      adminToken: hunter2 admin
      metricsToken: { fn::secret: hunter2 metrics }
      s3Region: { fn::secret: hunter2-region }
      beforeStop: "curl -H hunter2-header\\n"
      settings: { consul_discovery: hunter2-consul }
      nodes:
        paris: { zone: par, capacity: 1G, ssh: { host: 192.0.2.1, privateKey: hunter2-key } }
        london: { zone: { fn::secret: hunter2-zone }, capacity: 1G, ssh: { host: 192.0.2.2 } }
`;
const PROGRAM = `
const { secret } = require("@pulumi/pulumi");
const { GarageCluster } = require(${JSON.stringify(builtPackage())});
new GarageCluster("store", {
    stateVersion: "2",
    rpcSecret: "hunter2-rpc",
    adminToken: "hunter2 admin",
    metricsToken: secret("hunter2 metrics"),
    s3Region: secret("hunter2-region"),
    beforeStop: "curl -H hunter2-header\\n",
    settings: { consul_discovery: "hunter2-consul" },
    nodes: {
        paris: { zone: "par", capacity: "1G", ssh: { host: "192.0.2.1", privateKey: "hunter2-key" } },
        london: { zone: secret("hunter2-zone"), capacity: "1G", ssh: "hunter2-ssh" },
    },
});
`;

const OPTIONS = ["rpcSecret", "adminToken", "s3Region", "beforeStop", "settings.consul_discovery"];
const PATHS = [...OPTIONS, "nodes.paris.ssh.privateKey", "nodes.london.zone"];

function saysWithoutSecrets({ code, stdout, stderr }: PulumiRun, words: RegExp): void {
    const said = stdout + stderr;
    assert.notEqual(code, 0, said);
    assert.doesNotMatch(said, /hunter2/);
    assert.match(said, words);
}

function saysAllWithoutSecrets({ code, stdout, stderr }: PulumiRun, ...more: string[]): void {
    const said = stdout + stderr;
    assert.notEqual(code, 0, said);
    assert.doesNotMatch(said, /hunter2/);
    for (const path of [...PATHS, ...more])
        assert.equal(said.split(`- ${path}: `).length, 2, `${path} once in: ${said}`);
}

/** Its line breaks were lost on the way into the configuration. */
const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\\nhunter2-key\\n-----END OPENSSH PRIVATE KEY-----";
const SAID = /nodes\.paris\.ssh\.privateKey: it has lost its line breaks/;
const YAML_KEY = `resources:
  store:
    type: garage-cluster:GarageCluster
    properties:
      stateVersion: "2"
      version: "2.5.0"
      replicationFactor: 1
      nodes:
        paris: { zone: par, capacity: 1G, ssh: { host: 192.0.2.1, privateKey: { fn::secret: ${JSON.stringify(KEY)} } } }
`;
const PROGRAM_KEY = `
const { Config } = require("@pulumi/pulumi");
const { GarageCluster } = require(${JSON.stringify(builtPackage())});
const privateKey = new Config().requireSecret("key");
const nodes = { paris: { zone: "par", capacity: "1G", ssh: { host: "192.0.2.1", privateKey } } };
new GarageCluster("store", { stateVersion: "2", version: "2.5.0", replicationFactor: 1, nodes });
`;

describe("a secret that is wrong", function () {
    this.timeout(300_000);
    let project: PulumiProject;
    afterEach(() => project?.remove());

    it("isn't printed by a preview of a program in YAML, which says what is wrong with it", async () => {
        project = await PulumiProject.create({ yaml: YAML, env: { PATH: `${pluginFolder()}:${process.env.PATH}` } });
        saysAllWithoutSecrets(await project.preview());
    });

    it("is refused by a preview where it is known, as a private key of the configuration is", async () => {
        project = await PulumiProject.create({ files: { "index.js": PROGRAM_KEY } });
        // In plain text, as the command line takes what begins with a dash for an option; the program makes it a secret.
        const file = join(project.dir, "Pulumi.dev.yaml");
        const before = existsSync(file) ? readFileSync(file, "utf8") : "";
        project.write("Pulumi.dev.yaml", `${before}config:\n  test:key: ${JSON.stringify(KEY)}\n`);
        saysWithoutSecrets(await project.preview(), SAID);
    });

    it("is refused by a preview of a program in YAML too", async () => {
        project = await PulumiProject.create({
            yaml: YAML_KEY,
            env: { PATH: `${pluginFolder()}:${process.env.PATH}` },
        });
        saysWithoutSecrets(await project.preview(), SAID);
    });

    it("isn't printed by a preview of a program for Node, which says what is wrong with it", async () => {
        project = await PulumiProject.create({ files: { "index.js": PROGRAM } });
        // YAML's own check of types doesn't let a text through where a map belongs.
        saysAllWithoutSecrets(await project.preview(), "nodes.london.ssh");
    });
});

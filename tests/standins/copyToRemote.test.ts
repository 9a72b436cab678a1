// CopyToRemote of the command stand-in, against an SFTP server in this process.
import { strict as assert } from "node:assert";
import { PulumiProject, standIns } from "../support/pulumiProject";
import { ScriptedSshd } from "./scriptedSshd";

const program = `
const pulumi = require("@pulumi/pulumi");
const { remote } = require("@pulumi/command");
const { connection, text } = require("./given.json");
const { FileAsset, FileArchive, StringAsset } = pulumi.asset;
for (const [name, source, remotePath] of [
    ["file", new FileAsset("file.txt"), "/file"],
    ["intoDirectory", new FileAsset("file.txt"), "/"],
    ["text", new StringAsset(text), "/text"],
    ["tree", new FileArchive("tree"), "/tree"],
    ["nowhere", new FileAsset("file.txt"), "/none/file"],
]) {
    new remote.CopyToRemote(name, { connection, source, remotePath });
}
`;

describe("command stand-in: CopyToRemote", function () {
    this.timeout(120_000);

    const sshd = new ScriptedSshd();
    let project: PulumiProject;

    async function update(text: string, more: object = {}): Promise<string> {
        sshd.files.written.length = 0;
        project.write("given.json", JSON.stringify({ connection: { ...sshd.connection, ...more }, text }));
        const run = await project.update("--continue-on-error");
        return run.stdout + run.stderr;
    }

    before(async () => {
        await sshd.listen();
        const tree = { "tree/a": "A", "tree/b/c": "C" };
        const files = { "index.js": program, "file.txt": "x".repeat(100_000), ...tree };
        project = await PulumiProject.create({ files, env: { PATH: `${standIns}:${process.env.PATH}` } });
    });

    after(async () => {
        project?.remove();
        await sshd.close();
    });

    it("copies a file, a text and a directory, and says where it couldn't", async () => {
        const said = await update("one");
        const content = (path: string) => sshd.files.entries.get(path)?.toString();
        assert.equal(content("/file")?.length, 100_000);
        assert.equal(content("/file.txt")?.length, 100_000);
        assert.deepEqual(["/text", "/tree/tree/a", "/tree/tree/b/c"].map(content), ["one", "A", "C"]);
        assert.match(said, /failed to copy file file\.txt to remote path \/none\/file/);
        assert.equal("nowhere" in (await project.resources()), false);
    });

    it("copies again what changed, and nothing because of another connection", async () => {
        await update("two", { perDialTimeout: 20 });
        assert.deepEqual(sshd.files.written, ["/text"]);
        const { file } = await project.resources();
        assert.equal(file!.type, "command:remote:CopyToRemote");
    });
});

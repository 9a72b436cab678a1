import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, FakeHost } from "./support";

const HOP = "0.8-to-0.9";

// A program that is missing, or that says nothing, is never a yes.
describe("an empty answer proves nothing", () => {
    let host: FakeHost;
    afterEach(() => host.remove());

    /** Lines of bash with the libraries loaded, as a verb has them. */
    const lines = (text: string, sheet = host.sheet("0.9.4")) => {
        host.write("lines.sh", text);
        return host.verb(`call source ${host.root}/lines.sh`, sheet);
    };

    const NO_DIFF = 'diff() { echo "bash: diff: command not found" >&2; return 127; }';
    const NO_SUMS = "metadata_sums() { return 1; }";

    describe("of a backup", () => {
        let backup: string;
        beforeEach(async () => {
            host = await new FakeHost().started();
            host.ledger(attempt(HOP, ["quiesce"]));
            const ran = await host.verb(`halt ${HOP}`, host.sheet("0.9.4"));
            assert.equal(ran.code, 0, ran.log);
            backup = host.recorded("backup")[0]!;
        });
        const asked = (fakes: string) =>
            lines(`${fakes}
if backup_proven ${backup}; then answer PROVEN; else answer "no: $LAST_SEEN"; fi
if backup_is_current ${backup}; then answer CURRENT; else answer "no: $LAST_SEEN"; fi`);

        it("without diff a whole one is proven, a rotten or an older one isn't", async () => {
            assert.equal((await asked(NO_DIFF)).stdout, "PROVEN\nCURRENT");
            writeFileSync(join(backup, "metadata/db/db"), "ROT");
            host.write("var/lib/garage/meta/db/db", "written since\n");
            assert.equal((await asked(NO_DIFF)).stdout, "no: a file differs\nno: a file");
            assert.equal((await asked("")).stdout, "no: db/db differs\nno: db/db");
        });

        it("where no sums can be taken nothing is proven", async () => {
            assert.equal((await asked(NO_SUMS)).stdout, "no: its files can't be read\nno: the metadata can't be read");
            assert.match((await asked("metadata_sums() { :; }")).stdout, /^no: \w+ differs\nno: \w+$/);
        });

        it("nor is one whose binary or configuration nobody wrote down, or that rotted", async () => {
            const manifest = join(backup, "manifest");
            const text = readFileSync(manifest, "utf8");
            writeFileSync(manifest, text.replace(/^binary .*\n/m, "binary\n").replace(/^generation .*\n/m, ""));
            assert.match((await asked("")).stdout, /^no: the garage of its generation differs/);
            writeFileSync(manifest, text);
            writeFileSync(join(backup, "generations/0.8.7-old/garage.toml"), "rot");
            assert.match((await asked("")).stdout, /^no: the garage.toml of its generation differs/);
        });
    });
});

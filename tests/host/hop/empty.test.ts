import { strict as assert } from "node:assert";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, FakeHost, phasesBefore } from "./support";

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

    it("nodes that could not be asked: not drained, nothing noted, no repair launched, none done", async () => {
        host = await new FakeHost().started();
        host.ledger(attempt(HOP, phasesBefore("drain")));
        host.option("drain settled", "drainTimeoutSeconds 1", "healthTimeoutSeconds 1", "repairTimeoutSeconds 1");
        for (const [call, id] of [
            ["source $HERE/drain.sh; verb_drain 0.8-to-0.9", "drain-timeout"],
            [`HOP=${HOP}; proof_save`, "not-judged"],
            ["repair_tables", "repair-not-launched"],
            ["repair_rows blocks", "repair-not-launched"],
            ["REPAIR=tables; wait_launched", "repair-unfinished"],
            ["scrub", "scrub-corruptions"],
        ]) {
            const ran = await lines(`ask_all() { :; }\n${call}`);
            assert.match(ran.log, new RegExp(`\\[${id}\\]`));
            assert.equal(ran.code, 1);
        }
        assert.deepEqual([host.seen("launched"), host.recorded("passed").includes("drain")], [[], false]);
    });

    it("a list of workers that is empty is no idle node", async () => {
        host = await new FakeHost().started();
        host.tell("workers", "");
        const said =
            "if judge synced; then answer idle; else answer $LAST_SEEN; fi; if judge well; then answer fine; fi";
        assert.match(
            (await lines(said)).stdout,
            /^paris: answers what isn't understood about workers, london: [^\n]+$/,
        );
    });

    it("a comparison that can't be made finds nothing to be there", async () => {
        host = await new FakeHost().started();
        host.ledger(attempt(HOP, phasesBefore("drain")));
        const holds = "if proof_holds 0; then answer holds; else answer $LAST_SEEN; fi";
        const note = `HOP=${HOP}; proof_save`;
        assert.equal((await lines(`${note}; ${holds}`)).stdout, "holds");
        for (const [broken, code] of [
            ["jq() { :; }", 0],
            ["jq() { return 127; }", 127],
            ["ask_all() { :; }", 2],
        ] as const)
            assert.equal(
                (await lines(`${note}; ${broken}; ${holds}`)).stdout,
                `what was seen could not be judged (jq ended with ${code})`,
            );
        const nothing = `${note}; sed -i /^items/d "$(proof_file)"; ${holds}`;
        assert.equal((await lines(nothing)).stdout, "the note has no table items");
    });

    it("a daemon whose ports nobody can see isn't quiet, one with its RPC and admin port is", async () => {
        host = new FakeHost();
        host.activate("0.8.7-old.quiet");
        await host.started();
        const said = "if daemon_is_quiet; then answer quiet; else answer $LAST_SEEN; fi";
        assert.equal((await lines(said)).stdout, "quiet");
        rmSync(join(host.root, "proc/777/fd"), { recursive: true });
        assert.match((await lines(said)).stdout, /RPC port 3901 is not among the ports/);
    });

    it("a host that has no way to try a port says so", async () => {
        host = new FakeHost();
        assert.equal(
            (await lines("answer $(tcp_state 127.0.0.1 1); timeout() { return 127; }; answer $(tcp_state 127.0.0.1 1)"))
                .stdout,
            "closed\nunknown",
        );
    });
});

import { strict as assert } from "node:assert";
import { answers, attempt, FakeHost, PHASES, phasesBefore, stepsLine } from "./support";

const HOP = "0.8-to-0.9";
const NOTES = { repairat: "2026-01-01T00:00:00Z", backup: "/var/lib/garage-backups/b" };
const words = (phase: string) => `${phase} ${HOP}${["migrate", "resume"].includes(phase) ? " 0.9.4-new" : ""}`;

// What `stage` has answered here last stands in the ledger; the sheet of `support` carries 0a0a0a0a and 0.9.4 for every node.
describe("a call that comes too late", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
        host.generation("0.9.4-new", "0.9.4");
        host.generation("0.9.3-new", "0.9.3");
    });
    afterEach(() => host.remove());

    const staged = (epoch: string, generation: string) => ({ ...NOTES, epoch, staged: generation });

    for (const phase of PHASES) {
        it(`${phase}: something else was staged since: refused, nothing touched`, async () => {
            const before = phasesBefore(phase);
            host.ledger(before.length > 0 ? attempt(HOP, before, staged("b1b1b1b1", "0.8.7-old")) : staged("b1", "x"));
            const untouched = host.snapshot();
            const ran = await host.verb(words(phase), host.sheet("0.9.4"));
            assert.equal(ran.code, 1, ran.log);
            assert.match(ran.log, /lost its stack's lock.*run pulumi up again.*reapply.*\[stale-call\]/);
            assert.equal(host.snapshot(), untouched);
            assert.deepEqual([host.seen("acts"), host.seen("calls")], [[], []]);
        });

        it(`${phase}: meant for another node that was at this address: refused, nothing touched`, async () => {
            host.ledger(attempt(HOP, phasesBefore(phase), staged("0a0a0a0a", "0.9.4-new")));
            const untouched = host.snapshot();
            const ran = await host.verb(words(phase), host.sheet("0.9.4").replace(/^node paris$/m, "node rome"));
            assert.match(ran.log, /this host is node paris .*was asked as rome .*\[claim-foreign\]/);
            assert.equal(host.snapshot(), untouched);
        });
    }

    it("a late quiesce turns nothing off, though the version was set back before this node had opened the attempt", async () => {
        host.ledger(staged("b1b1b1b1", "0.8.7-old"));
        const sheet = host.sheet("0.9.4", [`attempt ${HOP} attempt beef0001`]);
        assert.match((await host.verb(words("quiesce"), sheet)).log, /\[stale-call\]/);
        assert.deepEqual([host.seen("acts"), host.recorded("hop")], [[], []]);
    });

    it("the call for what was staged last is done", async () => {
        host.ledger(attempt(HOP, phasesBefore("drain"), staged("0a0a0a0a", "0.9.4-new")));
        host.option("drain settled");
        const ran = await host.verb(words("drain"), host.sheet("0.9.4"));
        assert.equal(ran.stdout, "drained beef0001", ran.log);
    });

    it("a node whose ledger remembers no stage (rebuilt, restored) can't tell, and does as it is asked", async () => {
        host.ledger(attempt(HOP, phasesBefore("drain"), { ...NOTES, staged: "0.8.7-old" }));
        host.option("drain settled");
        assert.equal((await host.verb(words("drain"), host.sheet("0.9.4"))).code, 0);
    });

    for (const phase of ["migrate", "resume"])
        it(`${phase}: another generation than the staged one, of the same release, isn't put to work`, async () => {
            host.generation("0.9.4-other", "0.9.4");
            const at = {
                ...staged("0a0a0a0a", "0.9.4-new"),
                release: "0.9.4",
                series: phase === "resume" ? "0.9" : "0.8",
            };
            host.ledger(attempt(HOP, phasesBefore(phase), at));
            const ran = await host.verb(`${phase} ${HOP} 0.9.4-other`, host.sheet("0.9.4"));
            assert.match(ran.log, /for generation 0\.9\.4-other, and 0\.9\.4-new was staged here last.*\[stale-call\]/);
            assert.deepEqual(host.seen("acts"), []);
        });

    it("the own line says another release than was staged under its word: refused", async () => {
        host.ledger(attempt(HOP, phasesBefore("drain"), staged("0a0a0a0a", "0.9.3-new")));
        assert.match(
            (await host.verb(words("drain"), host.sheet("0.9.4"))).log,
            /has staged 0\.9\.3.*\[stage-differs\]/,
        );
    });
});

describe("a step whose forerunner has not passed", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
        host.generation("0.9.4-new", "0.9.4");
    });
    afterEach(() => host.remove());

    const call = (phase: string, lines: string[]) =>
        host.verb(words(phase), host.sheet("0.9.4", [`attempt ${HOP} attempt beef0001`, ...lines], "no answers"));

    for (const [at, phase] of PHASES.entries()) {
        const before = PHASES[at - 1];
        if (before === undefined) continue;
        const id = phase === "halted" ? "halted-unproven" : "hop-order";
        it(`${phase}: without the answer of ${before}, of this attempt, from everybody: refused, nothing touched`, async () => {
            // The ledger of a node that isn't the leader: it has only what runs on each.
            const own = phasesBefore(phase).filter((each) => ["quiesce", "halt", "migrate"].includes(each));
            host.ledger(own.length > 0 || phase !== "quiesce" ? attempt(HOP, own, NOTES) : {});
            const untouched = host.snapshot();
            const others = PHASES.filter((each) => each !== before);
            const all = answers("beef0001", [before]);
            for (const lines of [
                [],
                answers("beef0001", others),
                answers("beef0002", [before]),
                answers("", [before]),
                ...(all.length > 1 ? [all.slice(1), all.map((line) => line.replace("rome rome", "rome paris"))] : []),
            ]) {
                const ran = await call(phase, lines);
                assert.equal(ran.code, 1, ran.log);
                assert.match(ran.log, new RegExp(`${before} has passed in attempt beef0001.*\\[${id}\\]`));
            }
            assert.equal(host.snapshot(), untouched);
            assert.deepEqual([host.seen("acts"), host.seen("calls")], [[], []]);
        });
    }

    it("resume on a node that isn't the leader turns S3 on only with the answer of verify", async () => {
        host.activate("0.9.4-new.quiet");
        const at = { series: "0.9", release: "0.9.4", generation: "0.9.4-new.quiet" };
        host.ledger(attempt(HOP, ["quiesce", "halt", "migrate"], at));
        assert.match((await call("resume", answers("beef0001", ["migrate"]))).log, /\[hop-order\]/);
        assert.deepEqual(host.seen("acts"), []);
        const ran = await call("resume", answers("beef0001", ["verify"]));
        assert.equal(ran.stdout, "paris serves beef0001", ran.log);
    });

    it("a node that is left out has nothing to say", async () => {
        host.ledger(attempt(HOP, phasesBefore("repair")));
        const said = answers("beef0001", ["quiesce"]).filter((line) => !line.includes("rome"));
        const sheet = host.sheet("0.9.4", [`attempt ${HOP} attempt beef0001`, ...said], "no answers");
        const ran = await host.verb(words("repair"), sheet.replace(/(peer rome .*) in/, "$1 without"));
        assert.equal(ran.code, 0, ran.log);
    });

    it("the short way has no quiesce: repair follows preflight, and a call of quiesce is none of its steps", async () => {
        host.ledger(attempt(HOP, ["preflight"]));
        const short = [stepsLine("short"), ...answers("beef0001", ["preflight"])];
        assert.match((await call("quiesce", short)).log, /no step of the way.*\[hop-order\]/);
        assert.equal((await call("repair", short)).code, 0);
        assert.deepEqual(host.seen("acts"), []);
    });

    it("the way became the full one behind repair: quiesce isn't taken for done where it never ran", async () => {
        host.option("drain settled");
        host.ledger(attempt(HOP, ["preflight", "repair", "drain"]));
        const ran = await call("quiesce", answers("beef0001", ["preflight"]));
        assert.equal(ran.stdout, "paris quiet beef0001", ran.log);
        assert.deepEqual(host.seen("acts"), ["stop", "start 0.8.7-old.quiet 0.8"]);
        host.ledger(attempt(HOP, ["halt"], { held: "hop" }));
        assert.match((await call("quiesce", answers("beef0001", ["preflight"]))).log, /is behind this node/);
    });

    it("a call that doesn't say the steps is none", async () => {
        host.ledger(attempt(HOP, phasesBefore("drain")));
        const sheet = host
            .sheet("0.9.4")
            .replace(/^steps .*\n/m, "")
            .replace(/^lines (\d+)/, (_, n) => `lines ${n - 1}`);
        assert.match((await host.verb(words("drain"), sheet)).log, /\[sheet-incomplete\]/);
    });
});

import { strict as assert } from "node:assert";
import { counted } from "../sheet";
import { attempt, FakeHost, PHASES, phasesBefore } from "./support";

const HOP = "0.8-to-0.9";
const ANSWERS: Record<string, string> = {
    preflight: `${HOP} attempt beef0001`,
    quiesce: "paris quiet beef0001",
    repair: "repair began 2026-01-01T00:00:00Z beef0001",
    drain: "drained beef0001",
    halt: "paris /var/lib/garage-backups/b beef0001",
    halted: "all nodes are down beef0001",
    migrate: "paris 0.9 beef0001",
    verify: "verified beef0001",
    resume: "paris serves beef0001",
};
const NOTES = { repairat: "2026-01-01T00:00:00Z", backup: "/var/lib/garage-backups/b" };

const words = (phase: string) => `${phase} ${HOP}${["migrate", "resume"].includes(phase) ? " 0.9.4-new" : ""}`;

describe("hop phases by the ledger", () => {
    let host: FakeHost;
    beforeEach(async () => {
        host = await new FakeHost().started();
        host.generation("0.9.4-new", "0.9.4");
    });
    afterEach(() => host.remove());

    for (const phase of PHASES) {
        it(`${phase}: finished long ago → says when, answers as the first time, touches nothing`, async () => {
            const done = { ...NOTES, series: "0.9", hopstate: "finished", hopdate: "2026-02-03T04:05:06Z" };
            host.ledger(attempt(HOP, PHASES, done));
            const untouched = host.snapshot();
            const ran = await host.verb(words(phase), host.sheet("0.9.4"));
            assert.deepEqual([ran.code, ran.stdout], [0, ANSWERS[phase]], ran.log);
            assert.match(ran.log, /finished on 2026-02-03T04:05:06Z/);
            assert.equal(host.snapshot(), untouched);
            assert.deepEqual([host.seen("acts"), host.seen("calls")], [[], []]);
        });

        it(`${phase}: passed in the open attempt → says so, answers as the first time, touches nothing`, async () => {
            host.ledger(attempt(HOP, [...phasesBefore(phase), phase], { ...NOTES, generation: "0.9.4-new.quiet" }));
            host.activate("0.9.4-new.quiet");
            await host.started();
            const untouched = host.snapshot();
            const ran = await host.verb(words(phase), host.sheet("0.9.4"));
            assert.deepEqual([ran.code, ran.stdout], [0, ANSWERS[phase]], ran.log);
            assert.match(ran.log, /is behind this node \(attempt 1\)/);
            assert.equal(host.snapshot(), untouched);
            assert.deepEqual(host.seen("acts"), []);
        });
    }

    for (const phase of PHASES.filter((each) => !["preflight", "quiesce"].includes(each)))
        it(`${phase}: no attempt is open → refused, for an attempt doesn't begin there`, async () => {
            for (const state of ["", "withdrawn"]) {
                host.ledger(state ? attempt(HOP, PHASES, { hopstate: state }) : {});
                const ran = await host.verb(words(phase), host.sheet("0.9.4"));
                assert.match(ran.log, /\[hop-order\]/);
                assert.equal(ran.code, 1);
            }
            assert.deepEqual(host.seen("acts"), []);
        });

    for (const phase of PHASES)
        it(`${phase}: a call that lost its sheet, or that names no nodes, proves nothing: refused`, async () => {
            host.ledger(attempt(HOP, phasesBefore(phase), NOTES));
            const whole = host.sheet("0.9.4");
            const nobody = whole.split("\n").filter((line) => line && !/^(lines|peer) /.test(line));
            const untouched = host.snapshot();
            for (const sheet of ["", whole.slice(0, -1), whole.replace(/^peer .*\n/m, ""), counted(nobody)]) {
                const ran = await host.verb(words(phase), sheet);
                assert.equal(ran.code, 1, ran.log);
                assert.match(ran.log, /\[sheet-incomplete\]/);
            }
            assert.equal(host.snapshot(), untouched);
            assert.deepEqual(host.seen("acts"), []);
        });

    it("a cluster phase that ran on another node is behind this one when a later phase is", async () => {
        host.ledger(attempt(HOP, ["quiesce", "halt"], NOTES));
        for (const phase of ["preflight", "repair", "drain"]) {
            const ran = await host.verb(words(phase), host.sheet("0.9.4"));
            assert.match(ran.log, /is behind this node/, phase);
        }
    });

    for (const phase of PHASES)
        it(`${phase}: another hop is open on this node → refused, and its attempt stays as it is`, async () => {
            host.ledger(attempt("0.7-to-0.8", phasesBefore("resume"), NOTES));
            const untouched = host.snapshot();
            const ran = await host.verb(words(phase), host.sheet("0.9.4"));
            assert.equal(ran.code, 1, ran.log);
            assert.match(ran.log.trimEnd().split("\n").at(-1)!, /0\.7-to-0\.8 is open .*\[hop-other\]$/);
            assert.equal(host.snapshot(), untouched);
            assert.deepEqual([host.seen("acts"), host.seen("calls")], [[], []]);
        });

    it("no other hop, no other series, no skip", async () => {
        host.ledger(attempt("0.9-to-1", [], { series: "0.9" }));
        assert.match((await host.verb("quiesce 0.8-to-0.9", host.sheet("0.9.4"))).log, /\[hop-other\]/);
        host.ledger({ series: "1" });
        assert.match((await host.verb("quiesce 0.8-to-0.9", host.sheet("0.9.4"))).log, /series 1 .*\[hop-series\]/);
        for (const hop of ["0.8-to-1", "0.9-to-0.8", "0.6-to-0.7", "2-to-3", "x", "0.8-to-", "-to-0.9"])
            assert.match((await host.verb(`quiesce ${hop}`, host.sheet("0.9.4"))).log, /\[hop-unknown\]/, hop);
        assert.deepEqual(host.seen("acts"), []);
    });

    it("a node that went back from the attempt that the others are in isn't taken along", async () => {
        const same = [`attempt ${HOP} attempt beef0001`];
        host.ledger(attempt(HOP, ["quiesce"], { hopstate: "withdrawn" }));
        assert.match((await host.verb(words("quiesce"), host.sheet("0.9.4", same))).log, /\[attempt-differs\]/);
        host.ledger(attempt(HOP, ["quiesce"]));
        const other = [`attempt ${HOP} attempt beef0002`];
        assert.match((await host.verb(words("halt"), host.sheet("0.9.4", other))).log, /\[attempt-differs\]/);
        assert.deepEqual(host.seen("acts"), []);
    });

    it("halt waits for quiesce, and where preflight ran, for drain", async () => {
        host.ledger(attempt(HOP, ["preflight"]));
        assert.match((await host.verb(words("halt"), host.sheet("0.9.4"))).log, /quiesce .*\[hop-order\]/);
        host.ledger(attempt(HOP, ["preflight", "quiesce", "repair"]));
        assert.match((await host.verb(words("halt"), host.sheet("0.9.4"))).log, /drain .*\[hop-order\]/);
        assert.deepEqual(host.seen("acts"), []);
    });

    it("the nodes have staged different releases: nothing is begun", async () => {
        const sheet = host.sheet("0.9.4").replace("line rome 0a0a0a0a 0.9.4", "line rome 0a0a0a0a 0.8.7");
        for (const phase of ["preflight", "quiesce"])
            assert.match((await host.verb(words(phase), sheet)).log, /\[stage-differs\]/);
        assert.deepEqual(host.recorded("hop"), []);
        assert.deepEqual(host.seen("acts"), []);
    });
});

import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BACK, DAEMON, FACTS, NEW, OLD, RollHost, SWITCH, sheet } from "./rollDaemon";

// The decisions of a roll against a daemon of a few lines of shell. Timing, reconnection and real databases are the end-to-end tests'.

describe("garage-node roll", function () {
    this.timeout(60_000);
    let host: RollHost;
    const world = (...what: ConstructorParameters<typeof RollHost>) => {
        host = new RollHost(...what);
    };
    afterEach(() => host.done());

    it("stops, switches, starts and proves a node, and writes it down", () => {
        world();
        const ran = host.roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
        assert.deepEqual(host.calls(), SWITCH);
        assert.match(
            ran.stderr,
            /^london: stopped 1\.2\.0 \([\d.]+ s\) · started 1\.3\.0 · seen by 3 of 3 · partitions 256\/256 · items ok · [\d.]+ s$/m,
        );
        for (const [key, value] of Object.entries({ release: "1.3.0", previous: "1.2.0", generation: NEW }))
            assert.deepEqual(host.ledger(key), [value]);
        for (const key of ["act", "before", "rollfrom"]) assert.deepEqual(host.ledger(key), []);
    });

    it("repairs tables before the canary only", () => {
        world();
        host.roll(`${NEW} canary`);
        assert.deepEqual(host.calls(), ["repair tables", ...SWITCH]);
    });

    it("doesn't restart a node that runs the generation already", () => {
        world({}, { generation: NEW, release: "1.3.0" });
        const ran = host.roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`);
        assert.match(ran.stderr, /already runs Garage 1\.3\.0/);
        assert.deepEqual(host.calls(), []);
    });

    it("says so when that generation's daemon doesn't answer", () => {
        world({ [`broken-${NEW}`]: "" }, { generation: NEW, release: "1.3.0" });
        const ran = host.roll(NEW);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /\[daemon-silent\]/);
    });

    it("never crosses a series", () => {
        world();
        host.generation("2.5.0-cccc", { release: "2.5.0", series: "2", engine: "lmdb" });
        host.refused(host.roll("2.5.0-cccc", "2.5.0"), "series-crossed", /the data here are of 1/);
    });

    it("leaves a node alone that is in an open major upgrade", () => {
        world({}, { hopstate: "open", hop: "1-to-2" });
        assert.equal(host.roll(NEW).stdout, `1.2.0 ${OLD}\n`);
        assert.deepEqual(host.calls(), []);
    });

    it("leaves a held node alone", () => {
        world({}, { held: "somebody's reason" });
        host.refused(host.roll(NEW), "held", /somebody's reason/);
    });

    it("moves only when all nodes are staged for the release", () => {
        world();
        host.refused(host.roll(NEW, "1.3.0", [], ["1.3.0", "1.2.0", "1.3.0"]), "stage-differs", /paris has 1\.2\.0/);
    });

    it("never has two nodes down: another one that isn't well is named, nothing is touched", () => {
        world({ "rome-down": "" });
        host.refused(host.roll(NEW), "peers-unhealthy", /rome doesn't answer.*nothing was touched/);
    });

    const trouble: [string, Record<string, string>, string, "waivable"?][] = [
        ["a staged layout", { staged: "" }, "layout-staged", "waivable"],
        ["a layout under way", { unsettled: "" }, "layout-unsettled", "waivable"],
        ["tables being synced", { syncing: "" }, "sync-busy"],
        ["resync errors", { facts: FACTS.replace("resync_errors 0", "resync_errors 2") }, "resync-errors"],
    ];
    for (const [what, files, id, waivable] of trouble) {
        it(`doesn't begin with ${what}`, () => {
            world(files);
            host.refused(host.roll(`${NEW} canary`), id, /nothing was touched/);
        });

        it(`${waivable ? "goes on" : "doesn't even begin"} with ${what} where ${id} is waived`, () => {
            world(files, {}, `skipChecks ${id}\n`);
            const ran = host.roll(`${NEW} canary`);
            if (waivable) assert.equal(ran.stdout, `1.3.0 ${NEW}\n`);
            else host.refused(ran, id, /nothing was touched/);
        });
    }

    for (const [rc, passes] of [
        [0, true],
        [1, false],
    ] as const)
        it(`${passes ? "goes on" : "doesn't begin"} with resync errors of blocks that have ${rc} references`, () => {
            world({ facts: FACTS.replace("resync_errors 0", "resync_errors 1") });
            host.file("errors", String(rc));
            const ran = host.roll(`${NEW} canary`);
            if (passes) assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
            else host.refused(ran, "resync-errors", /1 blocks with resync errors/);
        });

    it("obeys no engine that lost its stack's lock: the epoch, or the generation, isn't the one that was staged last", () => {
        world({}, { epoch: "e9", staged: OLD });
        host.refused(
            host.roll(NEW),
            "stale-call",
            /it carries e0, and what was staged here last is e9.*run pulumi up again/,
        );
        host.done();
        world({}, { epoch: "e0", staged: "1.3.0-other" });
        host.generation("1.3.0-other", { release: "1.3.0", series: "1", engine: "lmdb" });
        host.refused(host.roll(NEW), "stale-call", /for generation 1\.3\.0-bbbb, and 1\.3\.0-other was staged/);
        host.done();
        world({}, { epoch: "e0" });
        assert.equal(host.roll(NEW).stdout, `1.3.0 ${NEW}\n`);
    });

    it("never begins while copies are missing, waived or not", () => {
        world({ degraded: "" }, {}, "skipChecks partitions\n");
        host.refused(host.roll(NEW), "partitions", /partitions 200\/256/);
    });

    it("goes on without one dead host, not without two", () => {
        world();
        assert.equal(host.roll(NEW, "1.3.0", ["rome"]).code, 0);
        host.done();
        world();
        host.refused(host.roll(NEW, "1.3.0", ["paris", "rome"]), "without-quorum", /only 1 may be missing/);
    });

    it("doesn't touch the node, nor take it out, where what comes behind the stop finds no room", () => {
        world({ full: "" }, {}, "beforeStop touch $GARAGE_NODE_ROOT/out\nskipChecks free-disk\n");
        host.refused(host.roll(NEW), "disk-space", /only 3 MiB are free.*nothing was stopped/);
        assert.ok(!existsSync(join(host.root, "out")));
    });

    it("doesn't touch the node when beforeStop fails", () => {
        world({}, {}, "beforeStop exit 3\n");
        host.refused(host.roll(NEW), "hook-failed", /exit code 3.*not touched/);
    });

    it("doesn't take a beforeStop for done that can't be written to /run", () => {
        world({}, {}, "beforeStop touch $GARAGE_NODE_ROOT/out\n");
        const full =
            'random_word() { give full "$1"; mkdir -p "$RUN"; ln -sf /dev/full "$RUN/garage-node-hook-full"; }';
        const ran = host.verb(`roll ${NEW}`, sheet([], ["1.3.0", "1.3.0", "1.3.0"]), DAEMON + full);
        host.refused(ran, "hook-failed", /can't write below .*is \/run full.*not touched/);
        assert.ok(!existsSync(join(host.root, "out")));
    });

    it("gives beforeStop a limit", () => {
        world({}, {}, "beforeStop sleep 20\nhookTimeoutSeconds 1\n");
        host.refused(host.roll(NEW), "hook-failed", /not done after 1 s/);
    });

    it("is not held up by what a hook leaves behind, nor does that die with it", () => {
        const stays = "(while [ -e $GARAGE_NODE_ROOT/fake ]; do sleep 0.1; done) & echo $! left";
        world({}, {}, `beforeStop ${stays}\nhookTimeoutSeconds 5\n`);
        const ran = host.roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
        const left = Number(/^(\d+) left$/m.exec(ran.stderr)?.[1]);
        assert.doesNotThrow(() => process.kill(left, 0));
    });

    const takenOut = "beforeStop touch $GARAGE_NODE_ROOT/out\nafterStart rm -f $GARAGE_NODE_ROOT/out\n";
    const isOut = () => [existsSync(join(host.root, "out")), host.ledger("out")];

    it("puts a node back that it took out, and remembers that it did", () => {
        world({}, {}, takenOut);
        assert.equal(host.roll(NEW).code, 0);
        assert.deepEqual(isOut(), [false, []]);
        host.done();
        world({ [`broken-${NEW}`]: "" }, {}, takenOut);
        assert.match(host.roll(NEW).stderr, /\[gate-failed\]/);
        assert.deepEqual(isOut(), [true, ["yes"]], "it doesn't serve: no requests for it");
    });

    for (const [what, options, files] of [
        ["beforeStop fails", takenOut.replace("/out\n", "/out; exit 3\n"), {}],
        [
            "another node fails meanwhile",
            takenOut.replace("/out\n", "/out; sed -i '/ rome /s/ up$/ down/' $GARAGE_NODE_ROOT/fake/cluster\n"),
            {},
        ],
    ] as const)
        it(`puts a node back that isn't stopped after all, because ${what}`, () => {
            world(files, {}, options);
            assert.match(host.roll(NEW).stderr, /\[(hook-failed|peers-unhealthy)\]/);
            assert.ok(!host.calls().includes("stop"));
            assert.deepEqual(isOut(), [false, []]);
        });

    it("puts a node back when the version was set back, also where its roll was cut short before the stop", () => {
        world({ out: "" }, { out: "yes" }, takenOut);
        assert.equal(host.roll(OLD, "1.2.0").code, 0);
        assert.deepEqual([host.calls(), ...isOut()], [[], false, []]);
        host.done();
        world({ out: "" }, { out: "yes" }, takenOut.replace("afterStart rm", "afterStart false && rm"));
        assert.match(
            host.roll(OLD, "1.2.0").stderr,
            /serves, but what beforeStop took out isn't back.*\[hook-failed\]/s,
        );
        assert.deepEqual(isOut(), [true, ["yes"]]);
    });

    it("stops the chain when afterStart fails, and runs it again next time without a restart", () => {
        world({}, {}, "afterStart test -e $GARAGE_NODE_ROOT/balanced\n");
        const ran = host.roll(NEW);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /\[hook-failed\]/);
        host.file("balanced", "");
        host.file("calls", "");
        assert.equal(host.roll(NEW).code, 0);
        assert.deepEqual(host.calls().filter(Boolean), ["connect-back"]);
        assert.deepEqual(host.ledger("act"), []);
    });

    it("allows for what garbage collection takes away", () => {
        // Three nodes, each with three tombstones.
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 21") });
        assert.equal(host.roll(NEW).code, 0);
        host.done();
        world({ [`facts-${NEW}`]: FACTS.replace("object 30", "object 20") });
        assert.equal(host.roll(NEW).code, 1);
    });

    it("isn't content with one entry of a million, however long the queue of garbage collection is", () => {
        const busy = FACTS.replace("object 30", "object 1000000").replace("gc.object 3", "gc.object 333333");
        world({ facts: busy, [`facts-${NEW}`]: busy.replace("object 1000000", "object 1") });
        assert.match(host.roll(NEW).stderr, /table object has 1 entries, it had 1000000.*\[gate-failed\]/);
        host.done();
        world({ facts: busy, [`facts-${NEW}`]: busy.replace("object 1000000", "object 990000") });
        assert.equal(host.roll(NEW).code, 0);
    });

    it("isn't content with more errors than before", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("resync_errors 0", "resync_errors 1") });
        assert.match(host.roll(NEW).stderr, /resync_errors is 1, before it was at most 0/);
        assert.equal(host.calls().filter((call) => call === "block retry-now --all").length, 1);
    });

    it("has blocks tried again at once that it looked for before it was connected to anybody", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("resync_errors 0", "resync_errors 1"), "fake/retried": "" });
        const ran = host.roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
        assert.deepEqual(host.calls(), [...SWITCH, "block retry-now --all"]);
    });

    it("is content with new ones of blocks that nothing refers to: clients delete while a lost host is in the layout", () => {
        world({ [`facts-${NEW}`]: FACTS.replace("resync_errors 0", "resync_errors 1") });
        host.file("errors", "0");
        const ran = host.roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
    });

    it("looks at the others again after beforeStop", () => {
        world({}, {}, "beforeStop sed -i '/ rome /s/ up$/ down/' $GARAGE_NODE_ROOT/fake/cluster\n");
        host.refused(host.roll(NEW), "peers-unhealthy", /rome doesn't answer/);
    });

    it("leaves a later node as it is, and names it", () => {
        world({ [`broken-${NEW}`]: "" });
        const ran = host.roll(NEW);
        assert.deepEqual(host.calls(), SWITCH.slice(0, 2));
        assert.match(
            ran.stderr,
            /london: Garage 1\.3\.0 did not pass.*stays as it is, and no other node was touched.*\[gate-failed\]/,
        );
        assert.deepEqual(host.ledger("act"), [`failed roll ${NEW}`]);
    });

    it("doesn't take a node for rolled whose S3 could not bind, healthy as it is", () => {
        world({ [`held-${NEW}`]: "" });
        const ran = host.roll(NEW);
        assert.match(ran.stderr, /did not pass.*\(Garage doesn't listen for S3 on \[::\]:3900\).*\[gate-failed\]/);
        assert.deepEqual(host.calls(), SWITCH);
        assert.deepEqual(host.ledger("release"), ["1.2.0"]);
    });

    it("starts such a node again, for Garage tries to bind only once, when the port is free", () => {
        world({ [`held-${NEW}`]: "" });
        host.roll(NEW);
        host.file("calls", "");
        host.remove(`held-${NEW}`);
        assert.equal(host.roll(NEW).stdout, `1.3.0 ${NEW}\n`);
        assert.deepEqual(host.calls().filter(Boolean), ["stop", `start ${NEW}`, "connect-back"]);
        assert.deepEqual(host.ledger("act"), []);
    });

    it("asks a daemon again that was late with one answer: what it may be repaired by isn't for one that runs", () => {
        world({ degraded: "" });
        const late = `garage_cli() {
            local OWN_RPC
            if [ "$1" = status ] && mkdir "$ROOT/late" 2>/dev/null; then return 1; fi
            own_rpc_find
            garage_at "$OWN_RPC" "$@"
        }`;
        host.refused(host.verb(`roll ${NEW}`, sheet(), `${DAEMON}\n${late}`), "partitions", /200\/256/);
    });

    it("starts a node again that was rolled long ago and doesn't serve, where it may go down", () => {
        world({ mute: "", "rome-down": "" }, { generation: NEW, release: "1.3.0" });
        host.refused(host.roll(NEW), "peers-unhealthy", /doesn't listen for S3.*rome doesn't answer/s);
        host.remove("rome-down");
        const ran = host.roll(NEW);
        assert.equal(ran.stdout, `1.3.0 ${NEW}\n`, ran.stderr);
        assert.deepEqual(host.calls(), ["stop", `start ${NEW}`]);
        host.file("mute", "");
        host.file(`held-${NEW}`, "");
        assert.match(host.roll(NEW).stderr, /runs here, but Garage doesn't listen for S3.*\[not-serving\]/);
    });

    it("repairs such a node by going back, though it is down itself", () => {
        world(
            { [`broken-${NEW}`]: "" },
            { generation: NEW, act: `failed roll ${NEW}`, rollfrom: OLD, before: "items.object=30 gone.object=0" },
        );
        const ran = host.roll(OLD, "1.2.0");
        assert.equal(ran.stdout, `1.2.0 ${OLD}\n`, ran.stderr);
        assert.deepEqual(host.calls(), BACK);
        assert.deepEqual(host.ledger("act"), []);
        assert.deepEqual(host.ledger("release"), ["1.2.0"]);
    });

    it("goes on after it was cut short behind the start: proves, restarts nothing", () => {
        world({}, { generation: NEW, act: `roll ${NEW}`, rollfrom: OLD, before: "items.object=30" });
        assert.equal(host.roll(NEW).code, 0);
        assert.deepEqual(host.calls(), ["connect-back"]);
        assert.deepEqual(host.ledger("release"), ["1.3.0"]);
    });

    it("goes on after it was cut short between stop and start", () => {
        world({}, { act: `roll ${NEW}`, rollfrom: OLD, before: "items.object=30 gone.object=0" });
        host.remove("up");
        assert.equal(host.roll(NEW).code, 0);
        assert.deepEqual(host.calls(), SWITCH.slice(1));
    });

    it("proves what `start` completed after a cut", () => {
        world(
            { [`facts-${NEW}`]: FACTS.replace("object 30", "object 1") },
            { generation: NEW, rollfrom: OLD, before: "items.object=30" },
        );
        assert.match(host.roll(NEW).stderr, /table object has 1 entries.*\[gate-failed\]/);
    });

    it("forgets a failed roll when the version was set back", () => {
        world({}, { act: `failed roll ${NEW}` });
        assert.equal(host.roll(OLD, "1.2.0").stdout, `1.2.0 ${OLD}\n`);
        assert.deepEqual(host.calls(), []);
        assert.deepEqual(host.ledger("act"), []);
    });
});

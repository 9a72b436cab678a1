import { strict as assert } from "node:assert";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { World } from "../world/world";

// From a question to a verdict: who is asked what, and that nothing but a whole verdict without a reason is a yes. The rules are the rows'.

const RELEASES = ["0.7.0", "0.8.7", "0.9.4", "1.3.0", "2.5.0"];
const SAY = 'if judge "$@"; then echo "yes: $LAST_SEEN"; else printf "%s" "$REASONS"; fi';
const judge = (words: string) => `set -- ${words}; ${SAY}`;

describe("judge", function () {
    this.timeout(60_000);
    let world: World;
    afterEach(() => world.done());

    const asked = () => [...new Set(world.calls().map((call) => call.replace(/^(.)\1*/, "$1")))].sort();

    for (const release of RELEASES)
        it(`judges ${release} by what its nodes say`, () => {
            world = new World(release, ["london", "paris"]).started();
            const engine = release < "1" ? "sled" : "lmdb";
            const ran = world.lib(
                ["gate-before free=1000 canary=yes", `gate-after release=${release} engine=${engine}`, "noted"]
                    .map(judge)
                    .join("\n"),
            );
            const partitions = release === "0.7.0" ? "partitions not told by 0.7" : "partitions 256/256";
            assert.deepEqual(ran.stdout.split("\n"), [
                "yes: seen by 2 of 2",
                `yes: seen by 2 of 2 · ${partitions}`,
                "yes: ",
                "",
            ]);
            assert.equal(ran.stderr, "");
            assert.deepEqual(readdirSync(join(world.root, "run/garage-node")), []);
        });

    it("asks each node only what the judge has to know, all at once", () => {
        world = new World("0.9.4").started();
        world.lib(judge("gate-after release=0.9.4 engine=sled"));
        assert.deepEqual(asked(), [
            "1 /v1/health",
            "1 block list-errors",
            "1 stats",
            "1 stats -a",
            "1 status",
            "1 worker list",
            "2 stats -a",
            "2 status",
            "3 stats -a",
            "3 status",
        ]);
    });

    it("counts on sled only where something is compared", () => {
        world = new World("0.9.4").started();
        const counts = () => world.calls().filter((call) => call.includes("--detailed")).length;
        world.lib(["gate-before free=99", "gate-after release=x engine=y", "drained mode=empty"].map(judge).join("\n"));
        assert.equal(counts(), 0);
        world.lib(judge("figures"));
        assert.equal(counts(), 1);
        world.lib(judge("counted"));
        assert.equal(counts(), 2);
        world.lib(judge("noted"));
        assert.equal(counts(), 5);
    });

    it("takes figures in the look of a gate, and asks a daemon nothing that needn't be seen", () => {
        world = new World().started();
        const ran = world.lib('judge gate-before free=99 figures=yes; kept figures had; echo "$had"');
        assert.match(ran.stdout, /^engine=lmdb merkle=0 resync_errors=0 insert=0 .*items\.object=5 /);
        assert.equal(world.calls().filter((call) => call.endsWith("layout show")).length, 1);
        world.remove("fake/calls");
        assert.equal(world.lib(judge("gate-before free=99 except=london")).stdout, "yes: seen by 2 of 2\n");
        assert.ok(!asked().some((call) => call.startsWith("1 ")));
    });

    it("doesn't ask nodes that are left out", () => {
        world = new World();
        world.cluster.node("rome").up = false;
        world.started();
        assert.equal(world.lib(judge("views"), world.sheet([], ["rome"])).stdout, "yes: seen by 2 of 2\n");
        assert.ok(!asked().some((call) => call.startsWith("3")));
    });

    it("says why not, by id", () => {
        world = new World();
        world.cluster.dead = [["paris", "rome"]];
        world.cluster.partitions.ok = 3;
        world.cluster.layout.changes = [{ id: "f".repeat(64), removed: true }];
        world.started();
        assert.equal(
            world.lib(judge("gate-before free=1000")).stdout,
            [
                "layout-staged\tchanges of the layout are staged and not applied",
                "peers-unhealthy\tnot every node sees every node (paris sees 2 of 3)",
                "partitions\tnot every partition has all its copies (partitions 3/256)",
                "",
            ].join("\n"),
        );
    });

    it("lets a verb end with the reason that counts", () => {
        world = new World();
        world.cluster.layout.parameters = true;
        world.cluster.partitions.ok = 3;
        world.started();
        const ran = world.lib('judge gate-before free=1000 || refuse_judged "; nothing was touched"');
        assert.equal(ran.code, 1);
        assert.equal(
            ran.stderr,
            "london: changes of the layout are staged and not applied; nothing was touched [layout-staged]\n",
        );
    });

    it("says what was waived, which doesn't count", () => {
        world = new World();
        world.cluster.layout.parameters = true;
        world.started();
        world.options("skipChecks layout-staged");
        const ran = world.lib(judge("gate-before free=1000"));
        assert.equal(ran.stdout, "yes: seen by 3 of 3\n");
        assert.equal(
            ran.stderr,
            "london: changes of the layout are staged and not applied (waived by skipChecks) [layout-staged]\n",
        );
    });

    it("says that a question hit its limit, not that a node is down", () => {
        world = new World();
        world.cluster.hangs = [["rome", "worker"]];
        world.started();
        world.options("cliTimeoutSeconds 1");
        assert.equal(world.lib(judge("synced")).stdout, "sync-busy\trome: does not answer within 1 s about workers\n");
    });

    it("gives a count its own limit", () => {
        world = new World("0.9.4");
        world.cluster.hangs = [["london", "stats"]];
        world.started();
        world.options("cliTimeoutSeconds 99", "countTimeoutSeconds 1");
        assert.equal(
            world.lib(judge("counted before=items.object=5")).stdout,
            "gate-failed\tits tables can't be counted: does not answer within 1 s\n",
        );
    });

    it("keeps apart what it is told and what nodes say, whatever the nodes are called", () => {
        const names = [
            "own",
            "fact",
            "answer",
            "self",
            "peers",
            "kept",
            "sv",
            "rf",
            "series",
            "count",
            "before",
            "free",
        ];
        world = new World("1.3.0", names).started();
        assert.equal(world.lib(judge("gate-before free=1000 before=x")).stdout, "yes: seen by 12 of 12\n");
        world.cluster.unseen = [["fact", "kept"]];
        world.tell();
        assert.match(world.lib(judge("views")).stdout, /\(fact sees 11 of 12\)/);
    });

    it("never runs, nor believes, what a peer says", () => {
        world = new World();
        world.started();
        const ran = join(world.root, "ran");
        for (const [question, text] of [
            ["stats", `Garage version: $(touch ${ran})\n  resync queue length: EUID[$(touch ${ran})]\n`],
            ["worker list", `TID  State  Name  Tranq\n1 Idle \`touch ${ran}\` a[$(touch ${ran})]\n`],
            ["status", `==== HEALTHY NODES ====\nID Tags\n$(touch ${ran})\n`],
            ["layout show", `Current cluster layout version: a[$(touch ${ran})]\n\0exit 0\n`],
        ] as const)
            world.says("rome", question, text);
        const said = world.lib(["gate-before free=1000", "drained mode=empty", "layout-spread"].map(judge).join("\n"));
        assert.ok(!existsSync(ran));
        assert.equal(said.stdout.match(/rome:? answers what isn't understood/g)!.length >= 4, true, said.stdout);
        assert.ok(!said.stdout.includes("yes"));
    });

    const FACTS = `set -- gate-before free=1000; ${SAY}`;
    for (const [what, jq] of [
        ["is killed", "kill -9 $BASHPID"],
        ["says nothing", ":"],
        ["ends well and says half", "echo 'seen\tseen by 3 of 3'"],
        ["says all and ends badly", 'command jq "$@"; return 5'],
        ["judges something else", "printf 'judged\\tviews\\t0\\n'"],
        ["lost a reason on the way", "printf 'judged\\tgate-before\\t1\\n'"],
        ["has a mistake in it", 'command jq -n "nonsense("'],
    ] as const)
        it(`takes no jq's word that ${what}`, () => {
            world = new World().started();
            const ran = world.lib(`jq() { ${jq}; }\n${FACTS}`);
            assert.match(ran.stdout, /^not-judged\twhat was seen could not be judged \(jq ended with \d+\)\n$/);
        });

    it("takes no answer for whole that was cut short, or that ends itself", () => {
        world = new World().started();
        const honest = "==== HEALTHY NODES ====\\nID  Tags\\n\\nanswered 1 0\\n";
        const cut = `ask_into() { printf '${honest}'; kill -9 "$BASHPID"; }`;
        assert.match(
            world.lib(`${cut}\n${judge("views")}`).stdout,
            /\(london doesn't answer, paris doesn't answer, rome doesn't answer\)\n$/,
        );
    });

    it("ends where a fact that it needs is missing, or is no number", () => {
        world = new World().started();
        for (const fact of ["", "free=", "free=EUID[0]"])
            assert.match(world.lib(judge(`gate-before ${fact}`)).stdout, /^not-judged\t/);
    });

    it("takes a file for a fact", () => {
        world = new World().started();
        const ran = world.lib(
            `${judge("noted")}\nprintf '%s' "$NOTE" >"$ROOT/note"\n${judge('kept units=same now=0 note@="$ROOT/note"')}`,
        );
        assert.equal(ran.stdout, "yes: \nyes: \n");
        assert.match(
            world.read("note"),
            /^layout 1\nrole 1{16} z0 1000000000 node=london\n[\s\S]*\nitems rome block_ref 5\n/,
        );
    });
});

describe("wait_judge", function () {
    this.timeout(60_000);
    let world: World;
    afterEach(() => world.done());

    /** Time goes by naps only; `then` happens in the first one. */
    const clock = (then = ":", seconds = 5) => `
NOW=0 NAPS=""
clock() { give "$NOW" "$1"; }
nap() { NAPS+="$1 "; NOW=$((NOW + ${seconds})); [ -n "\${DONE:-}" ] || { DONE=yes; ${then}; }; }
`;
    const wait = (words: string) =>
        `if wait_judge ${words}; then echo "yes: $LAST_SEEN ($NOW)"; else echo "no: $LAST_SEEN ($NOW)"; fi`;

    it("looks again until there is no reason left", () => {
        world = new World();
        world.cluster.partitions.ok = 9;
        world.started();
        const heals = `sed -i 's/^partitions .*/partitions 256 256 256/' "$FAKE/cluster"`;
        assert.equal(
            world.lib(`${clock(heals)}${wait("60 partitions partitions")}`).stdout,
            "yes: partitions 256/256 (5)\n",
        );
    });

    it("tells those that don't see each other to connect, between two looks", () => {
        world = new World();
        world.cluster.unseen = [
            ["rome", "paris"],
            ["london", "rome"],
        ];
        world.started();
        const ran = world.lib(`${clock()}${wait("60 views views")}`);
        assert.equal(ran.stdout, "yes: seen by 3 of 3 (5)\n");
        const connects = world.calls().filter((call) => call.includes("node connect"));
        const address = (name: string) => `${world.cluster.node(name).id}@${world.cluster.node(name).address}`;
        assert.deepEqual(connects.sort(), [
            `${"1".repeat(16)} node connect ${address("rome")}`,
            `${"3".repeat(16)} node connect ${address("paris")}`,
        ]);
    });

    it("ends at the limit, which may be an option, and says meanwhile what it waits for", () => {
        world = new World();
        world.cluster.partitions.ok = 9;
        world.started();
        world.options("healthTimeoutSeconds 20");
        const ran = world.lib(`${clock(":", 10)}${wait('healthTimeoutSeconds=120 "all partitions" partitions')}`);
        assert.equal(ran.stdout, "no: not every partition has all its copies (partitions 9/256) (20)\n");
        assert.match(
            ran.stderr,
            /^london: waiting for all partitions, 10 of at most 20 s \(not every partition has all its copies \(partitions 9\/256\)\)$/m,
        );
    });

    it("doesn't wait for what no waiting mends", () => {
        world = new World();
        world.cluster.layout.version = 0;
        world.started();
        assert.match(
            world.lib(`${clock()}${wait("60 peers gate-before free=1000")}`).stdout,
            /^no: no layout is applied.* \(0\)$/m,
        );
    });

    it("says once what was waived, however often it looks", () => {
        world = new World();
        world.cluster.layout.parameters = true;
        world.cluster.partitions.ok = 9;
        world.started();
        world.options("skipChecks layout-staged");
        const ran = world.lib(`${clock()}${wait("15 peers gate-before free=1000")}`);
        assert.match(ran.stdout, /^no: .*partitions 9\/256\) \(15\)$/m);
        assert.equal(ran.stderr.match(/waived by skipChecks/g)!.length, 1);
    });

    it("lets a judge keep count from look to look, at its own pace", () => {
        world = new World().started();
        const ran = world.lib(`${clock()}${wait("60 queues drained mode=settled")}; echo "$NAPS"`);
        assert.equal(ran.stdout, "yes: 0 blocks wait for their time (10)\n2 2 \n");
    });

    it("lets what has to hold twice begin anew where it didn't hold in between", () => {
        world = new World().started();
        const grows = 'echo "queue $(sed "s/@.*//" "$FAKE/self") resync 3" >>"$FAKE/cluster"';
        const ran = world.lib(`${clock(grows)}${wait("60 queues drained mode=settled")}`);
        // Once at 0; then 3, which is more: from there on it is counted.
        assert.equal(ran.stdout, "yes: 3 blocks wait for their time (15)\n");
    });

    it("a look that can't be judged forgets no node that was away, and what has to hold in a row begins anew", () => {
        world = new World();
        const looks = `
LOOKS=0
judge() {
    LOOKS=$((LOOKS + 1)) REASONS=$'drain-timeout\\tno' FINAL=no NOTE="" KEPT=()
    echo "\${*:2}"
    case "$LOOKS" in
        1) KEPT=(kept.good=1 kept.away.rome=0 kept.rows.rome=2) ;;
        2) REASONS=$'not-judged\\tno' ;;
    esac
    [ "$LOOKS" = 3 ]
}`;
        assert.equal(
            world.lib(`${clock()}${looks}\nwait_judge 60 repair repaired`).stdout,
            "passed=0\npassed=5 kept.good=1 kept.away.rome=0 kept.rows.rome=2\npassed=10 kept.away.rome=0 kept.rows.rome=2\n",
        );
    });

    it("keeps in mind who was away", () => {
        world = new World();
        world.cluster.node("rome").up = false;
        world.started();
        const ran = world.lib(`${clock(":", 150)}${wait("900 queues drained mode=empty")}`);
        assert.match(ran.stdout, /^no: rome has not answered for 300 s\. Bring that host back.* \(300\)$/m);
    });
});

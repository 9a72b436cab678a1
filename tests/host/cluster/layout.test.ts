import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bash, FakeHost } from "./support";

// The decisions, against a Garage of a few lines of shell. That real ones take these very words is shown by the end-to-end tests.

const A = "a".repeat(64);
const B = "b".repeat(64);
const C = "c".repeat(64);
const D = "d".repeat(64);
const short = (id: string) => id.slice(0, 16);

const GARAGE = `
daemon_answers() { [ ! -e "$ROOT/down" ] || { LAST_SEEN="no process runs" && return 1; }; }
require_identity() { :; }
observed_series() { text_of "$ROOT/series" "\${1:-}"; }
layout_version() { if [ -n "\${1:-}" ] && [ -e "$ROOT/theirs" ]; then text_of "$ROOT/theirs"; else text_of "$ROOT/version"; fi; }
layout_settled() { [ ! -e "$ROOT/lost" ]; }
require_views() { :; }
_tables_done() { :; }
node_facts() { if [ -e "$ROOT/facts-\${1%%@*}" ]; then text_of "$ROOT/facts-\${1%%@*}"; else printf 'resync 0\\nresync_errors 0\\n'; fi; }
repair_tables() { echo "repair tables" >>"$ROOT/calls"; }
sleep() { :; }
_ask() { case "$2 $3" in "block list-errors") printf 'Hash RC Errors\\nab 1 3\\n' ;; *) return 97 ;; esac; }
runs_series() { local series; observed_series series; case " $* " in *" $series "*) return 0 ;; esac; return 1; }
layout_observed() {
    local each
    text_of "$ROOT/version" each && echo "version $each"
    if [ -s "$ROOT/changes" ]; then echo "staged yes"; else echo "staged no"; fi
    while read -r each; do echo "role $each"; done <"$ROOT/roles"
    while read -r each; do echo "change $each"; done <"$ROOT/changes"
}
garage_cli() {
    echo "$*" >>"$ROOT/calls"
    local id="\${3:-}" zone="" capacity="" tags="" old=""
    case "$1 $2" in
        "layout assign")
            shift 3
            while [ $# -gt 0 ]; do
                case "$1" in
                    -z) zone="$2"; shift 2 ;;
                    -c) capacity="\${2%B}"; shift 2 ;;
                    -g) capacity=gateway; shift ;;
                    -t) tags="$tags\${tags:+,}$2"; shift 2 ;;
                    --replace) old="$2"; shift 2 ;;
                    *) echo "unknown call: layout assign $1" >&2; return 97 ;;
                esac
            done
            sed -i "/^$id /d" "$ROOT/changes"
            echo "$id $zone $capacity $tags" >>"$ROOT/changes"
            [ -z "$old" ] || echo "$old removed" >>"$ROOT/changes"
            ;;
        "layout skip-dead-nodes") rm "$ROOT/lost" ;;
        "layout remove") echo "$id removed" >>"$ROOT/changes" ;;
        "layout apply")
            [ "$3 $4" = "--version $(($(cat "$ROOT/version") + 1))" ] || return 1
            echo "$4" >"$ROOT/version"
            awk '{ id = substr($1, 1, 16) } FILENAME ~ /changes$/ { gone[id] = 1; next } !(id in gone)' "$ROOT/changes" "$ROOT/roles" >"$ROOT/roles.new"
            grep -v ' removed$' "$ROOT/changes" >>"$ROOT/roles.new" || true
            mv "$ROOT/roles.new" "$ROOT/roles"
            : >"$ROOT/changes"
            ;;
        *) echo "unknown call: garage $*" >&2; return 97 ;;
    esac
}
`;

const PEERS = [
    `peer london ${A} h1:3901 storage in`,
    `peer paris ${B} h2:3901 storage in`,
    `peer rome ${C} h3:3901 storage in`,
];
const THREE = "london=lon:1000000000000 paris=par:1000000000000 rome=rom:1000000000000";

describe("tags of a layout", () => {
    it("are sorted by their bytes, whatever is in them", () => {
        const sorted = (tags: string) => bash(`layout_tags '${tags}' tags; echo "$tags"`).stdout;
        assert.equal(sorted("node=rome,b c,B,a,*,ab,a"), "*,B,a,a,ab,b c,node=rome\n");
        assert.equal(sorted("node=rome"), "node=rome\n");
        assert.equal(sorted("b,,a,"), ",,a,b\n");
        assert.equal(sorted(""), "\n");
    });
});

interface World {
    series?: string;
    version?: number;
    roles?: string[];
    changes?: string[];
    ledger?: Record<string, string>;
    down?: boolean;
}

describe("garage-node layout", function () {
    this.timeout(60_000);
    let host: FakeHost;

    function world(w: World): void {
        host = new FakeHost({ node: "london", id: A, series: w.series ?? "2", ...w.ledger });
        host.file("series", w.series ?? "2");
        host.file("opt/garage/current/garage.toml", "rpc_timeout_msec = 30000\n");
        host.file("version", String(w.version ?? 0));
        host.file("roles", (w.roles ?? []).map((line) => `${line}\n`).join(""));
        host.file("changes", (w.changes ?? []).map((line) => `${line}\n`).join(""));
        if (w.down) host.file("down", "");
    }

    const run = (words: string, more: string[] = [], peers = PEERS, fakes = "") =>
        host.verb(`layout ${words}`, ["node london", "stack s", ...peers, ...more], GARAGE + fakes);
    const calls = () => {
        const file = join(host.root, "calls");
        return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    };
    const refused = (ran: { code: number; stderr: string }, id: string, words: RegExp) => {
        assert.equal(ran.code, 1, ran.stderr);
        assert.match(ran.stderr, new RegExp(`\\[${id}\\]`));
        assert.match(ran.stderr, words);
        assert.match(ran.stderr, /nothing was touched/i);
        assert.deepEqual(calls(), []);
    };

    afterEach(() => host.done());

    const applied = (capacity = "1000000000000") => [
        `${A} lon ${capacity} node=london`,
        `${B} par ${capacity} node=paris`,
        `${C} rom ${capacity} node=rome`,
    ];

    it("assigns all nodes by their full ids, in bytes, and applies once", () => {
        world({});
        const ran = run(`sv=2 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "1\n", ran.stderr);
        assert.deepEqual(calls(), [
            `layout assign ${A} -z lon -c 1000000000000B -t node=london`,
            `layout assign ${B} -z par -c 1000000000000B -t node=paris`,
            `layout assign ${C} -z rom -c 1000000000000B -t node=rome`,
            "layout apply --version 1",
        ]);
        assert.match(host.ledger("layout")[0]!, /^1 [0-9a-f]{16} 2$/);
        assert.equal(host.ledger("history").length, 1);
    });

    for (const theirs of ["5", ""])
        it(`makes no layout of its own on a node that ${theirs ? "doesn't know the others' yet" : "can't ask for the others'"}`, () => {
            world({});
            host.file("theirs", theirs);
            host.file("opt/garage/options", "healthTimeoutSeconds 1\n");
            refused(run(`sv=2 rf=3 ${THREE}`), "layout-unknown", /this node/);
        });

    it("finds nothing to do the second time, and answers the same", () => {
        world({});
        run(`sv=2 rf=3 ${THREE}`);
        const before = calls();
        const ran = run(`sv=2 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "1\n");
        assert.match(ran.stderr, /as asked, version 1; nothing to do/);
        assert.deepEqual(calls(), before);
        assert.equal(host.ledger("history").length, 1);
    });

    it("turns bytes into whole GiB, at least one, up to series 0.8", () => {
        world({ series: "0.8" });
        run("sv=0.8 rf=3 london=z:1000000000000 paris=z:10000000 rome=z:1610612736");
        assert.deepEqual(
            calls().map((call) => / -c (\S+)/.exec(call)?.[1]),
            ["931", "1", "2", undefined],
        );
    });

    it("gives gateways no capacity, and nodes the user's tags", () => {
        world({});
        run("sv=2 rf=2 london=lon:1000000000:ssd+fast paris=par:1000000000 rome=rom:gateway");
        assert.equal(calls()[0], `layout assign ${A} -z lon -c 1000000000B -t node=london -t ssd -t fast`);
        assert.equal(calls()[2], `layout assign ${C} -z rom -g -t node=rome`);
    });

    it("says that data will move when a capacity changes, and assigns that node only", () => {
        world({ version: 4, roles: applied() });
        const ran = run(`sv=2 rf=3 ${THREE.replace("par:1000000000000", "par:2000000000000")}`);
        assert.equal(ran.stdout, "5\n");
        assert.match(ran.stderr, /data will move/);
        assert.deepEqual(calls(), [
            `layout assign ${B} -z par -c 2000000000000B -t node=paris`,
            "layout apply --version 5",
        ]);
    });

    it("doesn't overwrite what another hand has staged", () => {
        world({ version: 1, roles: applied(), changes: [`${D} mil 5 x`] });
        refused(run(`sv=2 rf=3 ${THREE}`), "layout-staged", /dddddddddddddddd mil 5 x/);
        host.done();
        world({ version: 1, roles: applied(), changes: [`${D} mil 5 x`] });
        refused(run(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`), "layout-staged", /dddd/);
    });

    it("goes on where an interrupted call of its own had staged a part", () => {
        world({ changes: [`${A} lon 1000000000000 node=london`] });
        assert.equal(run(`sv=2 rf=3 ${THREE}`).stdout, "1\n");
    });

    it("refuses when another hand has applied a layout since, and names what differs", () => {
        world({});
        run(`sv=2 rf=3 ${THREE}`);
        const before = calls().length;
        host.file("version", "2");
        host.file("roles", `${applied().join("\n").replace("rom", "mil")}\n`);
        const ran = run(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:3")}`);
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /left version 1, it is 2 now.*\[layout-foreign\]/);
        assert.equal(calls().length, before);
    });

    it("takes another hand's layout when it is what is asked for", () => {
        world({ version: 7, roles: applied(), ledger: { layout: "1 0000000000000000 2" } });
        assert.equal(run(`sv=2 rf=3 ${THREE}`).stdout, "7\n");
        assert.match(host.ledger("layout")[0]!, /^7 /);
    });

    it("doesn't take a version raised by a revert (up to 0.9) for a change", () => {
        world({ series: "0.9" });
        run(`sv=0.9 rf=3 ${THREE}`);
        host.file("version", "3");
        assert.equal(run(`sv=0.9 rf=3 ${THREE.replace("lon:1", "lon:3")}`).stdout, "4\n");
    });

    it("never takes a storage node out, nor makes it a gateway", () => {
        world({ version: 1, roles: [...applied(), `${D} mil 5 node=milan`] });
        refused(run(`sv=2 rf=3 ${THREE}`), "layout-drop", /milan .*holds data/);
        host.done();
        world({ version: 1, roles: applied() });
        refused(
            run("sv=2 rf=2 london=lon:1000000000000 paris=par:1000000000000 rome=rom:gateway"),
            "layout-drop",
            /rome holds data/,
        );
    });

    it("gives a gateway data, as it does a new node", () => {
        world({ version: 1, roles: [...applied().slice(0, 2), `${C} rom gateway node=rome`] });
        const ran = run(`sv=2 rf=2 ${THREE}`);
        assert.equal(ran.stdout, "2\n");
        assert.match(ran.stderr, /data will move/);
        assert.equal(calls()[0], `layout assign ${C} -z rom -c 1000000000000B -t node=rome`);
    });

    it("takes a gateway of its own out, and leaves a foreign one alone", () => {
        world({ version: 1, roles: [...applied(), `${D} mil gateway node=milan`] });
        assert.equal(run(`sv=2 rf=3 ${THREE}`).stdout, "2\n");
        assert.equal(calls()[0], `layout remove ${short(D)}`);
        host.done();
        world({ version: 1, roles: [...applied(), `${D} mil gateway hand`] });
        refused(run(`sv=2 rf=3 ${THREE}`), "layout-foreign", /was not put there from here/);
    });

    const other = [...PEERS.slice(0, 2), `peer rome ${D} h4:3901 storage in`];

    it("refuses another id under a name, and says how to declare a replacement", () => {
        world({ version: 1, roles: applied() });
        refused(run(`sv=2 rf=3 ${THREE}`, [], other), "layout-name-bound", /nodes\.rome\.replace: "cccccccccccccccc"/);
    });

    it("replaces a declared node in one change", () => {
        world({ version: 1, roles: applied() });
        assert.equal(run(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other).stdout, "2\n");
        assert.deepEqual(calls(), [
            "repair tables",
            `layout assign ${D} -z rom -c 1000000000000B -t node=rome --replace ${C}`,
            "layout apply --version 2",
        ]);
    });

    /** Time passes, and facts change, with each look; nothing is waited for. */
    const clock = `sleep() { :; }\nwaits_only() { "$@"; }\nwait_until() { shift 2; local i; for i in 1 2 3 4 5 6 7 8; do ! "$@" || return 0; SECONDS=$((SECONDS + 100)); done; return 1; }`;

    it("replaces a node when no block of the others waits any more: tables are in sync long before", () => {
        world({ version: 1, roles: applied() });
        host.file(`facts-${B}`, "resync 812\nresync_errors 0\n");
        const shrinks = `${clock}\nnode_facts() { [ $SECONDS -lt 300 ] || rm -f "$ROOT"/facts-*; if [ -e "$ROOT/facts-\${1%%@*}" ]; then text_of "$ROOT/facts-\${1%%@*}"; else printf 'resync 0\\nresync_errors 0\\n'; fi; }`;
        const ran = run(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other, shrinks);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.equal(calls()[0], "repair tables");
    });

    for (const [what, facts, workers, id] of [
        [
            "still waits after that time",
            "resync 3\nresync_errors 0\n",
            "Busy\tBlock resync worker #1\t0\t0",
            "blocks-missing",
        ],
        ["can't get a block", "resync 3\nresync_errors 1\n", "Idle\tBlock resync worker #1\t0\t0", "blocks-missing"],
        ["doesn't tell", "resync 3\n", "Idle\tBlock resync worker #1\t0\t0", "blocks-missing"],
        ["has looked for all of them", "resync 3\nresync_errors 0\n", "Idle\tBlock resync worker #1\t0\t0", ""],
    ] as const)
        it(`${id ? "replaces nobody" : "replaces a node"} while another one, which blocks wait for, ${what}`, () => {
            world({ version: 1, roles: applied() });
            host.file(`facts-${B}`, facts);
            const ran = run(
                `sv=2 rf=3 ${THREE}`,
                [`replace rome ${C}`],
                other,
                `${clock}\nworkers() { printf '${workers}\\n'; }`,
            );
            if (!id) assert.equal(ran.stdout, "2\n", ran.stderr);
            else {
                assert.match(
                    ran.stderr,
                    /the lost one may have the last copy; nothing was touched.*\[blocks-missing\]/,
                );
                assert.deepEqual(calls(), ["repair tables"]);
            }
        });

    it("gives up what only the lost node had, where that was said", () => {
        world({ version: 1, roles: applied() });
        host.file(`facts-${B}`, "resync 3\nresync_errors 1\n");
        host.file("opt/garage/options", "skipChecks blocks-missing\n");
        const ran = run(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.match(ran.stderr, /what only the old node had is given up/);
    });

    it("doesn't let the new layout wait for the lost node, from 1.0 on", () => {
        world({ version: 1, roles: applied() });
        host.file("lost", "");
        // Settled for the check before the change, not after it.
        run(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other, "layout_others_in_sync() { :; }");
        assert.equal(calls().at(-1), "layout skip-dead-nodes --version 2");
    });

    it("changes nothing while a node is left out", () => {
        world({ version: 1, roles: applied() });
        const dead = [...PEERS.slice(0, 2), PEERS[2]!.replace(/in$/, "without")];
        assert.equal(run(`sv=2 rf=3 ${THREE}`, [], dead).stdout, "1\n");
        refused(run(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`, [], dead), "layout-without", /rome is left out/);
    });

    it("finds nothing to do when the replacement is done", () => {
        world({ version: 2, roles: [...applied().slice(0, 2), `${D} rom 1000000000000 node=rome`] });
        assert.equal(run(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`], other).stdout, "2\n");
        assert.deepEqual(calls(), []);
    });

    it("replaces one node at a time", () => {
        world({ version: 1, roles: applied() });
        const two = [PEERS[0]!, `peer paris ${"e".repeat(64)} h5:3901 storage in`, other[2]!];
        const ran = run(`sv=2 rf=3 ${THREE}`, [`replace rome ${C}`, `replace paris ${B}`], two);
        refused(ran, "layout-replace-one", /one at a time/);
    });

    it("needs as many storage nodes as there are copies", () => {
        world({});
        refused(run("sv=2 rf=3 london=z:5000000000 paris=z:5000000000"), "layout-too-small", /2 storage nodes/);
    });

    const after08 = applied(String(931 * 1024 ** 3));

    it("leaves capacities alone after 0.8 → 0.9 until stateVersion says 0.9", () => {
        world({ series: "0.9", version: 1, roles: after08 });
        assert.equal(run(`sv=0.8 rf=3 ${THREE}`).stdout, "1\n");
        assert.deepEqual(calls(), []);
    });

    it("assigns the real bytes then, though the record is from 0.8", () => {
        world({ series: "0.8" });
        run(`sv=0.8 rf=3 ${THREE}`);
        host.file("series", "0.9");
        host.file("roles", `${after08.join("\n")}\n`);
        host.file("calls", "");
        const ran = run(`sv=0.9 rf=3 ${THREE}`);
        assert.equal(ran.stdout, "2\n", ran.stderr);
        assert.match(ran.stderr, /data will move/);
        assert.equal(calls().filter((call) => call.includes("-c 1000000000000B")).length, 3);
    });

    it("changes no zone while stateVersion is behind the data", () => {
        world({ series: "0.9", version: 1, roles: after08 });
        refused(run(`sv=0.8 rf=3 ${THREE.replace("lon:", "ber:")}`), "layout-state-version", /set stateVersion first/);
    });

    const open = { hopstate: "open", hop: "1-to-2" };

    it("touches nothing while a major upgrade is open, and refuses another layout then", () => {
        world({ version: 3, roles: applied(), ledger: open });
        assert.equal(run(`sv=2 rf=3 ${THREE}`).stdout, "3\n");
        assert.deepEqual(calls(), []);
        refused(run(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`), "hop-open", /another layout is asked for/);
    });

    it("judges by its record when Garage is down in a major upgrade", () => {
        world({});
        run(`sv=2 rf=3 ${THREE}`);
        const record = host.ledger("layout")[0]!;
        host.done();
        world({ down: true, ledger: { ...open, layout: record } });
        assert.equal(run(`sv=2 rf=3 ${THREE}`).stdout, "1\n");
        refused(run(`sv=2 rf=3 ${THREE.replace("lon:1", "lon:2")}`), "hop-open", /another layout is asked for/);
    });

    it("touches nothing when Garage doesn't answer", () => {
        world({ down: true });
        refused(run(`sv=2 rf=3 ${THREE}`), "daemon-silent", /no process runs/);
    });
});

import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeHost } from "./support";

// What the verbs decide; that nodes really connect is shown by the end-to-end tests.

const CLUSTER = `
require_identity() { :; }
wait_until() { shift 2; "$@" || "$@"; }
current_info() { case $1 in series) KV=1 ;; *) echo "unknown call: current_info $1" >&2 ;; esac; }
reached() { [ "$1" = h1:3901 ] || [ -e "$ROOT/connected-$1" ] || [ -e "$ROOT/all-connected" ]; }
view_ids() { sheet_all peer | while read -r _ id address _; do if reached "$address"; then echo "\${id:0:16}"; fi; done; }
garage_cli() { garage_at "" "$@"; }
garage_at() {
    shift
    case "$1 $2" in
        "node connect") echo "$3" >>"$ROOT/calls"; touch "$ROOT/connected-\${3#*@}" ;;
        *) echo "unknown call: garage $*" >&2 ;;
    esac
}
node_facts() { if [ -z "\${1:-}" ]; then echo "release 1.3.0"; else echo "release $(cat "$ROOT/release")"; fi; }
`;

const names = ["london", "paris", "rome"];
const PEERS = names.map((name, i) => `peer ${name} ${name[0]!.repeat(64)} h${i + 1}:3901 storage in`);

describe("garage-node join and release", function () {
    this.timeout(60_000);
    let host: FakeHost;

    function world(files: string[], ledger: Record<string, string> = {}, others = "1.3.0"): void {
        host = new FakeHost({ node: "london", id: "l".repeat(64), ...ledger });
        for (const file of files) host.file(file, "");
        host.file("release", others);
    }

    const run = (line: string, more: string[] = []) => host.verb(line, ["node london", ...PEERS, ...more], CLUSTER);
    const calls = () => {
        const file = join(host.root, "calls");
        return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    };

    afterEach(() => host.done());

    it("connects nodes that don't see each other, by id and address", () => {
        world([]);
        const ran = run("join");
        assert.match(ran.stdout, /^[0-9a-f]{8} 3 nodes\n$/, ran.stderr);
        const wanted = [`${"p".repeat(64)}@h2:3901`, `${"r".repeat(64)}@h3:3901`];
        assert.deepEqual([...new Set(calls())].sort(), wanted);
    });

    it("finds nothing to do when all see all", () => {
        world(["all-connected"]);
        const ran = run("join");
        assert.match(ran.stdout, /^[0-9a-f]{8} 3 nodes\n$/);
        assert.match(ran.stderr, /nothing to do/);
        assert.deepEqual(calls(), []);
    });

    it("touches nothing while a major upgrade is open", () => {
        world([], { hopstate: "open", hop: "1-to-2" });
        assert.match(run("join").stdout, /^[0-9a-f]{8} 3 nodes\n$/);
        assert.deepEqual(calls(), []);
    });

    it("answers another word whenever another layout is asked for, also the one before", () => {
        world(["all-connected"]);
        const word = (layout: string) => run("join", [`layout ${layout}`]).stdout.split(" ")[0];
        const first = word("aaaa");
        assert.equal(word("aaaa"), first);
        const other = word("bbbb");
        const back = word("aaaa");
        assert.equal(word("aaaa"), back);
        assert.equal(new Set([first, other, back]).size, 3);
    });

    const WORDS = "1.3.0 stateVersion=1 replicationFactor=3 dbEngine=lmdb metadataDir=/m nodes=london:l:1";
    const lines = (release: string) => names.map((name) => `line ${name} e ${release} x86_64:abc`);

    it("records a release that every node reports, once", () => {
        world(["all-connected"]);
        assert.equal(run(`release ${WORDS}`, lines("1.3.0")).stdout, "1.3.0\n");
        assert.deepEqual(host.ledger("reached"), ["1.3.0"]);
        assert.deepEqual(host.ledger("record"), [WORDS]);
        assert.equal(run(`release ${WORDS}`, lines("1.3.0")).stdout, "1.3.0\n");
        assert.equal(host.history().length, 1);
    });

    it("doesn't call a release reached while a node runs another one, and names it", () => {
        world(["all-connected"], {}, "1.2.0");
        const ran = run(`release ${WORDS}`, lines("1.3.0"));
        assert.equal(ran.code, 1);
        assert.match(ran.stderr, /paris: it runs 1\.2\.0.*\[release-differs\]/);
        assert.deepEqual(host.ledger("reached"), []);
    });

    it("doesn't record another release than the staged one, nor one in an open major upgrade", () => {
        world(["all-connected"]);
        assert.match(run(`release ${WORDS}`, lines("1.2.0")).stderr, /\[stage-differs\]/);
        host.done();
        world(["all-connected"], { hopstate: "open", hop: "0.9-to-1" });
        assert.match(run(`release ${WORDS}`, lines("1.3.0")).stderr, /\[hop-open\]/);
    });
});

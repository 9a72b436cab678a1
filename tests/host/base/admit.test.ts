import * as assert from "node:assert/strict";
import { mkdirSync, rmSync, truncateSync } from "node:fs";
import { assertRefused, DATA, FakeHost, METADATA } from "./fakeHost";

const generation = "opt/garage/generations/2.5.0-aa";

describe("admit", function () {
    this.timeout(60_000);
    let host: FakeHost;
    afterEach(() => host.remove());

    it("admits what stage and start made", () => {
        host = FakeHost.like("2.5.0");
        const run = host.node(["admit"]);
        assert.deepEqual([run.code, run.stderr], [0, "paris: admitted: Garage 2.5.0, generation 2.5.0-aa\n"]);
    });

    it("admits a node without a database before its first start only", () => {
        host = FakeHost.like("2.5.0");
        rmSync(host.path(`${METADATA}/db.lmdb`), { recursive: true });
        assertRefused(host.node(["admit"]), "admit-database");
        host.lib("ledger_update born=no");
        assert.equal(host.node(["admit"]).code, 0);
    });

    it("refuses though the words of a refusal can't be found", () => {
        host = FakeHost.like("2.5.0");
        const broken = `source "$TOOL/admit.sh"; eval "$(declare -f ledger_get | sed '1s/.*/real_get()/')"
            ledger_get() { if [ "$1 $#" = "held 1" ]; then kill -9 "$BASHPID"; fi; real_get "$@"; }
            if admitted; then echo admitted; else echo refused; fi`;
        assert.equal(host.lib(broken).stdout, "admitted\n");
        host.lib("ledger_update held=hop");
        assert.equal(host.lib(broken).stdout, "refused\n");
    });

    // Up to bash 5.0 a here-string is a file: what loops over it loops over nothing where that can't be written.
    it("refuses where bash can't write its temporary files", () => {
        host = FakeHost.like("2.5.0");
        rmSync(host.path(`${DATA}/garage-node.data`));
        const command = (compat: string) =>
            `trap '' XFSZ; ulimit -f 0; BASH_COMPAT=${compat} exec bash "$TOOL/garage-node" admit`;
        assertRefused(host.bash(["-c", command("50")]), "temp-files");
        const loop =
            "trap '' XFSZ; ulimit -f 0; BASH_COMPAT=50; if admit_data; then echo admitted; else echo refused; fi";
        assert.equal(host.lib(`source "$TOOL/admit.sh"; ${loop}`).stdout, "refused\n");
    });

    it("lets bash write its temporary files, in which secrets may stand, into memory only, and nobody else", () => {
        host = FakeHost.like("2.5.0");
        const where = 'BASH_COMPAT=50; readlink /proc/self/fd/0 <<<secret; printenv TMPDIR || echo "not told"';
        const ran = host.bash(["-c", `export TMPDIR=/tmp; source "$TOOL/lib/common.sh"; set_paths; ${where}`]);
        assert.match(ran.stdout, new RegExp(`^${host.path("run")}/sh-thd\\S+ \\(deleted\\)\nnot told\n$`));
    });

    it("refuses a record that it can't read whole, though the lines that can be read would do", () => {
        host = FakeHost.like("2.5.0");
        const ledger = `${METADATA}/garage-node.ledger`;
        const whole = host.read(ledger);
        host.append(ledger, "\0held hop\n");
        const damaged = host.read(ledger);
        assertRefused(host.node(["admit"]), "unreadable");
        assertRefused(host.lib("ledger_update a=1"), "unreadable");
        assert.equal(host.read(ledger), damaged);
        host.write(ledger, whole);
        assert.equal(host.node(["admit"]).code, 0);
        // A read error, as a directory gives one.
        rmSync(host.path(`${generation}/info`));
        mkdirSync(host.path(`${generation}/info`));
        assert.equal(host.node(["admit"]).code, 1);
        assertRefused(host.lib('kv_find "$GENERATIONS/2.5.0-aa/info" series'), "unreadable");
    });

    const refusals: [string, string, (host: FakeHost) => void][] = [
        ["no claim", "identity", (h) => rmSync(h.path("etc/garage-node/claim"))],
        ["no ledger (volume not mounted)", "identity", (h) => rmSync(h.path(METADATA), { recursive: true })],
        ["a corrupt ledger", "identity", (h) => h.write(`${METADATA}/garage-node.ledger`, "ledger 1\ncluster c1\n")],
        ["the ledger of another cluster", "identity", (h) => h.lib("ledger_update cluster=c2")],
        ["the ledger of another node", "identity", (h) => h.lib("ledger_update node=rome")],
        ["the ledger of another id", "identity", (h) => h.lib(`ledger_update id=${"b".repeat(64)}`)],
        ["a ledger for another metadata directory", "identity", (h) => h.lib("ledger_update metadata=/srv/meta")],
        ["another node key", "identity", (h) => h.write(`${METADATA}/node_key.pub`, "x".repeat(32))],
        ["no private node key", "identity", (h) => rmSync(h.path(`${METADATA}/node_key`))],
        ["half a private node key", "identity", (h) => truncateSync(h.path(`${METADATA}/node_key`), 40)],
        ["another private node key", "identity", (h) => h.write(`${METADATA}/node_key`, "x".repeat(64))],
        ["a hold", "held", (h) => h.lib("ledger_update 'held=hop 0.8-to-0.9'")],
        [
            "another generation than the ledger's",
            "generation",
            (h) => h.link("generations/other", "opt/garage/current"),
        ],
        ["no active generation", "generation", (h) => rmSync(h.path("opt/garage/current"))],
        ["a generation that is gone", "generation", (h) => rmSync(h.path(generation), { recursive: true })],
        ["data of a lower series", "series", (h) => h.lib("ledger_update series=1")],
        ["data in another engine", "engine", (h) => h.lib("ledger_update engine=sqlite")],
        ["another binary", "binary", (h) => h.write(`${generation}/garage`, "other")],
        ["a hand-edited garage.toml", "configuration", (h) => h.write(`${generation}/garage.toml`, "x")],
        [
            "a generation that doesn't say what it is",
            "configuration",
            (h) => h.lib("sed -i /^replicationfactor/d $GENERATIONS/2.5.0-aa/info"),
        ],
        ["a data volume that isn't mounted", "data", (h) => rmSync(h.path(DATA), { recursive: true })],
        ["the data volume of another node", "data", (h) => h.write(`${DATA}/garage-node.data`, "c".repeat(64))],
        ["no database", "database", (h) => rmSync(h.path(`${METADATA}/db.lmdb/data.mdb`))],
        [
            "only a database of another engine",
            "database",
            (h) => {
                rmSync(h.path(`${METADATA}/db.lmdb`), { recursive: true });
                h.write(`${METADATA}/db.sqlite`, "data");
            },
        ],
    ];
    for (const [what, id, arrange] of refusals)
        it(`refuses ${what}, whoever starts the daemon`, () => {
            host = FakeHost.like("2.5.0");
            arrange(host);
            assertRefused(host.node(["admit"]), `admit-${id}`, /garage must not start: .{20}/);
        });
});

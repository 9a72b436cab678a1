import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeHost, type Ran } from "./support";

/** A cluster of a few lines of shell, for the decisions of a roll. What it says lies in files below $ROOT. */
export const OLD = "1.2.0-aaaa";
export const NEW = "1.3.0-bbbb";
export const ID = "a".repeat(64);

export const DAEMON = `
note() { echo "$*" >>"$ROOT/calls"; }
require_identity() { :; }
wait_until() { shift 2; "$@" || "$@"; }
daemon_stopped() { [ ! -e "$ROOT/up" ]; }
daemon_active() { [ -e "$ROOT/up" ]; }
daemon_answers() { current_find; [ -e "$ROOT/up" ] && [ ! -e "$ROOT/broken-$CURRENT" ] || { LAST_SEEN="no process runs" && return 1; }; }
serving_listens() { serving; }
serving() { [ ! -e "$ROOT/mute" ] || { LAST_SEEN="Garage doesn't listen for S3 on [::]:3900" && return 1; }; }
daemon_stop() { note stop; rm -f "$ROOT/up"; }
daemon_start() { current_find; note "start $CURRENT"; echo >"$ROOT/up"; rm -f "$ROOT/mute"; [ ! -e "$ROOT/held-$CURRENT" ] || : >"$ROOT/mute"; [ ! -e "$ROOT/refused-$CURRENT" ] || { rm "$ROOT/up"; return 1; }; }
daemon_show() { case $1 in NRestarts) give 0 "\${2:-}" ;; ActiveState) give active "\${2:-}" ;; *) echo "unknown call: daemon_show $1" >&2 ;; esac; }
activate() { note "activate $1"; daemon_stopped || echo "unknown call: activate while it runs" >&2; local debt; debt_of "$1" debt; ln -sfn "generations/$1" "$OPT/current"; ledger_update "generation=$1" \${debt:+"debt=$debt"}; rm -f "$ROOT/repair"; }
# As systemd runs it: it inherits nothing, and only its own end is waited for.
systemd-run() {
    while [ "\${1#-}" != "$1" ]; do
        case "$1" in
            -p) shift 2 ;;
            --quiet | --wait | --collect | --unit=garage-node-hook-* | --description=* | --setenv=GARAGE_NODE_ROOT=*) shift ;;
            *) echo "unknown call: systemd-run $1" >&2; return 97 ;;
        esac
    done
    setsid "$@" </dev/null >"$ROOT/said" 2>&1
}
journal_of() { cat "$ROOT/said"; }
journal_tail() { echo "the daemon's last words"; }
find_dead() { :; }
connect_back() { note connect-back; }
views_or_connect() {
    LAST_SEEN="seen by 3 of 3"
    [ ! -e "$ROOT/alone" ] || [ -n "\${PEERS_EXCEPT:-}" ] || { LAST_SEEN="rome sees 2 of 3" && return 1; }
    [ ! -e "$ROOT/rome-down" ] || { LAST_SEEN="rome doesn't answer" && return 1; }
}
partitions_ok() { if [ -e "$ROOT/degraded" ]; then LAST_SEEN="partitions 200/256" && return 1; fi; LAST_SEEN="partitions 256/256"; }
layout_observed() { text_of "$ROOT/layout"; }
layout_settled() { [ ! -e "$ROOT/unsettled" ]; }
sync_idle() { [ ! -e "$ROOT/syncing" ]; }
_tables_done() { [ ! -e "$ROOT/syncing" ] || { echo "object sync at work" && return 1; }; }
repair_tables() { note "repair tables"; }
node_facts() {
    local now KV
    current_info release
    now="$ROOT/facts-$CURRENT"
    if [ -n "\${1:-}" ] || [ ! -e "$now" ]; then now="$ROOT/facts"; fi
    echo "release $KV"
    current_info engine
    echo "engine $KV"
    # As sled has it.
    if [ "$KV" = sled ]; then grep -v '^items' "$now"; else text_of "$now"; fi
}
node_items() {
    local now
    current_find
    note "count $CURRENT"
    [ ! -e "$ROOT/uncounted" ] || { echo "does not answer within 600 s" && return 1; }
    now="$ROOT/facts-$CURRENT"
    [ -e "$now" ] || now="$ROOT/facts"
    grep -E '^(items|gc)' "$now"
}
_ask() {
    case "$2 $3" in
        "repair --yes") note "repair $4"; cp "$ROOT/repairs" "$ROOT/repair" && echo "Repair launched" ;;
        "block list-errors") [ ! -e "$ROOT/list-errors" ] || cat "$ROOT/list-errors" ;;
        *) echo "unknown call: garage $*" >&2; return 97 ;;
    esac
}
workers() { [ ! -e "$ROOT/repair" ] || cat "$ROOT/repair"; }
free_mib() { if [ -e "$ROOT/full" ]; then give 3 "\${2:-}"; else give 5000 "\${2:-}"; fi; }
free_kb() { echo 5000000; }
database_kb() { echo 100; }
database_exists() { [ -e "$(database_path "$1" "$2")" ]; }
sync_tree() { :; }
engine_known() { :; }
as_garage() {
    case "$*" in
        timeout*"/garage convert-db -a lmdb -i "*) note convert; cat "$ROOT/converted" || return 1; touch "\${!#}" ;;
        *) echo "unknown call: as_garage $*" >&2; return 97 ;;
    esac
}
`;

export const FACTS = "items.bucket 2\nitems.object 30\ngc.object 3\nmerkle 0\ninsert 0\nresync_errors 0\n";

const names = ["london", "paris", "rome"];
export const peers = (without: string[] = []) =>
    names.map((n) => `peer ${n} ${n[0]!.repeat(64)} ${n}:3901 storage ${without.includes(n) ? "without" : "in"}`);
export const lines = (releases: string[]) =>
    releases.map((release, i) => `line ${names[i]} e${i} ${release} x86_64:abc${release}`);

export const sheet = (
    without: string[] = [],
    releases = ["1.3.0", "1.3.0", "1.3.0"],
    more = ["replicationfactor 3"],
) => ["node london", ...more, ...peers(without), ...lines(releases)];

/** Node london of three, on release 1.2.0 and staged for 1.3.0; its Garage is DAEMON. */
export class RollHost extends FakeHost {
    constructor(files: Record<string, string> = {}, ledger: Record<string, string> = {}, options = "") {
        super({
            cluster: "c",
            node: "london",
            id: ID,
            engine: "lmdb",
            metadata: "/var/lib/garage/meta",
            series: "1",
            release: "1.2.0",
            generation: OLD,
            born: "yes",
            staged: NEW,
            ...ledger,
        });
        this.generation(OLD, { release: "1.2.0", series: "1", engine: "lmdb" });
        this.generation(NEW, { release: "1.3.0", series: "1", engine: "lmdb" });
        this.link("opt/garage/current", `generations/${ledger.generation ?? OLD}`);
        this.file("opt/garage/options", options);
        this.file("facts", FACTS);
        this.file("layout", "version 4\nstaged no\n");
        this.file("up", "");
        for (const [path, content] of Object.entries(files)) this.file(path, content);
    }

    roll(words: string, release = "1.3.0", without: string[] = [], releases = [release, release, release]): Ran {
        return this.verb(`roll ${words}`, sheet(without, releases), DAEMON);
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    calls(): string[] {
        return existsSync(join(this.root, "calls")) ? this.read("calls").trim().split("\n") : [];
    }

    /** Refused with that id and in these words, before anything was touched. */
    refused(ran: Ran, id: string, words: RegExp): void {
        assert.equal(ran.code, 1, ran.stderr);
        assert.match(ran.stderr, new RegExp(`\\[${id}\\]`));
        assert.match(ran.stderr, words);
        assert.ok(!this.calls().includes("stop"), "it was stopped");
        assert.deepEqual(this.ledger("act"), []);
    }
}

/** What a node goes through on its way to the new release, and back. */
export const SWITCH = ["stop", `activate ${NEW}`, `start ${NEW}`, "connect-back"];
export const BACK = ["stop", `activate ${OLD}`, `start ${OLD}`, "connect-back"];

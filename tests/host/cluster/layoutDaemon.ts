import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeHost, type Ran } from "./support";

export const A = "a".repeat(64);
export const B = "b".repeat(64);
export const C = "c".repeat(64);
export const D = "d".repeat(64);

/** A Garage of a few lines of shell, for the decisions about a layout. What it says lies in files below $ROOT. */
const GARAGE = `
daemon_answers() { [ ! -e "$ROOT/down" ] || { LAST_SEEN="no process runs" && return 1; }; }
require_identity() { :; }
observed_series() { text_of "$ROOT/series" "\${1:-}"; }
layout_version() { if [ -n "\${1:-}" ] && [ -e "$ROOT/theirs" ]; then text_of "$ROOT/theirs"; else text_of "$ROOT/version"; fi; }
layout_settled() { [ ! -e "$ROOT/lost" ]; }
views_complete() { :; }
_tables_done() { :; }
node_facts() { if [ -e "$ROOT/facts-\${1%%@*}" ]; then text_of "$ROOT/facts-\${1%%@*}"; else printf 'resync 0\\nresync_errors 0\\n'; fi; }
repair_tables() { echo "repair tables" >>"$ROOT/calls"; [ ! -e "$ROOT/cut" ] || fail repair-unfinished "cut short"; }
repair_rows() { echo "repair $*\${REPAIR_RESYNC:+ and copy}" >>"$ROOT/calls"; }
workers() { printf 'Idle\\tBlock resync worker #1\\t0\\t0\\n'; }
sleep() { :; }
_ask() { case "$2 $3" in "block list-errors") printf 'Hash RC Errors\\nab 1 3\\n' ;; "layout history") history_of "$(cat "$ROOT/version")" ;; *) return 97 ;; esac; }
history_of() {
    local id sync=$1
    if [ ! -e "$ROOT/lost" ] && [ ! -e "$ROOT/alone" ]; then echo "… stable state with a single live layout version." && return; fi
    printf '#%s current 3 0\\n#%s draining 3 1\\n\\nNode Ack Sync Sync_ack\\n' "$1" $(($1 - 1))
    [ ! -e "$ROOT/lost" ] || sync=$(($1 - 1))
    while read -r id _; do echo "\${id:0:16} #$1 #$sync #$(($1 - 1))"; done <"$ROOT/roles"
    [ ! -e "$ROOT/lost" ] || echo "$(cut -c1-16 "$ROOT/lost") #$(($1 - 1)) #$(($1 - 1)) #$(($1 - 1))"
    echo
}
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
        "layout skip-dead-nodes") if [ -e "$ROOT/seen" ]; then rm "$ROOT/seen" && return 1; else rm "$ROOT/lost"; fi ;;
        "layout revert") rm "$ROOT/alone" ;;
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

export const PEERS = [
    `peer london ${A} h1:3901 storage in`,
    `peer paris ${B} h2:3901 storage in`,
    `peer rome ${C} h3:3901 storage in`,
];
export const THREE = "london=lon:1000000000000 paris=par:1000000000000 rome=rom:1000000000000";

export const applied = (capacity = "1000000000000") => [
    `${A} lon ${capacity} node=london`,
    `${B} par ${capacity} node=paris`,
    `${C} rom ${capacity} node=rome`,
];
interface World {
    series?: string;
    version?: number;
    roles?: string[];
    changes?: string[];
    ledger?: Record<string, string>;
    down?: boolean;
}

/** Node london of three, as the layout finds it. */
export class LayoutHost extends FakeHost {
    constructor(w: World) {
        super({ node: "london", id: A, series: w.series ?? "2", ...w.ledger });
        this.file("series", w.series ?? "2");
        this.file("opt/garage/current/garage.toml", "rpc_timeout_msec = 30000\n");
        this.file("version", String(w.version ?? 0));
        this.file("roles", (w.roles ?? []).map((line) => `${line}\n`).join(""));
        this.file("changes", (w.changes ?? []).map((line) => `${line}\n`).join(""));
        if (w.down) this.file("down", "");
    }

    layout(words: string, more: string[] = [], peers = PEERS, fakes = ""): Ran {
        return this.verb(`layout ${words}`, ["node london", "stack s", ...peers, ...more], GARAGE + fakes);
    }

    calls(): string[] {
        const file = join(this.root, "calls");
        return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    }

    /** Refused with that id and in these words, before anything was touched. */
    refused(ran: Ran, id: string, words: RegExp): void {
        assert.equal(ran.code, 1, ran.stderr);
        assert.match(ran.stderr, new RegExp(`\\[${id}\\]`));
        assert.match(ran.stderr, words);
        assert.match(ran.stderr, /nothing was touched/i);
        assert.deepEqual(this.calls(), []);
    }
}

# shellcheck shell=bash
# What the running cluster says about itself, for every series. Nothing here changes anything.
# [id@addr] is the node that is asked; without it, this one. LAST_SEEN says in words what a check saw last.
# Shapes of output: tests/host/cluster/fixtures (captured from 0.7.0, 0.8.7, 0.9.4, 1.3.0, 2.5.0).

# observed_series [VARIABLE]: the series of the generation that runs here.
observed_series() {
    local KV
    current_info series
    give "$KV" "${1:-}"
}

# _ask [id@addr|""] ARGS…
_ask() {
    local target=$1
    shift
    if [ -n "$target" ]; then garage_at "$target" "$@"; else garage_cli "$@"; fi
}

# --- one node's facts -------------------------------------------------------------------------------------------------

# plain_release TEXT [VARIABLE]: "cargo:0.9.4", "git:v0.9.4", "v0.9.4 [features…]" → 0.9.4
plain_release() {
    local KV="${1#"${1%%[![:space:]]*}"}"
    case "${KV%%:*}" in *[!a-z]* | "") ;; *) KV="${KV#*:}" ;; esac
    KV="${KV#v}"
    give "${KV%%[[:space:]]*}" "${2:-}"
}

# plain_engine TEXT [VARIABLE]: as in garage.toml.
plain_engine() {
    case ${1,,} in
        *sled*) give sled "${2:-}" ;;
        *lmdb* | *heed*) give lmdb "${2:-}" ;;
        *sqlite*) give sqlite "${2:-}" ;;
        *fjall*) give fjall "${2:-}" ;;
        *) give "${1,,}" "${2:-}" ;;
    esac
}

# unanswered CODE: why a question has no answer, in words. CODE is that of what asked; ASK_LIMIT its limit, where it has one of its own.
unanswered() {
    local limit
    case "$1" in
        124 | 137)
            ask_limit limit
            echo "does not answer within $limit s"
            ;;
        "$NONSENSE") echo "answers what isn't understood" ;;
        *) echo "no answer" ;;
    esac
}

NONSENSE=65

# 0.7 has one paragraph a table, the others one table. Gives `release_text`, `engine_text`, sums and, where the tables are counted, `items.*`.
# Nothing but a number is taken for one: what doesn't fit ends it with NONSENSE. In a shell of its own.
_parse_stats() {
    exec awk -v tables="bucket key object version block_ref" -v nonsense="$NONSENSE" '
        function short(table) { sub(/^bucket_v2$/, "bucket", table); return table }
        function number(text) {
            if (text ~ /^[0-9]+$/ && length(text) <= 18) return text + 0
            failed = 1
            return 0
        }
        function items(table, text) { if (text != "NC") counted[table] = number(text) }
        /^Garage version:/ { sub(/^Garage version:[ ]*/, ""); print "release_text", $0; next }
        /^Database engine:/ { sub(/^Database engine:[ ]*/, ""); print "engine_text", $0; next }
        /^Table stats for / { old = short($4); gc[old] = 0; next }
        /^Table stats:/ { inside = 1; next }
        /^[^ ]/ { inside = 0; old = "" }
        inside && $1 == "Table" { for (i = 2; i <= NF; i++) column[$i] = i; next }
        inside && NF >= 5 {
            items(short($1), $(column["Items"])); merkle += number($(column["MklTodo"])); gc[short($1)] = number($(column["GcTodo"]))
            if ("InsQueue" in column) { insert += number($(column["InsQueue"])); hasInsert = 1 }
            next
        }
        old != "" && /number of items:/ { items(old, $NF) }
        old != "" && /Merkle updater todo queue length:/ { merkle += number($NF) }
        old != "" && /GC todo queue length:/ { gc[old] = number($NF) }
        /resync queue length:/ { resync = number($NF); hasResync = 1 }
        /blocks with resync errors:/ { errors = number($NF); hasErrors = 1 }
        END {
            split(tables, wanted, " ")
            for (i = 1; i in wanted; i++) {
                if (!(wanted[i] in gc)) failed = 1
                if (wanted[i] in counted) printf "items.%s %.0f\n", wanted[i], counted[wanted[i]]
                printf "gc.%s %.0f\n", wanted[i], gc[wanted[i]]
            }
            printf "merkle %.0f\n", merkle
            if (hasInsert) printf "insert %.0f\n", insert
            printf "resync %.0f\nresync_errors %.0f\n", resync, errors
            exit failed || !hasResync || !hasErrors ? nonsense : 0
        }'
}

# node_facts [id@addr]: lines `release`, `engine`, `gc.<table>`, `merkle`, `insert` (not in 0.7), `resync`, `resync_errors`; and
# `items.<table>` where that costs nothing (not on sled). Else it prints why not, and fails.
node_facts() {
    local stats key text name queues=no insert=0
    ! runs_series 0.8 0.9 1 || { queues=yes && ahead workers workers "${1:-}"; }
    # Never with --detailed: sled then counts the whole database, 5.7 s for 500,000 objects (garage-facts 11).
    stats=$(_ask "${1:-}" stats) || { unanswered $?; return 1; }
    stats=$(_parse_stats <<<"$stats") || { unanswered $?; return 1; }
    ! runs_series 0.7 || stats+=$'\n'"engine_text sled"
    if [ "$queues" = yes ]; then
        awaited workers || { echo "$(unanswered $?) about workers"; return 1; }
        while IFS=$'\t' read -r _ name text _; do
            case "$name" in *" queue") insert=$((insert + text)) ;; esac
        done <<<"$AWAITED" || return 1
        stats+=$'\n'"insert $insert"
    fi
    while read -r key text; do
        case $key in
            release_text) plain_release "$text" text && echo "release $text" ;;
            engine_text) plain_engine "$text" text && echo "engine $text" ;;
            *) echo "$key $text" ;;
        esac
    done <<<"$stats"
}

# node_items [id@addr]: lines `items.<table>` and `gc.<table>`: what is compared before and after. Sled counts every row for it, so it is asked
# where something is compared, and not more often. Else it prints why not, and fails.
node_items() {
    # shellcheck disable=SC2034  # ask_limit reads it
    local stats ASK_LIMIT="countTimeoutSeconds=600" words=(stats)
    ! runs_series 0.7 || words+=(-d)
    ! runs_series 0.8 0.9 || words+=(--detailed)
    stats=$(_ask "${1:-}" "${words[@]}") || { unanswered $?; return 1; }
    stats=$(_parse_stats <<<"$stats") || { unanswered $?; return 1; }
    grep -E '^(items|gc)\.' <<<"$stats"
}

# fact KEY TEXT [VARIABLE]: the first value of KEY in lines as node_facts has them.
fact() {
    local KV=$'\n'"$2"
    case "$KV" in
        *$'\n'"$1 "*) KV="${KV#*$'\n'"$1 "}" && KV="${KV%%$'\n'*}" ;;
        *) KV="" ;;
    esac
    give "${KV%% *}" "${3:-}"
}

# --- layout -----------------------------------------------------------------------------------------------------------

# layout_observed: lines `version N`, `staged yes|no`, `role <id> <zone> <capacity> <tags>`, `change <id> <zone> <capacity> <tags>`
# and `change <id> removed` (staged). Ids of 64 hex, capacities in bytes; up to 0.8 ids of 16 hex and units. Tags comma separated.
layout_observed() {
    local series
    observed_series series
    case $series in
        0.7 | 0.8) garage_cli layout show | _parse_layout_text ;;
        0.9 | 1)
            local shown
            shown=$(garage_cli layout show) || return 1
            admin_get /v1/layout | json_flatten | _parse_layout_json "$(grep -c '^==== STAGED ROLE CHANGES' <<<"$shown")"
            ;;
        *) garage_cli json-api GetClusterLayout | json_flatten | _parse_layout_json 0 ;;
    esac
}

# Columns start where their heading starts; a tag may hold a space.
_parse_layout_text() {
    awk '
        function cell(from, to,    text) {
            text = to ? substr($0, from, to - from) : substr($0, from)
            gsub(/^ +| +$/, "", text)
            return text
        }
        /^==== CURRENT CLUSTER LAYOUT/ { word = "role"; next }
        /^==== STAGED ROLE CHANGES/ { word = "change"; staged = 1; next }
        /^====/ { word = ""; next }
        /^Current cluster layout version:/ { version = $NF; next }
        word != "" && $1 == "ID" { tags = index($0, "Tags"); zone = index($0, "Zone"); capacity = index($0, "Capacity"); next }
        word != "" && $1 ~ /^[0-9a-f]+$/ && length($1) == 16 {
            if ($0 ~ /REMOVED$/) print "change", $1, "removed"
            else print word, $1, cell(zone, capacity), cell(capacity), cell(tags, zone)
        }
        END { if (version !~ /^[0-9]+$/ || length(version) > 18) exit 1; print "version", version; print "staged", staged ? "yes" : "no" }
    ' | sed 's/ $//'
}

_parse_layout_json() {
    awk -F'\t' -v staged="$1" '
        function show(word, list, n,    i, k, id, tags, capacity) {
            for (i = 0; i < n; i++) {
                id = v[list "." i ".id"]
                if (v[list "." i ".remove"] == "true") { print word, id, "removed"; continue }
                tags = ""
                for (k = 0; (list "." i ".tags." k) in v; k++) tags = tags (k ? "," : "") v[list "." i ".tags." k]
                capacity = v[list "." i ".capacity"]
                if (capacity == "null" || capacity == "") capacity = "gateway"
                print word, id, v[list "." i ".zone"], capacity (tags == "" ? "" : " " tags)
            }
        }
        {
            v[$1] = $2
            if (split($1, part, ".") > 2 && part[2] + 1 > count[part[1]]) count[part[1]] = part[2] + 1
        }
        END {
            if (v["version"] !~ /^[0-9]+$/ || length(v["version"]) > 18) exit 1
            print "version", v["version"]
            if (count["stagedRoleChanges"] || ("stagedParameters" in v && v["stagedParameters"] != "null")) staged = 1
            for (name in v) if (name ~ /^stagedParameters\./) staged = 1
            print "staged", staged ? "yes" : "no"
            show("role", "roles", count["roles"]); show("change", "stagedRoleChanges", count["stagedRoleChanges"])
        }'
}

# layout_settled [id@addr]: no data move between versions of the layout any more. From 1.0 on a change lives beside the old version until
# each node of either one has acknowledged it (Ack) and has sent on all that it holds (Sync), and knows that of all others (Sync_ack). What
# each has sent is there: so Sync_ack alone may trail. That is only bookkeeping, which a single node never ends (tried on 1.2.0, 1.3.0, 2.5.0).
# Garage counts no blocks in this.
layout_settled() {
    local history
    case $(observed_series) in 0.*) return 0 ;; esac
    history=$(_ask "${1:-}" layout history) || { LAST_SEEN="no answer about the layout's history"; return 1; }
    LAST_SEEN=$(awk '
        /a single live layout version/ { single = 1 }
        tolower($2) == "current" && $1 ~ /^#[0-9]+$/ { newest = $1 }
        $1 == "Node" && $2 == "Ack" && $3 == "Sync" { trackers = 1; next }
        trackers && NF == 0 { trackers = 0 }
        trackers { nodes++; if (newest == "" || $2 != newest || $3 != newest) { behind++; if (behind == 1) first = $1 " (ack " $2 ", sync " $3 ")" } }
        END {
            if (single) exit
            if (newest == "" || !nodes) print "the layout'"'"'s history can'"'"'t be read"
            else if (behind) print "layout " newest " is not everywhere yet: " first (behind > 1 ? " and " behind - 1 " more" : "") " behind"
        }' <<<"$history") || { LAST_SEEN="the layout's history could not be read"; return 1; }
    [ -z "$LAST_SEEN" ]
}

# --- health and workers -----------------------------------------------------------------------------------------------

# admin_get PATH: the admin API of this host; fails on anything but 200. The token never stands in argv.
admin_get() {
    local KV host port token
    secret_of admin_token token || return 1
    quoted "$token" token
    current_info adminport
    port=$KV
    current_info adminbind
    own_address "$KV" host
    printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl --silent --fail --noproxy '*' --max-time 10 --config - "http://$host:$port$1"
}

# partitions: `<all replicas there> <all>` as this node sees it; nothing in 0.7, which doesn't tell.
partitions() { _partitions | cut -d' ' -f1,2; }

_partitions() {
    local series
    observed_series series
    [ "$series" != 0.7 ] || return 0
    case $series in
        0.8) admin_get /v0/health ;;
        0.9 | 1) admin_get /v1/health ;;
        *) garage_cli json-api GetClusterHealth ;;
    esac | json_flatten | awk -F'\t' '
        $1 == "partitions" { all = $2 }
        $1 == "partitionsAllOk" || $1 == "partitions_all_ok" { ok = $2 }
        $1 == "partitionsQuorum" || $1 == "partitions_quorum" { quorum = $2 }
        function number(text) { return text ~ /^[0-9]+$/ && length(text) <= 18 }
        END { if (!number(all) || !number(ok) || !number(quorum)) exit 1; print ok, all, quorum }'
}

# partitions_ok: all replicas of all; with storage nodes left out, a write quorum of all. True in 0.7.
partitions_ok() {
    local ok all quorum without
    ! runs_series 0.7 || { LAST_SEEN="partitions not told by 0.7" && return 0; }
    read -r ok all quorum < <(_partitions) || { LAST_SEEN="no answer about partitions"; return 1; }
    peers_without without
    case "$without"$'\n' in *" storage"$'\n'*) ok=$quorum ;; esac
    LAST_SEEN="partitions $ok/$all"
    # Without a layout 0.9 and 1 say that all copies are there, of no quorum.
    [ "$ok" = "$all" ] && [ "$quorum" = "$all" ] && [ "$all" -gt 0 ]
}

# workers [id@addr]: lines `state<TAB>name<TAB>queue<TAB>consecutive errors`; fails in 0.7, which doesn't tell.
workers() {
    local list
    ! runs_series 0.7 || return 1
    list=$(_ask "${1:-}" worker list) || return
    awk -v nonsense="$NONSENSE" '
        function number(text) {
            if (text == "-") return 0
            if (text ~ /^[0-9]+$/ && length(text) <= 18) return text
            failed = 1
            return 0
        }
        NR == 1 { name = index($0, "Name"); tranq = index($0, "Tranq"); next }
        {
            text = substr($0, name, tranq - name); gsub(/ +$/, "", text)
            split(substr($0, tranq), rest, " ")
            print $2 "\t" text "\t" number(rest[3]) "\t" number(rest[5])
        }
        END { exit failed ? nonsense : NR < 2 }' <<<"$list"
}

# resync_workers_busy [id@addr]: how many workers copy blocks now; fails in 0.7.
resync_workers_busy() {
    local list state name busy=0
    list=$(workers "${1:-}") || return
    while IFS=$'\t' read -r state name _; do
        case "$state:$name" in Busy*:"Block resync worker"*) busy=$((busy + 1)) ;; esac
    done <<<"$list" || return 1
    echo "$busy"
}

# sync_idle [id@addr]: nothing left to compare between the tables' replicas. 0.7 has no such list: Merkle queue 0, as near as it gets.
sync_idle() {
    local list
    ! runs_series 0.7 || { _merkle_empty "${1:-}"; return; }
    list=$(workers "${1:-}") || { LAST_SEEN="$(unanswered $?) about workers"; return 1; }
    LAST_SEEN=$(sync_left <<<"$list") || { LAST_SEEN="the list of workers could not be read"; return 1; }
    [ -z "$LAST_SEEN" ]
}

# sync_left: of a list of workers, what compares the tables' replicas and is at work.
sync_left() {
    awk -F'\t' '
        $2 ~ / sync$/ && ($3 > 0 || $1 ~ /^Busy/) { n++; if (n == 1) first = $2 " (" $1 ", queue " $3 ")" }
        END { if (n) print first (n > 1 ? " and " n - 1 " more" : "") " at work" }'
}

_merkle_empty() {
    local todo
    todo=$(node_facts "${1:-}") || { LAST_SEEN="$todo"; return 1; }
    fact merkle "$todo" todo
    LAST_SEEN="Merkle queue $todo"
    [ "$todo" = 0 ]
}

# --- what clients own -------------------------------------------------------------------------------------------------

# bucket_ids: full ids, sorted.
bucket_ids() {
    case $(observed_series) in
        2) garage_cli json-api ListBuckets | json_flatten | awk -F'\t' '$1 ~ /^[0-9]+\.id$/ { print $2 }' ;;
        *) garage_cli bucket list | awk '$NF ~ /^[0-9a-f]+$/ && length($NF) == 64 { print $NF }' ;;
    esac | sort
}

# key_ids: access key ids, sorted.
key_ids() { garage_cli key list | awk '$1 ~ /^GK[0-9a-f]+$/ { print $1 }' | sort; }

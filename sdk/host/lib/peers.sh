# shellcheck shell=bash
# The nodes of the sheet, and who of them reaches whom. [id@addr]: see observe.sh.

# peers_in [VARIABLE]: lines `name id host:port role` of the nodes that aren't left out, by name, gateways last.
peers_in() { _peers in "${1:-}"; }

# peers_without [VARIABLE]: the same of the nodes that are left out.
peers_without() { _peers without "${1:-}"; }

# peers_other: peers_in but for this node.
peers_other() {
    local line self peers
    ledger_get node self
    peers_in peers
    while IFS= read -r line; do
        [ -z "$line" ] || [ "${line%% *}" = "$self" ] || printf '%s\n' "$line"
    done <<<"$peers"
}

# _peers in|without [VARIABLE]
_peers() {
    local KV=""
    _peers_collect "$1"
    give_lines "$KV" "${2:-}"
}

_peers_collect() {
    local line name id address role part
    for line in ${SHEET_LINES[@]+"${SHEET_LINES[@]}"}; do
        case "$line" in "peer "*) ;; *) continue ;; esac
        read -r _ name id address role part <<<"$line"
        [ "$part" = "$1" ] || continue
        case "${address%:*}" in
            *[!0-9.]*) ! runs_series 0.7 || address="$(resolved "$address")" ;;
        esac
        KV+="$name $id $address $role"$'\n'
    done
}

# resolved NAME:PORT: as the CLI of 0.7 takes it, which takes no names.
resolved() {
    local host=${1%:*} ip
    ip=$(getent ahostsv4 "$host" | awk 'NR == 1 { print $1 }') || true
    printf '%s:%s\n' "${ip:-$host}" "${1##*:}"
}

# peer_target NAME: `id@host:port` of a node of the sheet.
peer_target() {
    local name id address _
    while read -r name id address _; do
        [ "$name" != "$1" ] || printf '%s@%s\n' "$id" "$address"
    done < <(peers_in && peers_without)
}

# each_peer FUNCTION: runs `FUNCTION <id@addr|""> <name> <id> <role>` for every `in` node at once; prints `name<TAB>rc<TAB>one line of
# its output` in the order of the sheet.
each_peer() {
    local name id address role peers self target rc AWAITED
    peers_in peers
    [ -n "$peers" ] || return 0
    ledger_get node self
    while read -r name id address role; do
        target="$id@$address"
        [ "$name" != "$self" ] || target=""
        ahead "peer-$name" "$1" "$target" "$name" "$id" "$role"
    done <<<"$peers"
    while read -r name _; do
        rc=0
        awaited "peer-$name" || rc=$?
        printf '%s\t%s\t%s\n' "$name" "$rc" "${AWAITED//$'\n'/ }"
    done <<<"$peers"
}

# all_answers FUNCTION: sets ANSWERS to the lines of each_peer; 1 unless every node has its line. Who was not asked has not answered.
all_answers() {
    local peers all answered
    ANSWERS=$(each_peer "$1") || ANSWERS=""
    peers_in peers
    count_lines "$peers" all
    count_lines "$ANSWERS" answered
    if [ -n "$ANSWERS" ] && [ "$answered" -eq "$all" ]; then return 0; fi
    LAST_SEEN="not every node could be asked"
    return 1
}

# --- who sees whom ----------------------------------------------------------------------------------------------------

# view_ids [id@addr]: ids (16 hex) of the nodes that this node reaches, itself included; sorted. HEALTHY in `status` isn't enough: a node
# that restarts within some seconds stays HEALTHY for up to 15 s while the connection to its old process is dead, and `node connect`
# then says "Success." and does nothing (seen in all series). So each node that has a role must also answer through the node asked.
view_ids() {
    local status answered line id ids healthy="" ROWS=()
    ahead status _ask "${1:-}" status
    answered=$(_answered "${1:-}")
    awaited status || return
    status=$AWAITED
    if [ -z "$answered" ]; then
        answered=$(_answered_none "${1:-}" "$status")
    fi
    while IFS= read -r line; do
        case "$line" in "===="*) healthy="$line" && continue ;; esac
        case "$healthy" in *"HEALTHY NODES"*) ;; *) continue ;; esac
        id="${line#"${line%%[![:space:]]*}"}"
        id="${id%%[[:space:]]*}"
        case "$id" in *[!0-9a-f]* | "") continue ;; esac
        [ "${#id}" -eq 16 ] || continue
        # Who has no role yet isn't asked by `stats -a`, up to 0.9 (seen on 0.7.0, 0.8.7, 0.9.4).
        case "$line" in *"NO ROLE ASSIGNED"* | *"(pending)"* | *"  pending..."*) ;; *) among "$id" "$answered" || continue ;; esac
        ROWS+=("$id")
    done <<<"$status"
    rows_sort
    rows_give ids
    [ -z "$ids" ] || printf '%s\n' "$ids"
}

# _answered [id@addr]: the nodes that `stats -a` got an answer from. The first request on a dead connection only hangs; the second one
# finds it closed and ends both, so a second follows when the first is slow.
_answered() {
    local second
    { sleep 0.3 && { _ask "${1:-}" stats -a || true; }; } >/dev/null 2>&1 &
    second=$!
    { _ask "${1:-}" stats -a 2>/dev/null || true; } | awk '
        /^Stats for node [0-9a-f]+:/ { id = substr($4, 1, 16); next }
        /^==== NODE \[[0-9a-f]+\] ====/ { id = substr($3, 2, 16); next }
        /^Garage version:/ && id != "" { print id; id = "" }'
    kill "$second" 2>/dev/null || true
    wait "$second" 2>/dev/null || true
}

# 0.7: `stats -a` gives nothing as soon as one node fails. Where a node is left out that is no news: `status` has to do.
_answered_none() {
    local without
    peers_without without
    if runs_series 0.7 && [ -n "$without" ]; then
        awk '$1 ~ /^[0-9a-f]+$/ && length($1) == 16 { print $1 }' <<<"$2"
    else
        local self=${1%%@*}
        [ -n "$self" ] || ledger_get id self
        echo "${self:0:16}"
    fi
}

_view_missing() {
    local seen want peers
    seen=$(view_ids "$1") || { unanswered $? && return 2; }
    peers_in peers
    while read -r _ want _; do
        [ -n "$want" ] || continue
        among "${want:0:16}" "$seen" || echo "$want"
    done <<<"$peers"
}

# views_complete: every `in` node answers and sees every `in` node. LAST_SEEN: "rome sees 2 of 3", "london doesn't answer".
views_complete() {
    local all name rc missing count complete=0 words peers
    peers_in peers
    count_lines "$peers" all
    LAST_SEEN=""
    while IFS=$'\t' read -r name rc missing; do
        if [ "$rc" != 0 ]; then
            case "$missing" in "does not"*) missing="${missing% }" ;; *) missing="doesn't answer" ;; esac
            LAST_SEEN+="${LAST_SEEN:+, }$name $missing"
            continue
        fi
        read -ra words <<<"$missing"
        count=${#words[@]}
        if [ "$count" -gt 0 ]; then
            LAST_SEEN+="${LAST_SEEN:+, }$name sees $((all - count)) of $all"
            continue
        fi
        complete=$((complete + 1))
    done < <(each_peer _view_missing)
    [ -n "$LAST_SEEN" ] || LAST_SEEN="seen by $complete of $all"
    [ "$all" -gt 0 ] && [ "$complete" -eq "$all" ]
}

# connect_noted: who the last judge has noted not to see another connects to it now: by themselves they retry only every 30 s.
connect_noted() {
    local word by whom pids=()
    while read -r word by whom; do
        [ "$word" = connect ] || continue
        (trap - ERR && connect_from "$by" "$whom") </dev/null >/dev/null 2>&1 &
        pids+=("$!")
    done <<<"$NOTE"
    [ "${#pids[@]}" -eq 0 ] || wait "${pids[@]}" || true
}

# connect_from BY WHOM: names of the sheet.
connect_from() {
    local whom
    whom="$(peer_target "$2")"
    if ledger_is node "$1"; then garage_cli node connect "$whom"; else garage_at "$(peer_target "$1")" node connect "$whom"; fi
}

# others_do FUNCTION: `FUNCTION <id@addr>` for every other `in` node, all at once. What comes of it is left to whoever looks next.
others_do() {
    local peers id address pids=()
    peers="$(peers_other)"
    while read -r _ id address _; do
        [ -n "$id" ] || continue
        (trap - ERR && "$1" "$id@$address") </dev/null >/dev/null 2>&1 &
        pids+=("$!")
    done <<<"$peers"
    [ "${#pids[@]}" -eq 0 ] || wait "${pids[@]}" || true
}

# connect_back: asks every other `in` node to connect to this one now: by themselves they retry only every 30 s.
connect_back() {
    local CONNECT_BACK_TO
    CONNECT_BACK_TO=$(peer_target "$(ledger_get node)")
    others_do _connect_back_from
}

_connect_back_from() {
    garage_at "$1" node connect "$CONNECT_BACK_TO"
}

# find_dead: makes every other `in` node notice now that this one's process is gone. By themselves they take up to 15 s, in which their
# requests to it hang, and they would not connect again (cluster.jq, seen_by). The first request on a dead connection only hangs; the second
# one finds it closed and ends both.
find_dead() { others_do _find_dead; }

_find_dead() {
    garage_at "$1" stats -a &
    sleep 0.1
    garage_at "$1" stats -a || true
    wait
}

# shellcheck shell=bash
# The nodes of the sheet, and what makes them find each other.

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
    done < <(_peers in && _peers without)
}

# connect_noted: who the last judge has noted not to see others connects to them now: by themselves they retry only every 30 s. Each of them one
# after the other: of a hundred nodes that don't know each other yet there are ten thousand such lines.
connect_noted() {
    local word by last="" blind=()
    while read -r word by _; do
        if [ "$word" != connect ] || [ "$by" = "$last" ]; then continue; fi
        last="$by"
        blind+=("$by")
    done <<<"$NOTE"
    side_by_side connect_from ${blind[@]+"${blind[@]}"} >/dev/null 2>&1
}

# connect_from NAME: to whom it is noted not to see.
connect_from() {
    local word by whom OWN_RPC
    if ledger_is node "$1"; then own_rpc_find; else OWN_RPC="$(peer_target "$1")"; fi
    while read -r word by whom; do
        [ "$word $by" != "connect $1" ] || garage_at "$OWN_RPC" node connect "$(peer_target "$whom")" || true
    done <<<"$NOTE"
}

# others_do FUNCTION: `FUNCTION <id@addr>` for every other `in` node, side by side. What comes of it is left to whoever looks next.
others_do() {
    local peers id address others=()
    peers="$(peers_other)"
    while read -r _ id address _; do
        [ -z "$id" ] || others+=("$id@$address")
    done <<<"$peers"
    side_by_side "$1" ${others[@]+"${others[@]}"} >/dev/null 2>&1
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

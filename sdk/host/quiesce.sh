# shellcheck shell=bash
# quiesce HOP: S3, K2V and web off on this node, its RPC on. One restart; there is no reload in any series (garage-facts 6).

verb_quiesce() {
    if hop_phase quiesce "$1"; then
        require_same_release
        [ "$HOP_OPENS" = no ] || quiesce_all_up
        hop_open
        quiesce_act
        hop_pass quiesce "quietat=$(date +%s)"
    fi
    attempt_answer "$(ledger_get node) quiet"
}

# Before the first step nobody is down. A node that is was left behind in an older attempt: its data are older than the others'.
quiesce_all_up() {
    wait_until healthTimeoutSeconds=120 "every node's RPC port" quiesce_peers_listen ||
        fail peer-down "$LAST_SEEN; if it is held by an attempt that the others went back from, set version back to $(ledger_get release), run pulumi up until it is green, then go forward again"
}

quiesce_peers_listen() {
    local state name host port peers list
    peers="$(peers_other)"
    [ -n "$peers" ] || return 0
    ports_list "$peers" rpc list
    ports_look "$list"
    while read -r name host port state; do
        [ "$state" = open ] || { LAST_SEEN="$name does not listen on $host:$port"; return 1; }
    done <<<"$PORTS_SEEN"
}

quiesce_act() {
    local generation
    current_generation generation
    generation="${generation%.quiet}"
    [ -f "$GENERATIONS/$generation.quiet/info" ] ||
        fail generation-missing "generation $generation has no variant with S3 off; run pulumi up with the old version once, with this package"
    if [ "$CURRENT" = "$generation.quiet" ] && daemon_serves; then
        say "S3 and web are off already"
        return
    fi
    room_to_start
    say "S3 and web off: restarting Garage $(ledger_get release) with $generation.quiet"
    hop_start_quiet "$generation"
}

# shellcheck shell=bash
# How `start` takes a node out of a major upgrade that was called off, before `migrate` has begun anywhere.

# start_withdraw STAGED: to the release that ran. Another one that is asked for has `roll`, which follows, with its canary: here there is none.
start_withdraw() {
    local generation release hop
    generation_info "$1" release release
    ledger_get hop hop
    start_switches "$1" ||
        fail hop-open "the major upgrade $hop is being called off on this node, and Garage $release does not fit its data (series $(ledger_get series), $(ledger_get engine)); nothing was touched. Set version and dbEngine to what ran before, run pulumi up, then go on"
    withdraw_to "$1" generation
    generation_info "$generation" release release
    current_find
    if { [ "$CURRENT" != "$generation" ] || ! daemon_serves; } && ! daemon_stopped && daemon_answers; then withdraw_turn; fi
    case "$(ledger_get act)" in
        withdraw*) ;;
        *)
            say "the major upgrade $hop is called off: back to Garage $release"
            attempt_withdraw "act=withdraw $generation" held=
            ;;
    esac
    if [ "$CURRENT" != "$generation" ] || ! daemon_serves; then
        daemon_stopped || daemon_stop
        activate "$generation"
        if ! start_try; then
            [ "$generation" != "$1" ] || start_failed
            say "generation $generation does not start ($LAST_SEEN); the one asked for now takes its place"
            generation_info "$1" release release
            daemon_stopped || daemon_stop
            activate "$1"
            start_and_prove
        fi
    fi
    ledger_update act= held= "release=$release"
    hook_back_or_fail
    say "started Garage $release, S3 is on again"
}

# withdraw_to STAGED VARIABLE: the generation that ran, with S3 on; STAGED where that is gone (a new root disk).
withdraw_to() {
    local _id
    ledger_get generation _id
    _id="${_id%.quiet}"
    if [ ! -f "$GENERATIONS/$_id/info" ] || ! start_switches "$_id"; then _id="$1"; fi
    give "$_id" "$2"
}

# withdraw_turn: this node serves its peers, and clients of other nodes may need it: `quiesce` may not have passed on all. So those who have passed it
# go down one after the other. Seen are the others' S3 ports; where one can't be seen (a firewall, a loopback), its node has had its time.
withdraw_turn() {
    local limit before=0 peers name self
    ledger_get node self
    peers_in peers
    while read -r name _ && [ "$name" != "$self" ]; do before=$((before + 1)); done <<<"$peers"
    option healthTimeoutSeconds 120 limit
    WITHDRAW_SERVES=no
    waits_only wait_until $((limit * before)) "this node's turn" withdraw_first || true
    [ "$WITHDRAW_SERVES" = yes ] || return 0
    waits_only wait_judge "$limit" "every node to see every node" views ||
        fail peers-unhealthy "other nodes may serve clients, which need this one while not every node sees every node ($LAST_SEEN); nothing was touched, S3 is still off here: repair that, or leave a dead host out by without, then run pulumi up again (without --parallel 1: a node that is down may have its turn behind this one)"
}

# withdraw_first: it is proven that nobody serves clients, or all before this node do. Sets WITHDRAW_SERVES.
withdraw_first() {
    local KV peers list s3 self name state waits="" behind=no
    WITHDRAW_SERVES=no
    current_info s3bind
    case "$KV" in 127.* | "[::1]") WITHDRAW_SERVES=yes ;; esac
    ledger_get node self
    peers_in peers
    peer_port s3 s3
    ports_list "$peers" "$s3" list
    ports_look "$list"
    while read -r name _ _ state; do
        if [ "$name" = "$self" ]; then
            behind=yes
            continue
        fi
        [ "$state" = closed ] || WITHDRAW_SERVES=yes
        [ "$state" = open ] || [ "$behind" = yes ] || waits="${waits:-$name}"
    done <<<"$PORTS_SEEN"
    LAST_SEEN="$waits, whose turn is before, doesn't serve S3 yet"
    [ "$WITHDRAW_SERVES" = no ] || [ -z "$waits" ]
}

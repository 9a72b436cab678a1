# shellcheck shell=bash
# drain HOP (on one node): the queues of all nodes, as majorUpgrade.drain asks.
# empty: the resync queue at zero everywhere, twice. Garage looks at a block again 10 minutes after its last change (garage-facts 1.5).
# settled: no errors, no worker busy, Merkle and insert queues at 0, the resync queue not growing; what is left is carried over.

verb_drain() {
    hop_phase drain "$1" || {
        attempt_answer drained
        return
    }
    local limit LOST=""
    option drainTimeoutSeconds 1800 limit
    option drain empty DRAIN_MODE
    case "$DRAIN_MODE" in empty | settled) ;; *) fail option-unknown "majorUpgrade.drain: \"$DRAIN_MODE\" is neither empty nor settled" ;; esac
    ! hop_short || DRAIN_MODE=settled
    DRAIN_GOOD=0
    DRAIN_LENGTHS=""
    debt_settle ""
    waits_only wait_until "$limit" "queues to be $DRAIN_MODE" drain_enough ||
        fail drain-timeout "the queues are not $DRAIN_MODE after $limit s ($LAST_SEEN); raise drainTimeoutSeconds, or see garage-manage stats -a"
    [ -z "$LOST" ] || fail drain-timeout "the queues can't be $DRAIN_MODE: $LOST"
    say "queues are $DRAIN_MODE ($LAST_SEEN)"
    proof_refresh
    hop_pass drain
    attempt_answer drained
}

# One line a node: what it has to do. Runs in each_peer.
_drain_facts() {
    local facts busy=0 key value words=""
    facts="$(node_facts "$1")" || { echo "$facts" && return 1; }
    runs_series 0.7 || busy="$(resync_workers_busy "$1")" || { unanswered $? && return 1; }
    for key in resync resync_errors merkle insert; do
        fact "$key" "$facts" value
        case "$key:$value" in resync*:) return 1 ;; esac
        # A peer's word reaches arithmetic only as a number.
        [[ "${value:=0}" =~ ^[0-9]{1,18}$ ]] || return 1
        words="$words$value "
    done
    echo "$words$busy"
}

# drain_judge MODE NAME RESYNC ERRORS MERKLE INSERT BUSY: prints why not yet; nothing when this node is done.
drain_judge() {
    if [ "$4" -gt 0 ]; then
        echo "$2: $4 blocks with resync errors"
    elif [ "$5" -gt 0 ] || [ "$6" -gt 0 ]; then
        echo "$2: $5 entries in Merkle queues, $6 to insert"
    elif [ "$1" = empty ] && [ "$3" -gt 0 ]; then
        echo "$2: $3 blocks in the resync queue"
    elif [ "$1" = settled ] && [ "$7" -gt 0 ] && ! hop_short; then
        echo "$2: $7 resync workers at work"
    fi
}

# One poll of all nodes; sets LAST_SEEN and DRAIN_SUM, and LOST (away) where there is nothing to wait for.
drain_poll() {
    local name rc resync errors merkle insert busy why bad="" now
    DRAIN_SUM=0
    all_answers _drain_facts || return 1
    clock now
    while IFS=$'\t' read -r name rc resync; do
        if [ "$rc" != 0 ]; then
            why="$name: ${resync:-no answer}"
            away "$name" "$now" || true
        else
            unset "AWAY[$name]"
            read -r resync errors merkle insert busy <<<"$resync"
            DRAIN_SUM=$((DRAIN_SUM + resync))
            why="$(drain_judge "$DRAIN_MODE" "$name" "$resync" "$errors" "$merkle" "$insert" "$busy")"
        fi
        bad="$bad${why:+${bad:+, }$why}"
    done <<<"$ANSWERS"
    LAST_SEEN="${bad:-$DRAIN_SUM blocks wait for their time}"
    [ -z "$bad" ]
}

# Twice in a row, 2 s apart; for `settled` three times, with a resync queue that never grew.
drain_enough() {
    local need=2 first left
    if drain_poll; then
        DRAIN_GOOD=$((DRAIN_GOOD + 1))
        DRAIN_LENGTHS="$DRAIN_LENGTHS $DRAIN_SUM"
    else
        DRAIN_GOOD=0
        DRAIN_LENGTHS=""
        left="$(drain_left)"
        LAST_SEEN="$LAST_SEEN${left:+; about $left s to go}"
    fi
    if [ "$DRAIN_MODE" = settled ]; then
        need=3
        first="${DRAIN_LENGTHS# }"
        if [ "$DRAIN_GOOD" -gt 0 ] && [ "$DRAIN_SUM" -gt "${first%% *}" ] && ! hop_short; then
            LAST_SEEN="the resync queue grows, from ${first%% *} to $DRAIN_SUM"
            DRAIN_GOOD=1
            DRAIN_LENGTHS=" $DRAIN_SUM"
        fi
    fi
    [ "$DRAIN_GOOD" -lt "$need" ] && [ -z "$LOST" ] || return 0
    sleep 2
    return 1
}

# Seconds until the last blocks written before S3 went off are due: 2 × the RPC timeout of 300 s, 610 s after a deletion.
drain_left() {
    local quiet left
    ledger_get quietat quiet
    [ "$DRAIN_MODE" = empty ] && [ -n "$quiet" ] || return 0
    left=$((quiet + 613 - $(date +%s)))
    [ "$left" -le 0 ] || echo "$left"
}

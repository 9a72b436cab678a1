# shellcheck shell=bash
# roll GENERATION [canary]: this node runs GENERATION, of the same series, and the cluster is as whole as before. Stops one node, and
# only while all others are well. The first node of a roll is the canary: if it fails it goes back by itself.
# Ledger: act `roll <generation>` from before the stop until the end, `failed roll <generation>` when it didn't pass; before (figures), rollfrom
# (generation that ran), converted: for a roll that was cut short.

verb_roll() {
    local target="$1" canary="${2:-}" state release
    require_identity
    require_same_release
    roll_may "$target"
    roll_forget_figures
    if ledger_is hopstate open; then
        say "the major upgrade $(ledger_get hop) is open; nothing to roll"
        answer "$(ledger_get release) $(current_generation)"
        return 0
    fi
    roll_state "$target" state
    case "$state" in
        "done")
            roll_serves "$target"
            roll_prove
            ;;
        started)
            roll_serves "$target"
            roll_finish "$target" "$canary"
            ;;
        *) roll_go "$target" "$canary" ;;
    esac
    generation_info "$target" release release
    reached_by_roll "$release"
    answer "$release $target"
}

roll_may() {
    local series
    [ -f "$GENERATIONS/$1/info" ] || fail generation-missing "generation $1 does not lie here; nothing was touched: run pulumi up, so that stage lays it ready"
    generation_is "$1" release "$SAME_RELEASE" ||
        fail stage-differs "generation $1 is Garage $(generation_info "$1" release), the nodes were staged for $SAME_RELEASE; nothing was touched: run pulumi up without --target"
    require_staged "$1"
    ! ledger_knows held || ledger_is hopstate open ||
        fail held "this node is held: $(ledger_get held); nothing was touched"
    ledger_get series series
    generation_is "$1" series "$series" || ledger_is hopstate open ||
        fail series-crossed "roll never crosses a series: the data here are of $series, generation $1 is Garage $(generation_info "$1" release); nothing was touched"
}

# roll_state GENERATION VARIABLE: done, started (it is what is active, and has not been proven), or to-do.
roll_state() {
    current_find
    if [ "$CURRENT" != "$1" ] || ! ledger_is generation "$1"; then
        give to-do "$2"
    elif ledger_is act "roll $1" || ledger_is act "failed roll $1" || ledger_knows rollfrom; then
        # rollfrom alone: `start` completed a roll that was cut short while the daemon was down.
        give started "$2"
    else
        give "done" "$2"
    fi
}

# The user says that clients have deleted what is less than before a roll that did not pass.
roll_forget_figures() {
    if ! ledger_knows before || ! waived items-fewer; then return 0; fi
    say "what this node held before the roll that did not pass is not compared with (waived by skipChecks) [items-fewer]"
    ledger_update before=
}

# roll_serves GENERATION: it is active. Garage tries to bind once, at its start: a daemon that answers and doesn't listen everywhere is
# stopped, to be started again, where a node may go down now.
roll_serves() {
    if daemon_stopped || ! daemon_answers || wait_until 5 "Garage to serve" serving_listens; then return 0; fi
    say "Garage runs here, but doesn't serve ($LAST_SEEN): starting it again"
    gate_before "" "$1"
    daemon_stop
}

roll_prove() {
    if daemon_stopped; then
        say "the daemon is down; starting it"
        daemon_start || true
    fi
    wait_until healthTimeoutSeconds=120 "the daemon's answer" daemon_answers ||
        fail daemon-silent "Garage $(ledger_get release) is what is to run here, but it does not answer ($LAST_SEEN); see journalctl -u garage"
    wait_until healthTimeoutSeconds=120 "Garage to serve" serving ||
        fail not-serving "Garage $(ledger_get release) runs here, but $LAST_SEEN; see journalctl -u garage"
    ! ledger_knows act || ledger_update act= before= rollfrom= "@stays with $(ledger_get generation) after $(ledger_get act)"
    hook_back_or_fail
    say "already runs Garage $(ledger_get release) ($(current_generation)), and serves"
    debt_settle ""
}

roll_go() {
    local target="$1" canary="$2" before from
    clock_ms ROLL_SINCE
    gate_before "$canary" "$target"
    gate_compared before
    room_to_start
    roll_before_stop
    current_generation from
    ledger_update "act=roll $target" "before=$before" "rollfrom=$from" "@roll to $target begun"
    roll_stop
    find_dead &
    # shellcheck disable=SC2034  # gate_after reads it
    FIND_DEAD=$!
    convert_database "$target" "$before" || roll_unconverted "$target"
    activate "$target"
    roll_finish "$target" "$canary"
}

# What the gate has seen may have changed meanwhile.
roll_before_stop() {
    local command out=no
    option beforeStop "" command
    if [ -n "$command" ]; then
        hook_out || roll_stays hook-failed "beforeStop failed ($LAST_SEEN); the node was not touched"
        out=yes
    fi
    if balancer_out; then out=yes; fi
    stop_lull
    if [ "$out" = no ] && ! gate_is_old; then return 0; fi
    gate_views_hold "$GATE_EXCEPT" ||
        roll_stays peers-unhealthy "$LAST_SEEN; nothing was touched: repair that first, or leave a dead host out by without"
}

# roll_stays ID TEXT: it isn't stopped after all. One that is well goes back to where beforeStop took it from.
roll_stays() {
    [ -n "$GATE_EXCEPT" ] || hook_back || say "$LAST_SEEN, so this node isn't back: pulumi up tries again"
    fail "$@"
}

roll_stop() {
    local release from took
    clock_ms from
    ledger_get release release
    daemon_stop
    roll_seconds "$from" took
    ROLL_LINE="stopped $release ($took s)"
}

# From here on the target is what is active: started if it isn't, proven, recorded.
roll_finish() {
    local target="$1" before release took items="not compared"
    [ -n "${ROLL_SINCE:-}" ] || clock_ms ROLL_SINCE
    : "${ROLL_LINE:=going on}"
    generation_info "$target" release release
    ledger_get before before
    convert_aside
    if daemon_stopped && ! daemon_start; then
        LAST_SEEN="systemd could not start it"
        roll_failed "$target" "$2"
    fi
    gate_after "$target" "$before" || roll_failed "$target" "$2"
    # Node after node would be kept from its clients.
    balancer_back || fail hook-failed "$LAST_SEEN; Garage $release runs here and is healthy, the other nodes were not touched: mend that, then run pulumi up again"
    hook_run afterStart ||
        fail hook-failed "afterStart failed ($LAST_SEEN); Garage $release runs here and is healthy, the other nodes were not touched"
    roll_record "$target"
    debt_settle "$before"
    [ -z "$before" ] || items=ok
    roll_seconds "$ROLL_SINCE" took
    say "$ROLL_LINE · started $release · $GATE_SEEN · items $items · $took s"
}

roll_record() {
    local release old changes=()
    generation_info "$1" release release
    ledger_get release old
    [ -z "$old" ] || [ "$old" = "$release" ] || changes+=("previous=$old")
    ledger_update "${changes[@]+"${changes[@]}"}" "release=$release" act= before= rollfrom= converted= out= "@rolled from ${old:-nothing} to $release, $1"
}

# --- small things -----------------------------------------------------------------------------------------------------

# roll_seconds FROM VARIABLE: what has passed since, with one decimal.
roll_seconds() {
    local KV _now
    clock_ms _now
    KV=$(((_now - $1) / 100))
    give "$((KV / 10)).$((KV % 10))" "$2"
}

# shellcheck shell=bash
# Garage's own repairs, launched on all nodes and seen to their end: what an end is, and who is to be told again, judge_repaired says (hop.jq). How
# it shows differs by series (garage-facts 5). 0.7 has no list of workers: there it is a fixed wait, and then queues.

# repair_tables [FACT…]: full sync of the tables, done on all nodes. With `figures=yes` the last look keeps this node's.
repair_tables() {
    local from now
    clock from
    say "repair tables on $(peers_in | wc -l) nodes"
    launch_repair tables
    ! runs_series 0.7 || settle "$(option settleSeconds 60)" "0.7 does not tell when tables are repaired"
    # Rows fill within 0.3 s.
    nap 0.5
    wait_launched "$@"
    clock now
    say "repair tables done after $((now - from)) s"
}

# repair_rows WORDS…: launches a repair that has a row of its own in the worker list, until that says Done on all nodes.
# With REPAIR_RESYNC=yes also until no block is being resynced.
repair_rows() {
    local from now
    clock from
    say "repair $* on $(peers_in | wc -l) nodes"
    if runs_series 0.7; then
        launch_repair "$@"
        settle 5 "0.7 does not tell when $1 are repaired"
        wait_launched own=falls
    else
        wait_judge healthTimeoutSeconds=120 "an answer of every node" rows || fail repair-not-launched "repair $* was not launched ($LAST_SEEN)"
        set -- "$*" "${KEPT[@]#kept.}"
        launch_repair "$1"
        wait_launched own=yes "resync=${REPAIR_RESYNC:-no}" "${@:2}"
    fi
    clock now
    say "repair $REPAIR done after $((now - from)) s"
}

settle() {
    local now until left="$1"
    clock now
    until=$((now + left))
    say "$2: waiting $1 s"
    while [ "$left" -gt 0 ]; do
        sleep 1
        clock now
        left=$((until - now))
        [ "$left" -le 0 ] || [ $((left % 15)) -ne 0 ] || say "$left s left"
    done
}

# --- launching --------------------------------------------------------------------------------------------------------

# launch_repair WORDS…: sets REPAIR, and tells all nodes.
launch_repair() {
    local LEFT="" name peers
    REPAIR="$*"
    peers_in peers
    while read -r name _; do LEFT+="${LEFT:+ }$name"; done <<<"$peers"
    wait_until healthTimeoutSeconds=120 "repair $REPAIR to be launched" launch_left ||
        fail repair-not-launched "repair $REPAIR was not launched everywhere ($LAST_SEEN)"
}

# launch_left: tells those of LEFT, all at once; LEFT is then who didn't launch it.
launch_left() {
    local name id address peers self said left=""
    ledger_get node self
    peers_in peers
    ask_begin
    while read -r name id address _; do
        case " $LEFT " in *" $name "*) ;; *) continue ;; esac
        if [ "$name" = "$self" ]; then ask "$name" "" repair; else ask "$name" "$id@$address" repair; fi
    done <<<"$peers"
    (ask_all)
    for name in $LEFT; do
        text_of "$ASKED/$name.repair" said
        case "${said,,}" in *launched*$'\n'"$ASK_MARK 0") ;; *) left+="${left:+ }$name" ;; esac
    done
    ask_done
    LEFT="$left"
    LAST_SEEN="${left// /: did not launch it, }: did not launch it"
    [ -z "$left" ]
}

# launch_again PASSED: who has lost it is told again (wait_judge).
launch_again() {
    local names name LEFT
    kept relaunch names
    [ -n "$names" ] || return 0
    LEFT="$names"
    launch_left || true
    for name in $names; do
        case " $LEFT " in
            *" $name "*) KEPT+=("kept.away.$name=$1") ;;
            *) say "$name was away, or its daemon has started anew: repair $REPAIR is launched there again" ;;
        esac
    done
}

# wait_launched [FACT…]: until REPAIR is done on all nodes.
wait_launched() {
    # shellcheck disable=SC2034  # wait_judge calls it
    local from now first BETWEEN=launch_again
    clock from
    if waits_only wait_judge repairTimeoutSeconds=3600 "repair $REPAIR" repaired "$@"; then return 0; fi
    clock now
    reason_first first
    [ "$FINAL" = no ] || fail repair-unfinished "repair $REPAIR can't end: $first"
    fail repair-unfinished "repair $REPAIR is not done after $((now - from)) s ($first); raise repairTimeoutSeconds and run again"
}

# require_no_errors: what failed because a peer was away is retried after a minute, so they get three.
require_no_errors() {
    wait_judge 180 "errors of workers to be gone" well ||
        fail worker-errors "workers report errors ($LAST_SEEN); look at \`garage-manage worker list -e\` and \`garage-manage block list-errors\` there"
}

# --- deeper checks ----------------------------------------------------------------------------------------------------

# deep_checks: what majorUpgrade.deepChecks names.
deep_checks() {
    local check
    for check in $(option deepChecks "" | tr ',' ' '); do
        case "$check" in
            versions) repair_rows versions ;;
            block_refs) if runs_series 1 2; then repair_rows block-refs; else repair_rows block_refs; fi ;;
            scrub) scrub ;;
            *) fail option-unknown "majorUpgrade.deepChecks: \"$check\" is none of versions, block_refs, scrub" ;;
        esac
    done
}

scrub() {
    local had
    if runs_series 0.7; then
        launch_repair scrub
        settle "$(option settleSeconds 60)" "0.7 does not tell when a scrub is done, nor what it found"
        return
    fi
    judge scrubbed || fail scrub-corruptions "not every node says how many corrupt blocks it knows ($LAST_SEEN); see \`garage-manage worker get scrub-corruptions_detected\` there"
    had=("${KEPT[@]#kept.}")
    launch_repair scrub start
    nap 2
    wait_launched own=scrub
    judge scrubbed "${had[@]}" || fail scrub-corruptions "scrub found corrupt blocks ($LAST_SEEN); Garage repairs them from other copies: run again when its resync queue is empty"
}

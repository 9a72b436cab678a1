# shellcheck shell=bash
# Garage's own repairs on all nodes, seen to their end (launched.sh). How an end is seen differs by series (garage-facts 5):
# tables: the sync rows of the worker list fall to 0; blocks and the rest: a row of their own says Done. 0.7 has no worker list:
# there it is a fixed wait and Merkle queues at 0 (tables), and a resync queue that falls no more (blocks).

# repair_tables: full sync of the tables, done on all nodes.
repair_tables() {
    local from="$SECONDS" quiet=0
    say "repair tables on $(peers_in | wc -l) nodes"
    ROWS_BEFORE=()
    launch_repair tables
    ! runs_series 0.7 || settle "$(option settleSeconds 60)" "0.7 does not tell when tables are repaired"
    # Rows fill within 0.3 s; twice idle, a second apart, is idle.
    while [ "$quiet" -lt 2 ]; do
        sleep 1
        wait_launched sync_left tables
        quiet=$((quiet + 1))
    done
    say "repair tables done after $((SECONDS - from)) s"
}

_tables_done() {
    sync_idle "$1" || { echo "$LAST_SEEN" && return 1; }
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

# repair_rows WORDS…: launches a repair that has a row of its own in the worker list, until that says Done on all nodes.
# With REPAIR_RESYNC=yes also until no block is being resynced.
repair_rows() {
    local from="$SECONDS"
    say "repair $* on $(peers_in | wc -l) nodes"
    if runs_series 0.7; then
        launch_repair "$@"
        settle 5 "0.7 does not tell when $1 are repaired"
        resync_falls_no_more "$from" "$@"
    else
        wait_until healthTimeoutSeconds=120 "an answer of every node" rows_noted ||
            fail repair-not-launched "repair $* was not launched ($LAST_SEEN)"
        launch_repair "$@"
        wait_launched rows_left "$@"
    fi
    say "repair $* done after $((SECONDS - from)) s"
}

rows_left() {
    [ "$2" -gt "${ROWS_BEFORE[$1]:-0}" ] || { echo "not begun" && return; }
    awk -F'\t' -v resync="${REPAIR_RESYNC:-no}" '
        tolower($2) ~ / repair worker$/ && $1 != "Done" { print $2 " (" $1 ")"; exit }
        resync == "yes" && $2 ~ /^Block resync worker/ && $1 ~ /^Busy/ { print $2 " at work"; exit }'
}

_resync_length() {
    local facts
    facts="$(node_facts "$1")" || { echo "$facts" && return 1; }
    fact resync "$facts"
}

# The sum of all nodes; 1 when one has not answered.
resync_lengths() {
    all_answers _resync_length &&
        awk -F'\t' '$2 != 0 || $3 !~ /^[0-9]+ *$/ { exit bad = 1 } { sum += $3 } END { if (!bad) print sum; exit bad }' <<<"$ANSWERS"
}

# resync_falls_no_more FROM WORDS…: 0.7: what is left in the queue waits for its time (a minute, ten after a deletion), when three polls in a
# row see no less. Where a node was away the repair WORDS is launched anew.
resync_falls_no_more() {
    local last=-1 same=0 now limit
    option repairTimeoutSeconds 3600 limit
    while [ "$same" -lt 3 ]; do
        [ $((SECONDS - $1)) -lt "$limit" ] || fail repair-unfinished "repair blocks: the resync queue still falls after $limit s ($now blocks); raise repairTimeoutSeconds and run again"
        now="$(resync_lengths)" || now=-1
        [ "$now" -ge 0 ] || launch_repair "${@:2}"
        if [ "$last" -ge 0 ] && [ "$now" -ge "$last" ]; then same=$((same + 1)); else same=0; fi
        last="$now"
        sleep 3
    done
}

# --- errors -----------------------------------------------------------------------------------------------------------

_no_errors() {
    local errors bad=""
    errors="$(node_facts "$1")" || { echo "$errors" && return 1; }
    fact resync_errors "$errors" errors
    [ "${errors:-unknown}" = 0 ] || { echo "${errors:-unknown number of} blocks with resync errors" && return 1; }
    runs_series 0.7 || bad="$(workers "$1" | awk -F'\t' '$4 + 0 > 0 && !n++ { print $2 " fails (" $4 " times in a row)" }')" ||
        { echo "no answer about workers" && return 1; }
    [ -z "$bad" ] || { echo "$bad" && return 1; }
}

# require_no_errors: what failed because a peer was away is retried after a minute, so they get three.
require_no_errors() {
    wait_until 180 "errors of workers to be gone" on_all _no_errors ||
        fail worker-errors "workers report errors ($LAST_SEEN); look at \`garage-manage worker list -e\` and \`garage-manage block list-errors\` there"
}

# --- deeper checks ----------------------------------------------------------------------------------------------------

# deep_checks: what majorUpgrade.deepChecks names.
deep_checks() {
    local check
    for check in $(option deepChecks "" | tr ',' ' '); do
        case "$check" in
            versions) repair_rows versions ;;
            block_refs) case "$(observed_series)" in 1 | 2) repair_rows block-refs ;; *) repair_rows block_refs ;; esac ;;
            scrub) scrub ;;
            *) fail option-unknown "majorUpgrade.deepChecks: \"$check\" is none of versions, block_refs, scrub" ;;
        esac
    done
}

scrub_left() {
    awk -F'\t' '
        $2 == "Block scrub worker" { told = 1; if ($1 ~ /^Busy/) print "scrub at work" }
        END { if (!told) print "no answer about the scrub" }'
}

_scrub_corruptions() {
    _ask "$1" worker get scrub-corruptions_detected | awk '{ print $NF }'
}

scrub_found() {
    all_answers _scrub_corruptions && printf '%s\n' "$ANSWERS" &&
        awk -F'\t' '$2 != 0 || $3 == "" { bad = 1 } END { exit bad }' <<<"$ANSWERS"
}

scrub() {
    local before after
    if runs_series 0.7; then
        launch_repair scrub
        settle "$(option settleSeconds 60)" "0.7 does not tell when a scrub is done, nor what it found"
        return
    fi
    before="$(scrub_found)" || fail scrub-corruptions "not every node says how many corrupt blocks it knows; see \`garage-manage worker get scrub-corruptions_detected\` there"
    ROWS_BEFORE=()
    launch_repair scrub start
    sleep 2
    wait_launched scrub_left scrub start
    { after="$(scrub_found)" && [ "$before" = "$after" ]; } || fail scrub-corruptions "scrub found corrupt blocks (node, result, number: $(tr '\t\n' ' ;' <<<"$after")); Garage repairs them from other copies: run again when its resync queue is empty"
}

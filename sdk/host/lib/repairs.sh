# shellcheck shell=bash
# Garage's own repairs on all nodes, launched and seen to their end. How an end is seen differs by series (garage-facts 5):
# tables: the sync rows of the worker list fall to 0; blocks and the rest: a row of their own says Done. 0.7 has no worker list:
# there it is a fixed wait and Merkle queues at 0 (tables), and a resync queue that falls no more (blocks).

_launch() {
    # Without --all-nodes each node answers for itself, in every series; with it exit codes lie (garage-facts 1.12).
    # shellcheck disable=SC2086
    _ask "$1" repair --yes $REPAIR 2>&1 | grep -i 'launched' >/dev/null || { echo "did not launch it" && return 1; }
}

# launch_repair WORDS…
launch_repair() {
    local REPAIR="$*"
    on_all _launch || fail repair-not-launched "repair $* was not launched everywhere ($LAST_SEEN)"
}

# repair_tables: full sync of the tables, done on all nodes.
repair_tables() {
    local from="$SECONDS" quiet=0
    say "repair tables on $(peers_in | wc -l) nodes"
    launch_repair tables
    ! runs_series 0.7 || settle "$(option settleSeconds 60)" "0.7 does not tell when tables are repaired"
    # Rows fill within 0.3 s; twice idle, a second apart, is idle.
    while [ "$quiet" -lt 2 ]; do
        sleep 1
        waits_only wait_until repairTimeoutSeconds=3600 "repair tables" on_all _tables_done ||
            fail repair-unfinished "repair tables is not done after $((SECONDS - from)) s ($LAST_SEEN); raise repairTimeoutSeconds and run again"
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
    local -A ROWS_BEFORE=()
    say "repair $* on $(peers_in | wc -l) nodes"
    if runs_series 0.7; then
        launch_repair "$@"
        settle 5 "0.7 does not tell when $1 are repaired"
        resync_falls_no_more "$from"
    else
        wait_until healthTimeoutSeconds=120 "an answer of every node" rows_noted ||
            fail repair-not-launched "repair $* was not launched ($LAST_SEEN)"
        launch_repair "$@"
        waits_only wait_until repairTimeoutSeconds=3600 "repair $*" on_all _rows_done ||
            fail repair-unfinished "repair $* is not done after $((SECONDS - from)) s ($LAST_SEEN); raise repairTimeoutSeconds and run again"
    fi
    say "repair $* done after $((SECONDS - from)) s"
}

# rows_noted: ROWS_BEFORE has how many rows of repairs each node shows: an old one that says Done is no end of the new one.
rows_noted() {
    local name rc rows
    all_answers _repair_rows || return 1
    while IFS=$'\t' read -r name rc rows; do
        [ "$rc" = 0 ] || { LAST_SEEN="$name: no answer about workers"; return 1; }
        ROWS_BEFORE[$name]="${rows% }"
    done <<<"$ANSWERS"
}

_repair_rows() {
    workers "$1" | awk -F'\t' 'tolower($2) ~ / repair worker$/ { n++ } END { print n + 0 }'
}

_rows_done() {
    local list rows busy
    list="$(workers "$1")" || { echo "no answer about workers" && return 1; }
    rows="$(awk -F'\t' 'tolower($2) ~ / repair worker$/ { n++ } END { print n + 0 }' <<<"$list")"
    [ "$rows" -gt "${ROWS_BEFORE[$2]:-0}" ] || { echo "not begun" && return 1; }
    busy="$(awk -F'\t' -v resync="${REPAIR_RESYNC:-no}" '
        tolower($2) ~ / repair worker$/ && $1 != "Done" { print $2 " (" $1 ")"; exit }
        resync == "yes" && $2 ~ /^Block resync worker/ && $1 ~ /^Busy/ { print $2 " at work"; exit }' <<<"$list")" || { echo "the list of workers could not be read" && return 1; }
    [ -z "$busy" ] || { echo "$busy" && return 1; }
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

# 0.7: what is left in the queue waits for its time (a minute, ten after a deletion), when three polls in a row see no less.
resync_falls_no_more() {
    local last=-1 same=0 now limit
    option repairTimeoutSeconds 3600 limit
    while [ "$same" -lt 3 ]; do
        [ $((SECONDS - $1)) -lt "$limit" ] || fail repair-unfinished "repair blocks: the resync queue still falls after $limit s ($now blocks); raise repairTimeoutSeconds and run again"
        now="$(resync_lengths)" || now=-1
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

_scrub_done() {
    local state
    state="$(workers "$1" | awk -F'\t' '$2 == "Block scrub worker" { print $1 }')"
    case "$state" in Busy*) echo "scrub at work" && return 1 ;; "") echo "no answer about the scrub" && return 1 ;; esac
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
    launch_repair scrub start
    sleep 2
    waits_only wait_until repairTimeoutSeconds=3600 "scrub" on_all _scrub_done ||
        fail repair-unfinished "scrub is not done ($LAST_SEEN); raise repairTimeoutSeconds and run again"
    { after="$(scrub_found)" && [ "$before" = "$after" ]; } || fail scrub-corruptions "scrub found corrupt blocks (node, result, number: $(tr '\t\n' ' ;' <<<"$after")); Garage repairs them from other copies: run again when its resync queue is empty"
}

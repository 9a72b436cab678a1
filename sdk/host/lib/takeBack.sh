# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# A takeover that doesn't pass: the node goes back to its old service, on data, owners, modes and units as they were.

# take_back GENERATION WHY: ends the verb.
take_back() {
    local target="$1" why="$2" old says before
    old_does named old
    old_does says says
    ledger_get before before
    current_find
    if ! adopt_runs_old; then
        roll_journal
        if ! roll_may_go_back; then
            ledger_update "act=failed take $target" redraw=yes "@$why; it stays as it is: $LAST_SEEN"
            fail adopt-failed "$why. It stays as it is, under our unit: $LAST_SEEN. The other nodes were not touched; pulumi up tries again; see journalctl -u garage"
        fi
    fi
    say "$why; going back to the old service ($old)"
    ledger_update "act=failed take $target" redraw=yes "@$why; going back to $old"
    # While the user garage is there.
    if ! adopt_runs_old; then
        daemon_stop
        find_dead || true
    fi
    old_brought_back ||
        fail adopt-down "$why; and the old service can't be brought back ($LAST_SEEN). The other nodes were not touched; what it was lies in $ADOPTED: run pulumi up again"
    if ! daemon_start || ! back_proven "$target" "$before"; then
        fail adopt-down "$why; and the old service ($old) $(roll_back_seen "${LAST_SEEN:-it could not be started}"). The other nodes were not touched; see $says"
    fi
    rm -f -- "$ADOPTED/before.adopted"
    ledger_update act= before= "@back on $old, healthy"
    hook_back || why="$why; $LAST_SEEN"
    fail adopt-failed "$why. The old service ($old) runs again and is healthy ($LAST_SEEN), all as it was; the other nodes were not touched. See the journal above; pulumi up tries again"
}

# old_brought_back: all but the start. Whatever runs is stopped first, and proven gone.
old_brought_back() {
    # What its own command couldn't end, or something else has brought back, runs on.
    if kept_elsewhere && old_kind_is commands; then LAST_SEEN=""; else daemon_stop; fi
    ! ledger_knows generation || ledger_update generation=
    current_find
    [ -f "$ADOPTED/before.adopted" ] || return 0
    files_back && old_does back
}

# back_proven GENERATION BEFORE: the old daemon answers, everybody sees it, with not less than it had. What it listens on is its own affair.
back_proven() {
    local release engine items=yes
    generation_info "$1" release release
    generation_info "$1" engine engine
    wait_until healthTimeoutSeconds=120 "the old daemon's answer" daemon_answers || return 1
    connect_back
    ! gate_counts || items=no
    wait_judge healthTimeoutSeconds=120 "the cluster to be as it was" gate-after "release=$release" "engine=$engine" "before=$2" "items=$items"
}

# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# When a roll doesn't pass: the first node goes back by itself, where that takes no second one away; every other one stays as it is.

roll_failed() {
    local target="$1" reason="$LAST_SEEN" limit release
    option healthTimeoutSeconds 120 limit
    generation_info "$target" release release
    if [ "$2" = canary ] && [ -f "$GENERATIONS/$(ledger_get rollfrom)/info" ] && ! ledger_is rollfrom "$target"; then
        if roll_may_go_back; then roll_back "$target" "Garage $release did not pass within $limit s ($reason)"; fi
        reason="$reason; it doesn't go back by itself: $LAST_SEEN"
    fi
    ledger_update "act=failed roll $target" redraw=yes "@roll to $target did not pass: $reason"
    roll_journal
    fail gate-failed "Garage $release did not pass within $limit s ($reason). It stays as it is, and no other node was touched; pulumi up tries again, version set back goes back; see journalctl -u garage"
}

# Going back stops this node once more. Not while it answers and another one doesn't: that would be two. Nor behind a conversion where
# what was written since may be here only (convert_undo).
roll_may_go_back() {
    local self
    if ledger_knows converted && { [ "$(sheet_get replicationfactor)" = 1 ] || [ "$(sheet_get consistency)" = dangerous ]; }; then
        LAST_SEEN="the old database lacks what was written since, which may be on this node only"
        return 1
    fi
    daemon_answers || return 0
    ledger_get node self
    judge views "except=$self" || { LAST_SEEN="that would be two nodes down ($LAST_SEEN)"; return 1; }
}

# Same series, same data format: the old generation reads what the new one wrote.
roll_back() {
    local target="$1" why="$2" old before
    ledger_get rollfrom old
    ledger_get before before
    say "$why; going back to $old"
    roll_journal
    ledger_update "act=failed roll $target" redraw=yes "@$why; going back to $old"
    daemon_stop
    convert_undo
    activate "$old"
    if ! daemon_start || ! gate_after "$old" "$before"; then
        fail canary-down "$why; and $old $(roll_back_seen "${LAST_SEEN:-systemd could not start it}"). The other nodes were not touched; see journalctl -u garage"
    fi
    debt_begin "$before"
    ledger_update act= before= rollfrom= "@back on $old, healthy"
    hook_back || why="$why; $LAST_SEEN"
    fail canary-failed "$why. This node is back on Garage $(ledger_get release) and healthy ($GATE_SEEN); the other nodes were not touched. See the journal above; set version back, or to a release that works"
}

roll_back_seen() {
    if daemon_answers; then echo "runs again, but did not pass either ($1)"; else echo "did not come back either ($1)"; fi
}

# The conversion came to nothing, and the old database is as it was: the old generation, still the active one, starts again.
roll_unconverted() {
    local why="$LAST_SEEN" old
    current_generation old
    ledger_update "act=failed roll $1" redraw=yes "@roll to $1: $why"
    if ! daemon_start || ! gate_after "$old" ""; then
        fail convert-failed "$why; and $old did not come back (${LAST_SEEN:-systemd could not start it}). The other nodes were not touched and serve on; see journalctl -u garage"
    fi
    ledger_update act= before= rollfrom= "@on $old again, healthy"
    hook_back || why="$why; $LAST_SEEN"
    fail convert-failed "$why. The old database was not changed, Garage $(ledger_get release) runs on it again; the other nodes were not touched"
}

roll_journal() {
    say "the journal of garage says:"
    journal_tail 12 | sed 's/^/    /' >&2
}

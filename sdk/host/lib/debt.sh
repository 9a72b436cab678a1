# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for wait_until
# Garage lists the blocks that a node lacks in its database (the resync queue), and a release may keep that list where older ones don't look
# (sheet: `queuemoved RELEASE`; seen: 2.5.0 → 2.4.0 shows 0 of 30). Below it an empty queue proves nothing, until `repair blocks` has found
# again what is missing. Ledger key: `debt RELEASE`, that boundary, from before the start below it until this has been done.

# debt_of GENERATION VARIABLE: the boundary between what has run on these data and GENERATION, which is below it; nothing where none is.
debt_of() {
    local _next _ran _last _boundary _boundaries _found=""
    generation_info "$1" release _next
    ledger_get release _ran
    # What was allowed to run last may have run, proven or not. Of a generation that is gone its name tells.
    ledger_get generation _last
    _last="${_last%%-*}"
    sheet_all queuemoved _boundaries
    while read -r _boundary; do
        if [ -z "$_boundary" ] || ! release_lower "$_next" "$_boundary"; then continue; fi
        if { [ -n "$_ran" ] && ! release_lower "$_ran" "$_boundary"; } || { [ -n "$_last" ] && ! release_lower "$_last" "$_boundary"; }; then
            _found="$_boundary"
        fi
    done <<<"$_boundaries"
    give "$_found" "$2"
}

# debt_settle BEFORE: pays what is owed, once what this node holds is proven (BEFORE: figures that it was compared with): `repair blocks`
# deletes whatever the metadata don't know. What isn't done in time stays owed.
debt_settle() {
    # shellcheck disable=SC2034  # wait_judge calls it
    local KV debt REPAIR=blocks BETWEEN=debt_launch
    ledger_get debt debt
    [ -n "$debt" ] || return 0
    current_info release
    if ! release_lower "$KV" "$debt"; then
        ledger_update debt= "@Garage $KV shows again which blocks are missing"
        return 0
    fi
    say "below $debt this node doesn't show which blocks it lacks: repair blocks"
    if waits_only wait_judge repairTimeoutSeconds=3600 "repair blocks" paid "compared=${1:+yes}"; then
        ledger_update debt= "@repair blocks is done: below $debt, all missing blocks are known again"
    elif [ "$FINAL" = yes ]; then
        say "this node still owes a repair of its blocks: $LAST_SEEN"
    else
        say "repair blocks goes on ($LAST_SEEN); until it is done no node is replaced"
    fi
}

# debt_begin BEFORE: the same for who can't wait.
debt_begin() {
    local REPAIR=blocks
    if ! ledger_knows debt || judge paid "compared=${1:+yes}" || [ "$FINAL" = yes ]; then return 0; fi
    debt_launch
    say "$LAST_SEEN; the next pulumi up waits for its end"
}

# Who isn't at it begins.
debt_launch() {
    local LEFT
    kept relaunch LEFT
    [ -n "$LEFT" ] || return 0
    ! launch_left || LAST_SEEN="repair blocks has begun"
}

# debt_of_all: before anybody takes empty queues for "all blocks there": a node below a boundary may have been above it once, and no other
# one knows. There all blocks are repaired first.
debt_of_all() {
    local boundaries debt
    sheet_all queuemoved boundaries
    ledger_get debt debt
    [ -n "$boundaries$debt" ] || return 0
    if judge shows-blocks "boundaries=$boundaries" "debt=$debt"; then return 0; fi
    say "$LAST_SEEN: repair blocks first"
    repair_rows blocks
    [ -z "$debt" ] || ledger_update debt= "@repair blocks is done, on all nodes"
}

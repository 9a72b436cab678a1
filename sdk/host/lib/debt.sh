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
    local KV debt
    ledger_get debt debt
    [ -n "$debt" ] || return 0
    current_info release
    if ! release_lower "$KV" "$debt"; then
        ledger_update debt= "@Garage $KV shows again which blocks are missing"
        return 0
    fi
    debt_may "$1" || { say "this node still owes a repair of its blocks: $LAST_SEEN"; return 0; }
    say "below $debt this node doesn't show which blocks it lacks: repair blocks"
    waits_only wait_until repairTimeoutSeconds=3600 "repair blocks" debt_paid || {
        say "repair blocks goes on ($LAST_SEEN); until it is done no node is replaced"
        return 0
    }
    ledger_update debt= "@repair blocks is done: below $debt, all missing blocks are known again"
}

# debt_begin BEFORE: the same for who can't wait.
debt_begin() {
    ledger_knows debt || return 0
    debt_may "$1" || return 0
    debt_paid || say "$LAST_SEEN; the next pulumi up waits for its end"
}

# debt_may BEFORE: compared with those figures, or at least no empty database.
debt_may() {
    local facts refs
    [ -z "$1" ] || return 0
    facts="$(node_facts)" || facts=""
    fact items.block_ref "$facts" refs
    case "${refs:-0}" in
        0 | *[!0-9]*)
            LAST_SEEN="nothing was compared, and its table block_ref has ${refs:-no} entries"
            return 1
            ;;
    esac
}

# debt_paid: this very process has repaired its blocks; who isn't at it begins. Rows of repairs go with the process.
debt_paid() {
    local state
    state="$(blocks_repair "")" || { LAST_SEEN="no answer about workers"; return 1; }
    case "$state" in
        Done) return 0 ;;
        "") if _ask "" repair --yes blocks 2>&1 | grep -i 'launched' >/dev/null; then LAST_SEEN="repair blocks has begun"; else LAST_SEEN="repair blocks was not launched"; fi ;;
        *) LAST_SEEN="repair blocks is at work" ;;
    esac
    return 1
}

# blocks_repair [id@addr]: what became of a repair of blocks in that daemon's life: Done, or its state, or nothing.
blocks_repair() {
    local list
    list="$(workers "$1")" || return 1
    awk -F'\t' 'tolower($2) == "block repair worker" { state = state == "Done" ? state : $1 } END { print state }' <<<"$list"
}

# debt_of_all: before anybody takes empty queues for "all blocks there": a node below a boundary may have been above it once, and no other
# one knows. There all blocks are repaired first.
debt_of_all() {
    if on_all _shows_its_blocks; then return 0; fi
    say "$LAST_SEEN: repair blocks first"
    repair_rows blocks
    ! ledger_knows debt || ledger_update debt= "@repair blocks is done, on all nodes"
}

_shows_its_blocks() {
    local facts="" release boundary boundaries owed=""
    sheet_all queuemoved boundaries
    # What this node itself owes its ledger says.
    [ -n "$1" ] || ledger_get debt owed
    [ -n "$boundaries$owed" ] || return 0
    facts="$(node_facts "$1")" || { echo "no answer" && return 1; }
    fact release "$facts" release
    while read -r boundary; do
        [ -n "$boundary" ] || continue
        if [ -n "$release" ] && { ! release_lower "$release" "$boundary" || ! same_series "$release" "$boundary"; }; then continue; fi
        [ "$(blocks_repair "$1")" = Done ] || { echo "may not show which blocks it lacks, if it ever ran $boundary" && return 1; }
    done <<<"$boundaries"$'\n'"$owed"
}

# same_series A B: no release goes back into an older series.
same_series() {
    local a b
    series_of "$1" a
    series_of "$2" b
    [ "$a" = "$b" ]
}

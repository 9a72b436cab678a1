# shellcheck shell=bash
# The release that was last finished on all nodes. It tells a finished roll from one that may be undone (consent_not_lower). Who was asked
# last can know it: `release` runs on the first storage node, and the last node of a roll has seen all others pass. One of the two takes part
# in whatever is asked of the cluster, or nobody knows.
# Ledger: `reached <release>`; absent on the other nodes, and on the last one of a cluster that an older tool rolled. `rolllast <name>`: whose roll
# was to be the last one when this node passed; absent where an older tool rolled it, which took the last by name for that.

# reached_note RELEASE: every node that takes part runs it.
reached_note() {
    ledger_is reached "$1" || ledger_update "reached=$1" "@reached $1 on $(peers_in | wc -l) nodes"
}

# reached_by_roll RELEASE: this node has passed to it.
reached_by_roll() {
    local reached last
    ledger_get reached reached
    # A downgrade that was allowed: what was reached before is so no more.
    ! release_lower "$1" "$reached" || ledger_update reached=
    reached_last last
    ledger_is rolllast "$last" || ledger_update "rolllast=$last"
    ledger_is node "$last" || return 0
    ! judge runs "release=$1" || reached_note "$1"
}

# reached_last VARIABLE: whose roll is the last one. The call names it where that isn't the last by name (rollOrder).
reached_last() {
    local KV peers
    sheet_get rolllast KV
    if [ -z "$KV" ]; then
        peers_in peers
        KV="${peers##*$'\n'}"
    fi
    give "${KV%% *}" "$1"
}

# Whether this node's silence about what was reached says something: its own roll is open, or one of those who would know takes part.
reached_is_told() {
    local peers name part role noted first="" last=""
    ! ledger_knows act || return 0
    ! ledger_knows rollfrom || return 0
    ledger_get rolllast noted
    # One that isn't there any more can't tell.
    [ -z "$noted" ] || last=without
    sheet_all peer peers
    while read -r name _ _ role part; do
        [ "$role" != storage ] || first="${first:-$part}"
        [ "${noted:-$name}" != "$name" ] || last="$part"
    done <<<"$peers"
    [ "$first:$last" != without:without ]
}

# shellcheck shell=bash
# leave NODE SHAPE: before the machine is changed or replaced, by the tool that it was set up with (install.sh). Consents as a roll does, then stops
# this node, lets its volumes go, and holds it down until `back`. A machine that is as it shall be is left alone. Answers `<shape> <nonce>`.

verb_leave() {
    local node="$1" shape="${!#}" nonce
    fits word "$shape" || fail sheet-incomplete "the call doesn't say what the machine shall be"
    if [ ! -f "$ETC/claim" ]; then
        say "nothing to leave: no node has been set up on this machine"
        answer "$shape none"
        return
    fi
    leave_own_machine "$node"
    if claim_is shape "$shape"; then
        if left_find; then say "this machine stays as it is, and its node comes back"; else say "this machine is what is asked for; nothing to do"; fi
    elif left_find && hop_daemon_down; then
        leave_down
    else
        leave_may
        leave_go "$shape"
        leave_down
    fi
    left_nonce nonce
    answer "$shape $nonce"
}

# claim_is KEY VALUE
claim_is() {
    kv_has "$ETC/claim" "$1" "$2"
}

leave_own_machine() {
    local cluster
    sheet_need cluster cluster
    { claim_is cluster "$cluster" && claim_is node "$1"; } ||
        fail claim-foreign "this host is node $(claim_get node) of cluster $(claim_get cluster), and was asked as $1 of $cluster; nothing was touched"
    [ -n "$(claim_get machine)" ] || fail machine-differs "this host isn't a machine that the cluster made, so there is nothing to change; nothing was touched"
}

# One thing at a time, and all others are well: as before a roll. A node that has never run takes nothing away.
leave_may() {
    local generation moving layout factor
    require_identity
    volumes_hold || fail volume-mount "$LAST_SEEN; nothing was touched: run pulumi up with the machine as it was, which mounts it"
    ! ledger_is hopstate open ||
        fail hop-open "the major upgrade $(ledger_get hop) is open on this node; nothing was touched: set the machine back, finish the upgrade, or go back, and change the machine then"
    ! ledger_knows held || fail held "this node is held: $(ledger_get held); nothing was touched"
    # Up to 0.9 `moving` stays behind a change that is done, and says what `layout` says.
    ledger_get moving moving
    ledger_get layout layout
    [ -z "$moving" ] || [ "$moving" = "$layout" ] ||
        fail layout-unsettled "a change of the layout is under way; nothing was touched: set the machine back, run pulumi up until the layout is done, and change the machine then"
    if stage_never_started; then return 0; fi
    kept_peers || fail peers-unknown "nothing on this node says who the cluster is ($KEEP/peers); nothing was stopped: set the machine back, run pulumi up, so that stage writes it down, and change the machine then"
    sheet_get replicationfactor factor
    judge quorum "factor=$factor" leaves=yes || refuse_judged "; nothing was touched: take without out again once that host is back or replaced, and change this machine then"
    current_generation generation
    gate_before "" "$generation"
}

# leave_go SHAPE: the last look; then it is written down, and nothing starts this node but `back`.
leave_go() {
    local before=""
    load_verb roll
    stage_never_started || gate_compared before
    leave_keep
    room_to_start
    stage_never_started || roll_before_stop
    left_note "$1" "$before"
}

# What runs here is whole on the volume.
leave_keep() {
    local id key
    for key in generation staged; do
        ledger_get "$key" id
        id="${id%.quiet}"
        [ -f "$GENERATIONS/${id:-none}/info" ] || continue
        keep_generation "$id" || kept_fail
        kept_proven "$id" || fail kept-unwritable "generation $id does not read back from $KEEP as it was written; nothing was stopped: is the metadata volume well?"
    done
    if [ -f "$OPTIONS" ]; then put_changed "$ROOT$KEEP/options" "$(text_of "$OPTIONS")" || kept_fail; fi
}

leave_down() {
    if ! daemon_stopped; then
        daemon_stop
        # Only now, and not waited for by who stops this machine.
        find_dead
    fi
    sync
    mounts_end || fail volume-busy "the node is down, but $LAST_SEEN; end that, then run pulumi up again"
    say "down, and its volumes are let go: the machine may be changed or replaced"
}

# shellcheck shell=bash
# back NODE tool=ID SHAPE: behind a machine that was changed or replaced. The same node again, from its volumes alone: set up as `host` does it, with
# the generation that the ledger allows, started and proven as in a roll. The claim says what the machine is (`shape`) only when all that is done;
# a node that has not left, on a machine that is what is asked for, is left alone. Answers the node's id.

verb_back() {
    local node="$1" tool="${2#tool=}" shape="${!#}" CLAIM_SHAPE=""
    fits word "$shape" || fail sheet-incomplete "the call doesn't say what the machine is"
    load_verb host
    host_call "$node"
    host_refuse_machine
    host_refuse_paths
    host_refuse_foreign_claim "$CLUSTER" "$node" "$METADATA"
    if back_is_here "$shape"; then
        say "this machine is what is asked for, and its node hasn't left it; nothing to do"
        answer "$(claim_get id)"
        return
    fi
    volumes_look "$CLUSTER" "$node"
    [ "${#VOLUME_ID[@]}" -gt 0 ] || fail sheet-incomplete "the call names no volumes; run it through pulumi up"
    if back_has_none; then
        say "no node has been set up on these volumes: there is nothing to bring back"
        answer none
        return
    fi
    volumes_take "$CLUSTER" "$node" yes
    host_refuse_strangers "$node" "$tool"
    host_set_up "$node" "$tool"
    back_up
    # shellcheck disable=SC2034  # setup_machine reads it
    CLAIM_SHAPE="$shape"
    setup_claim "$CLUSTER" "$node" "$METADATA"
    answer "$(ledger_get id)"
}

# back_is_here SHAPE
back_is_here() {
    local machine
    sheet_get machine machine
    [ -f "$ETC/claim" ] && kv_has "$ETC/claim" shape "$1" && kv_has "$ETC/claim" machine "$machine" && identity_holds && ! left_find
}

# Neither this machine nor `leave` knows of a node, nor do the volumes.
back_has_none() {
    local left
    sheet_get left left
    case "${left##* }" in "" | none) ;; *) return 1 ;; esac
    [ ! -f "$ETC/claim" ] && ! volume_has_node metadata && ! volume_has_node data
}

back_up() {
    local generation
    ledger_get generation generation
    kept_options
    balancer_ready
    if stage_never_started || [ -z "$generation" ]; then
        left_lift "is back; it has never run"
        say "is back; it has never run, so there is nothing to start"
        return
    fi
    kept_lay "$generation"
    if ledger_knows held; then
        # A major upgrade goes on by its own steps.
        current_find
        [ "$CURRENT" = "$generation" ] || { { daemon_stopped || daemon_stop; } && activate "$generation"; }
        left_lift "is back, and held"
        say "is back, and stays down: it is held: $(ledger_get held)"
        return
    fi
    kept_peers || fail peers-unknown "nothing on the volumes says who the cluster is ($KEEP/peers), so this node can't be proven; nothing was started: garage-node ledger forget-hold on this machine, then run pulumi up"
    back_start "$generation"
    back_prove "$generation"
}

# back_start GENERATION: by the ledger alone; the others' addresses are Garage's own.
back_start() {
    current_find
    if [ "$CURRENT" != "$1" ]; then
        daemon_stopped || daemon_stop
        activate "$1"
    fi
    systemctl enable --no-reload garage.service >/dev/null 2>&1 || true
    left_lift "is back on its machine"
    if daemon_active && daemon_serves; then
        say "runs Garage $(ledger_get release) already"
        return
    fi
    daemon_stopped || daemon_stop
    write_drop_in "$1"
    daemon_start || back_failed "$1" "systemd could not start it"
    say "started Garage $(ledger_get release)"
}

# back_prove GENERATION: as after a roll: everybody sees it, nothing is less than when it left.
back_prove() {
    local before
    ledger_get before before
    gate_after "$1" "$before" || back_failed "$1" "$LAST_SEEN"
    hook_back_or_fail
    if ledger_knows before && ! ledger_knows act; then ledger_update before=; fi
    say "is back · $GATE_SEEN"
}

# back_failed GENERATION WHY
back_failed() {
    local limit
    option healthTimeoutSeconds 120 limit
    say "the journal of garage says:"
    journal_tail 12 >&2
    fail back-unproven "Garage $(generation_info "$1" release) did not come back within $limit s on this machine ($2). It stays as it is, and no other node was touched; pulumi up tries again; see journalctl -u garage"
}

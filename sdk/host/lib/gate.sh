# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is read by roll
# What must hold before a node is stopped for a roll, and after it has started again. The rules are judge.jq's (gate_before, gate_after).

# --- before -----------------------------------------------------------------------------------------------------------

# gate_before canary|"" TARGET: may this node go down? Refuses, with nothing touched. Sets GATE_UP: its daemon answers; GATE_FIGURES: what it
# holds, to be found again, where the look has shown it (else gate_figures); and GATE_EXCEPT: whom the views need not hold, this node while it
# is what is repaired; and GATE_AT, when it looked.
gate_before() {
    local figures=yes factor metadata free facts pid
    sheet_get replicationfactor factor
    metadata_path metadata
    free_mib "$metadata" free
    facts=("canary=${1:+yes}" "factor=$factor" "free=$free")
    GATE_EXCEPT="" GATE_FIGURES="" GATE_UP=yes
    ! gate_counts || figures=no
    # A look that finds nothing has this node's answer too.
    if gate_half_way || ! daemon_runs pid || ! judge gate-before "${facts[@]}" "figures=$figures"; then
        # One that runs is asked for a while: an answer that a busy host gave too late doesn't make this the node that is repaired.
        if daemon_stopped || ! wait_until cliTimeoutSeconds=20 "the daemon's answer" daemon_answers; then GATE_UP=no; fi
        if [ "$GATE_UP" = no ] || gate_half_way; then
            ledger_get node GATE_EXCEPT
            figures=no
        fi
        wait_judge healthTimeoutSeconds=120 "the cluster to be well" gate-before "${facts[@]}" "figures=$figures" "except=$GATE_EXCEPT" || gate_refuse
    fi
    clock GATE_AT
    kept figures GATE_FIGURES
    gate_left_out
    [ -z "$GATE_EXCEPT" ] ||
        say "the other nodes see each other; this one $([ "$GATE_UP" = yes ] && echo "is half-way" || echo "is down") and is repaired"
    if [ -n "$1" ] && [ -z "$GATE_EXCEPT" ] && ! waived repair-tables; then
        repair_tables "figures=$figures"
        kept figures GATE_FIGURES
    fi
    if convert_needed "$2"; then convert_may "$2"; fi
}

# gate_half_way: what is active was never proven. One that was cut short before its stop, or has gone back, is as well as the others have to be.
gate_half_way() {
    local act
    ledger_get act act
    current_find
    case "$act" in
        "roll $CURRENT" | "failed roll $CURRENT" | "take $CURRENT" | "failed take $CURRENT") return 0 ;;
        *) return 1 ;;
    esac
}

# gate_refuse: with the reason that was judged, and what people can do.
gate_refuse() {
    local way=""
    case "${REASONS%%$'\t'*}" in
        peers-unhealthy) way=": repair that first, or leave a dead host out by without" ;;
        layout-missing) way=": run pulumi up without --target" ;;
        layout-staged) way=": garage-manage layout show, then apply or revert them" ;;
        layout-unsettled) way=": see garage-manage layout history" ;;
    esac
    refuse_judged "; nothing was touched$way"
}

gate_left_out() {
    local out
    peers_without out
    case "$out"$'\n' in *" storage"$'\n'*) say "storage nodes are left out: while a node restarts, some partitions can be neither read nor written" ;; esac
}

# gate_figures VARIABLE: what this node holds now, as words `key=value`. Refuses, with nothing touched.
gate_figures() {
    judge figures || refuse_judged "; nothing was touched"
    kept figures "$1"
}

# gate_compared VARIABLE: what this node is compared with afterwards. From before a roll that did not pass, where there was one: this node may have
# lost something since.
gate_compared() {
    local _act _before=""
    ledger_get act _act
    case "$_act" in
        "roll "* | "failed roll "* | "take "* | "failed take "* | "untake "*) ledger_get before _before ;;
        # `start` completed a roll that was cut short.
        "") ! ledger_knows rollfrom || ledger_get before _before ;;
    esac
    _before="${_before:-$GATE_FIGURES}"
    if [ "$GATE_UP" = yes ] && [ -z "$_before" ]; then gate_figures _before; fi
    give "$_before" "$1"
}

# gate_is_old: counting on sled, a repair of tables, a busy 2.5.0 may have taken minutes since.
gate_is_old() {
    local now
    clock now
    [ $((now - GATE_AT)) -ge 5 ]
}

# gate_views_hold EXCEPT: every node but EXCEPT sees every node but EXCEPT.
gate_views_hold() {
    wait_judge 15 "every node to see every node" views "except=$1"
}

# gate_quorum: refuses where without the nodes that are left out partitions lose their write quorum.
gate_quorum() {
    local factor
    sheet_get replicationfactor factor
    judge quorum "factor=$factor" || refuse_judged "; nothing was touched"
    gate_left_out
}

# gate_counts: to count its tables the daemon reads them all, for minutes: the generation that is active runs on sled.
gate_counts() {
    local KV
    current_info engine
    [ "$KV" = sled ]
}

# --- after ------------------------------------------------------------------------------------------------------------

# gate_after TARGET BEFORE: the process that runs now answers and serves, every node reaches every node through it and the others, and
# nothing got less. 1 with the reason in LAST_SEEN. Sets GATE_SEEN.
gate_after() {
    local release engine limit until now crashes items=yes GATE_RETRIED=no
    generation_info "$1" release release
    generation_info "$1" engine engine
    option healthTimeoutSeconds 120 limit
    clock now
    until=$((now + limit))
    daemon_show NRestarts crashes || true
    wait_until "$limit" "the daemon's answer" gate_answers "${crashes:-0}" || return 1
    [ "$GATE_CRASHED" = no ] || return 1
    # What was asked to find the old process dead (roll_go) is behind it.
    [ -z "${FIND_DEAD:-}" ] || wait "$FIND_DEAD" || true
    FIND_DEAD=""
    connect_back
    ! gate_counts || items=no
    clock now
    wait_until $((until - now)) "the cluster to be as it was" gate_holds "release=$release" "engine=$engine" "before=$2" "items=$items" || return 1
    GATE_SEEN="$LAST_SEEN"
    # Last, and once: counting may take minutes.
    if [ -n "$2" ] && [ "$items" = no ]; then judge counted "before=$2"; fi
}

# gate_holds fact=value…: one look at everything.
gate_holds() {
    serving || return 1
    judge gate-after "$@" || { connect_noted && gate_retry && return 1; }
}

# Blocks that were due when the daemon started it has looked for before it was connected to anybody (seen: 43 of them in its first two
# seconds). By itself it tries again a minute later, behind all that is due by then. Once, where all else is well: each try that fails doubles
# Garage's own delay. 0.7 can't be told.
gate_retry() {
    case "$GATE_RETRIED:$LAST_SEEN" in
        "no:resync_errors is "*)
            GATE_RETRIED=yes
            garage_cli block retry-now --all >/dev/null 2>&1 || true
            ;;
    esac
}

# True as well when there is nothing to wait for: systemd gave up, or the process crashed twice.
gate_answers() {
    local restarts state
    GATE_CRASHED=no
    if daemon_answers; then return 0; fi
    daemon_show NRestarts restarts || true
    daemon_show ActiveState state || true
    if [ "$state" = failed ] || [ $((${restarts:-0} - $1)) -ge 2 ]; then
        GATE_CRASHED=yes
        LAST_SEEN="the daemon crashes"
        return 0
    fi
    return 1
}

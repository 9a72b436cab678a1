# shellcheck shell=bash
# disown NODE tool=ID: all nodes are back on their services of before, and this host is nobody's node any more: claim, ledger, marks and tool go.
# disown NODE, typed on a host that no program looks after any more: the same, and its service of before comes back first.

verb_disown() {
    load_verb host
    if [ "${#SHEET_LINES[@]}" -eq 0 ]; then
        disown_by_hand "${1:-}"
        return
    fi
    host_call "$1"
    if [ ! -f "$ETC/claim" ]; then
        say "this host is claimed by no cluster"
        rm -rf "$TOOLS"
    else
        host_refuse_foreign_claim "$CLUSTER" "$1" "$METADATA"
        disown_begun || { adopt_waits && ! ledger_knows act; } ||
            fail adopt-back-open "this node isn't back on its service of before; nothing was touched: run pulumi up without --target"
        disown_done
    fi
    answer free
}

disown_done() {
    disown_host
    say "handed back: the service of before runs here, and nothing of this tool is left but the user garage, where it made one, and the packed tool in the home of the login (.garage-node-*.pack), which goes with pulumi destroy"
}

disown_by_hand() {
    local node
    claim_get node node
    [ -n "$node" ] || fail identity "this host is claimed by no cluster, so there is nothing to hand back"
    [ "$1" = "$node" ] || fail disown-words "say which node this is: garage-node disown $node"
    if ! disown_begun; then
        require_identity
        ledger_knows adopted || fail adopt-back-unfit "this node can't go back to its service of before: there was none. Nothing was touched"
        untake_may || fail adopt-back-unfit "this node can't go back to its service of before: $LAST_SEEN; nothing was touched"
        if ! adopt_waits || ledger_knows act; then disown_untakes; fi
    fi
    disown_done
}

# Nobody has said who the other nodes are: Garage's own list has to do.
disown_untakes() {
    local old seen
    load_verb roll
    load_verb untake
    load_verb status
    seen="$(status_health)"
    case "$seen" in
        "not running") ;;
        "sees "*", 0 down") ;;
        *) fail peers-unhealthy "this node $seen: hand one node back after the other, and only while all others are up. Nothing was touched" ;;
    esac
    old_does named old
    current_find
    untake_switch "$CURRENT" "" "$old"
    wait_until healthTimeoutSeconds=120 "the old daemon's answer" daemon_answers || untake_failed "$old"
    rm -f -- "$ADOPTED/before.adopted"
    ledger_update act= before= "@back on $old"
}

# shellcheck shell=bash
# From 1.0 on the old version of the layout lives until each of its nodes has acknowledged the new one, and a lost one never will (tried on
# 1.3.0, 2.5.0: still "draining" after minutes; settled within 30 s after this). Nor does a node that is alone ever note that it is done.

# layout_let_go: nothing waits for those that the layout has left behind: replaced nodes, and gateways that are not asked for any more.
# Nodes whose data move are left to it.
layout_let_go() {
    case "$LAYOUT_SERIES" in 0.*) return 0 ;; esac
    wait_until healthTimeoutSeconds=120 "layout $LAYOUT_VERSION to go on without the nodes that are gone" _layout_goes_on ||
        fail layout-unsettled "layout $LAYOUT_VERSION is applied and serves, but doesn't come to its end ($LAST_SEEN): run pulumi up again; see garage-manage layout history"
}

_layout_goes_on() {
    local trackers newest id ack lost=""
    judge layout-history || return 1
    trackers="$NOTE"
    [ -n "$trackers" ] || return 0
    kept newest newest
    while read -r _ id ack _; do
        if [ -z "$id" ] || [ "$ack" = "$newest" ] || ! layout_left "$id"; then continue; fi
        lost+="${lost:+ }$id"
    done <<<"$trackers"
    if [ -n "$lost" ]; then
        # Garage skips whomever this node doesn't see, so all others must be seen; a lost one is no more only 75 s after its end.
        judge views || return 1
        LAST_SEEN="it waits for $lost"
        if garage_cli layout skip-dead-nodes --version "$LAYOUT_VERSION" >/dev/null 2>&1; then
            say "layout $LAYOUT_VERSION doesn't wait for the lost node $lost"
        fi
        return 1
    fi
    case "$LAYOUT_HAS" in "" | *$'\n'*) return 0 ;; esac
    # Nobody tells a single node's own news back to it. What makes it look at them (tried on 1.2.0, 1.3.0, 2.5.0) is any word about the layout:
    # here that nothing is staged, which is so.
    case $'\n'"$trackers" in *$'\n'"tracker ${LAYOUT_HAS%% *} $newest $newest"$'\n'*) layout_look && [ "$LAYOUT_STAGED" = no ] && garage_cli layout revert --yes >/dev/null ;; esac
    LAST_SEEN="this node still compares its tables"
    return 1
}

# layout_left ID: this node has taken it out of the layout, or another one has its place.
layout_left() {
    local ids
    if grep -q "^$1 " <<<"$LAYOUT_HAS"; then return 1; fi
    read -r _ _ _ ids <<<"$(ledger_get moving)"
    case ",$ids," in *",$1,"*) return 0 ;; esac
    [ -n "$(layout_replaced_by "$1")" ]
}

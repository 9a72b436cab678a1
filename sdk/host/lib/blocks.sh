# shellcheck shell=bash
# Whether every node has the blocks that it should have: asked before a lost node is given up for good.

BLOCKS_WAIVER="Is the old node lost for good, so that nothing can come from it any more, skipChecks: [\"blocks-missing\"] gives up what only it had"

# blocks_in_place: refuses unless they have. Tables are in sync within seconds. The blocks of a node that has come in place of another are
# looked for only 2 × rpc_timeout_msec later, ten minutes, and `repair blocks` doesn't hasten that on 2.5.0 (tried). Tried too: three nodes
# replaced one after the other, each with all tables in sync, and no block was left anywhere. So either no block waits; or, where clients
# write all the time, such a time has passed: what was to be looked for before has been, when no worker is at it and none has failed.
blocks_in_place() {
    local timeout
    debt_of_all
    timeout="$(sed -n 's/^rpc_timeout_msec *= *\([0-9]*\)$/\1/p' "$OPT/current/garage.toml")"
    clock BLOCKS_FROM
    BLOCKS_TIME=$((${timeout:-0} / 500 + 40))
    [ "$BLOCKS_TIME" -ge 640 ] || BLOCKS_TIME=640
    BLOCKS_GOOD=0
    waits_only wait_until $((BLOCKS_TIME + $(option repairTimeoutSeconds 3600))) "the other nodes to have all their blocks" _blocks_in_place ||
        fail blocks-missing "not every node has all its blocks ($LAST_SEEN), so no node is replaced now: the lost one may have the last copy; nothing was touched. Nodes that copy blocks: run pulumi up again later. Errors: garage-manage block list-errors there. $BLOCKS_WAIVER"
}

_blocks_in_place() {
    local now
    if on_all _no_block_waits; then
        # Garage 2.5.0 shows what it has put into the queue only a second later.
        BLOCKS_GOOD=$((BLOCKS_GOOD + 1))
        [ "$BLOCKS_GOOD" -lt 2 ] || return 0
        sleep 3
        return 1
    fi
    BLOCKS_GOOD=0
    clock now
    [ $((now - BLOCKS_FROM)) -ge "$BLOCKS_TIME" ] && on_all _no_block_due
}

# Gateways hold no blocks, and aren't asked.
_no_block_waits() {
    local facts waiting errors
    [ "${4:-}" != gateway ] || return 0
    facts="$(node_facts "$1")" || { echo "$facts" && return 1; }
    fact resync "$facts" waiting
    fact resync_errors "$facts" errors
    [ "$waiting:$errors" = 0:0 ] || { echo "${waiting:-unknown} blocks wait, ${errors:-unknown} with errors" && return 1; }
}

_no_block_due() {
    local busy
    [ "${4:-}" != gateway ] || return 0
    ! runs_series 0.7 || { echo "blocks wait, and 0.7 doesn't tell for what: keep clients off for two minutes, after a deletion eleven" && return 1; }
    _no_resync_errors "$1" || return 1
    busy="$(resync_workers_busy "$1")" || { echo "doesn't tell whether blocks are being copied" && return 1; }
    [ "$busy" = 0 ] || { echo "copies blocks" && return 1; }
}

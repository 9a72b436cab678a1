# shellcheck shell=bash
# Whether every node has the blocks that it should have: asked before a lost node is given up for good.

BLOCKS_WAIVER="Is the old node lost for good, so that nothing can come from it any more, skipChecks: [\"blocks-missing\"] gives up what only it had"

# blocks_in_place: refuses unless they have: judge_blocks says what is asked, and why it takes so long.
blocks_in_place() {
    local KV patience limit
    debt_of_all
    current_info rpctimeout
    patience=$((${KV:-300000} / 500 + 40))
    [ "$patience" -ge 640 ] || patience=640
    option repairTimeoutSeconds 3600 limit
    waits_only wait_judge $((patience + limit)) "the other nodes to have all their blocks" blocks "patience=$patience" ||
        fail blocks-missing "not every node has all its blocks ($LAST_SEEN), so no node is replaced now: the lost one may have the last copy; nothing was touched. Nodes that copy blocks: run pulumi up again later. Errors: garage-manage block list-errors there. $BLOCKS_WAIVER"
}

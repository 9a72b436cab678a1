# shellcheck shell=bash
# preflight HOP (on one node, S3 still on): everything that can be found out, and repaired, before there is an outage. Opens the attempt.
# Answers `<hop> attempt <token>`.

verb_preflight() {
    if hop_phase preflight "$1"; then
        require_same_release
        [ "$(series_of "$SAME_RELEASE")" = "$HOP_TO" ] ||
            fail hop-target "the nodes have staged Garage $SAME_RELEASE, which is not of series $HOP_TO"
        require_views
        preflight_cluster
        preflight_here
        repair_tables
        repair_rows blocks
        require_no_errors
        proof_save
        hop_open
        hop_pass preflight
    fi
    answer "$HOP attempt $(ledger_get attemptid)"
}

# All on one release, which is the one that this node's ledger has, not older than the hop was tried from; one layout that nobody is changing,
# all copies there.
preflight_cluster() {
    local release oldest
    ledger_get release release
    sheet_get minfrom oldest
    wait_judge healthTimeoutSeconds=120 "one layout and all copies" preflight "release=$release" "oldest=$oldest" || refuse_judged "$(preflight_way)"
    say "$LAST_SEEN"
}

# The way out, by the reason's id.
preflight_way() {
    case "${REASONS%%$'\t'*}" in
        releases-differ) echo "; $HOP needs one release on all nodes: finish the roll first, or run pulumi up again" ;;
        min-from) echo "; go to the newest release of series $HOP_FROM first" ;;
        layout-missing) echo "; run pulumi up with the old version first" ;;
        layout-staged) echo "; \`garage-manage layout show\`, then apply or revert them" ;;
        layout-unsettled) echo ": data are still moving; wait for \`garage-manage layout history\` to show one" ;;
        *) echo "; see journalctl -u garage" ;;
    esac
}

# What each node's stage has looked at, once more here: time may have passed.
preflight_here() {
    local staged
    ledger_get staged staged
    [ ! -f "$GENERATIONS/${staged:-none}/info" ] || hop_conditions "$GENERATIONS/$staged"
}

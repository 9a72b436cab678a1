# shellcheck shell=bash
# preflight HOP (on one node, S3 still on): everything that can be found out, and repaired, before there is an outage. Opens the attempt.
# Answers `<hop> attempt <token>`.

verb_preflight() {
    hop_phase preflight "$1" || {
        preflight_answer
        return
    }
    require_same_release
    [ "$(series_of "$SAME_RELEASE")" = "$HOP_TO" ] ||
        fail hop-target "the nodes have staged Garage $SAME_RELEASE, which is not of series $HOP_TO"
    require_views
    preflight_releases
    preflight_layout
    preflight_here
    repair_tables
    repair_rows blocks
    require_no_errors
    proof_save
    hop_open
    hop_pass preflight
    preflight_answer
}

preflight_answer() {
    answer "$HOP attempt $(ledger_get attemptid)"
}

_release_here() {
    local facts
    facts="$(node_facts "$1")" || { echo "$facts" && return 1; }
    fact release "$facts"
}

# All on one release, which is the one that this node's ledger has, not older than the hop was tried from.
preflight_releases() {
    local release name rc seen oldest
    ledger_get release release
    all_answers _release_here || fail releases-differ "$LAST_SEEN which release it runs; run pulumi up again"
    while IFS=$'\t' read -r name rc seen; do
        [ "$rc" = 0 ] || fail releases-differ "$name doesn't say which release it runs (${seen:-no answer}); run pulumi up again"
        [ "${seen% }" = "${release:-unknown}" ] ||
            fail releases-differ "$name runs Garage ${seen:-(unknown)}, $(ledger_get node) runs ${release:-(unknown)}; $HOP needs one release on all nodes: finish the roll first"
    done <<<"$ANSWERS"
    sheet_get minfrom oldest
    [ -z "$oldest" ] || check min-from "Garage $release is older than $oldest, from which $HOP was tried; go to the newest release of series $HOP_FROM first" \
        preflight_new_enough "$release" "$oldest"
    say "all nodes run Garage $release"
}

preflight_new_enough() {
    ! release_lower "$1" "$2"
}

preflight_layout() {
    local observed version staged
    observed="$(layout_observed)" || fail layout-unknown "the cluster's layout can't be read; see journalctl -u garage"
    fact version "$observed" version
    [ "$version" -gt 0 ] || fail layout-missing "the cluster has no layout; run pulumi up with the old version first"
    fact staged "$observed" staged
    [ "$staged" = no ] ||
        fail layout-staged "layout changes are staged that nobody applied; \`garage-manage layout show\`, then apply or revert them"
    wait_until healthTimeoutSeconds=120 "one layout version" layout_settled ||
        fail layout-unsettled "$LAST_SEEN: data are still moving; wait for \`garage-manage layout history\` to show one"
    wait_until healthTimeoutSeconds=120 "all partitions" partitions_ok ||
        fail partitions-missing "not every partition has all its copies ($LAST_SEEN)"
}

# What each node's stage has looked at, once more here: time may have passed.
preflight_here() {
    local staged
    ledger_get staged staged
    [ ! -f "$GENERATIONS/${staged:-none}/info" ] || hop_conditions "$GENERATIONS/$staged"
}

# shellcheck shell=bash
# What the cluster has reached, as `release` noted it on the node that looks after the cluster (`record` in its ledger: the words of release's
# line), against what is asked for now. Pulumi's own record says the same at preview; without one it is asked when all has run.

# stage_refuse_together REAPPLY: what only the two records together tell. Where one is absent (an older tool, a ledger that was rebuilt) nothing is.
stage_refuse_together() {
    local had asked was is had_nodes nodes
    ledger_get record had
    sheet_get record asked
    if [ -z "$had" ] || [ -z "$asked" ] || record_again "$1"; then return 0; fi
    word_of stateVersion "$had" was
    word_of stateVersion "$asked" is
    word_of nodes "$had" had_nodes
    word_of nodes "$asked" nodes
    record_series "${had%% *}" "$was" "${asked%% *}" "$is"
    record_nodes "$had_nodes" "$nodes"
    [ "${had%% *}" = "${asked%% *}" ] || [ "$had_nodes" = "$nodes" ] ||
        record_refuse nodes-and-release-changed "nodes or their layout changed together with version (${had%% *} → ${asked%% *}); nothing was started or stopped. One thing at a time: set version back to \"${had%% *}\" and change the nodes, or put the nodes back and change version"
}

# record_again REAPPLY: another one than last time. A node that was left out (`without`) has not heard what the others have reached meanwhile, and can't
# tell; so this is how a person tells it.
record_again() {
    [ -n "$1" ] && ! ledger_is again "$1"
}

# record_refuse ID TEXT
record_refuse() {
    local node
    ledger_get node node
    fail "$1" "$2. Was $node left out (without) when the others came to what they have now: set that again, and nodes.$node.reapply to a new text"
}

# record_series FROM WAS TO IS (releases, and stateVersion before and now): a major upgrade is closed by moving stateVersion: alone, and once.
record_series() {
    local reached series
    series_of "$1" reached
    series_of "$3" series
    if [ "$2" != "$4" ] && [ "$1" != "$3" ] && [ "$reached" = "$4" ]; then
        record_refuse state-version-and-release-changed "stateVersion moved from \"$2\" to \"$4\" together with version ($1 → $3); nothing was started or stopped. One thing at a time: leave version at \"$1\", run pulumi up, and change version afterwards"
    fi
    if is_next "$4" "$2" && [ "$series" = "$2" ]; then
        record_refuse state-version-back "stateVersion \"$4\" is asked for, but the data are of series $2, as was declared before; nothing was started or stopped. Set it back to \"$2\""
    fi
    if [ "$2" = "$4" ] && [ "$1" != "$3" ] && [ "$reached" = "$series" ] && is_next "$4" "$series"; then
        record_refuse set-state-version-first "version is now $3, the cluster has reached $1, and stateVersion still says $4: the major upgrade isn't closed yet; nothing was started or stopped. Set stateVersion: \"$series\" with version: \"$1\", run pulumi up, and go to $3 afterwards"
    fi
}

# record_nodes HAD ASKED (`name:zone:bytes|gateway,…`): who holds data stays.
record_nodes() {
    local node role nodes=()
    IFS=, read -ra nodes <<<"$1"
    for node in ${nodes[@]+"${nodes[@]}"}; do
        [ "${node##*:}" != gateway ] || continue
        node="${node%%:*}"
        record_role "$node" "$2" role
        case "$role" in
            "") fail storage-node-removed "nodes.$node was removed, but it holds data; nothing was started or stopped. Taking a storage node out isn't possible yet: put it back; one that is dead for now goes into without" ;;
            gateway) fail storage-node-to-gateway "nodes.$node is asked to be a gateway, but it holds data; nothing was started or stopped. Give it its capacity back" ;;
        esac
    done
}

# record_role NAME NODES VARIABLE: bytes or `gateway`; nothing where there is no such node.
record_role() {
    local KV=",$2,"
    case "$KV" in *",$1:"*) KV="${KV#*",$1:"}" && KV="${KV%%,*}" && KV="${KV##*:}" ;; *) KV="" ;; esac
    give "$KV" "$3"
}

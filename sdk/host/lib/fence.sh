# shellcheck shell=bash
# The fence. An engine that lost its stack's lock (`pulumi cancel` while it lives) still sends its calls: a late `roll` would put an old release
# back, a late `quiesce` turn S3 off. What tells them is the node's own `line`: the epoch that `stage` has answered, drawn anew whenever
# something else is asked for. A ledger without one (rebuilt, put back from a backup) remembers no stage, so there nothing can be told.

# require_fresh: the call was made for what was staged here last. Looked at under the host's lock, so nothing is staged behind it.
require_fresh() {
    local self epoch="" release="" mine staged has lines name of what
    fence_own_host
    ledger_get node self
    sheet_all line lines
    while read -r name of what _; do
        [ "$name" != "$self" ] || { epoch="$of" && release="$what"; }
    done <<<"$lines"
    [ -n "$epoch" ] || fail stage-incomplete "the call doesn't say what $self has staged; nothing was touched: run pulumi up without --target"
    ledger_get epoch mine
    [ -n "$mine" ] || return 0
    [ "$epoch" = "$mine" ] || fence_refuse "it carries $epoch, and what was staged here last is $mine"
    ledger_get staged staged
    generation_info "$staged" release has
    [ "$has" = "$release" ] ||
        fail stage-differs "this node has staged ${has:-nothing}, the cluster is asked for $release; nothing was touched: run pulumi up without --target"
}

# require_staged GENERATION: what the call is to put to work is what was staged here last.
require_staged() {
    ! ledger_knows epoch || ledger_is staged "$1" ||
        fence_refuse "it is for generation $1, and $(ledger_get staged) was staged here last"
}

# At this address another node may have come.
fence_own_host() {
    local key asked
    for key in cluster node; do
        sheet_get "$key" asked
        [ -z "$asked" ] || ledger_is "$key" "$asked" ||
            fail claim-foreign "this host is node $(ledger_get node) of cluster $(ledger_get cluster), and was asked as $(sheet_get node) of $(sheet_get cluster); nothing was touched"
    done
}

fence_refuse() {
    fail stale-call "this is a call of an engine that lost its stack's lock, or of a state that was put back ($1); nothing was touched: run pulumi up again, without --target. If that says so too, give nodes.$(ledger_get node).reapply a new text, so that stage runs anew"
}

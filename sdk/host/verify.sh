# shellcheck shell=bash
# verify HOP (on one node): everything is there again, on all nodes; only then Garage's repairs, for `repair blocks` deletes what the
# metadata don't know.

verb_verify() {
    hop_phase verify "$1" || {
        attempt_answer verified
        return
    }
    hop_needs migrate
    [ -r "$(proof_file)" ] || fail proof-missing "$(proof_file) does not lie here: nothing says what has to be there, so no repair is run, and $(verify_s3). The node that ran drain has it, with its metadata and in its backup: copy it here. Is that node lost for good, the way is back: garage-node restore on every other node, then version back. See docs/upgrading.md"
    require_views
    on_all _runs_as_intended || fail release-differs "not all nodes run as intended ($LAST_SEEN)"
    wait_until healthTimeoutSeconds=120 "what was there before" proof_holds ||
        fail data-missing "STOP: after the upgrade not everything is there ($LAST_SEEN). No repair was run, $(verify_s3). See docs/upgrading.md: garage-node restore on each node goes back"
    say "buckets, keys, layout and table items are as before, on all nodes"
    repair_tables
    proof_holds || fail data-missing "STOP: after repair tables not everything is there ($LAST_SEEN). repair blocks was not run, $(verify_s3)"
    REPAIR_RESYNC=yes repair_rows blocks
    require_no_errors
    hop_pass verify
    attempt_answer verified
}

verify_s3() {
    if hop_short; then echo "S3 is on (strategy short)"; else echo "S3 stays off"; fi
}

_runs_as_intended() {
    local facts release engine
    facts="$(node_facts "$1")" || { echo "$facts" && return 1; }
    fact release "$facts" release
    fact engine "$facts" engine
    [ "$release" = "$(ledger_get release)" ] || { echo "runs $release, not $(ledger_get release)" && return 1; }
    [ "$engine" = "$(ledger_get engine)" ] || { echo "has engine $engine, not $(ledger_get engine)" && return 1; }
}

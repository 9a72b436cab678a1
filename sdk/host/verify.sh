# shellcheck shell=bash
# verify HOP (on one node): everything is there again, on all nodes; only then Garage's repairs, for `repair blocks` deletes what the
# metadata don't know.

verb_verify() {
    if hop_phase verify "$1"; then
        hop_needs migrate
        proof_there || fail proof-missing "$LAST_SEEN: nothing says what has to be there, so no repair is run, and $(verify_s3). $PROOF_WAY, the way is back: garage-node restore on every other node, then version back. See docs/upgrading.md"
        require_views
        judge runs "release=$(ledger_get release)" "engine=$(ledger_get engine)" || fail release-differs "not all nodes run as intended ($LAST_SEEN)"
        proof_holds healthTimeoutSeconds=120 ||
            fail data-missing "STOP: after the upgrade not everything is there ($LAST_SEEN). No repair was run, $(verify_s3). See docs/upgrading.md: garage-node restore on each node goes back"
        say "buckets, keys, layout and table items are as before, on all nodes"
        repair_tables
        proof_holds 0 || fail data-missing "STOP: after repair tables not everything is there ($LAST_SEEN). repair blocks was not run, $(verify_s3)"
        REPAIR_RESYNC=yes repair_rows blocks
        require_no_errors
        hop_pass verify
    fi
    attempt_answer verified
}

verify_s3() {
    if hop_short; then echo "S3 is on (strategy short)"; else echo "S3 stays off"; fi
}

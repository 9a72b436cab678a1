# shellcheck shell=bash
# drain HOP (on one node): the queues of all nodes, as majorUpgrade.drain asks.
# empty: the resync queue at zero everywhere, twice. Garage looks at a block again 10 minutes after its last change (garage-facts 1.5).
# settled: no errors, no worker busy, Merkle and insert queues at 0, the resync queue not growing; what is left is carried over.

verb_drain() {
    if hop_phase drain "$1"; then
        local limit mode short=no quiet first
        option drainTimeoutSeconds 1800 limit
        option drain empty mode
        case "$mode" in empty | settled) ;; *) fail option-unknown "majorUpgrade.drain: \"$mode\" is neither empty nor settled" ;; esac
        # The short way has S3 on: its queues never end.
        ! hop_short || { mode=settled && short=yes; }
        debt_settle ""
        ledger_get quietat quiet
        waits_only wait_judge "$limit" "queues to be $mode" drained "mode=$mode" "short=$short" "quietat=$quiet" "now=$(date +%s)" || {
            reason_first first
            [ "$FINAL" = no ] || fail drain-timeout "the queues can't be $mode: $first"
            fail drain-timeout "the queues are not $mode after $limit s ($LAST_SEEN); raise drainTimeoutSeconds, or see garage-manage stats -a"
        }
        say "queues are $mode ($LAST_SEEN)"
        # With the queues drained (and S3 off) the figures are the last word.
        proof_note
        hop_pass drain
    fi
    attempt_answer drained
}

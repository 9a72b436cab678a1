# shellcheck shell=bash
# resume HOP GENERATION: S3 and web on again on this node, proven. The hop is finished here.

verb_resume() {
    if hop_phase resume "$1"; then
        local generation="${2:-}"
        hop_needs migrate
        ! ledger_has passed halted || hop_needs verify
        require_same_release
        require_staged "$generation"
        generation_is "$generation" release "$(ledger_get release)" ||
            fail hop-target "generation $generation is not of the release $(ledger_get release) that migrate has put here; run pulumi up again"
        # On the short way clients are on: one answer that comes late doesn't restart it.
        if [ "$(current_generation)" != "$generation" ] || ! wait_until cliTimeoutSeconds=20 "Garage to serve" daemon_serves; then hop_launch "$generation"; fi
        wait_until healthTimeoutSeconds=120 "S3" serving ||
            fail s3-silent "S3 is not served on this node after $(option healthTimeoutSeconds 120) s ($LAST_SEEN); see journalctl -u garage"
        connect_back
        hop_pass resume hopstate=finished "hopdate=$(now_iso)"
    fi
    attempt_answer "$(ledger_get node) serves"
}

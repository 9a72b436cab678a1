# shellcheck shell=bash
# halt HOP: this node stops, and a cold backup of its metadata is taken and proven. From here the ledger holds it down.
# Answers `<node> <backup> <attempt>`.

verb_halt() {
    if hop_phase halt "$1"; then
        local held backup stock
        hop_short || hop_needs quiesce
        ! ledger_has passed preflight || hop_needs drain
        hop_open
        held="hop $HOP: stopped for its backup in attempt $(ledger_get attempt)"
        # Held already: the verb was cut short after its look at the living daemon.
        if ! ledger_is held "$held"; then
            room_to_start
            backup_space
            halt_journal
            halt_snapshot
            judge stock || refuse_judged "; nothing was stopped"
            stock="${NOTE%$'\n'}"
            stock="${stock// /=}"
            # From here nothing starts this node but what lifts it (`admit` refuses), so in the same write: the daemon can't be asked again.
            ledger_update "held=$held" "stock=${stock//$'\n'/ }"
        fi
        daemon_stop
        backup="$(backup_make)" || exit 1
        hop_pass halt "backup=$backup"
    fi
    attempt_answer "$(ledger_get node) $(ledger_get backup)"
}

# halt_since VARIABLE: by this node's own clock, which is its journal's: 45 s after it went quiet, by when all peers have come back, or half of the
# time since then. On the short way no node goes quiet: since `repair` began, by the leader's clock, or the last hour.
halt_since() {
    local quiet began now
    ledger_get quietat quiet
    sheet_get repaired began
    read -r _ _ began _ <<<"$began"
    now="$(date +%s)"
    # That clock was set back meanwhile.
    [ -z "$quiet" ] || [ "$quiet" -le "$now" ] || quiet=""
    case "$quiet:$began" in
        [0-9]*:*) give $((now - quiet < 90 ? (now + quiet) / 2 : quiet + 45)) "$1" ;;
        :[0-9]*Z) give "$(date -d "$began" +%s)" "$1" ;;
        *) give $((now - 3600)) "$1" ;;
    esac
}

# What is explained, here or elsewhere (seen in 0.7.0 to 2.5.0): peers that are away (those that have halted already; whether all were
# there while it mattered, `repair` has proven) and our own looking at ports; requests that clients got wrong; advice about sled.
halt_harmless() {
    grep -v -i -E \
        -e 'connection (refused|reset|closed)|broken pipe|error establishing rpc connection|handshake error|could not connect|stop_recv_loop|error pinging' \
        -e 'not connected|network error|netapp error|channel closed|timed? ?out|quorum|sync failed|too many (errors|nodes)' \
        -e 'garage_db::sled_adapter|deprecated' \
        -e 'garage_api.*(error|response)|garage_web.*error' || [ $? -eq 1 ]
}

halt_troubles() {
    plain_text | { grep -E '(^|[[:space:]\[])(WARN|ERROR)[[:space:]:]|panicked at' || [ $? -eq 1 ]; } | halt_harmless
}

halt_journal() {
    local lines since
    halt_since since
    lines="$(journalctl -u garage.service --since "@$since" --no-pager -o cat 2>/dev/null | halt_troubles)"
    [ -n "$lines" ] || return 0
    tail -n 5 <<<"$lines" | while IFS= read -r line; do say "journal: $line"; done
    check journal-warnings "garage has logged $(wc -l <<<"$lines") error(s) or warning(s) since repair began (the last ones above); see journalctl -u garage" false
}

# A second safety copy, made by Garage itself, beside the database.
halt_snapshot() {
    has_snapshots "$(ledger_get release)" || return 0
    check snapshot-failed "garage meta snapshot did not succeed on this node; see journalctl -u garage" halt_take_snapshot
}

halt_take_snapshot() {
    local said
    said="$(ASK_LIMIT="repairTimeoutSeconds=3600" garage_cli meta snapshot)" || return 1
    ! grep -qi error <<<"$said"
}

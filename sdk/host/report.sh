# shellcheck shell=bash
# report [--items]: all that can be said of this node, its daemon and its host, as one JSON document (docs/report.md). Read-only; works on a
# host that is only half set up, and beside a daemon that hangs. --items counts the entries of the tables too.

verb_report() {
    local from questions=(status through stats workers errors layout roles history health)
    case "$*" in
        "") ;;
        --items) questions+=(items) ;;
        *) fail option-unknown "garage-node report takes --items and nothing else" ;;
    esac
    if [ "$EUID" != 0 ] && [ -z "$ROOT" ]; then fail not-root "the ledger is root's: sudo garage-node report"; fi
    jq_needed
    clock_ms from
    ask_begin
    ask_host
    # Nobody answers for a daemon that doesn't run.
    if [ -n "$CURRENT" ] && [ -n "$(daemon_pid)" ]; then ask self "" "${questions[@]}"; fi
    # shellcheck disable=SC2016
    jq_run 'report($answers; $series; $limits)' --arg own "$HOST_LINES" --arg from "$from" || fail unexpected "jq could not make a report of what was said"
    ask_done
}

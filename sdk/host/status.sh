# shellcheck shell=bash
# status [--json]: what this node is, runs, and has been through. Read-only; works on a host that is only half set up. --json is `report`.

verb_status() {
    if [ "${1:-}" = --json ]; then
        load_verb report
        verb_report "${@:2}"
        return
    fi
    if [ "$EUID" != 0 ] && [ -z "$ROOT" ]; then fail not-root "the ledger is root's: sudo garage-node status"; fi
    printf 'cluster %s\nnode %s\nid %s\n' "$(claim_get cluster)" "$(claim_get node)" "$(claim_get id)"
    HOST_LINES=""
    ask_ledger
    printf '%s' "$HOST_LINES" | sed 's/^ledger //'
    ! ledger_knows adopted || printf 'before %s, by %s\n' "$(old_does named "")" "$(old_get configuration)"
    printf 'current %s\n' "$(current_generation)"
    printf 'running %s\n' "$(status_running)"
    printf 'health %s\n' "$(status_health)"
    printf 'tool %s\n' "$(basename "$HERE")"
    status_jobs
}

status_running() {
    local pid
    pid="$(daemon_pid)"
    if [ -z "$pid" ]; then
        printf 'no (%s)\n' "$(daemon_show ActiveState)"
    else
        printf 'yes, process %s since %s\n' "$pid" "$(daemon_show ActiveEnterTimestamp)"
    fi
}

# This node's own view, in Garage's words; who counts on it asks every node.
status_health() {
    local text
    [ -n "$(daemon_pid)" ] || { echo "not running" && return; }
    text="$(garage_cli status 2>/dev/null)" || { echo "does not answer" && return; }
    printf '%s\n' "$text" | awk '
        /^==== HEALTHY/ { part = "up"; next }
        /^==== FAILED/ { part = "down"; next }
        /^====/ { part = "" }
        part && /^[0-9a-f]+ / { count[part]++ }
        END { printf "sees %d up, %d down\n", count["up"], count["down"] }'
}

status_jobs() {
    local job
    for job in "$RUN"/jobs/*/; do
        if [ -f "$job/about" ] && jobs_runs "${job%/}"; then
            printf 'job %s (since %s)\n' "$(kv_get "$job/about" verb)" "$(kv_get "$job/about" since)"
        fi
    done
}

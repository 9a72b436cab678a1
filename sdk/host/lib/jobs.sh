# shellcheck shell=bash
# Acting verbs run as transient units, so that a lost connection kills nothing; the caller only follows the log.

# jobs_call VERB ARGS…: attaches to the same call if it still runs, else starts it; then its log, answer and exit code.
jobs_call() {
    local job sum
    require_systemd
    [ -d "$RUN/jobs" ] || { mkdir -p "$RUN/jobs" && chmod 700 "$RUN" "$RUN/jobs"; }
    job="$(mktemp -d "$RUN/jobs/$1.XXXXXX")"
    if reads_sheet "$@" && [ ! -t 0 ]; then cat >"$job/stdin"; else : >"$job/stdin"; fi
    sum="$({ printf '%s\0' "$@" && cat "$job/stdin"; } | sha256sum)"
    printf '%s\n' "${sum%% *}" >"$job/key"
    : >"$job/log"
    job="$(jobs_attach_or_start "$job" "$@")"
    jobs_follow "$job"
    if reads_sheet "$@"; then answer_shown "$(<"$job/answer")"; else cat "$job/answer"; fi
}

require_systemd() {
    if [ -d "$ROOT/run/systemd/system" ] && command -v systemd-run >/dev/null; then return; fi
    fail no-systemd "this host does not run systemd, which Garage's unit and this tool need: take a host with systemd"
}

# Verbs that are typed by people take no sheet: over `ssh host garage-node …` their stdin never ends.
reads_sheet() {
    case "$1:${3:-}" in restore:* | ledger:* | disown:) return 1 ;; esac
}

# Prints the job that the caller is to follow. In a subshell that holds the lock of the job list.
jobs_attach_or_start() (
    local job="$1" other now
    shift
    exec 8>"$RUN/jobs.lock"
    flock 8
    for other in "$RUN"/jobs/*/; do
        other="${other%/}"
        if [ "$other" != "$job" ] && jobs_runs "$other" && [ "$(text_of "$other/key")" = "$(text_of "$job/key")" ]; then
            rm -rf "$job"
            say "the same call still runs since $(kv_get "$other/about" since); attached to it"
            printf '%s\n' "$other"
            return
        fi
    done
    jobs_prune "$job"
    now_iso now
    printf 'verb %s\nsince %s\n' "$*" "$now" >"$job/about"
    systemd-run --quiet --collect --unit="$(jobs_unit "$job")" --description="garage-node $1" \
        ${ROOT:+"--setenv=GARAGE_NODE_ROOT=$ROOT"} "$BASH" "$HERE/garage-node" --job "$job" "$@" 8>&- </dev/null >&2 ||
        fail no-systemd "systemd-run could not start the verb: see systemctl status and journalctl -b, then run pulumi up again"
    printf '%s\n' "$job"
)

jobs_unit() {
    printf 'garage-node-%s\n' "${1##*/}"
}

jobs_runs() {
    [ ! -f "$1/rc" ] && systemctl is-active --quiet "$(jobs_unit "$1").service"
}

# Ended jobs are kept for an hour, for a second caller that is still reading.
jobs_prune() {
    local old
    while read -r old; do
        [ "$old" = "$1" ] || jobs_runs "$old" || rm -rf "$old"
    done < <(find "$RUN/jobs" -mindepth 1 -maxdepth 1 -type d -mmin +60)
}

jobs_follow() {
    local job="$1" code polls=0 pause=0.05
    exec 7<"$job/log"
    until [ -f "$job/rc" ]; do
        jobs_print_new
        polls=$((polls + 1))
        if [ $((polls % 40)) -eq 0 ]; then
            jobs_alive "$job" || fail job-lost "the verb ended without a result (killed? rebooted?); run pulumi up again"
            # Buckets and keys stand in line by the dozen, and who looks often takes the time of who is served.
            pause=0.2
        fi
        nap "$pause"
    done
    jobs_print_new
    code="$(<"$job/rc")"
    return "$code"
}

# What the log has got since the last time, also the beginning of a line. Programs speak there in their own words, and daemons in those of peers:
# none of it is for the caller's terminal to obey.
jobs_print_new() {
    local line
    while IFS= read -r -u 7 line; do
        plain_line line
        printf '%s\n' "$line" >&2
    done
    plain_line line
    printf '%s' "$line" >&2
}

# The unit runs, or has just left its result.
jobs_alive() {
    ! jobs_runs "$1" || return 0
    sleep 1
    jobs_print_new
    [ -f "$1/rc" ]
}

# ── inside the unit ──────────────────────────────────────────────────────────────────────────────
# jobs_run DIR VERB ARGS…: the log goes to the file that the callers follow and to the journal. The lock is this shell's alone: whatever a
# verb starts, and leaves behind, neither holds it nor keeps the verb from ending.
jobs_run() {
    local job="$1" code log tee
    JOB="$job"
    shift
    exec <"$job/stdin"
    rm -f "$job/stdin"
    exec {log}> >(exec tee -ap "$job/log") 9>>"$RUN/lock"
    tee=$!
    set +e
    (
        set -eE
        exec {log}>&-
        trap 'jobs_unexpected "$LINENO" "$BASH_COMMAND"' ERR
        sheet_read
        ! reads_sheet "$@" || sheet_whole
        jobs_lock "$@"
        exec 9>&-
        # It asks the ledger, which may be what `ledger rebuild` is to mend.
        [ "$1" = ledger ] || current_find
        old_places_whole
        left_refuse "$1"
        adopt_refuse "$1"
        "verb_${1//-/_}" "${@:2}" </dev/null
    ) >"$job/answer" 2>&"$log"
    code=$?
    set -e
    exec {log}>&- 9>&-
    jobs_log_ends "$tee"
    jobs_explain "$code"
    printf '%s\n' "$code" >"$job/rc.new"
    mv -f "$job/rc.new" "$job/rc"
}

# jobs_log_ends TEE: all that was said is written. What was left behind may hold the pipe for as long as it lives.
jobs_log_ends() {
    local tries
    for ((tries = 0; tries < 40; tries++)); do
        kill -0 "$1" 2>/dev/null || return 0
        nap 0.05
    done
}

# Nothing ends without a word: the last command that failed where nobody expected it is named (unexpanded: no secrets).
jobs_unexpected() {
    printf '"%s" failed (%s, line %s)\n' "$2" "${FUNCNAME[1]:-?}" "$1" >>"$JOB/unexpected"
}

jobs_explain() {
    if [ "$1" -eq 0 ] || [ -f "$JOB/failed" ]; then return; fi
    say "stopped: $(tail -n 2 "$JOB/unexpected" 2>/dev/null | tr '\n' ' ')[unexpected]" 2>&1 | tee -ap "$JOB/log"
}

# One acting verb at a time on a host; whoever waits says for whom.
jobs_lock() {
    local now limit
    if ! flock -n 9 && ! jobs_lock_soon "$1"; then
        say "waiting for the end of: $(cat "$RUN/lock.holder" 2>/dev/null)"
        jobs_limit limit
        wait_until "$limit" "the end of $(cat "$RUN/lock.holder" 2>/dev/null)" jobs_lock_free "$@" ||
            fail lock-busy "another verb still runs: $(cat "$RUN/lock.holder" 2>/dev/null)"
    fi
    [ ! -e "$RUN/lock.waits" ] || rm -f "$RUN/lock.waits"
    now_iso now
    printf 'garage-node %s (since %s)\n' "$*" "$now" >"$RUN/lock.holder"
}

# Buckets and keys come by the hundred, and take a second each: they wait in line without a word.
jobs_lock_soon() {
    jobs_of_store "$1" && flock -w 30 9
}

jobs_of_store() {
    case "$1" in bucket | bucket-delete | key | key-delete) ;; *) return 1 ;; esac
}

# jobs_limit VARIABLE: longer than any verb may take by its own limits (one repair may follow another).
jobs_limit() {
    local _drain _repair
    option drainTimeoutSeconds 1800 _drain
    option repairTimeoutSeconds 3600 _repair
    option lockTimeoutSeconds $((_drain + 6 * _repair + 3600)) "$1"
}

# A call of pulumi up ends an older one that only waits for the cluster: what it waits for may never come (a host that died meanwhile), and
# what is asked for now knows better. Buckets and keys know nothing of it: they may come from any stack, and S3 may be off until the wait is over.
jobs_lock_free() {
    local unit
    ! flock -n 9 || return 0
    if jobs_of_store "$1"; then
        store_refuse_hop
        return 1
    fi
    text_of "$RUN/lock.waits" unit
    if [ -n "$unit" ] && reads_sheet "$@"; then
        say "it only waits, and this call is newer: ending it"
        rm -f "$RUN/lock.waits"
        systemctl stop "$unit.service" >/dev/null 2>&1 || true
    fi
    flock -n 9
}

# waits_only COMMAND…: COMMAND waits, for long, and changes nothing. Meanwhile a newer call may end this one (jobs_lock_free).
waits_only() {
    local code=0
    [ -z "${JOB:-}" ] || jobs_unit "$JOB" >"$RUN/lock.waits"
    "$@" || code=$?
    rm -f "$RUN/lock.waits"
    return "$code"
}

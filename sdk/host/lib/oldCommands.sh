# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# The old service is whatever the program's stopCommand ends and its startCommand brings back (oldKeeper.sh). There is nothing that this tool could
# put away: what else would start it isn't known here. So it has to stay away for a while once it is gone, before anything of it is touched.

# Seconds.
OLD_STAYS=5

old_commands_named() {
    give "what its startCommand starts" "$1"
}

old_commands_found() {
    return 0
}

old_commands_says() {
    give "its own log" "$1"
}

# old_commands_pids VARIABLE [UID]: the daemons of Garage that run here, but for ours: of the old one's user (UID, before he is noted) or root. Anybody may
# call something garage, and it must keep no node down.
old_commands_pids() {
    local _dir _is _uid="${2:-}" _pids=""
    [ -n "$_uid" ] || old_get uid _uid
    for _dir in "$ROOT"/proc/[0-9]*; do
        if ! garage_server_here "$_dir" || grep -qs '/garage\.service\(/\|$\)' "$_dir/cgroup"; then continue; fi
        process_uid "$_dir" _is
        case "$_is" in 0 | "$_uid") _pids+="${_pids:+ }${_dir##*/}" ;; esac
    done
    give "$_pids" "$1"
}

old_commands_shown() {
    local each pids pid
    old_commands_pids pids
    pid="${pids%% *}"
    for each; do
        case "$each" in
            ActiveState) printf 'ActiveState=%s\n' "$([ -n "$pid" ] && echo active || echo inactive)" ;;
            MainPID) printf 'MainPID=%s\n' "${pid:-0}" ;;
            NRestarts) printf 'NRestarts=0\n' ;;
            ActiveEnterTimestamp) printf 'ActiveEnterTimestamp=%s\n' "$([ -z "$pid" ] || stat -c %y "$ROOT/proc/$pid" 2>/dev/null)" ;;
        esac
    done
}

# old_commands_run SECONDS COMMAND: as root, with an environment of its own.
old_commands_run() {
    local said code=0
    said="$(mktemp "$RUN/command.XXXXXX")" || return 1
    apart "$1" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        bash -c "cd /; $2" </dev/null >"$said" 2>&1 || code=$?
    tail -n 3 "$said" | plain_text | sed 's/^/    /' >&2
    rm -f -- "$said"
    return "$code"
}

old_commands_start() {
    local start code=0
    old_get start start
    # Two of them on one database destroy it.
    daemon_stopped || return 0
    old_commands_run 90 "$start" || code=$?
    [ "$code" -ne 0 ] || wait_until 30 "the old daemon" old_commands_runs && return 0
    LAST_SEEN="startCommand ended with $code, and no daemon of Garage runs"
    say "$LAST_SEEN"
    return 1
}

old_commands_runs() {
    ! daemon_stopped
}

# Its stopCommand waits, or doesn't: nobody knows.
old_commands_told() {
    return 1
}

# old_commands_stop GRACE: no signal of ours: who started it may take its end for a crash.
old_commands_stop() {
    local stop code=0
    ! daemon_stopped || return 0
    old_get stop stop
    old_commands_run $(($1 + 60)) "$stop" || code=$?
    [ "$code" -eq 0 ] || say "stopCommand ended with $code"
    wait_until $(($1 + 10)) "the daemon's end by stopCommand" daemon_stopped || true
}

old_commands_journal() { :; }

# old_commands_own DIR: the daemon, or who has started it.
old_commands_own() {
    local pids pid key value
    old_commands_pids pids
    for pid in $pids; do
        while [ "${pid:-0}" -gt 1 ]; do
            [ "${1##*/}" != "$pid" ] || return 0
            value=""
            while read -r key value _; do [ "$key" != PPid: ] || break; done <"$ROOT/proc/$pid/status" 2>/dev/null || true
            pid="$value"
        done
    done
    return 1
}

old_commands_recorded() { :; }

# old_commands_away: what would start it by itself isn't known; it has to stay away.
old_commands_away() {
    local looks
    for ((looks = OLD_STAYS * 5; ; looks--)); do
        daemon_stopped || break
        [ "$looks" -gt 0 ] || return 0
        nap 0.2
    done
    LAST_SEEN="something has started it again after stopCommand (process $(daemon_pid)): let stopCommand end that too"
    return 1
}

old_commands_back() {
    our_unit_away || { LAST_SEEN="can't take the new unit away"; return 1; }
    systemctl daemon-reload
}

old_commands_script() {
    printf 'bash -c %q\n' "$(old_get start)"
}

# --- before -------------------------------------------------------------------------------------------------------------

# old_commands_fits: both commands are given, and the daemon that was looked at is the only one, in this host's own namespace.
old_commands_fits() {
    local pids
    { [ -n "$(seen_value .commands.stop)" ] && [ -n "$(seen_value .commands.start)" ]; } ||
        fail adopt-by-hand "nothing that this tool knows keeps the daemon running, so it couldn't bring it back; nothing was touched: give nodes.$(sheet_get node).adopt its stopCommand and startCommand, or run it by a unit, and inspect again"
    old_commands_pids pids "$(jq -r '.daemons[0].uid' <<<"$OLD_LOOK")"
    [ "$pids" = "$(jq -r '.daemons[0].pid' <<<"$OLD_LOOK")" ] ||
        fail adopt-by-hand "the daemon runs in a container that no engine of root's knows, or another one beside it (${pids:-none} is seen); nothing was touched: run it on the host itself, and inspect again"
    old_name_free
}

# old_commands_lines: of service.adopted, by what the call says.
old_commands_lines() {
    seen_now | jq -r '"stop \(.commands.stop // "")", "start \(.commands.start // "")"'
}

# old_commands_again: other commands may be the way out of a takeover that went wrong.
old_commands_again() {
    local lines text
    lines="$(old_commands_lines)" || return 0
    case $'\n'"$lines"$'\n' in *$'\nstop \n'* | *$'\nstart \n'*) return 0 ;; esac
    [ "$lines" != "$(grep -e '^stop ' -e '^start ' "$ADOPTED/service.adopted")" ] || return 0
    text="$(grep -v -e '^stop ' -e '^start ' "$ADOPTED/service.adopted")"$'\n'"$lines"
    put_file "$ADOPTED/service.adopted" "$text" || fail unwritable "can't write to $ADOPTED; is the disk full?"
}

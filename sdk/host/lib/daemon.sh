# shellcheck shell=bash
# Generations and the daemon.

# generation_info ID KEY [VARIABLE]
generation_info() {
    kv_get "$GENERATIONS/$1/info" "$2" "${3:-}"
}

# generation_is ID KEY VALUE: its info says so. Without a process.
generation_is() {
    local KV
    kv_find "$GENERATIONS/$1/info" "$2"
    [ "$KV" = "$3" ]
}

# current_find: sets CURRENT to the generation that is active, empty when none is. Takes a process only where it isn't what the ledger says.
current_find() {
    local link
    if [ -n "${CURRENT:-}" ] && [ "$OPT/current" -ef "$GENERATIONS/$CURRENT" ]; then return 0; fi
    CURRENT=""
    [ -L "$OPT/current" ] || return 0
    ledger_get generation link
    if [ -z "$link" ] || ! [ "$OPT/current" -ef "$GENERATIONS/$link" ]; then link="$(readlink "$OPT/current")"; fi
    CURRENT="${link##*/}"
}

# current_generation [VARIABLE]
current_generation() {
    current_find
    give "$CURRENT" "${1:-}"
}

# current_info KEY: sets KV to what the active generation's info says. Like kv_find it takes no process.
current_info() {
    current_find
    kv_find "$GENERATIONS/$CURRENT/info" "$1"
}

# runs_series SERIES…: the active generation is of one of them.
runs_series() {
    local KV
    current_info series
    case " $* " in *" ${KV:-none} "*) return 0 ;; esac
    return 1
}

# daemon_shown PROPERTY…: lines `<property>=<value>` of what runs the daemon.
daemon_shown() {
    local unit each words=()
    if kept_elsewhere; then
        old_does shown "$@"
        return
    fi
    daemon_unit unit
    for each; do words+=(-p "$each"); done
    systemctl show "$unit" "${words[@]}" 2>/dev/null
}

# daemon_show PROPERTY [VARIABLE]
daemon_show() {
    local KV _code=0
    KV="$(daemon_shown "$1")" || _code=$?
    give "${KV#*=}" "${2:-}"
    return "$_code"
}

# daemon_pid [VARIABLE]: nothing when no process runs.
daemon_pid() {
    local _pid
    daemon_show MainPID _pid || true
    give "${_pid#0}" "${1:-}"
}

daemon_active() {
    local state
    daemon_show ActiveState state || true
    [ "$state" = active ]
}

# No process, and systemd isn't about to start one. One question for both: between two the daemon might start.
daemon_stopped() {
    local shown
    shown="$(daemon_shown ActiveState MainPID)" || shown=""
    case "$shown" in
        "MainPID=0"$'\n'"ActiveState=inactive" | "MainPID=0"$'\n'"ActiveState=failed") return 0 ;;
        "ActiveState=inactive"$'\n'"MainPID=0" | "ActiveState=failed"$'\n'"MainPID=0") return 0 ;;
    esac
    return 1
}

# The kernel's list of TCP sockets, on stdout. No ss on small hosts, and no tcp6 where the host has no IPv6.
tcp_sockets() {
    cat "$ROOT/proc/net/tcp" "$ROOT/proc/net/tcp6" 2>/dev/null || true
}

# port_listens PORT: some process listens on that TCP port (any address).
port_listens() {
    local hex
    printf -v hex ':%04X' "$1"
    grep -Eqs "^ *[0-9]+: [0-9A-F]+$hex [0-9A-F]+:[0-9A-F]+ 0A " "$ROOT/proc/net/tcp" "$ROOT/proc/net/tcp6"
}

# activate ID: makes ID what runs at the next start. Only while the daemon is stopped; the ledger first: it is the truth
# that `start` and `roll` complete after a crash.
activate() {
    [ -f "$GENERATIONS/$1/info" ] || fail generation-missing "generation $1 does not lie here; run pulumi up, so that stage lays it ready"
    daemon_stopped || fail daemon-running "can't switch to $1 while the daemon runs"
    record_generation "$1"
    ln -sfn "generations/$1" "$OPT/current.new"
    mv -fT "$OPT/current.new" "$OPT/current"
    sync "$OPT"
    current_find
    write_drop_in "$1"
    # `stage` has done it; not so for what a backup brought.
    keep_generation "$1" || say "note: generation $1 could not be copied to $KEEP: is the metadata volume full?"
}

# The ledger's data directories only ever grow: one that held blocks can't be left out again.
record_generation() {
    local changes=() path paths debt
    debt_of "$1" debt
    ledger_is generation "$1" || changes+=("generation=$1")
    [ -z "$debt" ] || changes+=("debt=$debt")
    kv_all "$GENERATIONS/$1/info" data paths
    while read -r path; do
        [ -z "$path" ] || ledger_has data "$path" || changes+=("+data=$path")
    done <<<"$paths"
    [ "${#changes[@]}" -eq 0 ] || ledger_update "${changes[@]}"
}

# Starts what is active by the ledger; 1 when systemd couldn't (then the journal's last lines were said).
daemon_start() {
    local unit
    # shellcheck disable=SC2034  # for journal_tail
    printf -v DAEMON_SINCE '%(%s)T' -1
    if kept_elsewhere; then
        old_does start
        return
    fi
    daemon_unit unit
    systemctl reset-failed "$unit" >/dev/null 2>&1 || true
    if systemctl start "$unit" >/dev/null 2>&1; then return 0; fi
    say "systemd could not start ${unit%.service}; its journal says:"
    journal_tail 8 >&2
    return 1
}

# Bounded: stopGraceSeconds, then SIGKILL (0.9.2 to 1.0.0 never end while a client is connected). Proves that no process
# is left and nobody listens on the RPC port. `daemon_stopped || daemon_stop` before a start: systemd may be between two tries of one that crashes.
daemon_stop() {
    local grace generation
    current_generation generation
    stop_grace "$generation" grace
    [ -z "$generation" ] || write_drop_in "$generation"
    stop_unwaited "$generation" "$grace"
    if kept_elsewhere; then old_does stop "$grace"; else daemon_stop_unit "$grace"; fi
    wait_until 10 "the daemon's end" daemon_gone ||
        fail daemon-not-stopped "the daemon did not end within $((grace + 20)) s ($LAST_SEEN)"
}

# daemon_told: it is told to end, and nobody waits.
daemon_told() {
    local unit
    if kept_elsewhere; then
        old_does told
        return
    fi
    daemon_unit unit
    systemctl stop --no-block "$unit" >/dev/null 2>&1
}

# daemon_stop_unit GRACE
daemon_stop_unit() {
    local unit
    daemon_unit unit
    timeout $(($1 + 20)) systemctl stop "$unit" >/dev/null 2>&1 || true
    ! daemon_stopped || return 0
    systemctl kill -s KILL "$unit" >/dev/null 2>&1 || true
    timeout 20 systemctl stop "$unit" >/dev/null 2>&1 || true
}

daemon_gone() {
    local KV
    daemon_stopped || { LAST_SEEN="systemd says $(daemon_show ActiveState), process $(daemon_pid)"; return 1; }
    current_info rpcport
    [ -n "$KV" ] || return 0
    ! port_listens "$KV" || { LAST_SEEN="somebody still listens on port $KV"; return 1; }
}

# The process that runs is the current generation's binary, and it answers under this node's id.
daemon_answers() {
    local pid now
    daemon_runs pid || return 1
    garage_cli status >/dev/null 2>&1 || { LAST_SEEN="process $pid does not answer yet"; return 1; }
    daemon_pid now
    [ "$now" = "$pid" ] || { LAST_SEEN="the process changed"; return 1; }
}

# daemon_runs VARIABLE: the first half of it; which process that is.
daemon_runs() {
    local _runs exe
    daemon_pid _runs
    [ -n "$_runs" ] || { LAST_SEEN="no process runs"; return 1; }
    # As the daemon's user: in a container root may not look at other users' processes. Where nobody may, it stays
    # unknown; `activate` only ever switches while no process runs.
    exe="$(as_garage readlink "$ROOT/proc/$_runs/exe" 2>/dev/null)" || exe=""
    if [ -n "$exe" ] && ! adopt_runs_old && [ "$exe" != "$(readlink -f "$OPT/current/garage")" ]; then
        LAST_SEEN="process $_runs is $exe, not $(current_generation)"
        return 1
    fi
    give "$_runs" "$1"
}

# garage_server /proc/PID: a daemon of Garage, ours or not, whatever its file is called (garage-v1.0.1, .garage-wrapped). As inspect/process.sh has it.
garage_server() {
    local comm=""
    { IFS= read -r comm <"$1/comm"; } 2>/dev/null || return 1
    case "$comm" in
        # Ours, also where a node is called "server".
        garage-node | garage-manage) return 1 ;;
        garage* | .garage*) ;;
        *) return 1 ;;
    esac
    tr '\0' '\n' <"$1/cmdline" 2>/dev/null | grep -qx server
}

# garage_server_here /proc/PID: the same, but a container's own is somebody else's, where that can be seen.
garage_server_here() {
    local own other
    garage_server "$1" || return 1
    other="$(readlink "$1/ns/pid" 2>/dev/null)" || return 0
    own="$(readlink "$ROOT/proc/self/ns/pid" 2>/dev/null)" || own=""
    [ "$other" = "$own" ]
}

# shellcheck shell=bash
# The user garage, whose programs answer people here, may be whoever took the daemon over. Such a process is in root's session, where older kernels
# let it type into root's shell (TIOCSTI). So there is no terminal to type at: not the session's, whatever stdin and stdout are.

# terminal_leave PROGRAM WORDS…: goes on where no terminal controls this process. Else PROGRAM does all of it in a session of its own, and this
# process ends as that one does; what ends this one at the terminal ends both.
terminal_leave() {
    local pid signal code=0 ended=""
    { [ -c /dev/tty ] && : <>/dev/tty; } 2>/dev/null || return 0
    # What bash puts into the background would read from nowhere.
    setsid "$BASH" "$@" <&0 &
    pid=$!
    for signal in INT QUIT TERM HUP; do
        # shellcheck disable=SC2064  # now
        trap "ended=$signal; terminal_end $pid" "$signal"
    done
    while :; do
        code=0
        wait "$pid" || code=$?
        # A signal that is trapped ends `wait` too.
        kill -0 "$pid" 2>/dev/null || break
    done
    [ -z "$ended" ] || { trap - "$ended" && kill -s "$ended" "$$"; }
    exit "$code"
}

# terminal_end PID: and all that it has started.
terminal_end() {
    kill -- "-$1" 2>/dev/null || kill "$1" 2>/dev/null || true
}

# shellcheck shell=bash
# shellcheck disable=SC2034  # AWAITED is read by the callers
# Asking ahead: nearly all the time of an answer is waiting, so what is needed soon is asked for while something else is. An answer is as
# old as its question: whoever has waited for anything meanwhile asks again.

declare -gA AHEAD=()

# ahead NAME COMMAND…: starts COMMAND now, in a shell of its own, with what it says to nobody but `awaited`. A second one of the same NAME
# replaces the first; one that nobody awaits ends by the time limits of what it asks.
ahead() {
    local name="$1" pipe
    shift
    exec {pipe}< <(
        trap - ERR
        exec 2>/dev/null
        "$@" </dev/null && echo "exit 0" || echo "exit $?" || true
    )
    AHEAD[$name]="$pipe"
}

# awaited NAME: sets AWAITED to what COMMAND wrote, once it has ended; returns its exit code. Once for each `ahead`; 1 where that failed.
awaited() {
    local pipe="${AHEAD[$1]:-}" text="" last
    AWAITED=""
    [ -n "$pipe" ] || return 1
    IFS= read -rd '' -u "$pipe" text || true
    exec {pipe}<&-
    unset "AHEAD[$1]"
    text="${text%$'\n'}"
    last="${text##*$'\n'}"
    AWAITED="${text%"$last"}"
    AWAITED="${AWAITED%$'\n'}"
    case "$last" in "exit "*) return "${last#exit }" ;; esac
    return 1
}

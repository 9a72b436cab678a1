# shellcheck shell=bash
# Much side by side, but never so much that a small host ends its daemon for want of memory.

# So many processes at a time, mostly of Garage's CLI, which takes some 20 MB.
LANES=24

# side_by_side FUNCTION WORD…: `FUNCTION WORD` for each, in a process of its own. What comes of it is left to whoever looks next.
# Neighbours never wait for each other: where one node is dead, what is asked of it waits for its limits at the same time.
side_by_side() {
    local what="$1" lane pids=()
    shift
    for ((lane = 1; lane <= LANES && lane <= $#; lane++)); do
        _lane "$lane" "$what" "$@" </dev/null &
        pids+=("$!")
    done
    [ "${#pids[@]}" -eq 0 ] || wait "${pids[@]}" || true
}

_lane() {
    local at="$1" what="$2"
    trap - ERR
    shift 2
    for (( ; at <= $#; at += LANES)); do
        # By `|| true` alone, bash would go on in the function behind a command that fails.
        "$what" "${!at}" &
        wait "$!" || true
    done
}

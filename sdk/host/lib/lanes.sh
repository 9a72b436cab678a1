# shellcheck shell=bash
# Much side by side, but never so much that a small host ends its daemon for want of memory.

# So many processes at a time, mostly of Garage's CLI, which takes some 20 MB.
LANES=24

# side_by_side COUNT FUNCTION: `FUNCTION 0` to `FUNCTION COUNT-1`, each in a process of its own. What comes of it is left to whoever looks next.
# Neighbours never wait for each other: where one node is dead, what is asked of it waits for its limits at the same time.
side_by_side() {
    local lane pids=()
    for ((lane = 0; lane < LANES && lane < $1; lane++)); do
        _lane "$lane" "$@" </dev/null &
        pids+=("$!")
    done
    [ "${#pids[@]}" -eq 0 ] || wait "${pids[@]}" || true
}

_lane() {
    local at
    trap - ERR
    for ((at = $1; at < $2; at += LANES)); do
        # By `|| true` alone, bash would go on in the function behind a command that fails.
        "$3" "$at" &
        wait "$!" || true
    done
}

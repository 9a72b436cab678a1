# shellcheck shell=bash
# shellcheck disable=SC2034  # LAST_SEEN is for the callers
# The user's commands around a restart. Ledger key: `out yes`, from before beforeStop until afterStart has run: the node may be out of a load
# balancer. Whoever proves it next puts it back.

# hook_out: beforeStop. 1 with the reason in LAST_SEEN.
hook_out() {
    local command
    option beforeStop "" command
    [ -n "$command" ] || return 0
    ledger_is out yes || ledger_update out=yes
    hook_run beforeStop
}

# hook_back: what took this node out ahead of its stop is undone: afterStart, where beforeStop has run. It is proven. 1, and LAST_SEEN says what isn't.
hook_back() {
    balancer_back || return 1
    ledger_is out yes || return 0
    hook_run afterStart || { LAST_SEEN="afterStart failed ($LAST_SEEN)"; return 1; }
    ledger_update out=
}

# hook_back_or_fail: for a node that serves, and would stay out of sight.
hook_back_or_fail() {
    hook_back || fail hook-failed "$LAST_SEEN; Garage $(ledger_get release) runs here and serves, but what beforeStop took out isn't back: pulumi up tries again"
}

# hook_run NAME: the user's command, as root, with a limit. systemd runs it, in a unit of its own: nothing of ours (lock, log, pipes) is
# inherited by what it leaves behind, and that lives on when this verb has ended (`haproxy -D`).
hook_run() {
    local command limit word unit code=0
    option "$1" "" command
    [ -n "$command" ] || return 0
    option hookTimeoutSeconds 60 limit
    random_word word
    unit="garage-node-hook-$word"
    say "$1: $command"
    # By a file: systemd would put variables of its own into a command line.
    # An empty one would succeed without having done anything.
    run_note "$unit" "$command" || return 1
    systemd-run --quiet --wait --collect --unit="$unit" --description="garage-node: $1" -p KillMode=process \
        ${ROOT:+"--setenv=GARAGE_NODE_ROOT=$ROOT"} timeout -k 5 "$limit" "$BASH" "$RUN/$unit" </dev/null >&2 || code=$?
    rm -f "$RUN/$unit"
    # What it said itself, without systemd's own words about it.
    journal_of "_SYSTEMD_UNIT=$unit.service" -n 100 >&2
    LAST_SEEN="exit code $code"
    [ "$code" -ne 124 ] || LAST_SEEN="not done after $limit s"
    return "$code"
}

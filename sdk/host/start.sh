# shellcheck shell=bash
# start: the first start of a new node, or of a stopped daemon that the ledger allows. Behind the barrier: nothing here
# moves before every node's stage has consented. It is also what withdraws a node from an attempt that was called off.

verb_start() {
    local staged release plan
    require_identity
    require_same_release
    ledger_get staged staged
    generation_info "$staged" release release
    [ "$release" = "$SAME_RELEASE" ] ||
        fail stage-differs "this node has staged ${release:-nothing}, the cluster is asked for $SAME_RELEASE; nothing was touched: run pulumi up without --target"
    if adopt_waits; then
        start_adopted
        answer "$SAME_RELEASE"
        return
    fi
    systemctl enable --no-reload garage.service >/dev/null 2>&1 || true
    plan="$(start_plan "$staged")" || exit 1
    case "$plan" in
        withdraw) start_withdraw "$staged" ;;
        hop) start_in_hop ;;
        held) say "left alone: this node is held: $(ledger_get held)" ;;
        new) start_new "$staged" "$release" ;;
        running) start_running ;;
        prove) start_prove ;;
        repair) start_repair "$staged" "$release" ;;
        stopped) start_stopped "$staged" ;;
    esac
    answer "$SAME_RELEASE"
}

# The old service serves until its turn (`take`). Where that was cut short something has to run again, or nobody would get as far as to go on.
start_adopted() {
    local old says
    old_does named old
    old_does says says
    # A boot in the middle of it has systemd try ours again and again, which nothing admits.
    if adopt_runs_old && ledger_knows act && { daemon_stopped || { [ -z "$(daemon_pid)" ] && unit_is_ours "$ROOT/etc/systemd/system/garage.service"; }; }; then
        say "the takeover was cut short: back to the old service ($old)"
        old_brought_back || fail adopt-down "what the takeover has begun can't be undone ($LAST_SEEN); run pulumi up again"
    fi
    if daemon_stopped; then
        ! old_runs_elsewhere ||
            fail adopt-stale "the old service ($old) is stopped, and $LAST_SEEN; two on one database destroy it, so nothing was started: stop that one, or inspect again and give the new adopt.json"
        daemon_start || true
    fi
    if ! wait_until startTimeoutSeconds=120 "the daemon's answer" daemon_answers; then
        ledger_knows act ||
            fail daemon-silent "the old service ($old), which runs until its turn, doesn't answer ($LAST_SEEN); nothing was touched: see $says"
        say "Garage doesn't answer ($LAST_SEEN)"
    fi
    if adopt_runs_old; then say "the old service ($old) runs until its turn"; else say "its takeover was cut short, and goes on (take)"; fi
}

start_plan() {
    local series
    [ -n "$(daemon_show ActiveState)" ] || fail systemd-silent "systemd doesn't say whether Garage runs; nothing was touched: run pulumi up again"
    generation_info "$1" series series
    case "$(ledger_get act)" in withdraw*) echo withdraw && return ;; esac
    if ledger_is hopstate open; then
        # Back where the series that the attempt started from is asked for again.
        if [ "$series" = "$(ledger_get series)" ] && ! hop_has_migrated "$series" "$series" && [[ "$(ledger_get hop)" = "$series-to-"* ]]; then echo withdraw; else echo hop; fi
    elif ledger_knows held; then
        echo held
    elif stage_never_started; then
        echo new
    elif daemon_active && ledger_is born yes; then
        if start_hangs "$1"; then echo repair; else echo running; fi
    elif daemon_active; then
        echo prove
    elif ! start_switches "$1"; then
        # A hop or a conversion is asked for that has not begun or was cut short: first what fits the data has to run.
        echo stopped
    elif ledger_knows act || ! ledger_is born yes || [ ! -f "$GENERATIONS/$(ledger_get generation)/info" ]; then
        echo repair
    else
        echo stopped
    fi
}

# start_switches GENERATION: it runs on the data as they are.
start_switches() {
    generation_is "$1" series "$(ledger_get series)" && generation_is "$1" engine "$(ledger_get engine)"
}

# start_hangs GENERATION: what runs is left of a roll that didn't pass, and silent. No roll would get here: each one before it waits for
# this node. So another generation takes its place now.
start_hangs() {
    ledger_knows act && ! ledger_is generation "$1" && start_switches "$1" &&
        ! wait_until cliTimeoutSeconds=20 "the daemon's answer" daemon_answers
}

# Behind `migrate` runs what the ledger names; on a new root disk nothing else would start it. What doesn't start is left to the steps: a higher
# patch release may be asked for.
start_in_hop() {
    local generation
    ledger_get generation generation
    if ledger_has passed migrate && ! ledger_knows held && daemon_stopped && [ -f "$GENERATIONS/$generation/info" ]; then
        activate "$generation"
        start_try || { say "Garage $(ledger_get release) doesn't start ($LAST_SEEN); see journalctl -u garage" && return 0; }
        say "was down; started Garage $(ledger_get release)"
    fi
    say "the major upgrade $(ledger_get hop) goes on with its own steps"
}

# What of the unit depends on options, or on this tool, counts from its next start on.
start_running() {
    current_find
    [ -z "$CURRENT" ] || write_drop_in "$CURRENT"
    say "already runs Garage $(ledger_get release)"
}

# The series is written down before a daemon of it first touches the disk.
start_new() {
    local engine
    generation_info "$1" engine engine
    daemon_stopped || daemon_stop
    ledger_update "series=$(generation_info "$1" series)" "engine=$engine" release= act=
    activate "$1"
    start_and_prove
    ledger_update born=yes "release=$2" "@first start of $2"
    say "started Garage $2"
}

# The first start was cut off before its proof.
start_prove() {
    local release
    release="$(generation_info "$(current_generation)" release)"
    wait_until startTimeoutSeconds=120 "the daemon's answer" daemon_answers || start_failed
    if ! wait_until 5 "Garage to serve" serving_listens; then
        # Garage tries to bind once, at its start.
        say "$LAST_SEEN; starting it again"
        daemon_stop
        daemon_start || start_failed
    fi
    wait_until startTimeoutSeconds=120 "Garage to serve" daemon_serves || start_failed
    ledger_update born=yes "release=$release" "@first start of $release"
    hook_back_or_fail
    say "runs Garage $release"
}

# The daemon is down in the middle of an unfinished roll (or its generation was uninstalled): what was asked for is of
# the same series, and nothing is lost by switching a node that is down anyway. By rollfrom its roll knows that nothing was proven yet.
start_repair() {
    local before from
    ledger_get release before
    ledger_get generation from
    [ -z "$from" ] || [ "$from" = "$1" ] || ledger_knows rollfrom || ledger_update "rollfrom=$from"
    daemon_stopped || daemon_stop
    activate "$1"
    start_and_prove
    if [ "$before" != "$2" ] && [ -n "$before" ]; then
        ledger_update act= born=yes "release=$2" "previous=$before" "@started $2 in place of $before"
    else
        ledger_update act= born=yes "release=$2" "@started $2 again"
    fi
    hook_back_or_fail
    say "was down; started Garage $2"
}

start_stopped() {
    local generation
    generation="$(start_fitting)"
    daemon_stopped || daemon_stop
    [ "$(current_generation)" = "$generation" ] || activate "$generation"
    write_drop_in "$generation"
    if start_try; then
        hook_back_or_fail
        say "was stopped; started Garage $(ledger_get release)"
        return 0
    fi
    # The roll to another generation of this series is the repair.
    if [ "$generation" != "$1" ] && start_switches "$1"; then
        say "generation $generation does not start; the one asked for now takes its place"
        start_repair "$1" "$(generation_info "$1" release)"
        return 0
    fi
    start_failed
}

# The generation that may run. Cut short behind a conversion and set back it is the one that the roll was to; on the way back, the one it was from.
start_fitting() {
    local generation act from
    ledger_get generation generation
    ledger_get act act
    ledger_get rollfrom from
    if ! start_switches "$generation"; then
        if [ "${act%% *}" = roll ] && start_switches "${act#roll }"; then
            generation="${act#roll }"
        elif [ -n "$from" ] && start_switches "$from"; then
            generation="$from"
        fi
    fi
    printf '%s\n' "$generation"
}

start_try() {
    daemon_start && wait_until startTimeoutSeconds=120 "Garage to serve" daemon_serves
}

start_and_prove() {
    start_try || start_failed
}

start_failed() {
    local seconds
    option startTimeoutSeconds 120 seconds
    say "the journal of garage says:"
    journal_tail 12 >&2
    fail start-failed "Garage did not come up within $seconds s (${LAST_SEEN:-systemd refused it}); see journalctl -u garage"
}

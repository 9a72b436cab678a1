# shellcheck shell=bash
# take GENERATION [canary]: the Garage that ran here before comes under our unit, on its data as they lie. Asks what a roll asks, stops the old
# service, puts it away, hands its files over, and starts GENERATION, of the same release. What doesn't pass goes back to the old service by itself.
# Ledger: act `take <generation>` from before the stop until the end, `failed take <generation>` when it went back; before (figures); adopted.

verb_take() {
    local target="$1" canary="${2:-}" release
    load_verb roll
    require_identity
    require_same_release
    roll_may "$target"
    generation_info "$target" release release
    if ! adopt_waits; then
        ledger_is adopted taken || fail adopt-unclaimed "this node wasn't claimed for a takeover; nothing was touched: run pulumi up without --target"
        say "already taken over"
    elif adopt_runs_old; then
        take_go "$target" "$canary"
    else
        take_on "$target" "$canary"
    fi
    answer "$release $target"
}

take_go() {
    local target="$1" canary="$2" before old
    clock_ms ROLL_SINCE
    old_does named old
    # A call that was cut short may have put it away already.
    adopt_half_way || old_alone besides ||
        fail adopt-user-busy "$LAST_SEEN; nothing was touched: end them, then run pulumi up again"
    take_same_data ||
        fail ledger-unusable "$LAST_SEEN; nothing was touched: find out who wrote it, put its lines \"data\" right, then run pulumi up again"
    take_walk_looked
    gate_before "$canary" "$target"
    gate_compared before
    room_to_start
    roll_before_stop
    old_record || fail unwritable "can't write $ADOPTED/before.adopted; is the disk full? Nothing was touched"
    ledger_update "act=take $target" "before=$before" "@takeover of $old begun"
    # Not in a condition: there errexit is off.
    take_switch "$target" </dev/null &
    wait "$!" || take_not_switched "$target" "the takeover of $old did not pass"
    current_find
    take_prove "$target"
}

# take_on GENERATION: a generation of ours is active, and wasn't proven.
take_on() {
    clock_ms ROLL_SINCE
    say "goes on with the takeover that was cut short"
    gate_before "$2" "$1"
    if [ "$(current_generation)" != "$1" ]; then
        daemon_stop
        activate "$1"
    fi
    take_prove "$1"
}

# take_switch GENERATION: from the old service to ours, which isn't started yet.
take_switch() {
    take_stop
    find_dead &
    old_does away || take_fails
    # Somebody may have started it, before nobody could.
    daemon_stopped || daemon_stop
    wait_until 15 "the old daemon's end" old_is_gone || take_fails
    files_over || take_fails
    setup_unit
    systemctl enable --no-reload garage.service >/dev/null 2>&1
    activate "$1"
    wait
}

take_not_switched() {
    [ ! -f "${JOB:-}/unexpected" ] || say "$(tail -n 2 "$JOB/unexpected")"
    take_back "$@"
}

take_fails() {
    say "$LAST_SEEN"
    exit 1
}

# Up to 0.7 only SIGINT lets Garage write out what it holds.
take_stop() {
    local unit dropin
    if kept_elsewhere; then
        daemon_stop
        return
    fi
    old_get unit unit
    dropin="$ROOT/run/systemd/system/$unit.d"
    if ledger_is series 0.7; then
        (umask 022 && mkdir -p "$dropin" && printf '[Service]\nKillSignal=SIGINT\n' >"$dropin/90-garage-node.conf")
        systemctl daemon-reload
    fi
    daemon_stop
    rm -f -- "$dropin/90-garage-node.conf"
    rmdir -- "$dropin" 2>/dev/null || true
}

take_prove() {
    local target="$1" before took
    ledger_get before before
    if daemon_stopped && ! daemon_start; then
        LAST_SEEN="systemd could not start it"
        take_back "$target" "Garage did not pass under its new unit ($LAST_SEEN)"
    fi
    gate_after "$target" "$before" || take_back "$target" "Garage did not pass under its new unit ($LAST_SEEN)"
    hook_run afterStart ||
        fail hook-failed "afterStart failed ($LAST_SEEN); Garage runs here under its new unit and is healthy, the other nodes were not touched"
    ledger_update adopted=taken act= before= out= "@taken over, $target"
    roll_seconds "$ROLL_SINCE" took
    say "taken over from $(old_does named "") · $GATE_SEEN · $took s; what it was lies in /etc/garage-node/adopted"
}

# take_same_data: what the ledger says of the data directories would be handed over next time.
take_same_data() {
    local seen paths
    old_data seen || return 1
    paths="$(ledger_all data | sort)"
    [ "$paths" = "$(sort <<<"$seen")" ] ||
        { LAST_SEEN="garage-node.ledger in $(claim_get metadata) says that the data lie in ${paths//$'\n'/, }, and this host has noted ${seen//$'\n'/, }"; return 1; }
}

# take_walk_looked: where files change their owner, one by one, all have that one; and how long the node will be down for it.
take_walk_looked() {
    local uid gid paths path metadata odd count=0 more from now
    garage_user
    old_get uid uid
    old_get gid gid
    old_user_is other || return 0
    old_data paths
    claim_get metadata metadata
    clock from
    for path in $paths "$metadata"; do
        odd="$(find "$ROOT$path" -mindepth 1 \( ! -user "$uid" -o ! -group "$gid" \) ! -path "$ROOT$path/garage-node.*" ! -path "$ROOT$path/lost+found" -print -quit)" || true
        [ -z "$odd" ] || adopt_half_way ||
            fail adopt-owners-mixed "$odd doesn't belong to $uid:$gid, as the daemon does; nothing was touched: give all of it to that user, the daemon being stopped, then run pulumi up again"
        more="$(find "$ROOT$path" -printf x | wc -c)"
        count=$((count + more))
    done
    clock now
    [ $((now - from)) -le 300 ] || adopt_half_way ||
        fail adopt-walk-long "$count files change their owner, and only to look at them took $((now - from)) s: this node would be down for longer than ten minutes; nothing was touched. Have the old service run as a user garage of its own first (chown -R, User=garage), then inspect again"
    say "$count files change their owner, which takes about $(((now - from) * 2 + 1)) s"
}

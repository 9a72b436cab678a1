# shellcheck shell=bash
# untake NODE tool=ID: undoes `take`: the service that was here before runs this node again, on the same data, proven as after a roll. Asks what a
# roll asks, stops our daemon, hands files and unit back, and starts the old one. A node whose turn hasn't come is left alone, and so is a host that
# nobody claims. Claim and ledger go with `disown`, once all nodes are back.
# Ledger: from before the stop until the end `adopted waiting`, act `untake <generation>`, before (figures): what a takeover that was cut short
# looks like, so whatever comes next (start, take, uninstall, this verb) knows how to go on.

verb_untake() {
    load_verb host
    load_verb roll
    load_verb stage
    host_call "$1"
    if [ ! -f "$ETC/claim" ]; then
        say "this host is claimed by no cluster; nothing to set back"
        rm -rf "$TOOLS"
        answer back
        return
    fi
    host_refuse_foreign_claim "$CLUSTER" "$1" "$METADATA"
    if disown_begun && ! ledger_exists; then
        say "the service of before runs here; handing this host back was cut short, and goes on (disown)"
        answer back
        return
    fi
    require_identity
    stage_refuse_other_node
    untake_fresh
    untake_may || fail adopt-back-unfit "this node can't go back to its service of before: $LAST_SEEN; nothing was touched"
    if adopt_waits && ! ledger_knows act; then
        say "the service of before ($(old_does named "")) runs here; nothing to set back"
    else
        stage_options_asked
        untake_go
    fi
    answer back
}

# No call of `stage` is behind this one: what `look` has answered stands for it.
untake_fresh() {
    local mine looked
    ledger_get epoch mine
    sheet_get looked looked
    [ -z "$mine" ] || [ "${looked% again}" = "ours $mine" ] || fence_refuse "it says $looked, and what was staged here last is $mine"
}

untake_go() {
    local generation before old seen took
    clock_ms ROLL_SINCE
    old_does named old
    current_find
    generation="$CURRENT"
    gate_before "" "$generation"
    gate_compared before
    roll_before_stop
    untake_switch "$generation" "$before" "$old"
    back_proven "$generation" "$before" || untake_failed "$old"
    seen="$LAST_SEEN"
    rm -f -- "$ADOPTED/before.adopted"
    ledger_update act= before= "@back on $old, healthy"
    hook_back || fail hook-failed "$LAST_SEEN; the service of before ($old) runs here and is healthy, the other nodes were not touched"
    roll_seconds "$ROLL_SINCE" took
    say "back on $old, as it was · $seen · $took s"
}

# untake_switch GENERATION BEFORE OLD: from ours, which runs that generation, to the service of before, which has started then.
untake_switch() {
    ledger_update adopted=waiting "act=untake $1" "before=$2" redraw=yes "@going back to $3"
    daemon_stop
    # Not beside what follows: it runs as the user garage, who may go.
    find_dead || true
    old_brought_back ||
        fail adopt-down "the old service ($3) can't be brought back ($LAST_SEEN). The other nodes were not touched; what it was lies in $ADOPTED: run pulumi up again"
    LAST_SEEN="it could not be started"
    daemon_start || untake_failed "$3"
}

# untake_failed OLD
untake_failed() {
    local says
    old_does says says
    fail adopt-back-failed "the old service ($1) $(roll_back_seen "$LAST_SEEN"). The other nodes were not touched. pulumi up tries again; without back it takes the node over again; see $says"
}

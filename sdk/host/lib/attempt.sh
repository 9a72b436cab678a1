# shellcheck shell=bash
# An attempt at a procedure, as this node's ledger has it: opened, its steps passed one by one, then finished or withdrawn. What the steps do
# is nothing to this file. Which there are, in which order, and who has each, the call says: `steps <name>:node|cluster …`; `node`: each node
# has one of its own; `cluster`: one node does it for all, and only its ledger has it.
# Ledger keys: hop (the procedure's name), attempt (its number here), attemptid (the same on all nodes), hopstate (open, finished,
# withdrawn), hopdate, passed (a line a step).

# attempt_state NAME VARIABLE: what the ledger says of procedure NAME: open, finished, withdrawn, or nothing.
attempt_state() {
    if ledger_is hop "$1"; then
        ledger_get hopstate "$2"
    else
        ! ledger_is hopstate open || fail hop-other "the major upgrade $(ledger_get hop) is open on this node; finish it, or go back, before $1"
        give "" "$2"
    fi
}

# attempt_asked VARIABLE: the attempt that the cluster is in: the last word of what its first step has answered.
attempt_asked() {
    local KV
    sheet_get attempt KV
    give "${KV##* }" "$1"
}

# attempt_same NAME: a node that went back from the cluster's attempt, or stayed in an older one, isn't taken along: the others have written
# since, or will.
attempt_same() {
    local asked mine state same=""
    attempt_asked asked
    ledger_get attemptid mine
    [ -n "$asked" ] && [ -n "$mine" ] && ledger_is hop "$1" || return 0
    ledger_get hopstate state
    [ "$asked" != "$mine" ] || same=same
    case "$state:$same" in
        open:same | withdrawn: | finished:*) ;;
        withdrawn:same) fail attempt-differs "this node went back from attempt $asked of $1, other nodes did not; set version back to $(ledger_get release), run pulumi up until it is green, then go forward again" ;;
        *) fail attempt-differs "attempt $mine of $1 is still open on this node, the cluster is in attempt $asked; set version back to $(ledger_get release), run pulumi up until it is green, then go forward again" ;;
    esac
}

# attempt_open NAME CHANGE…: a new one; CHANGEs join the same write.
attempt_open() {
    local name="$1" number=1 token
    shift
    ! ledger_is hop "$name" || number=$(($(ledger_get attempt) + 1))
    attempt_asked token
    [ -n "$token" ] || token="$(openssl rand -hex 4)"
    ledger_update "hop=$name" "attempt=$number" "attemptid=$token" hopstate=open hopdate= passed= "$@" "@$name: attempt $number begun"
}

# attempt_pass STEP SECONDS CHANGE…
attempt_pass() {
    local name number
    ledger_get hop name
    ledger_get attempt number
    ledger_update "+passed=$1" "@$name: attempt $number: $1 passed ($2 s)" "${@:3}"
    say "$name: $1 passed after $2 s"
}

# attempt_withdraw CHANGE…: this node goes back from it.
attempt_withdraw() {
    ledger_update hopstate=withdrawn "hopdate=$(now_iso)" redraw=yes "$@" "@withdrawn from $(ledger_get hop), attempt $(ledger_get attempt)"
}

# attempt_behind STEP: it ran here; or it was another node's to do, and a later one has passed here; or each node's own, as is that later one.
attempt_behind() {
    local step scope="" STEPS
    steps_find
    for step in "${STEPS[@]}"; do
        if [ "${step%:*}" = "$1" ]; then scope="${step##*:}"; fi
        case "$scope:$step" in
            :* | node:*:cluster) [ "${step%:*}" = "$1" ] || continue ;;
        esac
        if ledger_has passed "${step%:*}"; then return 0; fi
    done
    return 1
}

# attempt_follows STEP: the step before STEP has passed in the cluster's attempt, on each node if each has one: by their answers, whose last
# word is the attempt's. This node's ledger doesn't know: it has only what ran here.
attempt_follows() {
    local step before="" attempt name peers missing="" id=hop-order STEPS
    steps_find
    for step in "${STEPS[@]}"; do
        [ "${step%:*}" != "$1" ] || break
        before="$step"
    done
    [ "${step%:*}" = "$1" ] || fail hop-order "$1 is no step of the way that is asked for (${STEPS[*]%:*}); nothing was touched: run pulumi up without --target"
    [ -n "$before" ] || return 0
    [ "$before" != halt:node ] || id=halted-unproven
    attempt_asked attempt
    if [ "${before##*:}" = cluster ]; then
        attempt_said "$attempt" "${before%:*}" "" || missing="the cluster"
    else
        peers_in peers
        while read -r name _; do
            attempt_said "$attempt" "${before%:*}" "$name" || missing="$missing${missing:+, }$name"
        done <<<"$peers"
    fi
    [ -z "$missing" ] ||
        fail "$id" "$1: the call brings no answer of $missing that ${before%:*} has passed in attempt ${attempt:-(none)}; nothing was touched: run pulumi up without --target"
}

# attempt_said ATTEMPT STEP NODE: the call brings NODE's answer to STEP, in the host's own words: they begin with its name, whoever was meant to
# be asked. Any node's, without NODE.
attempt_said() {
    local name answer answers
    [ -n "$1" ] || return 1
    sheet_all "passed $2" answers
    while read -r name answer; do
        [ "${answer##* }" = "$1" ] || continue
        if [ -z "$3" ] || { [ "$name" = "$3" ] && [ "${answer%% *}" = "$3" ]; }; then return 0; fi
    done <<<"$answers"
    return 1
}

# attempt_answer WORDS…: what the next step, or its node, has to bring.
attempt_answer() {
    answer "$* $(ledger_get attemptid)"
}

# Sets STEPS to the steps of the way that the call is on, `name:node` or `name:cluster`.
steps_find() {
    local all
    sheet_need steps all
    read -ra STEPS <<<"$all"
}

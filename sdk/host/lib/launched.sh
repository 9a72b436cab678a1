# shellcheck shell=bash
# Repairs that were launched on every node, seen to their end. A repair lives in the daemon that was told: with the process it is gone, and a
# host that comes back from a reboot has nothing left to end. Of a peer's process only its list of workers speaks: each repair has a row
# there, until the daemon ends. So a node whose rows have gone, or that was away and shows none of ours, is told again (twice does no harm);
# and one that stays away isn't waited for.

# By node: rows when it was told, and the most seen since; when it was told, or told again; since when it hasn't answered.
declare -gA ROWS_BEFORE=() ROWS_MOST=() TOLD=() AGAIN=() AWAY=()

# launch_repair WORDS…: `repair WORDS` on all nodes.
launch_repair() {
    local REPAIR="$*"
    TOLD=() AGAIN=() AWAY=() ROWS_MOST=()
    wait_until healthTimeoutSeconds=120 "repair $* to be launched" launched_everywhere ||
        fail repair-not-launched "repair $* was not launched everywhere ($LAST_SEEN)"
}

launched_everywhere() {
    local name rc said bad="" now
    all_answers _launch || return 1
    clock now
    while IFS=$'\t' read -r name rc said; do
        if [ "$rc" = 0 ]; then : "${TOLD[$name]:=$now}"; else bad="$bad${bad:+, }$name: ${said:-no answer}"; fi
    done <<<"$ANSWERS"
    LAST_SEEN="$bad"
    [ -z "$bad" ]
}

_launch() {
    [ -n "${TOLD[$2]:-}" ] || launch_at "$1"
}

# launch_at [id@addr]: REPAIR on that node alone.
launch_at() {
    # Without --all-nodes each node answers for itself, in every series; with it exit codes lie (garage-facts 1.12).
    # shellcheck disable=SC2086
    _ask "$1" repair --yes $REPAIR 2>&1 | grep -i 'launched' >/dev/null || { echo "did not launch it" && return 1; }
}

# wait_launched LEFT WORDS…: until nothing is LEFT of the repair WORDS on any node. LEFT is a function: it gets NAME and ROWS, reads the node's
# list of workers, and prints what is left. rows_left: of a repair that has a row of its own.
wait_launched() {
    local LEFT="$1" REPAIR="${*:2}" LOST="" from="$SECONDS"
    waits_only wait_until repairTimeoutSeconds=3600 "repair $REPAIR" launched_ended ||
        fail repair-unfinished "repair $REPAIR is not done after $((SECONDS - from)) s ($LAST_SEEN); raise repairTimeoutSeconds and run again"
    [ -z "$LOST" ] || fail repair-unfinished "repair $REPAIR can't end: $LOST"
}

# True as well when it can't end any more: LOST says why.
launched_ended() {
    local name rc rows left bad="" now
    all_answers _launched_look || return 1
    clock now
    while IFS=$'\t' read -r name rc left; do
        read -r rows left <<<"$left"
        case "$rc:$rows" in
            0:*[!0-9]* | 0: | [!0]*)
                if away "$name" "$now"; then return 0; fi
                left="no answer for $((now - AWAY[$name])) s"
                ;;
            *)
                if launched_lost "$name" "$rows" "$now"; then
                    left="launched again"
                    launched_again "$name" "$rows" "$now" || left="was away, and did not launch it again"
                else
                    unset "AWAY[$name]"
                    [ "$rows" -le "${ROWS_MOST[$name]:-0}" ] || ROWS_MOST[$name]="$rows"
                    # Rows fill within 0.3 s.
                    [ -z "${AGAIN[$name]:-}" ] || [ $((now - AGAIN[$name])) -ge 2 ] || left="launched again a moment ago"
                fi
                ;;
        esac
        bad="$bad${left:+${bad:+, }$name: $left}"
    done <<<"$ANSWERS"
    LAST_SEEN="$bad"
    [ -z "$bad" ]
}

# `<rows> <what is left>`; 2 when the node doesn't answer. 0.7 has no list of workers: its Merkle queue, as near as it gets.
_launched_look() {
    local list rows=0 left
    if runs_series 0.7; then
        list="$(node_facts "$1")" || return 2
        fact merkle "$list" left
        [ "$left" = 0 ] && left="" || left="Merkle queue ${left:-unknown}"
    else
        list="$(workers "$1")" || return 2
        rows="$(rows_of_repairs <<<"$list")" || return 2
        left="$("$LEFT" "$2" "$rows" <<<"$list")" || left="the list of workers could not be read"
    fi
    echo "$rows $left"
}

rows_of_repairs() {
    awk -F'\t' 'tolower($2) ~ / repair worker$/ { n++ } END { print n + 0 }'
}

# rows_noted: ROWS_BEFORE has how many rows of repairs each node shows: an old one that says Done is no end of the new one.
rows_noted() {
    local name rc rows
    ROWS_BEFORE=()
    all_answers _repair_rows || return 1
    while IFS=$'\t' read -r name rc rows; do
        [ "$rc" = 0 ] || { LAST_SEEN="$name: no answer about workers"; return 1; }
        ROWS_BEFORE[$name]="${rows% }"
    done <<<"$ANSWERS"
}

_repair_rows() {
    local list
    list="$(workers "$1")" && rows_of_repairs <<<"$list"
}

# launched_lost NAME ROWS NOW: what it was told is gone, or never came to its list.
launched_lost() {
    [ "$2" -ge "${ROWS_MOST[$1]:-${ROWS_BEFORE[$1]:-0}}" ] || return 0
    if [ -n "${AWAY[$1]:-}" ] && [ "$LEFT" != rows_left ]; then return 0; fi
    [ "$LEFT" = rows_left ] && [ "$2" -le "${ROWS_BEFORE[$1]:-0}" ] &&
        { [ -n "${AWAY[$1]:-}" ] || [ $(($3 - ${TOLD[$1]:-0})) -ge 30 ]; }
}

# launched_again NAME ROWS NOW: 1 when it can't be told now; the next look finds it lost as well.
launched_again() {
    local target self
    ledger_get node self
    target="$(peer_target "$1")"
    [ "$1" != "$self" ] || target=""
    TOLD[$1]=""
    : "${AWAY[$1]:=$3}"
    _launch "$target" "$1" >/dev/null || return 1
    say "$1 was away, or its daemon has started anew: repair $REPAIR is launched there again"
    TOLD[$1]="$3" AGAIN[$1]="$3" ROWS_BEFORE[$1]="$2" ROWS_MOST[$1]="$2"
    unset "AWAY[$1]"
}

# away NAME NOW: it doesn't answer. True, with LOST, when that has been so for longer than a host takes to come back from a reboot.
away() {
    local limit
    : "${AWAY[$1]:=$2}"
    option healthTimeoutSeconds 120 limit
    [ "$limit" -ge 300 ] || limit=300
    [ $(($2 - AWAY[$1])) -ge "$limit" ] || return 1
    # shellcheck disable=SC2034  # whoever waits declares it
    LOST="$1 has not answered for $limit s. Bring that host back, and run pulumi up again; is it lost for good, leave it out (without)"
}

# shellcheck shell=bash
# layout sv=SERIES rf=N NAME=ZONE:BYTES|gateway[:TAG+TAG…]…: zones and capacities as declared, in one change of the layout. What another
# hand staged or applied is reported, never overwritten. Answers the layout's version.
# Ledger: `layout <version> <digest> <series>`: what this node last applied, or found to be as asked; `moving <version> <digest> <series>
# <ids>`: what it is bringing the layout to, and the lost nodes that this leaves behind. Rows: lib/layoutRows.sh.

verb_layout() {
    require_identity
    layout_fresh
    layout_words "$@"
    if ledger_is hopstate open; then
        layout_in_hop
        return
    fi
    daemon_answers || fail daemon-silent "Garage does not answer on this node ($LAST_SEEN), so the layout can't be seen; nothing was touched"
    # A node that has just come in place of another knows no layout yet, and would make the first one of its own.
    wait_judge healthTimeoutSeconds=120 "this node to know the layout" layout-spread ||
        fail layout-unknown "this node doesn't know the layout that the others have ($LAST_SEEN), or can't tell; nothing was touched: run pulumi up again"
    layout_read
    layout_adopts
    if [ -z "$LAYOUT_DIFF$LAYOUT_GONE" ]; then
        layout_nobody_staged
        say "the layout is as asked, version $LAYOUT_VERSION; nothing to do"
        ! layout_unproven || layout_prove
    else
        layout_may_change
        while [ -n "$LAYOUT_DIFF$LAYOUT_GONE" ]; do layout_change; done
    fi
    layout_let_go
    layout_record
    answer "$LAYOUT_VERSION"
}

# A late call of an engine that lost its stack's lock would move data to what nobody asks for any more. What tells it is `join`'s token, which is
# another one whenever another layout is asked for; a ledger that was put back has none.
layout_fresh() {
    local joined asked
    fence_own_host
    sheet_get joined joined
    ledger_get asked asked
    [ -z "$joined" ] || [ -z "$asked" ] || [ "${joined%% *}" = "${asked##* }" ] ||
        fence_refuse "it is for the layout of ${joined%% *}, and what was asked for here last is ${asked##* }"
}

# What is taken over is taken as it is.
layout_adopts() {
    if ! adopt_waits || [ -z "$LAYOUT_DIFF$LAYOUT_GONE" ]; then return 0; fi
    fail adopt-layout-differs "the program asks for another layout than there is, and adoption moves no data; nothing was touched. Asked for, and not there: $(paste -sd';' <<<"$LAYOUT_DIFF"). There, and not asked for: $(paste -sd';' <<<"$LAYOUT_GONE"). Write zones, capacities, gateways and tags as they are"
}

# --- in a major upgrade -------------------------------------------------------------------------------------------------

# While a major upgrade is open nodes may be down: nothing is changed, and nothing else may be asked for.
layout_in_hop() {
    local version digest series rows
    if daemon_answers; then
        layout_look
        [ -z "$LAYOUT_DIFF$LAYOUT_GONE" ] || layout_hop_refuse "$LAYOUT_DIFF$LAYOUT_GONE"
        version="$LAYOUT_VERSION"
    else
        read -r version digest series <<<"$(ledger_get layout)"
        [ -z "$digest" ] || { layout_rows "$series" rows && [ "$(layout_digest <<<"$rows")" = "$digest" ]; } || layout_hop_refuse "not what layout $version had"
    fi
    say "the major upgrade $(ledger_get hop) is open: the layout stays as it is"
    answer "${version:-0}"
}

layout_hop_refuse() {
    fail hop-open "the major upgrade $(ledger_get hop) is open on this node, and another layout is asked for ($(head -n 1 <<<"$1")): put zones, capacities and nodes back, finish the upgrade first; nothing was touched"
}

# --- the change -------------------------------------------------------------------------------------------------------

# One version. What is there when it is done is recorded, so that a call that was cut short between two of them goes on.
layout_change() {
    local next=$((LAYOUT_VERSION + 1)) before="$LAYOUT_VERSION" step
    if layout_by_steps && ledger_knows moving; then
        ! layout_unproven || layout_prove
        layout_blocks_follow
    fi
    layout_step step
    say "layout $before → $next: ${step//$'\n'/;}"
    [ "$before" = 0 ] || say "data will move between the nodes as far as zones and capacities ask for it"
    [ "$before" = 0 ] || layout_announce "$next" "$step"
    layout_stage "$step"
    layout_look
    { [ "$LAYOUT_VERSION" = "$before" ] && [ "$LAYOUT_CHANGES" = "$step" ]; } ||
        fail layout-staged "what is staged is not what was asked for: somebody else is at it ($(layout_changes_in_words)); nothing was applied: garage-manage layout show"
    garage_cli layout apply --version "$next" >&2 || fail layout-not-applied "Garage did not apply layout $next; the changes are staged: garage-manage layout show"
    layout_spread "$next"
    layout_has_step "$step" || fail layout-differs "layout $next was applied, and is not what was asked for: $(paste -sd';' <<<"$LAYOUT_DIFF$LAYOUT_GONE")"
    if [ "$before" != 0 ] && layout_by_steps; then
        layout_follow
        layout_record
    fi
}

# layout_spread VERSION: it is on every node, as this one has it.
layout_spread() {
    wait_judge healthTimeoutSeconds=120 "layout $1 on every node" layout-spread "least=$1" ||
        fail layout-not-spread "layout $1 is applied, but not known everywhere ($LAST_SEEN)"
    layout_read
}

# A change of this node was cut short before it was proven.
layout_unproven() {
    local digest moving
    read -r _ digest _ <<<"$(ledger_get layout)"
    read -r _ moving _ <<<"$(ledger_get moving)"
    [ -n "$moving" ] && [ "$moving" != "$digest" ]
}

layout_prove() {
    layout_spread "$LAYOUT_VERSION"
    ! layout_by_steps || layout_follow
}

# layout_announce VERSION STEP: what is to be there, before it is.
layout_announce() {
    local after old gone
    layout_after "$2" after
    read -r _ _ _ old <<<"$(ledger_get moving)"
    gone="$(awk '$2 == "removed" { print $1 }' <<<"$2" | paste -sd,)"
    ledger_update "moving=$1 $(layout_digest <<<"$after") $LAYOUT_SERIES $old${old:+${gone:+,}}$gone"
}

layout_has_step() {
    local left id what
    rows_but "$1" "$LAYOUT_HAS"$'\n' left
    while read -r id what; do
        if [ -z "$id" ]; then continue; fi
        [ "$what" = removed ] || return 1
        case $'\n'"$LAYOUT_HAS" in *$'\n'"$id "*) return 1 ;; esac
    done <<<"$left"
}

layout_stage() {
    local id name full zone capacity tags tag words old
    while read -r id zone capacity _; do
        if [ -z "$id" ] || [ "$zone" = removed ]; then continue; fi
        while read -r name full _ _ tags; do [ "${full:0:16}" != "$id" ] || break; done <<<"$LAYOUT_ASKED"
        words=("$full" -z "$zone")
        case "$capacity:$LAYOUT_SERIES" in
            gateway:*) words+=(-g) ;;
            *:0.7 | *:0.8) words+=(-c "$capacity") ;;
            *) words+=(-c "${capacity}B") ;;
        esac
        for tag in ${tags//,/ }; do words+=(-t "$tag"); done
        old="$(layout_replaces "$name")"
        if [ -n "$old" ] && among "${old:0:16} removed" "$1"; then words+=(--replace "$old"); fi
        garage_cli layout assign "${words[@]}" >/dev/null || fail layout-not-staged "Garage did not take the role of $name; nothing was applied"
    done <<<"$1"
    while read -r id zone _; do
        if [ "$zone" != removed ] || [ -n "$(layout_replaced_by "$id")" ]; then continue; fi
        garage_cli layout remove "$id" >/dev/null || fail layout-not-staged "Garage did not take $id out; nothing was applied"
    done <<<"$1"
}

# Up to 0.9 `moving` stays, for the next change: blocks may have to follow.
layout_record() {
    local text changes=()
    text="$LAYOUT_VERSION $(layout_digest <<<"$LAYOUT_HAS") $LAYOUT_SERIES"
    ledger_is layout "$text" || changes+=("layout=$text" "@layout $LAYOUT_VERSION")
    if ledger_knows moving; then
        if layout_by_steps; then ledger_is moving "$text" || changes+=("moving=$text"); else changes+=("moving="); fi
    fi
    [ "${#changes[@]}" -eq 0 ] || ledger_update "${changes[@]}"
}

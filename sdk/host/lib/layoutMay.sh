# shellcheck shell=bash
# What must hold before the layout is changed: nobody else's changes, no data given up, the others in sync before a node is replaced.

layout_nobody_staged() {
    [ "$LAYOUT_STAGED" = no ] ||
        fail layout-staged "changes of the layout are staged that are not from here: $(layout_changes_in_words); nothing was touched: apply or revert them (garage-manage layout show)"
}

layout_changes_in_words() {
    [ -n "$LAYOUT_CHANGES" ] || { echo "parameters" && return; }
    paste -sd';' <<<"$LAYOUT_CHANGES"
}

layout_may_change() {
    local foreign storage rows
    layout_nobody_without
    layout_nobody_applied
    layout_names_bound
    layout_no_drop
    storage="$(awk 'NF && $3 != "gateway"' <<<"$LAYOUT_WANTED" | grep -c . || true)"
    [ "$storage" -ge "$LAYOUT_RF" ] || fail layout-too-small "$storage storage nodes can't hold $LAYOUT_RF copies (replicationFactor); nothing was touched"
    # What an interrupted call of this verb has staged is a part of what is to be staged now.
    layout_step rows
    rows_but "$LAYOUT_CHANGES" "$rows" foreign
    if [ -n "$foreign" ] || { [ "$LAYOUT_STAGED" = yes ] && [ -z "$LAYOUT_CHANGES" ]; }; then layout_nobody_staged; fi
    case "$LAYOUT_SERIES:$LAYOUT_SV" in
        0.7:* | 0.8:*) ;;
        *:0.7 | *:0.8)
            [ "$LAYOUT_VERSION" = 0 ] || fail layout-state-version "the data are of series $LAYOUT_SERIES, stateVersion says $LAYOUT_SV: set stateVersion first, then change zones and nodes; nothing was touched"
            ;;
    esac
    ledger_knows layout || layout_is_as moving || layout_keeps_roles
}

# Where there is no layout yet the others are empty, and one that is left out may be what is left of the cluster that is meant.
layout_nobody_without() {
    local out
    if [ "$LAYOUT_VERSION" = 0 ]; then
        out="$(peers_without | awk '$4 == "storage" { print $1 }' | paste -sd' ')"
        [ -z "$out" ] || fail layout-without "$out is left out (without), and the others have no layout yet: they would make a new, empty cluster, whatever it has. Bring it back, or give the others the hosts that they had. If the cluster is new, put another new host in its place, and take it out of without; nothing was touched"
    else
        out="$(peers_without | awk '{ print $1 }' | paste -sd' ')"
        [ -z "$out" ] || fail layout-without "$out is left out (without) and could not follow a change of the layout: bring it back, or replace it, first (if stateVersion was moved: in the same run), or take it out of nodes if it is a gateway; nothing was touched"
    fi
}

# The roles are what this node last left there, or was about to when it was cut short. (`layout revert` raises the version up to 0.9 and
# changes no role.)
layout_nobody_applied() {
    local version
    if ! ledger_knows layout || layout_is_as layout || layout_is_as moving; then return 0; fi
    read -r version _ <<<"$(ledger_get layout)"
    fail layout-foreign "the layout was changed by another hand: this node left version $version, it is $LAYOUT_VERSION now. What is asked and differs: $(paste -sd';' <<<"${LAYOUT_DIFF:-$LAYOUT_GONE}"). Nothing was touched: declare what is there, or put it back with garage-manage layout"
}

# layout_is_as layout|moving: what is there is what the ledger's line of that key says.
layout_is_as() {
    local digest series
    read -r _ digest series _ <<<"$(ledger_get "$1")"
    [ -n "$digest" ] && [ "$(layout_as_of "$series" <<<"$LAYOUT_HAS" | layout_digest)" = "$digest" ]
}

# Without a record (a node that has just become the first of the roll order) nothing tells what another hand has changed: roles that are there stay.
# One whose capacity is what 0.9 made of the units that were asked for before nobody has changed.
layout_keeps_roles() {
    local id zone capacity tags units had
    layout_rows 0.8 units
    had="$(layout_as_of 0.8 <<<"$LAYOUT_HAS")"
    while read -r id zone capacity tags; do
        ! { [ -n "$id" ] && grep -q "^$id " <<<"$LAYOUT_HAS"; } || layout_made_of_units "$id" ||
            fail layout-foreign "this node has no record of the layout, so whether another hand has changed it can't be told, and the role of $(layout_name "$tags" "$id") differs from what is asked: $id $zone $capacity. Nothing was touched: declare what is there (garage-manage layout show), run pulumi up, then change it"
    done <<<"$LAYOUT_DIFF"
}

# layout_made_of_units ID: its row is as asked, but for the real capacity after 0.8 → 0.9. Of `units` and `had` of the caller.
layout_made_of_units() {
    [ "$LAYOUT_SERIES" = 0.9 ] && among "$(grep "^$1 " <<<"$had")" "$units"
}

# Data leave a storage node only by draining it, which no procedure here does yet.
layout_no_drop() {
    local id zone capacity tags
    while read -r id zone capacity tags; do
        [ -n "$id" ] || continue
        [ -z "$(layout_replaced_by "$id")" ] || continue
        [ "$capacity" = gateway ] ||
            fail layout-drop "$(layout_name "$tags" "$id") ($zone) holds data and is not asked for any more: taking a storage node out isn't possible yet; put it back. Nothing was touched"
        case ",$tags," in *,node=*) ;; *) fail layout-foreign "the gateway $id ($zone) is in the layout and was not put there from here; nothing was touched: remove it with garage-manage layout remove" ;; esac
    done <<<"$LAYOUT_GONE"
    while read -r id zone capacity tags; do
        [ "$capacity" = gateway ] || continue
        [ "$(awk -v id="$id" '$1 == id { print $3 }' <<<"$LAYOUT_HAS")" != gateway ] || continue
        ! grep -q "^$id " <<<"$LAYOUT_HAS" ||
            fail layout-drop "$(layout_name "$tags" "$id") holds data, and is asked to be a gateway: taking a storage node out isn't possible yet; give it its capacity back. Nothing was touched"
    done <<<"$LAYOUT_DIFF"
}

# layout_name TAGS ID [VARIABLE]: the node's name as its tag has it, else its ID.
layout_name() {
    local KV=",$1,"
    case "$KV" in *,node=*) KV="${KV#*,node=}" && KV="${KV%%,*}" ;; *) KV="" ;; esac
    give "${KV:-$2}" "${3:-}"
}

# A name is bound to its node id. Another id comes in its place only as a declared replacement, one at a time, with the others in sync. A node
# that was taken over has no name in the layout, and one may be renamed: what counts is whom the call gives up.
layout_names_bound() {
    local id zone capacity tags name new asked full given count=0
    while read -r id zone capacity tags; do
        [ -n "$id" ] || continue
        given="$(layout_replaced_by "$id")"
        layout_name "$tags" "" name
        new=""
        while read -r asked full _; do [ -z "$name" ] || [ "$asked" != "$name" ] || new="${full:0:16}"; done <<<"$LAYOUT_ASKED"
        [ -z "$new" ] || [ "$new" = "$id" ] || [ "$given" = "$name" ] ||
            fail layout-name-bound "$name is node $id in the layout, and node $new has come in its place. If that host is lost for good, say so: nodes.$name.replace: \"$id\"; nothing was touched"
        if [ -n "$given" ] && grep -q "^$id " <<<"$LAYOUT_GONE"; then count=$((count + 1)); fi
    done <<<"$LAYOUT_HAS"
    [ "$count" -le 1 ] || fail layout-replace-one "$count nodes are to be replaced: one at a time, and the next when the first has its data; nothing was touched"
    [ "$count" -eq 0 ] || layout_others_in_sync
}

# layout_replaces NAME: the id that its `replace` line in the sheet gives up; nothing if it has none.
layout_replaces() {
    local name old
    while read -r name old; do
        [ "$name" != "$1" ] || echo "$old"
    done < <(sheet_all replace)
}

# The name whose `replace` line in the sheet gives up ID (16 hex); nothing if none.
layout_replaced_by() {
    local name old
    while read -r name old; do
        [ -z "$old" ] || [ "${old:0:16}" != "$1" ] || echo "$name"
    done < <(sheet_all replace)
}

layout_others_in_sync() {
    judge layout-settled || refuse_judged "; nothing was touched: see garage-manage layout history"
    if waived blocks-missing; then
        say "whether the other nodes have everything isn't looked at (waived by skipChecks): what only the old node had is given up [blocks-missing]"
        return 0
    fi
    wait_judge healthTimeoutSeconds=120 "the other nodes to be in sync" synced ||
        fail sync-busy "the others are not in sync ($LAST_SEEN), so no node is replaced now; nothing was touched. $BLOCKS_WAIVER"
    # With two copies and one node gone no table can be synced to its end (a write needs both).
    [ "$LAYOUT_RF" -eq 2 ] || repair_tables
    blocks_in_place
}

# shellcheck shell=bash
# layout sv=SERIES rf=N NAME=ZONE:BYTES|gateway[:TAG+TAG…]…: zones and capacities as declared, in one change of the layout. What another
# hand staged or applied is reported, never overwritten. Answers the layout's version.
# Ledger: `layout <version> <digest> <series>`: what this node last applied, or found to be as asked. Rows: lib/layoutRows.sh.

verb_layout() {
    require_identity
    layout_words "$@"
    if ledger_is hopstate open; then
        layout_in_hop
        return
    fi
    daemon_answers || fail daemon-silent "Garage does not answer on this node ($LAST_SEEN), so the layout can't be seen; nothing was touched"
    wait_until healthTimeoutSeconds=120 "this node to know the layout" layout_known_here ||
        fail layout-unknown "this node doesn't know the layout that the others have ($LAST_SEEN), or can't tell; nothing was touched: run pulumi up again"
    layout_look
    if [ -z "$LAYOUT_DIFF" ] && [ -z "$LAYOUT_GONE" ]; then
        layout_nobody_staged
        layout_skip_dead
        say "the layout is as asked, version $LAYOUT_VERSION; nothing to do"
        layout_record "$LAYOUT_VERSION"
    else
        layout_may_change
        layout_change
        layout_skip_dead
    fi
    answer "$LAYOUT_VERSION"
}

# A node that has just come in place of another knows no layout yet, and would make the first one of its own.
layout_known_here() {
    LAYOUT_HERE="$(layout_version)" || { LAST_SEEN="no answer"; return 1; }
    on_all _layout_not_newer
}

_layout_not_newer() {
    local version
    version="$(layout_version "$1")" || { echo "no answer" && return 1; }
    [ "${version:-unknown}" -le "${LAYOUT_HERE:-unknown}" ] 2>/dev/null ||
        { echo "has layout ${version:-unknown}, this node ${LAYOUT_HERE:-none}" && return 1; }
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

# --- may it change? ---------------------------------------------------------------------------------------------------

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
    [ "$LAYOUT_VERSION" = 0 ] || [ -z "$(peers_without)" ] ||
        fail layout-without "$(peers_without | awk '{ print $1 }' | paste -sd' ') is left out (without) and could not follow a change of the layout: bring it back, or replace it, first; nothing was touched"
    layout_nobody_applied
    layout_names_bound
    layout_no_drop
    storage="$(awk 'NF && $3 != "gateway"' <<<"$LAYOUT_WANTED" | grep -c . || true)"
    [ "$storage" -ge "$LAYOUT_RF" ] || fail layout-too-small "$storage storage nodes can't hold $LAYOUT_RF copies (replicationFactor); nothing was touched"
    # What an interrupted call of this verb has staged is a part of what is to be staged now.
    layout_to_stage rows
    rows_but "$LAYOUT_CHANGES" "$rows" foreign
    if [ -n "$foreign" ] || { [ "$LAYOUT_STAGED" = yes ] && [ -z "$LAYOUT_CHANGES" ]; }; then layout_nobody_staged; fi
    case "$LAYOUT_SERIES:$LAYOUT_SV" in
        0.7:* | 0.8:*) ;;
        *:0.7 | *:0.8)
            [ "$LAYOUT_VERSION" = 0 ] || fail layout-state-version "the data are of series $LAYOUT_SERIES, stateVersion says $LAYOUT_SV: set stateVersion first, then change zones and nodes; nothing was touched"
            ;;
    esac
    ledger_knows layout || layout_keeps_roles
}

# layout_to_stage VARIABLE: rows of the changes that lead from what is to what is asked, sorted.
layout_to_stage() {
    local _row ROWS=()
    while IFS= read -r _row; do [ -z "$_row" ] || ROWS+=("$_row"); done <<<"$LAYOUT_DIFF"
    while read -r _row _; do [ -z "$_row" ] || ROWS+=("$_row removed"); done <<<"$LAYOUT_GONE"
    rows_sort
    rows_give "$1"
}

# The roles are what this node last left there. (`layout revert` raises the version up to 0.9 and changes no role.)
layout_nobody_applied() {
    local version digest series
    read -r version digest series <<<"$(ledger_get layout)"
    [ -n "$digest" ] || return 0
    [ "$(layout_as_of "$series" <<<"$LAYOUT_HAS" | layout_digest)" = "$digest" ] ||
        fail layout-foreign "the layout was changed by another hand: this node left version $version, it is $LAYOUT_VERSION now. What is asked and differs: $(paste -sd';' <<<"${LAYOUT_DIFF:-$LAYOUT_GONE}"). Nothing was touched: declare what is there, or put it back with garage-manage layout"
}

# Without a record (a node that has just become the first of the roll order) nothing tells what another hand has changed: roles that are there stay.
layout_keeps_roles() {
    local id zone capacity tags
    while read -r id zone capacity tags; do
        ! { [ -n "$id" ] && grep -q "^$id " <<<"$LAYOUT_HAS"; } ||
            fail layout-foreign "this node has no record of the layout, so whether another hand has changed it can't be told, and the role of $(layout_name "$tags" "$id") differs from what is asked: $id $zone $capacity. Nothing was touched: declare what is there (garage-manage layout show), run pulumi up, then change it"
    done <<<"$LAYOUT_DIFF"
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

# A name is bound to its node id. Another id comes in its place only as a declared replacement, one at a time, with the others in sync.
layout_names_bound() {
    local id zone capacity tags name new asked full count=0
    while read -r id zone capacity tags; do
        layout_name "$tags" "" name
        [ -n "$name" ] || continue
        new=""
        while read -r asked full _; do [ "$asked" != "$name" ] || new="${full:0:16}"; done <<<"$LAYOUT_ASKED"
        if [ -z "$new" ] || [ "$new" = "$id" ]; then continue; fi
        [ "$(layout_replaced_by "$id")" = "$name" ] ||
            fail layout-name-bound "$name is node $id in the layout, and node $new has come in its place. If that host is lost for good, say so: nodes.$name.replace: \"$id\"; nothing was touched"
        count=$((count + 1))
    done <<<"$LAYOUT_HAS"
    [ "$count" -le 1 ] || fail layout-replace-one "$count nodes are to be replaced: one at a time, and the next when the first has its data; nothing was touched"
    [ "$count" -eq 0 ] || layout_others_in_sync
}

# The name whose `replace` line in the sheet gives up ID (16 hex); nothing if none.
layout_replaced_by() {
    local name old
    while read -r name old; do
        [ -z "$old" ] || [ "${old:0:16}" != "$1" ] || echo "$name"
    done < <(sheet_all replace)
}

layout_others_in_sync() {
    layout_settled || fail layout-unsettled "a change of the layout is still under way (garage-manage layout history); nothing was touched"
    if waived blocks-missing; then
        say "whether the other nodes have everything isn't looked at (waived by skipChecks): what only the old node had is given up [blocks-missing]"
        return 0
    fi
    wait_until healthTimeoutSeconds=120 "the other nodes to be in sync" on_all _tables_done ||
        fail sync-busy "the others are not in sync ($LAST_SEEN), so no node is replaced now; nothing was touched. $BLOCKS_WAIVER"
    # With two copies and one node gone no table can be synced to its end (a write needs both).
    [ "$LAYOUT_RF" -eq 2 ] || repair_tables
    blocks_in_place
}

# --- the change -------------------------------------------------------------------------------------------------------

layout_change() {
    local next=$((LAYOUT_VERSION + 1)) before="$LAYOUT_VERSION" rows
    layout_to_stage rows
    say "layout $before → $next: ${rows//$'\n'/;}"
    [ "$before" = 0 ] || say "data will move between the nodes as far as zones and capacities ask for it"
    layout_stage
    layout_look
    layout_to_stage rows
    { [ "$LAYOUT_VERSION" = "$before" ] && [ "$LAYOUT_CHANGES" = "$rows" ]; } ||
        fail layout-staged "what is staged is not what was asked for: somebody else is at it ($(layout_changes_in_words)); nothing was applied: garage-manage layout show"
    garage_cli layout apply --version "$next" >&2 || fail layout-not-applied "Garage did not apply layout $next; the changes are staged: garage-manage layout show"
    LAYOUT_NEXT="$next" wait_until healthTimeoutSeconds=120 "layout $next on every node" on_all _has_layout ||
        fail layout-not-spread "layout $next is applied, but not known everywhere ($LAST_SEEN)"
    layout_look
    [ -z "$LAYOUT_DIFF$LAYOUT_GONE" ] || fail layout-differs "layout $next was applied, and is not what was asked for: $(paste -sd';' <<<"$LAYOUT_DIFF$LAYOUT_GONE")"
    layout_record "$LAYOUT_VERSION"
}

layout_stage() {
    local id name full zone capacity tags tag words old asked replaced
    sheet_all replace replaced
    while read -r id zone capacity tags; do
        [ -n "$id" ] || continue
        while read -r name full _ _ tags; do [ "${full:0:16}" != "$id" ] || break; done <<<"$LAYOUT_ASKED"
        words=("$full" -z "$zone")
        case "$capacity:$LAYOUT_SERIES" in
            gateway:*) words+=(-g) ;;
            *:0.7 | *:0.8) words+=(-c "$capacity") ;;
            *) words+=(-c "${capacity}B") ;;
        esac
        for tag in ${tags//,/ }; do words+=(-t "$tag"); done
        old=""
        while read -r asked tag; do [ "$asked" != "$name" ] || old="$tag"; done <<<"$replaced"
        if [ -n "$old" ] && grep -q "^${old:0:16} " <<<"$LAYOUT_GONE"; then words+=(--replace "$old"); fi
        garage_cli layout assign "${words[@]}" >/dev/null || fail layout-not-staged "Garage did not take the role of $name; nothing was applied"
    done <<<"$LAYOUT_DIFF"
    while read -r id _ capacity _; do
        if [ -z "$id" ] || [ "$capacity" != gateway ]; then continue; fi
        garage_cli layout remove "$id" >/dev/null || fail layout-not-staged "Garage did not take $id out; nothing was applied"
    done <<<"$LAYOUT_GONE"
}

# From 1.0 on the old layout lives until each of its nodes has seen the new one, and a lost node never will (tried on 1.3.0, 2.5.0:
# still "draining" after minutes; settled 4 s after this). Marks disconnected nodes only, and refuses where a quorum of the data is missing.
layout_skip_dead() {
    local name old
    case "$LAYOUT_SERIES" in 0.*) return 0 ;; esac
    while read -r name old; do
        if [ -z "$old" ] || grep -q "^${old:0:16} " <<<"$LAYOUT_HAS" || layout_settled; then continue; fi
        require_views
        say "layout $LAYOUT_VERSION doesn't wait for the lost node of $name (${old:0:16})"
        garage_cli layout skip-dead-nodes --version "$LAYOUT_VERSION" >&2 || say "Garage did not skip it; see garage-manage layout history"
    done < <(sheet_all replace)
}

_has_layout() {
    local version
    version="$(layout_version "$1")" || { echo "no answer" && return 1; }
    [ "${version:-0}" -ge "$LAYOUT_NEXT" ] || { echo "still at layout ${version:-unknown}" && return 1; }
}

layout_record() {
    local text
    text="$1 $(layout_digest <<<"$LAYOUT_HAS") $LAYOUT_SERIES"
    ledger_is layout "$text" || ledger_update "layout=$text" "@layout $1"
}

# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the verb
# The layout that is asked for and the one that is, as rows that can be compared: `<16 hex of the id> <zone> <capacity> <tags, sorted>`;
# capacity in bytes, up to 0.8 in units.

# Sets LAYOUT_SV, LAYOUT_RF, and LAYOUT_ASKED: lines `name id zone bytes|gateway tags`. Words go by their place: any name may be a node's.
layout_words() {
    local word name zone capacity tags id peers peer peer_id
    LAYOUT_ASKED=""
    case "${1:-} ${2:-} ${3:-}" in "sv="?*" rf="[1-9]*" "?*) ;; *) fail sheet-incomplete "layout needs sv=, rf= and nodes, in this order" ;; esac
    LAYOUT_SV="${1#sv=}"
    LAYOUT_RF="${2#rf=}"
    case "$LAYOUT_RF" in *[!0-9]*) fail sheet-incomplete "rf=$LAYOUT_RF is no number" ;; esac
    shift 2
    sheet_all peer peers
    for word in "$@"; do
        case "$word" in *=*:*) ;; *) fail sheet-incomplete "layout does not know the word $word" ;; esac
        name="${word%%=*}"
        IFS=: read -r zone capacity tags <<<"${word#*=}"
        case "$capacity" in
            gateway) ;;
            *[!0-9]* | "") fail sheet-incomplete "\"$capacity\" is no capacity ($name)" ;;
        esac
        id=""
        while read -r peer peer_id _; do [ "$peer" != "$name" ] || id+="${id:+ }$peer_id"; done <<<"$peers"
        case "$id" in *[!0-9a-f]* | "") fail sheet-incomplete "the call came without the id of $name; run it through pulumi up" ;; esac
        [ "${#id}" -eq 64 ] || fail sheet-incomplete "$id is no full node id ($name)"
        tags="node=$name${tags:+,${tags//+/,}}"
        LAYOUT_ASKED+="$name $id $zone $capacity $tags"$'\n'
    done
}

# layout_rows SERIES VARIABLE: the rows that are asked for, as that series has them.
layout_rows() {
    local _name _id _zone _capacity _tags ROWS=()
    while read -r _name _id _zone _capacity _tags; do
        [ -n "$_name" ] || continue
        layout_capacity "$1" "$_capacity" "${_id:0:16}" _capacity
        layout_tags "$_tags" _tags
        ROWS+=("${_id:0:16} $_zone $_capacity $_tags")
    done <<<"$LAYOUT_ASKED"
    rows_sort
    rows_give "$2"
}

# layout_capacity SERIES BYTES|gateway ID VARIABLE. Up to 0.8 capacities are relative numbers: GiB, at least 1. As long as stateVersion
# says 0.8, 0.9 keeps what it made of them.
layout_capacity() {
    local KV
    [ "$2" != gateway ] || { give gateway "$4" && return; }
    case "$1:$LAYOUT_SV" in
        0.7:* | 0.8:*)
            KV=$((($2 + 536870912) / 1073741824))
            [ "$KV" -ge 1 ] || KV=1
            ;;
        *:0.7 | *:0.8)
            KV="$(awk -v id="$3" '$1 == id { print $3 }' <<<"${LAYOUT_HAS:-}")"
            KV="${KV:-$2}"
            ;;
        *) KV="$2" ;;
    esac
    give "$KV" "$4"
}

# layout_tags TAGS VARIABLE: sorted.
layout_tags() {
    local ROWS IFS=,
    read -ra ROWS <<<"$1,"
    rows_sort
    give "${ROWS[*]-}" "$2"
}

# layout_seen role|change VARIABLE: rows of that kind from the notes of the last judge, which has sorted them.
layout_seen() {
    local _row ROWS=()
    while IFS= read -r _row; do
        case "$_row" in "$1 "*) ROWS+=("${_row#"$1 "}") ;; esac
    done <<<"$NOTE"
    rows_give "$2"
}

# layout_look: sees the layout as it is now.
layout_look() {
    judge layout || refuse_judged "; nothing was touched"
    layout_read
}

# What the last judge has seen of the layout: sets LAYOUT_SERIES, LAYOUT_VERSION, LAYOUT_HAS (rows), LAYOUT_STAGED (yes|no), LAYOUT_CHANGES
# (rows), LAYOUT_DIFF (rows asked for that aren't there) and LAYOUT_GONE (rows there whose id isn't asked for).
layout_read() {
    local KV row ROWS=()
    current_info series
    LAYOUT_SERIES="$KV"
    kept version LAYOUT_VERSION
    kept staged LAYOUT_STAGED
    layout_seen role LAYOUT_HAS
    layout_seen change LAYOUT_CHANGES
    layout_rows "$LAYOUT_SERIES" LAYOUT_WANTED
    layout_untagged
    rows_but "$LAYOUT_WANTED" "$LAYOUT_HAS" LAYOUT_DIFF
    layout_spare_gateways
    while IFS= read -r row; do
        case $'\n'"$LAYOUT_WANTED" in *$'\n'"${row%% *} "*) ;; *) [ -z "$row" ] || ROWS+=("$row") ;; esac
    done <<<"$LAYOUT_HAS"
    rows_give LAYOUT_GONE
}

# A node that was taken over has no tag of ours, and for that alone no layout is changed, unless it is asked for: its row is wanted as it is, also
# by a first node that has come since.
layout_untagged() {
    local row id zone capacity tags bare ROWS=()
    if sheet_is tagnodes now; then return 0; fi
    while IFS= read -r row; do
        read -r id zone capacity tags <<<"$row"
        bare="$(tr ',' '\n' <<<"$tags" | sed '/^node=/d' | paste -sd, -)"
        bare="$id $zone $capacity $bare"
        ! among "$bare" "$LAYOUT_HAS" || row="$bare"
        [ -z "$row" ] || ROWS+=("$row")
    done <<<"$LAYOUT_WANTED"
    rows_sort
    rows_give LAYOUT_WANTED
}

# What a gateway that is left out has, or hasn't, stays so: it couldn't follow.
layout_spare_gateways() {
    local id role without row ROWS=()
    peers_without without
    case "$without" in *" gateway"*) ;; *) return 0 ;; esac
    while IFS= read -r row; do
        while read -r _ id _ role; do
            if [ "$role" = gateway ] && [ "${id:0:16}" = "${row%% *}" ]; then row=""; fi
        done <<<"$without"
        [ -z "$row" ] || ROWS+=("$row")
    done <<<"$LAYOUT_DIFF"
    rows_give LAYOUT_DIFF
}

# 0.9 made 1 GiB of each unit.
layout_as_of() {
    case "$LAYOUT_SERIES:$1" in
        0.7:* | 0.8:*) cat ;;
        *:0.7 | *:0.8) awk '$3 != "gateway" && $3 % 1073741824 == 0 { $3 = $3 / 1073741824 } { print }' ;;
        *) cat ;;
    esac
}

layout_digest() {
    sort | sha256sum | cut -c1-16
}

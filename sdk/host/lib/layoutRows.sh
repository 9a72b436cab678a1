# shellcheck shell=bash
# shellcheck disable=SC2034  # what is set here is used by the verb
# The layout that is asked for and the one that is, as rows that can be compared: `<16 hex of the id> <zone> <capacity> <tags, sorted>`;
# capacity in bytes, up to 0.8 in units.

# Sets LAYOUT_SV, LAYOUT_RF, and LAYOUT_ASKED: lines `name id zone bytes|gateway tags`.
layout_words() {
    local word name zone capacity tags id peers peer peer_id
    LAYOUT_ASKED=""
    sheet_all peer peers
    for word in "$@"; do
        case "$word" in
            sv=*) LAYOUT_SV="${word#sv=}" ;;
            rf=*) LAYOUT_RF="${word#rf=}" ;;
            *=*:*)
                name="${word%%=*}"
                IFS=: read -r zone capacity tags <<<"${word#*=}"
                id=""
                while read -r peer peer_id _; do [ "$peer" != "$name" ] || id+="${id:+ }$peer_id"; done <<<"$peers"
                case "$id" in *[!0-9a-f]* | "") fail sheet-incomplete "the call came without the id of $name; run it through pulumi up" ;; esac
                [ "${#id}" -eq 64 ] || fail sheet-incomplete "$id is no full node id ($name)"
                tags="node=$name${tags:+,${tags//+/,}}"
                LAYOUT_ASKED+="$name $id $zone $capacity $tags"$'\n'
                ;;
            *) fail sheet-incomplete "layout does not know the word $word" ;;
        esac
    done
    { [ -n "${LAYOUT_SV:-}" ] && [ -n "${LAYOUT_RF:-}" ] && [ -n "$LAYOUT_ASKED" ]; } || fail sheet-incomplete "layout needs sv=, rf= and nodes"
}

# layout_rows SERIES: the rows that are asked for, as that series has them.
layout_rows() {
    local name id zone capacity tags
    while read -r name id zone capacity tags; do
        [ -n "$name" ] || continue
        layout_capacity "$1" "$capacity" "${id:0:16}" capacity
        layout_tags "$tags" tags
        printf '%s %s %s %s\n' "${id:0:16}" "$zone" "$capacity" "$tags"
    done <<<"$LAYOUT_ASKED" | sort
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

# layout_tags TAGS VARIABLE: sorted; by hand, as they are few, and a layout has many.
layout_tags() {
    local _tags _tag _i _at IFS=,
    read -ra _tags <<<"$1,"
    for ((_i = 1; _i < ${#_tags[@]}; _i++)); do
        _tag="${_tags[_i]}"
        for ((_at = _i; _at > 0; _at--)); do
            [[ "$_tag" < "${_tags[_at - 1]}" ]] || break
            _tags[_at]="${_tags[_at - 1]}"
        done
        _tags[_at]="$_tag"
    done
    give "${_tags[*]-}" "$2"
}

# layout_seen role|change: rows of that kind from layout_observed on stdin; a staged removal is `<id> removed`.
layout_seen() {
    local kind id zone capacity tags
    while read -r kind id zone capacity tags; do
        [ "$kind" = "$1" ] || continue
        layout_tags "$tags" tags
        if [ "$zone" = removed ]; then echo "${id:0:16} removed"; else echo "${id:0:16} $zone $capacity $tags"; fi
    done | sort
}

# Sets LAYOUT_SERIES, LAYOUT_VERSION, LAYOUT_HAS (rows), LAYOUT_STAGED (yes|no), LAYOUT_CHANGES (rows), LAYOUT_DIFF (rows asked for that
# aren't there) and LAYOUT_GONE (rows there whose id isn't asked for).
layout_look() {
    local seen
    LAYOUT_SERIES="$(observed_series)"
    seen="$(layout_observed)" || fail layout-unknown "the layout can't be read; nothing was touched"
    LAYOUT_VERSION="$(fact version <<<"$seen")"
    LAYOUT_STAGED="$(fact staged <<<"$seen")"
    LAYOUT_HAS="$(layout_seen role <<<"$seen")"
    LAYOUT_CHANGES="$(layout_seen change <<<"$seen")"
    LAYOUT_WANTED="$(layout_rows "$LAYOUT_SERIES")"
    LAYOUT_DIFF="$(comm -13 <(printf '%s\n' "$LAYOUT_HAS") <(printf '%s\n' "$LAYOUT_WANTED"))"
    LAYOUT_GONE="$(awk 'FNR == NR { asked[$1] = 1; next } $1 != "" && !($1 in asked)' <(printf '%s\n' "$LAYOUT_WANTED") <(printf '%s\n' "$LAYOUT_HAS"))"
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

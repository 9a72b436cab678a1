# shellcheck shell=bash
# The sheet: `key value…` lines from stdin, or, where they are many, all of them as one `packed <base64 of gzip>`. It may hold secrets, so it is
# never echoed.

sheet_read() {
    mapfile SHEET_LINES
    case "${SHEET_LINES[0]-}" in
        "packed "*) mapfile SHEET_LINES < <({ base64 -d <<<"${SHEET_LINES[0]#packed }" | gzip -d; } 2>/dev/null) ;;
    esac
    SHEET_ENDS=no
    case "${SHEET_LINES[*]-}" in *$'\n') SHEET_ENDS=yes ;; esac
    SHEET_LINES=(${SHEET_LINES[@]+"${SHEET_LINES[@]%$'\n'}"})
}

# sheet_store: SHEET has the last value of each key, SHEET_ALL all of them, each with a newline behind it; of `passed` by the step.
sheet_store() {
    local line key step text=""
    [ "${#SHEET_LINES[@]}" -eq 0 ] || printf -v text '%s\n' "${SHEET_LINES[@]}"
    [ "$SHEET_TEXT" != "$text" ] || return 0
    SHEET_TEXT="$text"
    declare -gA SHEET=() SHEET_ALL=()
    for line in ${SHEET_LINES[@]+"${SHEET_LINES[@]}"}; do
        key="${line%% *}"
        line="${line#"$key"}"
        line="${line# }"
        is_key "$key" || continue
        step="${line%% *}"
        if [ "$key" = passed ] && is_key "$step"; then
            key="passed $step"
            line="${line#"$step"}"
            line="${line# }"
        fi
        SHEET[$key]="$line"
        SHEET_ALL[$key]+="$line"$'\n'
    done
}

# `lines N` (N: all lines of the sheet) and the newline at the end find a sheet that a lost connection cut short, or took away: without
# peers every proof about the cluster would hold.
sheet_whole() {
    local KV KV_KEY line
    sheet_get lines KV
    [ "$SHEET_ENDS:$KV" = "yes:${#SHEET_LINES[@]}" ] ||
        fail sheet-incomplete "the call did not arrive whole (${#SHEET_LINES[@]} of ${KV:-an unknown number of} lines); nothing was touched: run pulumi up again"
    for line in "${SHEET_LINES[@]}"; do
        KV_KEY="${line%% *}"
        KV="${line#"$KV_KEY"}"
        KV="${KV# }"
        ! kv_unfit sheet || fail sheet-unfit "what the call says of \"${KV_KEY:0:20}\" can't be meant; nothing was touched: run pulumi up again. If that helps nothing, an address, or another node's answer, is no such thing"
    done
}

# sheet_get KEY [VARIABLE]: the last value of KEY, empty when there is none.
sheet_get() {
    sheet_store
    give "${SHEET[$1]-}" "${2:-}"
}

# sheet_is KEY VALUE: the last value of KEY is VALUE.
sheet_is() {
    sheet_store
    [ "${SHEET[$1]-}" = "$2" ]
}

# sheet_all KEY [VARIABLE]: all its values, one a line.
sheet_all() {
    sheet_store
    give_lines "${SHEET_ALL[$1]-}" "${2:-}"
}

# sheet_has KEY VALUE: one of the lines of KEY has exactly that value.
sheet_has() {
    sheet_store
    case $'\n'"${SHEET_ALL[$1]-}" in *$'\n'"$2"$'\n'*) return 0 ;; esac
    return 1
}

# sheet_need KEY [VARIABLE]
sheet_need() {
    sheet_store
    [ -n "${SHEET[$1]-}" ] || fail sheet-incomplete "the call came without \"$1\"; run it through pulumi up"
    give "${SHEET[$1]}" "${2:-}"
}
